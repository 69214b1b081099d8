//! In which order cars are shown to whom (C096).

use sea_orm::entity::prelude::*;

use crate::ids::SortRuleId;
use crate::values::{Codes, SortCriteria};
use crate::vocabulary::{PolicyStatus, StockSortMode};

/// In which order cars are shown to whom (C096).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "inventory_sort_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SortRuleId,
    /// Unique.
    pub name: String,
    pub status: PolicyStatus,
    /// Of several that speak to somebody the highest counts.
    pub priority: i32,
    /// Roles it speaks to; empty: any staff, operators among them.
    pub roles: Codes,
    /// Stores it speaks to (prefixed ids); empty: any.
    pub store_ids: Codes,
    pub criteria: SortCriteria,
    pub changed_by: String,
    pub changed_at: DateTimeUtc,
    pub version: i32,
    /// How the criteria come together.
    pub mode: StockSortMode,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
