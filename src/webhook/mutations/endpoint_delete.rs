//! `webhookEndpointDelete`.

use async_graphql::{Context, ID};
use entity::WebhookEndpointId;
use entity::webhook::endpoint;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::WebhookEndpointInput;
use super::super::policy;
use super::{WebhookEndpointDeletePayload, shared};
use crate::graph::write::{Key, write};
use crate::graph::{CallExt, Result};

#[derive(Serialize, Deserialize)]
struct Outcome {
    endpoint: WebhookEndpointId,
}

pub async fn run(ctx: &Context<'_>, input: WebhookEndpointInput) -> Result<WebhookEndpointDeletePayload> {
    let call = ctx.call();
    policy::change_or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let expected = input.expected_version;
    let written = match shared::id(call, &input.endpoint_id) {
        Ok(id) => {
            let work = write(ctx, Some(key), move |tx, call| {
                Box::pin(async move {
                    let was = shared::lock(tx, call, id, expected).await?;
                    // Deliveries and their attempts go with it.
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
