//! A payment of an order.

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{payment, payment_attempt};
use entity::{PaymentMethod, PaymentOutcome, PaymentPurpose, PaymentState, PaymentStep};

use super::super::links::AttemptsOfPayment;
use super::super::policy;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, Fields, fields};

/// Money that moved, or should.
#[derive(Clone, Debug, Description)]
pub struct Payment(pub payment::Model);

#[fields(rows(payment::Model))]
impl Payment {
    /// Type-prefixed ULID, as in `pay_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is for.
    fn purpose(&self) -> PaymentPurpose {
        self.0.purpose
    }

    /// How it is paid.
    fn method(&self) -> PaymentMethod {
        self.0.method
    }

    /// How far it is.
    fn state(&self) -> PaymentState {
        self.0.state
    }

    /// How much.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// Of it, what was given back.
    fn refunded(&self) -> Money {
        Money::fen(self.0.refunded_minor)
    }

    /// Of it, what went over to another order, whose car took this one's place.
    fn carried_over(&self) -> Money {
        Money::fen(self.0.carried_minor)
    }

    /// The provider's number; null for customers.
    fn provider_reference(&self, call: &Call) -> Option<&str> {
        self.0.provider_reference.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// When the money arrived.
    fn captured_at(&self) -> Option<DateTime<Utc>> {
        self.0.captured_at
    }

    /// When it was asked for.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Where to pay; null unless the provider waits for it.
    fn checkout(&self, call: &Call) -> Option<PaymentCheckout> {
        let open = self.0.state == PaymentState::Pending && self.0.checked_at.is_some();
        let expires_at = self.0.expires_at.filter(|end| open && call.now < *end)?;
        Some(PaymentCheckout { url: self.0.checkout_url.clone(), token: self.0.checkout_token.clone(), expires_at })
    }

    /// The provider's code of why it failed; null unless it did.
    fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// What was tried with it, oldest first.
    #[link(self.0.id)]
    fn attempts(&self) -> To<AttemptsOfPayment>;
}

/// Where a payment is paid.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PaymentCheckout {
    /// A page to open.
    pub url: Option<String>,
    /// What the provider's kit in the app takes, as it gave it; for WeChat's `requestPayment` JSON.
    pub token: Option<String>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// What was tried with a payment, and what came of it.
#[derive(Clone, Debug, Description)]
pub struct PaymentAttempt(pub payment_attempt::Model);

#[fields(rows(payment_attempt::Model))]
impl PaymentAttempt {
    /// What was tried.
    fn step(&self) -> PaymentStep {
        self.0.step
    }

    /// What came of it.
    fn outcome(&self) -> PaymentOutcome {
        self.0.outcome
    }

    /// About how much.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// The provider's number; null for customers.
    fn reference(&self, call: &Call) -> Option<&str> {
        self.0.reference.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// The provider's code of a failure.
    fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// When.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}
