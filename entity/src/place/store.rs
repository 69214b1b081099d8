//! A place where cars are shown, sold or handed over.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, StoreId};
use crate::vocabulary::SalesModel;

/// A place where cars are shown, sold or handed over.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "store")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StoreId,
    /// The legal party that runs it; owner of a wholesale store's stock.
    pub organization_id: OrganizationId,
    /// Short code printed on papers, unique.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub sales_model: SalesModel,
    pub city_code: String,
    /// Public street address.
    pub address_zh: String,
    pub address_en: String,
    /// GCJ-02 degrees.
    pub latitude: f64,
    pub longitude: f64,
    /// Local opening time, `HH:MM`.
    pub opens_at: String,
    pub closes_at: String,
    pub service_radius_km: i32,
    pub delivery_center: bool,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
