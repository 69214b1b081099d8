//! One leg on a car's way.

use sea_orm::entity::prelude::*;

use crate::ids::{TransportLegId, VehicleUnitId};

/// One leg on a car's way.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "transport_leg")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TransportLegId,
    pub vehicle_id: VehicleUnitId,
    pub position: i32,
    pub from_city_code: String,
    pub to_city_code: String,
    pub p50_days: i32,
    pub p90_days: i32,
    pub departed_at: Option<DateTimeUtc>,
    pub arrived_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
