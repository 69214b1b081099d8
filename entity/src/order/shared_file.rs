//! A file of a conversation (C076); its bytes are in the object store.

use sea_orm::entity::prelude::*;

use crate::ids::{MessageId, OrderId, SharedFileId};
use crate::values::Sealed;
use crate::vocabulary::{SharedFileState, SharedFileType};

/// A file of a conversation (C076); its bytes are in the object store.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "shared_file")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SharedFileId,
    pub order_id: OrderId,
    /// The message that it was sent with.
    pub message_id: Option<MessageId>,
    /// Place among the files of the message.
    pub position: i32,
    /// Who uploads it, as in an order's history.
    pub uploaded_by: String,
    pub name: Sealed,
    pub file_type: SharedFileType,
    pub size_bytes: i64,
    /// Of its bytes, hexadecimal.
    pub sha256: Option<String>,
    /// Where its bytes are in the object store.
    pub object: Option<String>,
    pub state: SharedFileState,
    pub created_at: DateTimeUtc,
    pub uploaded_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
