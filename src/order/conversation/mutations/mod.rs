//! What one may do in a conversation: a file for each mutation.

mod file_upload_create;
mod message_recall;
mod message_send;
mod messages_mark_read;

use async_graphql::{Context, Object};
use entity::{MessageId, OrderId};
use serde::{Deserialize, Serialize};

use super::inputs::{FileUploadCreateInput, MessageRecallInput, MessageSendInput, MessagesMarkReadInput};
use super::links::{ConversationOfOrder, MessageById};
use super::types::{Conversation, Message};
use crate::graph::answer::below;
use crate::graph::{CallExt, Result, UserError};

pub use file_upload_create::FileUploadCreatePayload;
pub use message_recall::MessageRecallPayload;
pub use message_send::MessageSendPayload;
pub use messages_mark_read::MessagesMarkReadPayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "ConversationMutations")]
impl Mutations {
    /// Sends a message on an order that the caller may see: its customer, the people of its stores, operators. At most 20 a minute of each
    /// side; none once the order has been over for 30 days.
    async fn message_send(&self, ctx: &Context<'_>, input: MessageSendInput) -> Result<MessageSendPayload> {
        message_send::run(ctx, input).await
    }

    /// Takes a message back, for its sender, within two minutes: its place stays, its text and its files go.
    async fn message_recall(&self, ctx: &Context<'_>, input: MessageRecallInput) -> Result<MessageRecallPayload> {
        message_recall::run(ctx, input).await
    }

    /// Notes up to where the caller's side has read: the customer, or the people of the order's stores together.
    async fn messages_mark_read(
        &self,
        ctx: &Context<'_>,
        input: MessagesMarkReadInput,
    ) -> Result<MessagesMarkReadPayload> {
        messages_mark_read::run(ctx, input).await
    }

    /// Announces a file, to be sent with a message, and answers where to upload it: by `PUT` of its bytes, or by `POST` as
    /// `multipart/form-data` with one file. It is refused there when it is not what was announced. What is not uploaded within an hour, or
    /// not sent within a day, is removed.
    async fn file_upload_create(
        &self,
        ctx: &Context<'_>,
        input: FileUploadCreateInput,
    ) -> Result<FileUploadCreatePayload> {
        file_upload_create::run(ctx, input).await
    }
}

/// What a message's change leaves behind.
#[derive(Serialize, Deserialize)]
struct Told {
    order: OrderId,
    message: MessageId,
}

/// The parts of its payload, read under the rights of now, with what is selected.
async fn told(
    ctx: &Context<'_>,
    written: Result<Told, Vec<UserError>>,
) -> Result<(Option<Message>, Option<Conversation>, Vec<UserError>)> {
    let told = match written {
        Ok(told) => told,
        Err(errors) => return Ok((None, None, errors)),
    };
    let call = ctx.call();
    let message = call.link::<MessageById>().one(told.message).await?;
    let Some(message) = message else { return Ok((None, None, Vec::new())) };
    below(ctx, call, "message", &message).await?;
    // The message showed that the caller may see its order.
    let conversation = conversation(ctx, told.order).await?;
    Ok((Some(message), conversation, Vec::new()))
}

/// The conversation on an order that the caller may see, with what is selected.
async fn conversation(ctx: &Context<'_>, order: OrderId) -> Result<Option<Conversation>> {
    if !ctx.look_ahead().field("conversation").exists() {
        return Ok(None);
    }
    let call = ctx.call();
    let conversation = call.link::<ConversationOfOrder>().one(order).await?;
    if let Some(conversation) = &conversation {
        below(ctx, call, "conversation", conversation).await?;
    }
    Ok(conversation)
}
