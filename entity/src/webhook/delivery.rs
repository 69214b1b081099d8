//! One event to be delivered to one endpoint.

use sea_orm::entity::prelude::*;

use crate::ids::{EventId, WebhookDeliveryId, WebhookEndpointId};
use crate::vocabulary::{EventKind, WebhookDeliveryState, WebhookFailure};

/// One event to be delivered to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    pub endpoint_id: WebhookEndpointId,
    /// The id of the message, the same at each attempt.
    pub event_id: EventId,
    /// Number on the stream of everything; unique with the endpoint.
    pub oem_sequence: i64,
    /// The event's own stream, within which the order is kept.
    pub stream: String,
    pub kind: EventKind,
    /// The message's body: ids and codes only.
    pub body: String,
    pub state: WebhookDeliveryState,
    /// Attempts that have come to an end, since it was last replayed.
    pub attempts: i32,
    /// When the first of them ended.
    pub first_attempt_at: Option<DateTimeUtc>,
    /// Not before; while an attempt is being made, the end of its lease.
    pub next_attempt_at: DateTimeUtc,
    /// Grows with each lease. Who holds an older one has nothing to say.
    pub lease: i64,
    pub last_status: Option<i32>,
    pub last_failure: Option<WebhookFailure>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
