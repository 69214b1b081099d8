//! How endpoints and deliveries are found from other rows.

use entity::webhook::{attempt, delivery, endpoint};
use entity::{WebhookDeliveryId, WebhookEndpointId};
use sea_orm::sea_query::Condition;

use super::policy;
use super::types::{WebhookAttempt, WebhookDelivery, WebhookEndpoint};
use crate::graph::relation::{many, one};

/// Most attempts that a delivery shows; with the waits as they are there are some twenty in three days.
const MAX_ATTEMPTS: u64 = 50;

one! {
    /// Endpoints by id.
    WebhookEndpointById: WebhookEndpointId => endpoint.Id as WebhookEndpoint,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(WebhookEndpoint(row));
}

one! {
    /// Deliveries by id.
    WebhookDeliveryById: WebhookDeliveryId => delivery.Id as WebhookDelivery,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(WebhookDelivery(row));
}

many! {
    /// Attempts by delivery, newest first. Reached through readable deliveries only.
    AttemptsOfDelivery: WebhookDeliveryId => attempt.DeliveryId as WebhookAttempt, by [Desc AttemptedAt, Desc Id],
        first MAX_ATTEMPTS,
        |_call| Condition::all(), |_call, row| Some(WebhookAttempt(row));
}
