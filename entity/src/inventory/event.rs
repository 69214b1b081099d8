//! Immutable history of a car.

use sea_orm::entity::prelude::*;

use crate::ids::{VehicleEventId, VehicleUnitId};
use crate::vocabulary::VehicleEventKind;

/// Immutable history of a car.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "vehicle_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VehicleEventId,
    pub vehicle_id: VehicleUnitId,
    pub kind: VehicleEventKind,
    pub from_status: Option<String>,
    pub to_status: Option<String>,
    pub actor: String,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
