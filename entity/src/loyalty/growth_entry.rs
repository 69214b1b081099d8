//! One line of growth (C108).

use sea_orm::entity::prelude::*;

use crate::ids::{GrowthEntryId, LoyaltyAccountId};

/// One line of growth (C108).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "growth_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrowthEntryId,
    pub account_id: LoyaltyAccountId,
    pub amount: i64,
    pub reason: String,
    pub source_type: String,
    pub source_id: String,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
