//! How a car can be paid over time (C048, C068; domain.md 4.3).

use sea_orm::entity::prelude::*;

use crate::ids::{FinancePlanId, OrganizationId, TrimId};
use crate::values::FinanceTerms;
use crate::vocabulary::{FinanceMethod, Powertrain};

/// How a car can be paid over time (C048, C068; domain.md 4.3).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "finance_plan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FinancePlanId,
    /// Unique.
    pub code: String,
    pub lender_id: OrganizationId,
    pub name_zh: String,
    pub name_en: String,
    /// What it is, in a sentence or two.
    pub intro_zh: String,
    pub intro_en: String,
    pub method: FinanceMethod,
    /// A city, or a province by its code ending in four zeros. Empty: nationwide.
    pub city_code: Option<String>,
    pub powertrain: Option<Powertrain>,
    pub trim_id: Option<TrimId>,
    /// Least that is paid at once, of the invoice price.
    pub min_down_bp: i32,
    /// What is paid with the last instalment, of the amount lent; of a lease, of the invoice price.
    pub balloon_bp: i32,
    /// What the lender asks for once.
    pub fee_minor: i64,
    pub terms: FinanceTerms,
    pub starts_on: Date,
    /// Inclusive.
    pub ends_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
