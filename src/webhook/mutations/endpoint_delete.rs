//! `webhookEndpointDelete`.

use async_graphql::{Context, ID};
use entity::webhook::{delivery, endpoint};
use entity::{WebhookEndpointId, WebhookReason, WebhookState};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

use super::super::inputs::WebhookEndpointInput;
use super::super::policy;
use super::{WebhookEndpointDeletePayload, shared};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Result};
use crate::store::Tx;

#[derive(Serialize, Deserialize)]
struct Outcome {
    endpoint: WebhookEndpointId,
}

/// Deliveries that go in one transaction: all of a large endpoint would hold up those who make deliveries to others.
const PART: u64 = 2_000;

/// Ends deliveries to an endpoint of this version and removes what was delivered, part by part. One that is not there, or
/// has another version, is left to the mutation itself.
async fn empty(call: &Call, id: WebhookEndpointId, expected: i32) -> Result<()> {
    let (app, now) = (&call.app, call.app.clock.now());
    let mut tx = Tx::begin(&app.db, now).await?;
    let off = endpoint::ActiveModel {
        state: Set(WebhookState::Disabled),
        reason: Set(Some(WebhookReason::Operator)),
        ..Default::default()
    };
    let off = endpoint::Entity::update_many()
        .set(off)
        .filter(endpoint::Column::Id.eq(id))
        .filter(endpoint::Column::Version.eq(expected));
    let is_there = off.exec(tx.conn()).await?.rows_affected == 1;
    tx.commit(&app.hub).await?;
    let mut more = is_there;
    while more {
        tx = Tx::begin(&app.db, now).await?;
        let part = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::Id)
            .filter(delivery::Column::EndpointId.eq(id))
            .limit(PART)
            .into_query();
        let removed =
            delivery::Entity::delete_many().filter(delivery::Column::Id.in_subquery(part)).exec(tx.conn()).await?;
        tx.commit(&app.hub).await?;
        more = removed.rows_affected == PART;
    }
    Ok(())
}

pub async fn run(ctx: &Context<'_>, input: WebhookEndpointInput) -> Result<WebhookEndpointDeletePayload> {
    let call = ctx.call();
    policy::change_or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let expected = input.expected_version;
    let written = match shared::id(call, &input.endpoint_id) {
        Ok(id) => {
            empty(call, id, expected).await?;
            let work = write(ctx, Some(key), move |tx, call| {
                Box::pin(async move {
                    let was = shared::lock(tx, call, id, expected).await?;
                    // What was delivered meanwhile goes with it.
                    tx.put(endpoint::Entity::delete_many().filter(endpoint::Column::Id.eq(was.id)));
                    Ok(Outcome { endpoint: id })
                })
            });
            work.await?
        }
        Err(errors) => Err(errors),
    };
    Ok(match written {
        Ok(outcome) => {
            WebhookEndpointDeletePayload { deleted_id: Some(ID(outcome.endpoint.to_string())), user_errors: Vec::new() }
        }
        Err(user_errors) => WebhookEndpointDeletePayload { deleted_id: None, user_errors },
    })
}
