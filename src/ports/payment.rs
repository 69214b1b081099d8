//! The payment provider (C067; domain.md 3.2, `Payment`). Below its address it answers
//!
//! - `PUT payments/{id}` with a [`Submission`]: a [`Checkout`]. The id is the gateway's; the same again is the same payment.
//! - `GET payments/{id}`: a [`Standing`], or 404.
//! - `POST payments/{id}/cancel`: a [`Standing`], or 404; one that is paid stays paid.
//! - `PUT refunds/{id}` with a [`GiveBack`]: a [`Standing`] of its payment, once the money is on its way; or 404 when it does not know
//!   the payment, which ends the refund. The id is the gateway's; the same again is the same refund.
//!
//! Requests are signed after Standard Webhooks; `webhook-id` ends in `:METHOD:PATH`, which the other side compares: the path as it
//! stands above, below the address and without a slash in front. A no is 402, 409 or 422 with `{"code": "…"}`. What becomes of a
//! payment it sends as an event, `cn.milepost.order.payment.v1`, with `paymentId`; what gets lost on the way is asked for. What all
//! answers mean, and when it is asked again: `docs/ports.md`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{PaymentId, PaymentMethod, PaymentPurpose, PaymentState, RefundId};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::PortError;
use super::http::{Caller, NOTHING};

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    /// Number of the order.
    pub order_number: String,
    /// What it is for.
    pub purpose: PaymentPurpose,
    /// How.
    pub method: PaymentMethod,
    /// How much, fen.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Until when it can be paid.
    pub expires_at: DateTime<Utc>,
}

/// How it is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkout {
    /// A page to go to.
    pub url: Option<String>,
    /// What the provider's kit in the app takes.
    pub token: Option<String>,
}

/// How far a payment is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// `PENDING`, `AUTHORIZED`, `CAPTURED`, `FAILED`, `CANCELLED` or `EXPIRED`.
    pub state: PaymentState,
    /// The provider's number.
    pub reference: String,
    /// How much it is about, fen.
    pub amount_minor: i64,
    /// Of the amount, what went back, fen.
    pub refunded_minor: i64,
    /// When the money arrived.
    pub captured_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub failure: Option<String>,
}

/// What is to go back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GiveBack {
    /// On which payment.
    pub payment_id: PaymentId,
    /// The provider's number of the money; 404 where another paid it.
    pub reference: Option<String>,
    /// How much, fen.
    pub amount_minor: i64,
}

/// Takes payments.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// Hands a payment over.
    async fn submit(&self, id: PaymentId, payment: &Submission) -> Result<Checkout, PortError>;

    /// How far one is; none when the provider does not know it.
    async fn find(&self, id: PaymentId) -> Result<Option<Standing>, PortError>;

    /// Calls one off, if it is not paid; how far it is then.
    async fn cancel(&self, id: PaymentId) -> Result<Option<Standing>, PortError>;

    /// Gives money back; how far its payment is then. None when the provider does not know the payment.
    async fn give_back(&self, id: RefundId, refund: &GiveBack) -> Result<Option<Standing>, PortError>;
}

/// See the module.
pub struct HttpProvider(pub Caller);

#[async_trait]
impl PaymentProvider for HttpProvider {
    async fn submit(&self, id: PaymentId, payment: &Submission) -> Result<Checkout, PortError> {
        let checkout = self.0.call(Method::PUT, &format!("payments/{id}"), Some(payment)).await?;
        checkout.ok_or_else(|| PortError::Unclear("no such address".into()))
    }

    async fn find(&self, id: PaymentId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::GET, &format!("payments/{id}"), NOTHING).await
    }

    async fn cancel(&self, id: PaymentId) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::POST, &format!("payments/{id}/cancel"), NOTHING).await
    }

    async fn give_back(&self, id: RefundId, refund: &GiveBack) -> Result<Option<Standing>, PortError> {
        self.0.call(Method::PUT, &format!("refunds/{id}"), Some(refund)).await
    }
}
