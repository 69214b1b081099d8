//! What the car maker and a party settle for a month (C104; domain.md 3.5).

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, SettlementStatementId, StoreId};
use crate::vocabulary::{SalesModel, SettlementState};

/// What the car maker and a party settle for a month (C104; domain.md 3.5).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "settlement_statement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementStatementId,
    /// The party: a store, or an organisation.
    pub store_id: Option<StoreId>,
    pub organization_id: Option<OrganizationId>,
    pub sales_model: SalesModel,
    /// First day of the month, Asia/Shanghai.
    pub period: Date,
    pub state: SettlementState,
    /// Sum of its lines; positive where the car maker owes the party.
    pub total_minor: i64,
    pub line_count: i32,
    /// Lines that put it right.
    pub adjustment_count: i32,
    pub dispute_reason: Option<String>,
    pub invoice_number: Option<String>,
    /// The bank's number.
    pub payment_reference: Option<String>,
    pub version: i32,
    pub issued_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
