//! What happened to a settlement statement.

use sea_orm::entity::prelude::*;

use crate::ids::{SettlementEventId, SettlementStatementId};
use crate::vocabulary::SettlementState;

/// What happened to a settlement statement.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "settlement_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementEventId,
    pub statement_id: SettlementStatementId,
    pub from_state: Option<SettlementState>,
    pub to_state: SettlementState,
    /// Who did it, as in an order's history.
    pub actor: String,
    pub note: Option<String>,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
