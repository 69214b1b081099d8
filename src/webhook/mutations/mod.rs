//! What one may do in the webhook room: a file for each mutation, and what they share.

mod delivery_replay;
mod endpoint_create;
mod endpoint_delete;
mod endpoint_rotate_secret;
mod endpoint_state;
mod endpoint_update;
mod shared;

use async_graphql::{Context, ID, Object, SimpleObject};

use self::endpoint_state::Wish;
use super::inputs::{
    WebhookDeliveryReplayInput, WebhookEndpointCreateInput, WebhookEndpointInput, WebhookEndpointRotateSecretInput,
    WebhookEndpointUpdateInput,
};
use super::types::{WebhookDelivery, WebhookEndpoint};
use crate::graph::{Result, UserError};

/// What came of it.
#[derive(SimpleObject)]
pub struct WebhookEndpointPayload {
    /// The endpoint as it is now.
    pub endpoint: Option<WebhookEndpoint>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it, with a secret that is shown here and never again.
#[derive(SimpleObject)]
pub struct WebhookSecretPayload {
    /// The endpoint as it is now.
    pub endpoint: Option<WebhookEndpoint>,
    /// The secret that signs messages, as in `whsec_…`. Null where the key was used before: it is shown once.
    pub secret: Option<String>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct WebhookEndpointDeletePayload {
    /// The endpoint that is no more.
    pub deleted_id: Option<ID>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct WebhookDeliveryReplayPayload {
    /// The deliveries as they are now, in the order of the input.
    pub deliveries: Vec<WebhookDelivery>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "WebhookMutations")]
impl Mutations {
    /// Registers an address that is told of what happens from now on; for operators.
    async fn webhook_endpoint_create(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointCreateInput,
    ) -> Result<WebhookSecretPayload> {
        endpoint_create::run(ctx, input).await
    }

    /// Changes address, description or kinds of an endpoint; for operators.
    async fn webhook_endpoint_update(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointUpdateInput,
    ) -> Result<WebhookEndpointPayload> {
        endpoint_update::run(ctx, input).await
    }

    /// Gives an endpoint a new secret; the present one signs beside it for a while. For operators.
    async fn webhook_endpoint_rotate_secret(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointRotateSecretInput,
    ) -> Result<WebhookSecretPayload> {
        endpoint_rotate_secret::run(ctx, input).await
    }

    /// Delivers nothing to an endpoint until it is resumed; what happens meanwhile is kept for it. For operators.
    async fn webhook_endpoint_pause(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointInput,
    ) -> Result<WebhookEndpointPayload> {
        endpoint_state::run(ctx, input, Wish::Pause).await
    }

    /// Delivers to an endpoint again, whatever the reason why not; what waits goes first. For operators.
    async fn webhook_endpoint_resume(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointInput,
    ) -> Result<WebhookEndpointPayload> {
        endpoint_state::run(ctx, input, Wish::Resume).await
    }

    /// Forgets an endpoint with its deliveries; for operators.
    async fn webhook_endpoint_delete(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointInput,
    ) -> Result<WebhookEndpointDeletePayload> {
        endpoint_delete::run(ctx, input).await
    }

    /// Delivers dead letters after all, as if they were new, with the ids that they have; for operators.
    async fn webhook_delivery_replay(
        &self,
        ctx: &Context<'_>,
        input: WebhookDeliveryReplayInput,
    ) -> Result<WebhookDeliveryReplayPayload> {
        delivery_replay::run(ctx, input).await
    }
}
