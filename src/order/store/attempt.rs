//! The ledger of what was tried with payments.

use chrono::{DateTime, Utc};
use entity::order::{payment, payment_attempt};
use entity::{PaymentAttemptId, PaymentOutcome, PaymentState, PaymentStep};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

/// A line of the ledger.
#[derive(Clone, Debug)]
pub struct Attempt(payment_attempt::Model);

impl Attempt {
    /// Of a payment as it stands afterwards.
    pub fn of(payment: &payment::Model, step: PaymentStep, outcome: PaymentOutcome, at: DateTime<Utc>) -> Self {
        Self(payment_attempt::Model {
            id: PaymentAttemptId::generate(),
            payment_id: payment.id,
            step,
            outcome,
            amount_minor: payment.amount_minor,
            reference: payment.provider_reference.clone(),
            code: payment.failure.clone().filter(|_| outcome == PaymentOutcome::Failure),
            occurred_at: at,
        })
    }

    /// What brought a payment to its state; none for one that was only made.
    pub fn that_led_to(payment: &payment::Model, at: DateTime<Utc>) -> Option<Self> {
        let (step, outcome) = match payment.state {
            PaymentState::Created => return None,
            PaymentState::Pending => (PaymentStep::Submit, PaymentOutcome::Success),
            PaymentState::Authorized => (PaymentStep::Authorize, PaymentOutcome::Success),
            PaymentState::Captured => (PaymentStep::Capture, PaymentOutcome::Success),
            PaymentState::PartiallyRefunded | PaymentState::Refunded => (PaymentStep::Refund, PaymentOutcome::Success),
            PaymentState::Failed => (PaymentStep::Capture, PaymentOutcome::Failure),
            PaymentState::Cancelled => (PaymentStep::Cancel, PaymentOutcome::Success),
            PaymentState::Expired => (PaymentStep::Expire, PaymentOutcome::Success),
        };
        let mut line = Self::of(payment, step, outcome, at);
        if step == PaymentStep::Refund {
            line = line.about(payment.refunded_minor);
        }
        Some(line)
    }

    /// About another amount than the payment's.
    #[must_use]
    pub fn about(mut self, amount_minor: i64) -> Self {
        self.0.amount_minor = amount_minor;
        self
    }

    /// With the provider's code of a failure.
    #[must_use]
    pub fn because(mut self, code: &str) -> Self {
        self.0.code = Some(code.to_owned());
        self
    }

    /// As it is written.
    pub fn row(self) -> payment_attempt::ActiveModel {
        self.0.into_active_model().reset_all()
    }
}
