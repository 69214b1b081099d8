//! Issuing invoices (C074; domain.md 3.2, `Invoice`). Below its address the provider answers
//!
//! - `PUT invoices/{id}` with a [`Draft`]: a [`Standing`]. The id is the gateway's; the same again is the same invoice.
//! - `GET invoices/{id}`: a [`Standing`], or 404.
//! - `POST invoices/{id}/red` with a [`RedLetter`]: a [`Standing`], or 404; the same again is the same red letter.
//!
//! What it is sent names the buyer, and their id where the law wants it on the invoice (PIPL 13: a duty by law); nothing of it comes back.
//!
//! Requests are signed and a no is said as [`super::payment`] describes. `FAILED` is the end of an invoice: one that is asked for
//! again has another id. What becomes of an invoice it sends as an event, `cn.milepost.order.invoice.v1`, with the gateway's id;
//! what gets lost on the way is asked for.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::InvoiceId;
use entity::vocabulary::{InvoiceState, InvoiceType};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::PortError;
use super::http::{Caller, NOTHING};
use crate::customer::rules::invoice_title::Title;

/// What is to be issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Number of the order.
    pub order_number: String,
    /// Kind of invoice.
    pub kind: InvoiceType,
    /// Code of the organisation that issues it.
    pub issuer_code: String,
    /// To whom it is made out.
    pub title: Title,
    /// The car's, on its invoice.
    pub vin: Option<String>,
    /// Model and trim.
    pub model: String,
    /// What it is for, in order.
    pub lines: Vec<DraftLine>,
    /// With value-added tax, fen.
    pub amount_minor: i64,
    /// The tax in it, fen.
    pub tax_minor: i64,
    /// SHA-256 of what the gateway keeps of it, hexadecimal.
    pub document_hash: String,
}

/// A line of what is to be issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftLine {
    /// What it is.
    pub label: String,
    /// Negative where it lowers the price, fen.
    pub amount_minor: i64,
}

/// What is to be reversed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedLetter {
    /// Why, in the words of whoever asked; none where the order was called off.
    pub reason: Option<String>,
}

/// How far an invoice is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Any state but `REQUESTED`.
    pub state: InvoiceState,
    /// When it was reached.
    pub occurred_at: Option<DateTime<Utc>>,
    /// The tax office's number, once it is issued.
    pub number: Option<String>,
    /// The tax office's code, where there is one.
    pub code: Option<String>,
    /// Where it can be had.
    pub download_url: Option<String>,
    /// The number of its red letter.
    pub red_number: Option<String>,
    /// The provider's code of why it failed.
    pub failure: Option<String>,
}

impl Standing {
    /// A state without more words.
    pub fn state(state: InvoiceState, occurred_at: Option<DateTime<Utc>>) -> Self {
        Self { state, occurred_at, number: None, code: None, download_url: None, red_number: None, failure: None }
    }
}

/// Issues invoices.
#[async_trait]
pub trait InvoiceProvider: Send + Sync {
    /// Hands one over; how far it is then.
    async fn submit(&self, id: InvoiceId, draft: &Draft) -> Result<Standing, PortError>;

    /// How far one is; none when the provider does not know it.
    async fn find(&self, id: InvoiceId) -> Result<Option<Standing>, PortError>;

    /// Asks that one be reversed; how far it is then.
    async fn red(&self, id: InvoiceId, letter: &RedLetter) -> Result<Option<Standing>, PortError>;
}

/// See the module.
pub struct HttpInvoices(pub Caller);

#[async_trait]
impl InvoiceProvider for HttpInvoices {
    async fn submit(&self, id: InvoiceId, draft: &Draft) -> Result<Standing, PortError> {
        let standing = self.0.call(Method::PUT, &format!("invoices/{id}"), Some(draft)).await?;
        standing.ok_or_else(|| PortError::Unclear("no such address".into()))
    }

    async fn find(&self, id: InvoiceId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::GET, &format!("invoices/{id}"), NOTHING).await
    }

    async fn red(&self, id: InvoiceId, letter: &RedLetter) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::POST, &format!("invoices/{id}/red"), Some(letter)).await
    }
}
