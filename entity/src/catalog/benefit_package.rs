//! What is to be had with a car besides it: a service or a benefit, free or for a price (C053, C069).

use sea_orm::entity::prelude::*;

use crate::ids::{BenefitPackageId, TrimId};
use crate::values::BenefitItems;
use crate::vocabulary::{BenefitKind, Powertrain};

/// What is to be had with a car besides it: a service or a benefit, free or for a price (C053, C069).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "benefit_package")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BenefitPackageId,
    /// Unique.
    pub code: String,
    pub kind: BenefitKind,
    pub name_zh: String,
    pub name_en: String,
    /// On what terms.
    pub terms_zh: String,
    pub terms_en: String,
    /// What is in it.
    pub items: BenefitItems,
    /// With value-added tax; zero for what is free.
    pub price_minor: i64,
    /// Of one group one can be chosen.
    pub exclusive_group: Option<String>,
    /// A city, or a province by its code ending in four zeros. Empty: nationwide.
    pub city_code: Option<String>,
    pub powertrain: Option<Powertrain>,
    pub trim_id: Option<TrimId>,
    pub starts_on: Date,
    /// Inclusive.
    pub ends_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
