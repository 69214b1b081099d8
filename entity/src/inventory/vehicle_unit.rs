//! One car, built or planned.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, ProductionSlotId, StoreId, TrimId, VehicleUnitId};
use crate::values::Codes;
use crate::vocabulary::{CommercialStatus, PhysicalStatus, SalesModel, StockType};

/// One car, built or planned.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "vehicle_unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VehicleUnitId,
    /// Unique; ISO 3779, check digit checked.
    pub vin: Option<String>,
    pub trim_id: TrimId,
    pub option_codes: Codes,
    pub physical_status: PhysicalStatus,
    pub commercial_status: CommercialStatus,
    /// Where a `QUALITY_HOLD` came from.
    pub resume_to: Option<PhysicalStatus>,
    /// Its system of record holds it: it stays held then, whatever becomes of its damage.
    pub held_upstream: bool,
    pub stock_type: StockType,
    pub sales_model: SalesModel,
    pub owner_organization_id: OrganizationId,
    /// Custodian store.
    pub store_id: Option<StoreId>,
    /// Coarse place.
    pub city_code: String,
    pub latitude: f64,
    pub longitude: f64,
    /// The place as a point on the unit sphere (`Point::unit_vector`), so that statements compare distances without
    /// trigonometry, which SQLite lacks.
    pub unit_x: f64,
    pub unit_y: f64,
    pub unit_z: f64,
    pub production_slot_id: Option<ProductionSlotId>,
    /// Where a transfer takes it, while it lasts; none when nobody said.
    pub transfer_to_store_id: Option<StoreId>,
    /// Expected in the store.
    pub expected_at: Option<DateTimeUtc>,
    pub built_at: Option<DateTimeUtc>,
    pub received_at: Option<DateTimeUtc>,
    /// From when age counts.
    pub stock_since: DateTimeUtc,
    /// List price with options.
    pub price_minor: i64,
    /// The car maker's eyes only.
    pub cost_minor: i64,
    /// What it has run, kilometres, where its system of record says so.
    pub odometer_km: Option<i32>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
