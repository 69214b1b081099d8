//! Something to have for points (C109).

use sea_orm::entity::prelude::*;

use crate::ids::RedemptionItemId;

/// Something to have for points (C109).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "redemption_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RedemptionItemId,
    /// Unique.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub cost_points: i64,
    pub available: bool,
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
