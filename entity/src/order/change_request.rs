//! What somebody wants changed of an order that is under way, and what became of it (C075; domain.md 3.2).

use sea_orm::entity::prelude::*;

use crate::ids::{ChangeRequestId, OrderId};
use crate::values::Sealed;
use crate::vocabulary::{ChangeKind, ChangeState, Fault, OrderStatus};

/// What somebody wants changed of an order that is under way, and what became of it (C075; domain.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "order_change_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChangeRequestId,
    pub order_id: OrderId,
    pub kind: ChangeKind,
    pub state: ChangeState,
    /// Where the order goes back to when nothing comes of it.
    pub from_status: OrderStatus,
    /// Whose doing it is; as it was quoted, and then as it was decided.
    pub fault: Fault,
    pub reason: String,
    /// Of what was paid, what goes back.
    pub refund_minor: i64,
    /// Of what was paid, what is kept.
    pub forfeited_minor: i64,
    /// What the maker pays on top.
    pub compensation_minor: i64,
    /// Number of the invoice that reverses the one that was issued.
    pub red_invoice_number: Option<String>,
    /// What is wanted, as the kind needs it: ids, codes and days, nothing personal.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub asked: Option<Json>,
    /// Of another buyer.
    pub buyer_name: Option<Sealed>,
    /// Resident identity number or unified social credit code of another buyer.
    pub buyer_id_number: Option<Sealed>,
    /// What was quoted, and then what was done.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub consequences: Option<Json>,
    /// Version of the order that was quoted.
    pub quoted_version: Option<i32>,
    /// The order that took this one's place.
    pub new_order_id: Option<OrderId>,
    pub requested_by: String,
    pub decided_by: Option<String>,
    pub decision_note: Option<String>,
    pub requested_at: DateTimeUtc,
    pub decided_at: Option<DateTimeUtc>,
    pub done_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
