//! Immutable history of a damage to a car.

use sea_orm::entity::prelude::*;

use crate::ids::{QualityDamageCaseId, QualityDamageEventId};
use crate::vocabulary::{QualityDamageState, QualitySwapState};

/// Immutable history of a damage to a car.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "quality_damage_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QualityDamageEventId,
    pub case_id: QualityDamageCaseId,
    pub from_state: Option<QualityDamageState>,
    pub to_state: QualityDamageState,
    /// Where the customer's wish for another car moved.
    pub swap_state: Option<QualitySwapState>,
    pub actor: String,
    pub note: Option<String>,
    pub occurred_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
