//! What the car maker settles with a party, and how much (C104; domain.md 3.5). A version never changes but for its end.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, SettlementRuleId};
use crate::vocabulary::{
    SalesModel, SettlementBase, SettlementBasis, SettlementItem, SettlementParty, SettlementTrigger,
};

/// What the car maker settles with a party, and how much (C104; domain.md 3.5). A version never changes but for its end.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "settlement_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementRuleId,
    /// What the rule is about; with the version unique, and the same for all its versions.
    pub code: String,
    pub rule_version: i32,
    pub sales_model: SalesModel,
    pub item: SettlementItem,
    pub trigger: SettlementTrigger,
    pub party: SettlementParty,
    /// With the party `ORGANIZATION`.
    pub organization_id: Option<OrganizationId>,
    pub basis: SettlementBasis,
    /// With the basis `FIXED`.
    pub amount_minor: Option<i64>,
    /// With the basis `RATE`.
    pub base: Option<SettlementBase>,
    pub rate_bp: Option<i32>,
    pub effective_from: DateTimeUtc,
    /// Exclusive.
    pub effective_to: Option<DateTimeUtc>,
    pub published_by: String,
    pub published_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
