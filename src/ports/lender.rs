//! Lenders (C068; domain.md 3.2, `FinanceApplication`), or the house that speaks for them all. Below its address it answers
//!
//! - `PUT applications/{id}` with an [`Application`]: a [`Receipt`]. The id is the gateway's; the same again is the same
//!   application.
//! - `GET applications/{id}`: a [`Standing`], or 404.
//! - `POST applications/{id}/supplement`: a [`Standing`], or 404: what was asked for has been given.
//! - `POST applications/{id}/withdraw`: a [`Standing`], or 404; a loan whose contract is signed stays.
//!
//! Nothing personal is sent: what a lender has to know of the customer it asks on its own page ([`Receipt::form_url`]).
//! Requests are signed and a no is said as [`super::payment`] describes. What becomes of an application it sends as an event,
//! `cn.milepost.order.finance-application.v1`; what gets lost on the way is asked for.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{FinanceApplicationId, FinanceApplicationState, FinanceMethod};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::PortError;
use super::http::{Caller, NOTHING};

/// What is applied for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Number of the order.
    pub order_number: String,
    /// Code of the lender, as the organisation is known here.
    pub lender_code: String,
    /// Code of the plan.
    pub plan_code: String,
    /// How it is paid back.
    pub method: FinanceMethod,
    /// Instalments, one a month.
    pub months: u32,
    /// Interest a year, basis points.
    pub annual_rate_bp: u32,
    /// What the vehicle invoice will say, fen.
    pub invoice_minor: i64,
    /// What is paid at once, fen.
    pub down_payment_minor: i64,
    /// What is to be lent, fen.
    pub principal_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// What a lender says to an application that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The lender's number.
    pub reference: String,
    /// The page on which the customer gives what the lender asks for.
    pub form_url: Option<String>,
}

/// How far an application is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Any state but `DRAFT`.
    pub state: FinanceApplicationState,
    /// The lender's number.
    pub reference: String,
    /// What it lends, once it has said so, fen.
    pub approved_minor: Option<i64>,
    /// Until when an approval holds.
    pub valid_until: Option<DateTime<Utc>>,
    /// What is missing, under which conditions, why not.
    pub note: Option<String>,
    /// The bank's number of the payment, with `DISBURSED`.
    pub payment_reference: Option<String>,
    /// When the state was reached.
    pub occurred_at: Option<DateTime<Utc>>,
}

/// Lends.
#[async_trait]
pub trait Lender: Send + Sync {
    /// Hands an application over.
    async fn submit(&self, id: FinanceApplicationId, application: &Application) -> Result<Receipt, PortError>;

    /// How far one is; none when the lender does not know it.
    async fn find(&self, id: FinanceApplicationId) -> Result<Option<Standing>, PortError>;

    /// Says that what was asked for has been given; how far it is then.
    async fn supplement(&self, id: FinanceApplicationId) -> Result<Option<Standing>, PortError>;

    /// Takes one back, if nothing is signed; how far it is then.
    async fn withdraw(&self, id: FinanceApplicationId) -> Result<Option<Standing>, PortError>;
}

/// See the module.
pub struct HttpLender(pub Caller);

#[async_trait]
impl Lender for HttpLender {
    async fn submit(&self, id: FinanceApplicationId, application: &Application) -> Result<Receipt, PortError> {
        let receipt = self.0.call(Method::PUT, &format!("applications/{id}"), Some(application)).await?;
        receipt.ok_or_else(|| PortError::Unclear("no such address".into()))
    }

    async fn find(&self, id: FinanceApplicationId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::GET, &format!("applications/{id}"), NOTHING).await
    }

    async fn supplement(&self, id: FinanceApplicationId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::POST, &format!("applications/{id}/supplement"), NOTHING).await
    }

    async fn withdraw(&self, id: FinanceApplicationId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::POST, &format!("applications/{id}/withdraw"), NOTHING).await
    }
}
