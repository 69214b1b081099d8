//! `webhookEndpointPause` and `webhookEndpointResume`.

use async_graphql::Context;
use entity::webhook::endpoint;
use entity::{WebhookEndpointId, WebhookReason, WebhookState};
use sea_orm::ActiveValue::Set;

use super::super::inputs::WebhookEndpointInput;
use super::super::policy;
use super::WebhookEndpointPayload;
use super::shared::{self, Outcome};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What is wanted.
#[derive(Clone, Copy)]
pub enum Wish {
    /// No deliveries for now.
    Pause,
    /// Deliveries again.
    Resume,
}

pub async fn run(ctx: &Context<'_>, input: WebhookEndpointInput, wish: Wish) -> Result<WebhookEndpointPayload> {
    let call = ctx.call();
    policy::change_or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let expected = input.expected_version;
    let written = match shared::id(call, &input.endpoint_id) {
        Ok(id) => write(ctx, Some(key), move |tx, call| Box::pin(change(tx, call, id, expected, wish))).await?,
        Err(errors) => Err(errors),
    };
    Ok(shared::payload(ctx, written).await?.0)
}

async fn change(
    tx: &mut Tx,
    call: &Call,
    id: WebhookEndpointId,
    expected: i32,
    wish: Wish,
) -> Result<Outcome, Refusal> {
    let was = shared::lock(tx, call, id, expected).await?;
    let (state, reason) = match (wish, was.state) {
        (Wish::Pause, WebhookState::Active) => (WebhookState::Paused, Some(WebhookReason::Operator)),
        (Wish::Resume, WebhookState::Paused | WebhookState::Disabled) => (WebhookState::Active, None),
        (Wish::Pause, from) => return Err(UserError::transition(call, from, "PAUSE", ["RESUME"]).into()),
        (Wish::Resume, from) => return Err(UserError::transition(call, from, "RESUME", ["PAUSE"]).into()),
    };
    let mut changed = endpoint::ActiveModel { state: Set(state), reason: Set(reason), ..Default::default() };
    if state == WebhookState::Active {
        // It is judged anew.
        (changed.failing_since, changed.not_before) = (Set(None), Set(None));
    }
    shared::change(tx, &was, changed);
    Ok(Outcome { endpoint: id, secret: None })
}
