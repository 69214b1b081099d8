//! `webhookEndpointCreate`.

use async_graphql::Context;
use entity::webhook::endpoint;
use entity::{Codes, WebhookEndpointId, WebhookState};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::super::inputs::WebhookEndpointCreateInput;
use super::super::{fan_out, policy, secrets};
use super::WebhookSecretPayload;
use super::shared::{self, Outcome};
use crate::events::log;
use crate::events::oem::OEM;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::identity::signature::{new_secret, to_text};
use crate::store::Tx;

struct Wanted {
    url: String,
    description: String,
    kinds: Codes,
}

pub async fn run(ctx: &Context<'_>, input: WebhookEndpointCreateInput) -> Result<WebhookSecretPayload> {
    let call = ctx.call();
    policy::change_or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(wanted) => write(ctx, Some(key), move |tx, call| Box::pin(create(tx, call, wanted))).await?,
        Err(errors) => Err(errors),
    };
    let (payload, secret) = shared::payload(ctx, written).await?;
    Ok(WebhookSecretPayload { endpoint: payload.endpoint, secret, user_errors: payload.user_errors })
}

fn read(call: &Call, input: &WebhookEndpointCreateInput) -> Result<Wanted, Vec<UserError>> {
    let (url, description) = (shared::url(call, &input.url), shared::description(call, input.description.as_deref()));
    match (url, description) {
        (Ok(url), Ok(description)) => Ok(Wanted { url, description, kinds: shared::kinds(&input.kinds) }),
        (url, description) => Err(url.err().into_iter().chain(description.err()).collect()),
    }
}

async fn create(tx: &mut Tx, call: &Call, wanted: Wanted) -> Result<Outcome, Refusal> {
    // While no deliveries are made: none of what follows the head is passed over before the endpoint is seen.
    fan_out::lock(tx, true).await?.ok_or_else(|| Error::hidden("the webhooks' cursor is not there"))?;
    let begins_after = log::head(tx.conn(), OEM).await?;
    let secret = to_text(&new_secret());
    let row = endpoint::Model {
        id: WebhookEndpointId::generate(),
        url: wanted.url,
        description: wanted.description,
        kinds: wanted.kinds,
        secret: secrets::seal(&call.app.vault, &secret),
        previous_secret: None,
        previous_until: None,
        state: WebhookState::Active,
        reason: None,
        failing_since: None,
        not_before: None,
        begins_after,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let outcome = Outcome { endpoint: row.id, secret: Some(secret) };
    tx.insert([row.into_active_model().reset_all()]);
    Ok(outcome)
}
