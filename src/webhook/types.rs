//! What the webhook room looks like.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::webhook::{attempt, delivery, endpoint};
use entity::{EventKind, WebhookDeliveryState, WebhookFailure, WebhookReason, WebhookState};

use super::links::{AttemptsOfDelivery, WebhookEndpointById};
use crate::graph::answer::To;
use crate::graph::fields;
use crate::graph::scalars::Int64;

/// An address that is told of events by POST, signed after Standard Webhooks.
#[derive(Clone, Debug, Description)]
pub struct WebhookEndpoint(pub endpoint::Model);

#[fields(rows(endpoint::Model))]
impl WebhookEndpoint {
    /// Type-prefixed ULID, as in `whe_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where messages go.
    fn url(&self) -> &str {
        &self.0.url
    }

    /// What it is for; empty when nobody said.
    fn description(&self) -> &str {
        &self.0.description
    }

    /// The kinds of events that it is told of; empty for all.
    fn kinds(&self) -> Vec<EventKind> {
        let known = |code: &String| EventKind::ALL.iter().find(|kind| kind.code() == code).copied();
        self.0.kinds.0.iter().filter_map(known).collect()
    }

    /// Whether it is delivered to.
    fn state(&self) -> WebhookState {
        self.0.state
    }

    /// Why it is not; null when it is.
    fn reason(&self) -> Option<WebhookReason> {
        self.0.reason
    }

    /// Since when there was nothing but failures; null when the last attempt was none.
    fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing_since
    }

    /// It has asked to be sent nothing before this.
    fn not_before(&self) -> Option<DateTime<Utc>> {
        self.0.not_before
    }

    /// Until when the secret before the present one signs too; null when it was never changed.
    fn previous_secret_until(&self) -> Option<DateTime<Utc>> {
        self.0.previous_until
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// When registered.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// One event for one endpoint.
#[derive(Clone, Debug, Description)]
pub struct WebhookDelivery(pub delivery::Model);

#[fields(rows(delivery::Model))]
impl WebhookDelivery {
    /// Type-prefixed ULID, as in `whd_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where it goes.
    #[link(self.0.endpoint_id)]
    fn endpoint(&self) -> To<WebhookEndpointById>;

    /// The event: `webhook-id` of the message, the same at each attempt.
    fn event_id(&self) -> ID {
        ID(self.0.event_id.to_string())
    }

    /// The event's number on the stream `oem`.
    fn sequence(&self) -> Int64 {
        Int64(self.0.oem_sequence)
    }

    /// The event's own stream, as in `order:ord_01J…`; messages of one stream go out in their order.
    fn stream(&self) -> &str {
        &self.0.stream
    }

    /// What happened.
    fn kind(&self) -> EventKind {
        self.0.kind
    }

    /// The message's body, JSON.
    fn body(&self) -> &str {
        &self.0.body
    }

    /// State.
    fn state(&self) -> WebhookDeliveryState {
        self.0.state
    }

    /// Attempts since it was made or last replayed.
    fn attempt_count(&self) -> i32 {
        self.0.attempts
    }

    /// When it is tried next, unless another of its stream is before it; while it is being tried, when that is given up.
    /// Null when it is settled.
    fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        (self.0.state == WebhookDeliveryState::Pending).then_some(self.0.next_attempt_at)
    }

    /// Status of the last answer; null when there was none.
    fn last_status(&self) -> Option<i32> {
        self.0.last_status
    }

    /// Why the last attempt failed; null when it did not, or there was none.
    fn last_failure(&self) -> Option<WebhookFailure> {
        self.0.last_failure
    }

    /// The attempts, newest first, 50 at most.
    #[link(self.0.id)]
    fn attempts(&self) -> To<AttemptsOfDelivery>;

    /// When made.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When last tried, settled or replayed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// One attempt to deliver.
#[derive(Clone, Debug, Description)]
pub struct WebhookAttempt(pub attempt::Model);

#[fields(rows(attempt::Model))]
impl WebhookAttempt {
    /// Type-prefixed ULID, as in `wha_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// HTTP status; null when there was no answer.
    fn status(&self) -> Option<i32> {
        self.0.status
    }

    /// Why it failed; null when it did not.
    fn failure(&self) -> Option<WebhookFailure> {
        self.0.failure
    }

    /// How long it took, milliseconds.
    fn duration_ms(&self) -> i32 {
        self.0.duration_ms
    }

    /// The beginning of a failure's answer, 200 characters at most.
    fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// When it ended.
    fn attempted_at(&self) -> DateTime<Utc> {
        self.0.attempted_at
    }
}
