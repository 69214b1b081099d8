//! One attempt to deliver: the delivery log.

use sea_orm::entity::prelude::*;

use crate::ids::{WebhookAttemptId, WebhookDeliveryId};
use crate::vocabulary::WebhookFailure;

/// One attempt to deliver: the delivery log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "webhook_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookAttemptId,
    pub delivery_id: WebhookDeliveryId,
    pub status: Option<i32>,
    /// Empty when it was delivered.
    pub failure: Option<WebhookFailure>,
    pub duration_ms: i32,
    /// The beginning of a failure's answer.
    pub answer: Option<String>,
    pub attempted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
