//! One entry of one stream; the log is the truth (guarantees 1.1).

use sea_orm::entity::prelude::*;

use crate::ids::EventId;
use crate::vocabulary::EventKind;

/// One entry of one stream; the log is the truth (guarantees 1.1).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// `order:ord_…`, `store:sto_…`, `customer:cus_…`, `lead:…`, `vehicle:…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    /// Gapless within the stream, in commit order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// The same for the copies of one event on several streams.
    pub event_id: EventId,
    pub kind: EventKind,
    /// Prefixed id.
    pub aggregate_id: String,
    pub aggregate_version: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    pub occurred_at: DateTimeUtc,
    /// Of the first of an event's copies: its number on the stream of everything, 0 until it has one. Empty on the others.
    pub oem_sequence: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
