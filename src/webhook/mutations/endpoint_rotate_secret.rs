//! `webhookEndpointRotateSecret`.

use async_graphql::Context;
use chrono::TimeDelta;
use entity::WebhookEndpointId;
use entity::webhook::endpoint;
use sea_orm::ActiveValue::Set;

use super::super::inputs::WebhookEndpointRotateSecretInput;
use super::super::{policy, secrets};
use super::WebhookSecretPayload;
use super::shared::{self, Outcome};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::identity::signature::{new_secret, to_text};
use crate::store::Tx;

/// How long both secrets sign when nobody says, and at most; hours.
const OVERLAP: i32 = 24;
const MAX_OVERLAP: i32 = 168;

pub async fn run(ctx: &Context<'_>, input: WebhookEndpointRotateSecretInput) -> Result<WebhookSecretPayload> {
    let call = ctx.call();
    policy::change_or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let overlap = input.overlap_hours.unwrap_or(OVERLAP);
    let mut errors = Vec::new();
    let id = shared::id(call, &input.endpoint_id).map_err(|wrong| errors.extend(wrong)).ok();
    if !(0..=MAX_OVERLAP).contains(&overlap) {
        let max = [("max", i64::from(MAX_OVERLAP).into())];
        errors.push(UserError::invalid(call, "overlapHours", "webhook-overlap", &max));
    }
    let written = match id {
        Some(id) if errors.is_empty() => {
            let (expected, overlap) = (input.expected_version, TimeDelta::hours(overlap.into()));
            write(ctx, Some(key), move |tx, call| Box::pin(rotate(tx, call, id, expected, overlap))).await?
        }
        _ => Err(errors),
    };
    let (payload, secret) = shared::payload(ctx, written).await?;
    Ok(WebhookSecretPayload { endpoint: payload.endpoint, secret, user_errors: payload.user_errors })
}

async fn rotate(
    tx: &mut Tx,
    call: &Call,
    id: WebhookEndpointId,
    expected: i32,
    overlap: TimeDelta,
) -> Result<Outcome, Refusal> {
    let was = shared::lock(tx, call, id, expected).await?;
    let secret = to_text(&new_secret());
    let changed = endpoint::ActiveModel {
        secret: Set(secrets::seal(&call.app.vault, &secret)),
        previous_secret: Set(Some(was.secret.clone())),
        previous_until: Set(Some(tx.now() + overlap)),
        ..Default::default()
    };
    shared::change(tx, &was, changed);
    Ok(Outcome { endpoint: id, secret: Some(secret) })
}
