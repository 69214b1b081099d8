//! One amount between the car maker and a party, and what it is for (C105; domain.md 3.5).

use sea_orm::entity::prelude::*;

use crate::ids::{LeadId, OrderId, OrganizationId, SettlementLineId, SettlementRuleId, SettlementStatementId, StoreId};
use crate::vocabulary::{SalesModel, SettlementItem, SettlementTrigger};

/// One amount between the car maker and a party, and what it is for (C105; domain.md 3.5).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "settlement_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementLineId,
    /// On which it is; none as long as none was drawn up.
    pub statement_id: Option<SettlementStatementId>,
    /// The version by which it was made; none of what puts a statement right.
    pub rule_id: Option<SettlementRuleId>,
    /// The party: a store, or an organisation.
    pub store_id: Option<StoreId>,
    pub organization_id: Option<OrganizationId>,
    pub sales_model: SalesModel,
    pub item: SettlementItem,
    pub trigger: Option<SettlementTrigger>,
    /// What it comes from.
    pub order_id: Option<OrderId>,
    pub lead_id: Option<LeadId>,
    /// Of which the rate was.
    pub base_minor: Option<i64>,
    /// Positive where the car maker owes the party.
    pub amount_minor: i64,
    /// Which line it takes back.
    pub reverses_id: Option<SettlementLineId>,
    /// Whether another line takes it back.
    pub reversed: bool,
    /// Why a statement is put right.
    pub reason: Option<String>,
    pub occurred_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
