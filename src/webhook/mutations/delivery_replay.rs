//! `webhookDeliveryReplay`.

use async_graphql::Context;
use entity::webhook::delivery;
use entity::{WebhookDeliveryId, WebhookDeliveryState};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::super::inputs::WebhookDeliveryReplayInput;
use super::super::links::WebhookDeliveryById;
use super::super::policy;
use super::WebhookDeliveryReplayPayload;
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// Most deliveries of one call.
const MAX: usize = 100;

#[derive(Serialize, Deserialize)]
struct Outcome {
    deliveries: Vec<WebhookDeliveryId>,
}

pub async fn run(ctx: &Context<'_>, input: WebhookDeliveryReplayInput) -> Result<WebhookDeliveryReplayPayload> {
    let call = ctx.call();
    policy::change_or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(ids) => write(ctx, Some(key), move |tx, call| Box::pin(replay(tx, call, ids))).await?,
        Err(errors) => Err(errors),
    };
    let ids = match written {
        Ok(outcome) => outcome.deliveries,
        Err(user_errors) => return Ok(WebhookDeliveryReplayPayload { deliveries: Vec::new(), user_errors }),
    };
    call.app.webhooks.wake();
    let found = call.link::<WebhookDeliveryById>().many(ids).await?;
    let deliveries: Vec<_> = found.into_iter().flatten().collect();
    below(ctx, call, "deliveries", &deliveries).await?;
    Ok(WebhookDeliveryReplayPayload { deliveries, user_errors: Vec::new() })
}

fn read(call: &Call, input: &WebhookDeliveryReplayInput) -> Result<Vec<WebhookDeliveryId>, Vec<UserError>> {
    if !(1..=MAX).contains(&input.delivery_ids.len()) {
        let max = [("max", (MAX as i64).into())];
        return Err(vec![UserError::invalid(call, "deliveryIds", "webhook-replay-many", &max)]);
    }
    let (mut ids, mut errors) = (Vec::new(), Vec::new());
    for (place, id) in input.delivery_ids.iter().enumerate() {
        match UserError::parse_id(call, &format!("deliveryIds.{place}"), id) {
            Ok(id) if ids.contains(&id) => {}
            Ok(id) => ids.push(id),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(ids) } else { Err(errors) }
}

async fn replay(tx: &mut Tx, call: &Call, ids: Vec<WebhookDeliveryId>) -> Result<Outcome, Refusal> {
    let own = delivery::Column::Id.is_in(ids.iter().copied());
    let found = delivery::Entity::find()
        .filter(own.clone())
        .order_by_asc(delivery::Column::Id)
        .lock(LockType::Update)
        .all(tx.conn())
        .await?;
    let mut errors = Vec::new();
    for (place, id) in ids.iter().enumerate() {
        let field = format!("deliveryIds.{place}");
        match found.iter().find(|row| row.id == *id) {
            None => errors.push(UserError::not_found(call, &field)),
            Some(row) if row.state != WebhookDeliveryState::Dead => {
                errors.push(UserError::coded(call, UserErrorCode::NotEligible, &field, "webhook-replay-dead", &[]));
            }
            Some(_) => {}
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let anew = delivery::ActiveModel {
        state: Set(WebhookDeliveryState::Pending),
        attempts: Set(0),
        first_attempt_at: Set(None),
        next_attempt_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    tx.put(delivery::Entity::update_many().set(anew).filter(own));
    Ok(Outcome { deliveries: ids })
}
