//! Who sees which cars, and what of them (C095).

use sea_orm::entity::prelude::*;

use crate::ids::VisibilityPolicyId;
use crate::values::Codes;
use crate::vocabulary::{AgeDisclosure, HolderDisclosure, PolicyEffect, PolicyStatus, VinDisclosure, VisibilityScope};

/// Who sees which cars, and what of them (C095).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "inventory_visibility_policy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VisibilityPolicyId,
    pub name: String,
    pub status: PolicyStatus,
    pub effect: PolicyEffect,
    pub priority: i32,
    /// Roles it speaks to; empty: any staff.
    pub roles: Codes,
    /// Stores it speaks to (prefixed ids); empty: any.
    pub store_ids: Codes,
    pub scope: VisibilityScope,
    pub radius_km: Option<i32>,
    /// Empty: any.
    pub stock_types: Codes,
    /// Physical states; empty: any.
    pub statuses: Codes,
    /// Empty: any.
    pub sales_models: Codes,
    /// Trims (prefixed ids); empty: any.
    pub trim_ids: Codes,
    pub min_age_days: Option<i32>,
    pub max_age_days: Option<i32>,
    pub vin_disclosure: VinDisclosure,
    pub age_disclosure: AgeDisclosure,
    pub holder_disclosure: HolderDisclosure,
    pub may_reserve: bool,
    pub may_request_transfer: bool,
    pub effective_from: DateTimeUtc,
    pub effective_to: Option<DateTimeUtc>,
    /// Who changed it last; none of what was there before anybody was noted.
    pub changed_by: Option<String>,
    pub changed_at: Option<DateTimeUtc>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
