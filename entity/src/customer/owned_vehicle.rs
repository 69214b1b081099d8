//! A car that was handed over to a customer (C090; domain.md 3.1).

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, OrderId, OwnedVehicleId, TrimId, VehicleUnitId};
use crate::values::Sealed;

/// A car that was handed over to a customer (C090; domain.md 3.1).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "owned_vehicle")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OwnedVehicleId,
    pub customer_id: CustomerId,
    /// Unique.
    pub order_id: OrderId,
    pub vehicle_id: VehicleUnitId,
    pub trim_id: TrimId,
    /// Whose car it is is personal.
    pub vin: Sealed,
    pub handed_over_at: DateTimeUtc,
    /// From when the warranty counts.
    pub warranty_start_at: DateTimeUtc,
    /// At the hand-over.
    pub odometer_km: i32,
    pub created_at: DateTimeUtc,
    /// Since when it is theirs no more: it was given back, or was not handed over after all.
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
