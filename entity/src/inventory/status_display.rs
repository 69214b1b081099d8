//! How the state of a car is shown to whom (C100).

use sea_orm::entity::prelude::*;

use crate::ids::StatusDisplayId;
use crate::values::StatusEntries;
use crate::vocabulary::{DisplayAudience, FulfillmentMode, PolicyStatus};

/// How the state of a car is shown to whom (C100).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "vehicle_status_display")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StatusDisplayId,
    /// Unique.
    pub name: String,
    pub status: PolicyStatus,
    pub audience: DisplayAudience,
    /// Only of cars for orders that are fulfilled so; any when none.
    pub fulfillment_mode: Option<FulfillmentMode>,
    pub entries: StatusEntries,
    pub changed_by: String,
    pub changed_at: DateTimeUtc,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
