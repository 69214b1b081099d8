//! What one says to the webhook room.

use async_graphql::{ID, InputObject};
use entity::EventKind;

/// An address to tell of events.
#[derive(InputObject)]
pub struct WebhookEndpointCreateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// Where messages go. https in production, and an address of the open internet, which is checked at each attempt.
    pub url: String,
    /// What it is for, at most 200 characters.
    pub description: Option<String>,
    /// Kinds of events to be told of; none for all.
    pub kinds: Vec<EventKind>,
}

/// What to change of an endpoint; what is left out stays.
#[derive(InputObject)]
pub struct WebhookEndpointUpdateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The endpoint, as in `whe_01J…`.
    pub endpoint_id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Where messages go from now on, those that wait too.
    pub url: Option<String>,
    /// What it is for, at most 200 characters.
    pub description: Option<String>,
    /// Kinds of events to be told of from now on; none for all.
    pub kinds: Option<Vec<EventKind>>,
}

/// A new secret for an endpoint.
#[derive(InputObject)]
pub struct WebhookEndpointRotateSecretInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The endpoint, as in `whe_01J…`.
    pub endpoint_id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// How long the present secret signs beside the new one, 0 to 168 hours; 24 when left out.
    pub overlap_hours: Option<i32>,
}

/// An endpoint to pause, to resume or to delete.
#[derive(InputObject)]
pub struct WebhookEndpointInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The endpoint, as in `whe_01J…`.
    pub endpoint_id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// Dead letters to deliver after all.
#[derive(InputObject)]
pub struct WebhookDeliveryReplayInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The deliveries, as in `whd_01J…`, 1 to 100. All of them are dead, or none is replayed.
    pub delivery_ids: Vec<ID>,
}
