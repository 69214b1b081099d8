//! What was tried with a payment, and what came of it (domain.md 3.2, `Payment`).

use sea_orm::entity::prelude::*;

use crate::ids::{PaymentAttemptId, PaymentId};
use crate::vocabulary::{PaymentOutcome, PaymentStep};

/// What was tried with a payment, and what came of it (domain.md 3.2, `Payment`).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "payment_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentAttemptId,
    pub payment_id: PaymentId,
    pub step: PaymentStep,
    pub outcome: PaymentOutcome,
    pub amount_minor: i64,
    /// The provider's number, where it gave one.
    pub reference: Option<String>,
    /// The provider's code of a failure.
    pub code: Option<String>,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
