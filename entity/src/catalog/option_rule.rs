//! What goes with what (C043).

use sea_orm::entity::prelude::*;

use crate::ids::{OptionRuleId, VehicleModelId};
use crate::values::Codes;
use crate::vocabulary::OptionRuleKind;

/// What goes with what (C043).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "option_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OptionRuleId,
    pub model_id: VehicleModelId,
    /// Unique within the model; named when a choice is blocked.
    pub code: String,
    pub kind: OptionRuleKind,
    /// Option codes that wake the rule (all of them).
    pub when_codes: Codes,
    /// Option codes, or trim codes for `ONLY_WITH_TRIM`.
    pub then_codes: Codes,
    pub message_zh: String,
    pub message_en: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
