//! `webhookEndpointPause` and `webhookEndpointResume`.

use async_graphql::Context;
use entity::webhook::{delivery, endpoint};
use entity::{WebhookDeliveryState, WebhookEndpointId, WebhookReason, WebhookState};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::super::inputs::WebhookEndpointInput;
use super::super::{fan_out, policy};
use super::WebhookEndpointPayload;
use super::shared::{self, Outcome};
use crate::events::log;
use crate::events::oem::OEM;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
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
    if matches!(wish, Wish::Resume) {
        // Before the endpoint, as who makes deliveries takes them: none is made with a state that no longer is.
        fan_out::lock(tx, true).await?.ok_or_else(|| Error::hidden("the webhooks' cursor is not there"))?;
    }
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
        // What waits has waited long enough, and has all tries before it.
        let waiting = delivery::ActiveModel {
            attempts: Set(0),
            first_attempt_at: Set(None),
            next_attempt_at: Set(tx.now()),
            ..Default::default()
        };
        let waiting = delivery::Entity::update_many()
            .set(waiting)
            .filter(delivery::Column::EndpointId.eq(id))
            .filter(delivery::Column::State.eq(WebhookDeliveryState::Pending));
        tx.put(waiting);
        if was.state == WebhookState::Disabled {
            // Nothing was kept for it meanwhile, whoever else was delivered to.
            changed.begins_after = Set(log::head(tx.conn(), OEM).await?);
        }
    }
    shared::change(tx, &was, changed);
    Ok(Outcome { endpoint: id, secret: None })
}
