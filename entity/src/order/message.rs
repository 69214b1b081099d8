//! A message of a conversation (C076).

use sea_orm::entity::prelude::*;

use crate::ids::{ConversationId, CustomerId, MessageId, OrderId, StaffId};
use crate::values::Sealed;
use crate::vocabulary::{ConversationSide, Role};

/// A message of a conversation (C076).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub order_id: OrderId,
    /// From one, without gaps, in the order of sending.
    pub number: i32,
    pub side: ConversationSide,
    /// What the sender was when they sent it.
    pub sender_role: Role,
    /// The sender: one of the two.
    pub customer_id: Option<CustomerId>,
    pub staff_id: Option<StaffId>,
    /// Absent where there are files alone, and once it was taken back.
    pub text: Option<Sealed>,
    pub sent_at: DateTimeUtc,
    pub recalled_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
