//! Signing contracts (C072; domain.md 3.2, `Contract`). Below its address the provider answers
//!
//! - `PUT contracts/{id}` with an [`Envelope`]: a [`Receipt`]. The id is the gateway's; the same again is the same contract.
//! - `GET contracts/{id}`: a [`Standing`], or 404.
//! - `POST contracts/{id}/revoke`: a [`Standing`], or 404; one that all have signed stays.
//! - `POST contracts/{id}/rescind`: a [`Standing`], or 404: those who signed are asked to agree that it is undone.
//!
//! Requests are signed and a no is said as [`super::payment`] describes. What becomes of a contract it sends as an event,
//! `cn.milepost.order.contract.v1`, with the contract's number; what gets lost on the way is asked for.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{ContractId, ContractState};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::PortError;
use super::http::{Caller, NOTHING};

/// What is to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// Number of the contract.
    pub contract_number: String,
    /// Number of the order.
    pub order_number: String,
    /// What it is called.
    pub title: String,
    /// The text that is signed.
    pub text: String,
    /// SHA-256 of the text, hexadecimal.
    pub document_hash: String,
    /// Who buys, by name.
    pub buyer: String,
    /// Who sells, by name.
    pub seller: String,
    /// Until when it can be signed.
    pub expires_at: DateTime<Utc>,
}

/// What the provider says to a contract that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The provider's number.
    pub reference: String,
    /// Where the buyer signs.
    pub signing_url: Option<String>,
}

/// How far a contract is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Any state but `DRAFT`.
    pub state: ContractState,
    /// When it was reached.
    pub occurred_at: Option<DateTime<Utc>>,
}

/// Lets contracts be signed.
#[async_trait]
pub trait SigningProvider: Send + Sync {
    /// Hands a contract over.
    async fn submit(&self, id: ContractId, envelope: &Envelope) -> Result<Receipt, PortError>;

    /// How far one is; none when the provider does not know it.
    async fn find(&self, id: ContractId) -> Result<Option<Standing>, PortError>;

    /// Takes one back, if not all have signed; how far it is then.
    async fn revoke(&self, id: ContractId) -> Result<Option<Standing>, PortError>;

    /// Asks that one be undone that all have signed; how far it is then.
    async fn rescind(&self, id: ContractId) -> Result<Option<Standing>, PortError>;
}

/// See the module.
pub struct HttpSigning(pub Caller);

#[async_trait]
impl SigningProvider for HttpSigning {
    async fn submit(&self, id: ContractId, envelope: &Envelope) -> Result<Receipt, PortError> {
        let receipt = self.0.call(Method::PUT, &format!("contracts/{id}"), Some(envelope)).await?;
        receipt.ok_or_else(|| PortError::Unclear("no such address".into()))
    }

    async fn find(&self, id: ContractId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::GET, &format!("contracts/{id}"), NOTHING).await
    }

    async fn revoke(&self, id: ContractId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::POST, &format!("contracts/{id}/revoke"), NOTHING).await
    }

    async fn rescind(&self, id: ContractId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::POST, &format!("contracts/{id}/rescind"), NOTHING).await
    }
}
