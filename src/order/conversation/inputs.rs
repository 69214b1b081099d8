//! What one says to a conversation.

use async_graphql::{ID, InputObject};
use entity::order::{conversation, message};
use entity::{PrefixedId, StoreId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way};

use crate::graph::Result;
use crate::graph::connection::Direction;
use crate::graph::node::parse_id;
use crate::store::page::{SortKey, Sorting};

/// The condition of indexes; as text, since no parameter proves an index's.
const UNANSWERED: &str = "\"conversation\".\"last_side\" = 'CUSTOMER'";

/// Which conversations.
#[derive(InputObject, Default)]
pub struct ConversationWhereInput {
    /// Only those in which the customer wrote last, or only the others.
    pub unanswered: Option<bool>,
    /// Only of orders that this store sells or hands over.
    pub store_id: Option<ID>,
}

impl ConversationWhereInput {
    /// The store.
    ///
    /// # Errors
    /// When the id is not one of its kind.
    pub fn store(&self) -> Result<Option<StoreId>> {
        self.store_id.as_ref().map(|id| parse_id("where.storeId", id)).transpose()
    }

    /// The rest as a condition of the statement.
    pub fn condition(&self) -> Condition {
        let waits = || Expr::cust(UNANSWERED);
        match self.unanswered {
            None => Condition::all(),
            Some(true) => Condition::all().add(waits()),
            Some(false) => Condition::all().add(Condition::all().add(waits()).not()),
        }
    }
}

/// Conversations of orders that a store sells, and that it hands over.
pub fn of_store(store: StoreId) -> [Condition; 2] {
    [conversation::Column::StoreId, conversation::Column::DeliveryStoreId]
        .map(|column| Condition::all().add(column.eq(store)))
}

/// Conversations, the one with the newest message first.
pub fn newest() -> Sorting<conversation::Model> {
    let column = |column| Expr::col((conversation::Entity, column));
    let key = SortKey::new(column(conversation::Column::LastMessageAt), Way::Desc, |row: &conversation::Model| {
        row.last_message_at.into()
    });
    Sorting::new("conversation", "last-message", key, column(conversation::Column::Id), |row| row.id.uuid())
}

/// Messages by their number.
pub fn by_number(direction: Option<Direction>) -> Sorting<message::Model> {
    let column = |column| Expr::col((message::Entity, column));
    let way = direction.unwrap_or(Direction::Desc).into();
    let key = SortKey::new(column(message::Column::Number), way, |row: &message::Model| i64::from(row.number).into());
    Sorting::new("message", "number", key, column(message::Column::Id), |row| row.id.uuid())
}

/// What to send.
#[derive(InputObject)]
pub struct MessageSendInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// What it says, 1 to 2000 characters; may be left out where there are files.
    pub text: Option<String>,
    /// Files that the caller has uploaded for this order and not sent yet, at most ten, in the order in which they are shown.
    #[graphql(default)]
    pub file_ids: Vec<ID>,
}

/// Which message to take back.
#[derive(InputObject)]
pub struct MessageRecallInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The message.
    pub message_id: ID,
}

/// What was read.
#[derive(InputObject)]
pub struct MessagesMarkReadInput {
    /// The order.
    pub order_id: ID,
    /// Number of the last message that was read. One that lies before what was read already changes nothing.
    pub up_to: i32,
}

/// What is going to be uploaded.
#[derive(InputObject)]
pub struct FileUploadCreateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order on whose conversation it is going to be sent.
    pub order_id: ID,
    /// What it is called, 1 to 120 characters of one line.
    pub name: String,
    /// Its bytes, exactly: at least one, and no more than is taken, which is 10 MiB, for films 50 MiB, unless an operator set it otherwise.
    pub size: i32,
    /// What it is: `image/jpeg`, `image/png`, `image/webp`, `image/heic`, `application/pdf` or `video/mp4`. Its bytes have to be of it.
    pub content_type: String,
}
