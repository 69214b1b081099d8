//! The conversation on an order (C076).

use sea_orm::entity::prelude::*;

use crate::ids::{ConversationId, OrderId, StoreId};
use crate::vocabulary::ConversationSide;

/// The conversation on an order (C076).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "conversation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationId,
    pub order_id: OrderId,
    /// The order's stores, kept in step with it, since lists of a store are sorted here.
    pub store_id: StoreId,
    pub delivery_store_id: StoreId,
    /// Number of the last message.
    pub message_count: i32,
    /// Who wrote the last message that stands; the store where none does.
    pub last_side: ConversationSide,
    pub last_message_at: DateTimeUtc,
    /// Number up to which each side has read.
    pub customer_read: i32,
    pub store_read: i32,
    /// Messages of the other side after that, without those that were taken back.
    pub customer_unread: i32,
    pub store_unread: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
