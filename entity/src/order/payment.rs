//! Money that moved, or should (C064, C065, C067).

use sea_orm::entity::prelude::*;

use crate::ids::{OrderId, PaymentId};
use crate::vocabulary::{PaymentMethod, PaymentPurpose, PaymentState};

/// Money that moved, or should (C064, C065, C067).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    pub order_id: OrderId,
    pub purpose: PaymentPurpose,
    pub method: PaymentMethod,
    pub state: PaymentState,
    pub amount_minor: i64,
    pub refunded_minor: i64,
    /// Unique when present.
    pub provider_reference: Option<String>,
    pub captured_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
