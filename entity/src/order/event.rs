//! Immutable history of an order (C077).

use sea_orm::entity::prelude::*;

use crate::ids::{OrderEventId, OrderId};
use crate::vocabulary::{MilestoneCode, OrderEventKind, OrderStatus};

/// Immutable history of an order (C077).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "order_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderEventId,
    pub order_id: OrderId,
    pub kind: OrderEventKind,
    pub from_status: Option<OrderStatus>,
    pub to_status: Option<OrderStatus>,
    pub milestone: Option<MilestoneCode>,
    pub actor: String,
    pub note: Option<String>,
    /// Tells of a milestone that customers are not shown.
    pub hidden: bool,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
