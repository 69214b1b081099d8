//! A city of GB/T 2260, with its centre (C052).

use sea_orm::entity::prelude::*;

use crate::vocabulary::Region;

/// A city of GB/T 2260, with its centre (C052).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "city")]
pub struct Model {
    /// Six-digit code; ends in `00` for a city.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    /// First two digits of the code.
    pub province_code: String,
    pub region: Region,
    /// Centre, GCJ-02 degrees.
    pub latitude: f64,
    pub longitude: f64,
    pub dialling_code: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
