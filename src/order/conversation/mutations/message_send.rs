//! `messageSend` (C076).

use std::collections::HashMap;

use async_graphql::{Context, ID, SimpleObject};
use entity::order::{conversation, message, order, shared_file};
use entity::{ConversationId, MessageId, OrderId, SharedFileId, SharedFileState};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::super::inputs::MessageSendInput;
use super::super::policy::{self, Sender};
use super::super::rules::talk::{MAX_FILES, MAX_TEXT, PACE, is_open, may_send};
use super::super::rules::tally::Tally;
use super::super::store::{conversation_of, ended_at, opened, sent_lately, with_tally};
use super::super::types::{Conversation, Message, tally};
use super::{Told, told};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::order::events;
use crate::store::vault::Personal;
use crate::store::{Lock, Tx};
use crate::values::text;

/// What came of it.
#[derive(SimpleObject)]
pub struct MessageSendPayload {
    /// The message.
    pub message: Option<Message>,
    /// Its conversation.
    pub conversation: Option<Conversation>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What is sent.
struct Said {
    order: OrderId,
    text: Option<String>,
    files: Vec<SharedFileId>,
}

pub async fn run(ctx: &Context<'_>, input: MessageSendInput) -> Result<MessageSendPayload> {
    let call = ctx.call();
    policy::writes(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(said) => write(ctx, Some(key), move |tx, call| Box::pin(send(tx, call, said))).await?,
        Err(errors) => Err(errors),
    };
    let (message, conversation, user_errors) = told(ctx, written).await?;
    Ok(MessageSendPayload { message, conversation, user_errors })
}

fn read(call: &Call, input: &MessageSendInput) -> Result<Said, Vec<UserError>> {
    let mut errors = Vec::new();
    let order = UserError::parse_id(call, "orderId", &input.order_id).map_err(|error| errors.push(error)).ok();
    let text = match input.text.as_deref() {
        None if !input.file_ids.is_empty() => None,
        given => text::note(given.unwrap_or_default(), MAX_TEXT)
            .map_err(|invalid| errors.push(UserError::refused(call, "text", invalid)))
            .ok(),
    };
    let files = ids(call, &input.file_ids).map_err(|wrong| errors.extend(wrong)).unwrap_or_default();
    match order {
        Some(order) if errors.is_empty() => Ok(Said { order, text, files }),
        _ => Err(errors),
    }
}

/// The ids of files, none twice.
fn ids(call: &Call, given: &[ID]) -> Result<Vec<SharedFileId>, Vec<UserError>> {
    if given.len() > MAX_FILES {
        let args = [("max", (MAX_FILES as i64).into())];
        return Err(vec![UserError::coded(call, UserErrorCode::LimitReached, "fileIds", "message-files", &args)]);
    }
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for (place, id) in given.iter().enumerate() {
        let field = format!("fileIds.{place}");
        match UserError::parse_id::<SharedFileId>(call, &field, id) {
            Ok(id) if files.contains(&id) => {
                errors.push(UserError::coded(call, UserErrorCode::Duplicate, &field, "file-twice", &[]));
            }
            Ok(id) => files.push(id),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

async fn send(tx: &mut Tx, call: &Call, said: Said) -> Result<Told, Refusal> {
    let sender = policy::sender(&call.viewer).ok_or_else(|| Error::hidden("nobody writes"))?;
    let rows = policy::writes(&call.viewer).or_nothing();
    let order = opened(tx, rows, said.order).await?.ok_or_else(|| UserError::not_found(call, "orderId"))?;
    let before = conversation_of(tx, order.id).await?;
    let now = tx.now();
    if !is_open(ended_at(tx, &order).await?, now) {
        return Err(UserError::coded(call, UserErrorCode::NotEligible, "orderId", "conversation-closed", &[]).into());
    }
    if let Some(row) = &before
        && !may_send(sent_lately(tx, row, sender.side).await?)
    {
        let args = [("max", PACE.into())];
        return Err(UserError::coded(call, UserErrorCode::LimitReached, "orderId", "message-pace", &args).into());
    }
    files_there(tx, call, &said).await?;
    let (row, is_new) = match before {
        Some(before) => {
            let counted = tally(&before).sent(sender.side);
            let last_message_at = now.max(before.last_message_at);
            (conversation::Model { last_side: sender.side, last_message_at, ..with_tally(before, counted, now) }, false)
        }
        None => (begun(&order, &sender, tx), true),
    };
    let row = conversation::Model { store_id: order.store_id, delivery_store_id: order.delivery_store_id, ..row };
    let message = message::Model {
        id: MessageId::generate(),
        conversation_id: row.id,
        order_id: order.id,
        number: row.message_count,
        side: sender.side,
        sender_role: sender.role,
        customer_id: sender.customer_id,
        staff_id: sender.staff_id,
        text: said.text.as_ref().map(|text| call.app.vault.seal(Personal::Message, text)),
        sent_at: now,
        recalled_at: None,
    };
    if is_new {
        tx.insert([row.into_active_model().reset_all()]);
    } else {
        let id = row.id;
        let change = conversation::Entity::update_many().set(row.into_active_model().reset_all());
        tx.put_one(change.filter(conversation::Column::Id.eq(id)));
    }
    tx.emit(events::message_told(&order, &message));
    let id = message.id;
    tx.insert([message.into_active_model().reset_all()]);
    for (place, file) in said.files.iter().enumerate() {
        let sent = shared_file::Entity::update_many()
            .col_expr(shared_file::Column::MessageId, Expr::value(id))
            .col_expr(shared_file::Column::Position, Expr::value(i32::try_from(place).unwrap_or(i32::MAX)))
            .filter(shared_file::Column::Id.eq(*file));
        tx.put_one(sent);
    }
    Ok(Told { order: order.id, message: id })
}

/// A conversation with its first message.
fn begun(order: &order::Model, sender: &Sender, tx: &Tx) -> conversation::Model {
    let now = tx.now();
    let row = conversation::Model {
        id: ConversationId::generate(),
        order_id: order.id,
        store_id: order.store_id,
        delivery_store_id: order.delivery_store_id,
        message_count: 0,
        last_side: sender.side,
        last_message_at: now,
        customer_read: 0,
        store_read: 0,
        customer_unread: 0,
        store_unread: 0,
        created_at: now,
        updated_at: now,
    };
    with_tally(row, Tally::default().sent(sender.side), now)
}

/// Locks the files: each uploaded for this order by the sender, and not sent. What another has is not there.
async fn files_there(tx: &Tx, call: &Call, said: &Said) -> Result<(), Refusal> {
    use shared_file::Column as File;
    if said.files.is_empty() {
        return Ok(());
    }
    let own = shared_file::Entity::find()
        .filter(File::Id.is_in(said.files.iter().copied()))
        .filter(File::OrderId.eq(said.order))
        .filter(File::UploadedBy.eq(call.viewer.actor()))
        .order_by_asc(File::Id);
    let found = Lock::row(own).all(tx.conn()).await?;
    let found: HashMap<_, _> = found.into_iter().map(|row| (row.id, row)).collect();
    let mut errors = Vec::new();
    for (place, id) in said.files.iter().enumerate() {
        let field = format!("fileIds.{place}");
        let wrong = match found.get(id) {
            None => Some(UserError::not_found(call, &field)),
            Some(row) if row.message_id.is_some() || row.state == SharedFileState::Removed => {
                Some(UserError::coded(call, UserErrorCode::Duplicate, &field, "file-sent", &[]))
            }
            Some(row) if row.state == SharedFileState::Pending => {
                Some(UserError::coded(call, UserErrorCode::NotEligible, &field, "file-not-uploaded", &[]))
            }
            Some(_) => None,
        };
        errors.extend(wrong);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}
