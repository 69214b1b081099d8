//! Somebody's address that is told of events.

use sea_orm::entity::prelude::*;

use crate::ids::WebhookEndpointId;
use crate::values::{Codes, Sealed};
use crate::vocabulary::{WebhookReason, WebhookState};

/// Somebody's address that is told of events.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEndpointId,
    pub url: String,
    pub description: String,
    /// Kinds of events; empty for all.
    #[sea_orm(column_type = "JsonBinary")]
    pub kinds: Codes,
    /// Signs.
    pub secret: Sealed,
    /// Signs too, until `previous_until`.
    pub previous_secret: Option<Sealed>,
    pub previous_until: Option<DateTimeUtc>,
    pub state: WebhookState,
    /// Of a state other than active.
    pub reason: Option<WebhookReason>,
    /// Since when there was nothing but failures.
    pub failing_since: Option<DateTimeUtc>,
    /// Nothing is sent before; the endpoint has asked for it.
    pub not_before: Option<DateTimeUtc>,
    /// What follows this number of the stream of everything is delivered.
    pub begins_after: i64,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
