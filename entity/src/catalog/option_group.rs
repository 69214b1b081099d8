//! A choice in the configurator (C043).

use sea_orm::entity::prelude::*;

use crate::ids::{OptionGroupId, VehicleModelId};
use crate::vocabulary::OptionSelection;

/// A choice in the configurator (C043).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "option_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OptionGroupId,
    pub model_id: VehicleModelId,
    /// Unique within the model.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub selection: OptionSelection,
    pub required: bool,
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
