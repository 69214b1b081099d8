//! What commercial insurance of a car is reckoned with (C060; domain.md 3.3, "On-road price").

use sea_orm::entity::prelude::*;

use crate::ids::InsuranceRateId;
use crate::vocabulary::Powertrain;

/// What commercial insurance of a car is reckoned with (C060; domain.md 3.3, "On-road price").
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "insurance_rate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InsuranceRateId,
    /// Unique.
    pub code: String,
    /// Empty: nationwide.
    pub city_code: Option<String>,
    pub powertrain: Option<Powertrain>,
    /// What does not hang on the car's price: liability, passengers.
    pub base_minor: i64,
    /// Basis points of what the vehicle invoice says: damage to the car.
    pub rate_bp: i32,
    pub starts_on: Date,
    /// Inclusive.
    pub ends_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
