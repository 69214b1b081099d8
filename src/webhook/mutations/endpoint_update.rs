//! `webhookEndpointUpdate`.

use async_graphql::Context;
use entity::webhook::endpoint;
use entity::{Codes, WebhookEndpointId};
use sea_orm::ActiveValue::{NotSet, Set};

use super::super::inputs::WebhookEndpointUpdateInput;
use super::super::policy;
use super::WebhookEndpointPayload;
use super::shared::{self, Outcome};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

struct Wanted {
    id: WebhookEndpointId,
    expected: i32,
    url: Option<String>,
    description: Option<String>,
    kinds: Option<Codes>,
}

pub async fn run(ctx: &Context<'_>, input: WebhookEndpointUpdateInput) -> Result<WebhookEndpointPayload> {
    let call = ctx.call();
    policy::change_or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(wanted) => write(ctx, Some(key), move |tx, call| Box::pin(update(tx, call, wanted))).await?,
        Err(errors) => Err(errors),
    };
    Ok(shared::payload(ctx, written).await?.0)
}

fn read(call: &Call, input: &WebhookEndpointUpdateInput) -> Result<Wanted, Vec<UserError>> {
    let mut errors = Vec::new();
    let id = UserError::parse_id(call, "endpointId", &input.endpoint_id).map_err(|error| errors.push(error)).ok();
    let mut take = |read: Result<String, UserError>| read.map_err(|error| errors.push(error)).ok();
    let url = input.url.as_deref().and_then(|given| take(shared::url(call, given)));
    let description = input.description.as_deref().and_then(|given| take(shared::description(call, Some(given))));
    match id {
        Some(id) if errors.is_empty() => {
            let kinds = input.kinds.as_deref().map(shared::kinds);
            Ok(Wanted { id, expected: input.expected_version, url, description, kinds })
        }
        _ => Err(errors),
    }
}

async fn update(tx: &mut Tx, call: &Call, wanted: Wanted) -> Result<Outcome, Refusal> {
    let was = shared::lock(tx, call, wanted.id, wanted.expected).await?;
    let changed = endpoint::ActiveModel {
        url: wanted.url.map_or(NotSet, Set),
        description: wanted.description.map_or(NotSet, Set),
        kinds: wanted.kinds.map_or(NotSet, Set),
        ..Default::default()
    };
    shared::change(tx, &was, changed);
    Ok(Outcome { endpoint: was.id, secret: None })
}
