//! `messageRecall` (C076).

use async_graphql::{Context, SimpleObject};
use entity::order::{conversation, message, shared_file};
use entity::{MessageId, SharedFileState};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::inputs::MessageRecallInput;
use super::super::policy;
use super::super::rules::talk::{RECALL_FOR, may_recall};
use super::super::store::{conversation_of, last_standing, opened, with_tally};
use super::super::types::{Conversation, Message, is_of, tally};
use super::{Told, told};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::order::events;
use crate::store::{Lock, Tx};

/// What came of it.
#[derive(SimpleObject)]
pub struct MessageRecallPayload {
    /// The message.
    pub message: Option<Message>,
    /// Its conversation.
    pub conversation: Option<Conversation>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: MessageRecallInput) -> Result<MessageRecallPayload> {
    let call = ctx.call();
    policy::writes(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match UserError::parse_id(call, "messageId", &input.message_id) {
        Ok(id) => write(ctx, Some(key), move |tx, call| Box::pin(recall(tx, call, id))).await?,
        Err(error) => Err(vec![error]),
    };
    let (message, conversation, user_errors) = told(ctx, written).await?;
    Ok(MessageRecallPayload { message, conversation, user_errors })
}

async fn recall(tx: &mut Tx, call: &Call, id: MessageId) -> Result<Told, Refusal> {
    let absent = || UserError::not_found(call, "messageId");
    // Which order it is of never changes; the order's lock comes first.
    let seen = Condition::all().add(policy::of_order(&call.viewer, message::Column::OrderId));
    let found = message::Entity::find_by_id(id).filter(seen).one(tx.conn()).await?.ok_or_else(absent)?;
    let rows = policy::writes(&call.viewer).or_nothing();
    let order = opened(tx, rows, found.order_id).await?.ok_or_else(absent)?;
    let conversation = conversation_of(tx, order.id).await?;
    let conversation = conversation.ok_or_else(|| Error::hidden("a message without a conversation"))?;
    let row = Lock::row(message::Entity::find_by_id(id)).take(tx.conn()).await?.ok_or_else(absent)?;
    if !is_of(&call.viewer, &row) {
        return Err(UserError::coded(call, UserErrorCode::Forbidden, "messageId", "message-not-yours", &[]).into());
    }
    let now = tx.now();
    if row.recalled_at.is_some() {
        return Err(UserError::coded(call, UserErrorCode::Duplicate, "messageId", "message-recalled", &[]).into());
    }
    if !may_recall(row.sent_at, now) {
        let args = [("minutes", RECALL_FOR.num_minutes().into())];
        return Err(UserError::coded(call, UserErrorCode::NotEligible, "messageId", "message-stays", &args).into());
    }
    let counted = tally(&conversation).recalled(row.side, row.number);
    let last_side = last_standing(tx, order.id, row.number).await?;
    let after = conversation::Model { last_side, ..with_tally(conversation, counted, now) };
    let of_conversation = conversation::Column::Id.eq(after.id);
    let change = conversation::Entity::update_many().set(after.into_active_model().reset_all());
    tx.put_one(change.filter(of_conversation));
    let row = message::Model { text: None, recalled_at: Some(now), ..row };
    tx.emit(events::message_told(&order, &row));
    let change = message::Entity::update_many().set(row.into_active_model().reset_all());
    tx.put_one(change.filter(message::Column::Id.eq(id)));
    let gone = shared_file::Entity::update_many()
        .col_expr(shared_file::Column::State, Expr::value(SharedFileState::Removed))
        .col_expr(shared_file::Column::MessageId, Expr::value(None::<MessageId>))
        .filter(shared_file::Column::MessageId.eq(id));
    tx.put(gone);
    Ok(Told { order: order.id, message: id })
}
