//! What is asked to be changed of an order, and the money that goes back (C075).

use async_graphql::{Description, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{change_request, refund};
use entity::{ChangeKind, ChangeState, Fault, OrderStatus, RefundState};
use serde::{Deserialize, Serialize};

use super::super::links::{PaymentOfRefund, RefundsOfRequest};
use super::super::policy;
use super::super::rules::cancel::{CancelQuote, EarnestTreatment};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, Fields, fields};

/// What a cancellation means.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct CancellationConsequences {
    /// What becomes of the earnest deposit.
    pub earnest_deposit: EarnestDepositTreatment,
    /// Of what was paid, what goes back.
    pub refund: Money,
    /// Of what was paid, what is kept.
    pub forfeited: Money,
    /// What the car maker pays on top, where the fault is its own.
    pub compensation: Money,
    /// Whether the invoice must be reversed first.
    pub needs_red_invoice: bool,
}

impl From<CancelQuote> for CancellationConsequences {
    fn from(quote: CancelQuote) -> Self {
        Self {
            earnest_deposit: quote.treatment.into(),
            refund: Money::fen(quote.refund_minor),
            forfeited: Money::fen(quote.forfeited_minor),
            compensation: Money::fen(quote.compensation_minor),
            needs_red_invoice: quote.needs_red_invoice,
        }
    }
}

/// What becomes of an earnest deposit; everything else that was paid goes back in full.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EarnestDepositTreatment {
    /// All of it goes back.
    Returned,
    /// The share of the contract's template goes back.
    ByTemplate,
    /// None of it goes back.
    Forfeited,
    /// It goes back twice.
    Doubled,
}

impl From<EarnestTreatment> for EarnestDepositTreatment {
    fn from(treatment: EarnestTreatment) -> Self {
        match treatment {
            EarnestTreatment::Returned => Self::Returned,
            EarnestTreatment::ByTemplate => Self::ByTemplate,
            EarnestTreatment::Forfeited => Self::Forfeited,
            EarnestTreatment::Doubled => Self::Doubled,
        }
    }
}

/// What somebody wants changed of an order that is under way.
#[derive(Clone, Debug, Description)]
pub struct ChangeRequest(pub change_request::Model);

#[fields(rows(change_request::Model))]
impl ChangeRequest {
    /// Type-prefixed ULID, as in `ocr_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What is to be changed.
    fn kind(&self) -> ChangeKind {
        self.0.kind
    }

    /// How far it is.
    fn state(&self) -> ChangeState {
        self.0.state
    }

    /// What the order was when it was asked for, and is again when nothing comes of it.
    fn status_before(&self) -> OrderStatus {
        self.0.from_status
    }

    /// Whose doing it is.
    fn fault(&self) -> Fault {
        self.0.fault
    }

    /// Why, in the words of whoever asked.
    fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Of what was paid, what goes back.
    fn refund(&self) -> Money {
        Money::fen(self.0.refund_minor)
    }

    /// Of what was paid, what is kept.
    fn forfeited(&self) -> Money {
        Money::fen(self.0.forfeited_minor)
    }

    /// What the car maker pays on top.
    fn compensation(&self) -> Money {
        Money::fen(self.0.compensation_minor)
    }

    /// Number of the invoice that reverses the one that was issued.
    fn red_invoice_number(&self) -> Option<&str> {
        self.0.red_invoice_number.as_deref()
    }

    /// A word of whoever decided.
    fn decision_note(&self) -> Option<&str> {
        self.0.decision_note.as_deref()
    }

    /// Who decided, by id, or `rule`; null for customers.
    fn decided_by(&self, call: &Call) -> Option<&str> {
        self.0.decided_by.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// When it was asked for.
    fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When it was decided.
    fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// When it came to its end.
    fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }

    /// Money that has to go back, oldest first.
    #[link(self.0.id)]
    fn refunds(&self) -> To<RefundsOfRequest>;
}

/// Money that has to go back.
#[derive(Clone, Debug, Description)]
pub struct Refund(pub refund::Model);

#[fields(rows(refund::Model))]
impl Refund {
    /// Type-prefixed ULID, as in `rfd_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// On which payment; null for what the car maker pays on top.
    #[link(self.0.payment_id)]
    fn payment(&self) -> To<PaymentOfRefund>;

    /// How much.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// How far it is.
    fn state(&self) -> RefundState {
        self.0.state
    }

    /// The bank's number, where it was made by hand; null for customers.
    fn reference(&self, call: &Call) -> Option<&str> {
        self.0.reference.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// The provider's code of why it failed.
    fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Since when it is due.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the money had gone back.
    fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }
}
