//! Money that has to go back (C075).

use sea_orm::entity::prelude::*;

use crate::ids::{ChangeRequestId, OrderId, PaymentId, RefundId};
use crate::vocabulary::RefundState;

/// Money that has to go back (C075).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "refund")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefundId,
    pub order_id: OrderId,
    /// By which decision; empty for money that was not to come.
    pub change_request_id: Option<ChangeRequestId>,
    /// On which payment; empty for what the maker pays on top.
    pub payment_id: Option<PaymentId>,
    pub amount_minor: i64,
    /// What has gone back on its payment once this has.
    pub until_minor: i64,
    pub state: RefundState,
    /// Whether it waits until what was invoiced before is red.
    pub waits_for_red: bool,
    /// The bank's number, where it was made by hand.
    pub reference: Option<String>,
    /// The provider's code of why it failed.
    pub failure: Option<String>,
    /// When the provider was last asked about it.
    pub checked_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub done_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
