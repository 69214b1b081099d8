//! Conversations under lock: of an order first, then its conversation.

use chrono::{DateTime, Utc};
use entity::order::{conversation, event, message, order};
use entity::{ConversationSide, OrderId};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::rules::talk::{PACE, PACE_OF, is_end};
use super::super::rules::tally::{Tally, other};
use crate::store::{Lock, Tx};

/// An order that fulfils the condition, locked: who writes on it stands in one queue, so messages have numbers without gaps.
///
/// # Errors
/// When the store fails.
pub async fn opened(tx: &Tx, rows: Condition, id: OrderId) -> Result<Option<order::Model>, DbErr> {
    Lock::row(order::Entity::find_by_id(id).filter(rows)).take(tx.conn()).await
}

/// The conversation on an order that is locked, locked too.
///
/// # Errors
/// When the store fails.
pub async fn conversation_of(tx: &Tx, order: OrderId) -> Result<Option<conversation::Model>, DbErr> {
    let of_order = conversation::Entity::find().filter(conversation::Column::OrderId.eq(order));
    Lock::row(of_order).take(tx.conn()).await
}

/// When an order came to its end; none while it is under way. What was loaded without its history ended when it was last changed.
///
/// # Errors
/// When the store fails.
pub async fn ended_at(tx: &Tx, order: &order::Model) -> Result<Option<DateTime<Utc>>, DbErr> {
    if !is_end(order.status) {
        return Ok(None);
    }
    let told: Option<DateTime<Utc>> = event::Entity::find()
        .select_only()
        .column(event::Column::OccurredAt)
        .filter(event::Column::OrderId.eq(order.id))
        .filter(event::Column::ToStatus.eq(order.status))
        .order_by_desc(event::Column::OccurredAt)
        .into_tuple()
        .one(tx.conn())
        .await?;
    Ok(Some(told.unwrap_or(order.updated_at)))
}

/// How many messages a side has sent within the time of its pace, as far as that matters.
///
/// # Errors
/// When the store fails.
pub async fn sent_lately(tx: &Tx, row: &conversation::Model, side: ConversationSide) -> Result<i64, DbErr> {
    use message::Column as Message;
    // Of both sides' last messages, so that the index is walked over no more than matter: the other has its pace too.
    let first = row.message_count - i32::try_from(2 * PACE).unwrap_or(i32::MAX);
    let sent = message::Entity::find()
        .filter(Message::OrderId.eq(row.order_id))
        .filter(Message::Number.gt(first))
        .filter(Message::Side.eq(side))
        .filter(Message::SentAt.gt(tx.now() - PACE_OF))
        .count(tx.conn())
        .await?;
    Ok(i64::try_from(sent).unwrap_or(i64::MAX))
}

/// Messages after a number that a side has not written itself, and that stand.
///
/// # Errors
/// When the store fails.
pub async fn unread_after(tx: &Tx, order: OrderId, side: ConversationSide, number: i32) -> Result<i32, DbErr> {
    use message::Column as Message;
    let unread = message::Entity::find()
        .filter(Message::OrderId.eq(order))
        .filter(Message::Number.gt(number))
        .filter(Message::Side.eq(other(side)))
        .filter(Message::RecalledAt.is_null())
        .count(tx.conn())
        .await?;
    Ok(i32::try_from(unread).unwrap_or(i32::MAX))
}

/// Who wrote the last message that stands, without one; the store where none does, since nobody waits then.
///
/// # Errors
/// When the store fails.
pub async fn last_standing(tx: &Tx, order: OrderId, without: i32) -> Result<ConversationSide, DbErr> {
    use message::Column as Message;
    let last: Option<ConversationSide> = message::Entity::find()
        .select_only()
        .column(Message::Side)
        .filter(Message::OrderId.eq(order))
        .filter(Message::RecalledAt.is_null())
        .filter(Message::Number.ne(without))
        .order_by_desc(Message::Number)
        .into_tuple()
        .one(tx.conn())
        .await?;
    Ok(last.unwrap_or(ConversationSide::Store))
}

/// Keeps a conversation in step with the stores of its order, which is locked.
pub fn moved(tx: &mut Tx, order: &order::Model) {
    use conversation::Column as Conversation;
    let change = conversation::Entity::update_many()
        .col_expr(Conversation::StoreId, Expr::value(order.store_id))
        .col_expr(Conversation::DeliveryStoreId, Expr::value(order.delivery_store_id))
        .filter(Conversation::OrderId.eq(order.id));
    tx.put(change);
}

/// A conversation with other numbers.
pub fn with_tally(row: conversation::Model, tally: Tally, now: DateTime<Utc>) -> conversation::Model {
    conversation::Model {
        message_count: tally.count,
        customer_read: tally.customer.read,
        customer_unread: tally.customer.unread,
        store_read: tally.store.read,
        store_unread: tally.store.unread,
        updated_at: now,
        ..row
    }
}
