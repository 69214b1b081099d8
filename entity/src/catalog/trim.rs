//! A version of a model that can be ordered.

use sea_orm::entity::prelude::*;

use crate::ids::{TrimId, VehicleModelId};
use crate::vocabulary::Powertrain;

/// A version of a model that can be ordered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "trim")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrimId,
    pub model_id: VehicleModelId,
    /// Unique, as in `C5-660`.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub powertrain: Powertrain,
    pub battery_wh: i64,
    /// Electric range, CLTC.
    pub cltc_km: i32,
    /// Combined range of an EREV or PHEV.
    pub total_range_km: Option<i32>,
    /// 0-100 km/h, milliseconds.
    pub acceleration_ms: i32,
    pub seats: i32,
    pub all_wheel_drive: bool,
    /// In the tax-reduction catalogue.
    pub purchase_tax_catalog: bool,
    pub model_year: i32,
    pub position: i32,
    pub on_sale: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
