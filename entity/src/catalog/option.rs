//! One thing to choose; `option` is a reserved word.

use sea_orm::entity::prelude::*;

use crate::ids::{OptionGroupId, OptionId};

/// One thing to choose; `option` is a reserved word.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "car_option")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OptionId,
    pub group_id: OptionGroupId,
    /// Unique within the group's model.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub price_minor: i64,
    pub lead_time_days: i32,
    pub is_default: bool,
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
