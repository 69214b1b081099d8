//! `messagesMarkRead` (C076). It has no key: done twice, it is done.

use async_graphql::{Context, SimpleObject};
use entity::OrderId;
use entity::order::conversation;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::inputs::MessagesMarkReadInput;
use super::super::policy;
use super::super::store::{conversation_of, opened, unread_after, with_tally};
use super::super::types::{Conversation, tally};
use crate::graph::write::write;
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct MessagesMarkReadPayload {
    /// The conversation.
    pub conversation: Option<Conversation>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: MessagesMarkReadInput) -> Result<MessagesMarkReadPayload> {
    let call = ctx.call();
    policy::reads_for_a_side(&call.viewer).or_refuse(&call.viewer)?;
    let written = match UserError::parse_id::<OrderId>(call, "orderId", &input.order_id) {
        Ok(order) => write(ctx, None, move |tx, call| Box::pin(mark(tx, call, order, input.up_to))).await?,
        Err(error) => Err(vec![error]),
    };
    match written {
        Ok(order) => {
            let conversation = super::conversation(ctx, order).await?;
            Ok(MessagesMarkReadPayload { conversation, user_errors: Vec::new() })
        }
        Err(user_errors) => Ok(MessagesMarkReadPayload { conversation: None, user_errors }),
    }
}

async fn mark(tx: &mut Tx, call: &Call, id: OrderId, up_to: i32) -> Result<OrderId, Refusal> {
    let rows = policy::reads_for_a_side(&call.viewer).or_nothing();
    let absent = || UserError::not_found(call, "orderId");
    let order = opened(tx, rows, id).await?.ok_or_else(absent)?;
    let row = conversation_of(tx, order.id).await?.ok_or_else(absent)?;
    if !(1..=row.message_count).contains(&up_to) {
        let args = [("max", i64::from(row.message_count).into())];
        return Err(UserError::invalid(call, "upTo", "message-number", &args).into());
    }
    let side = policy::side(&call.viewer);
    let before = tally(&row);
    if up_to > before.of(side).read {
        let unread = unread_after(tx, order.id, side, up_to).await?;
        if let Some(after) = before.read(side, up_to, unread) {
            let change = conversation::Entity::update_many().filter(conversation::Column::Id.eq(row.id));
            tx.put_one(change.set(with_tally(row, after, tx.now()).into_active_model().reset_all()));
        }
    }
    Ok(order.id)
}
