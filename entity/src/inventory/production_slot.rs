//! A place in a plant's plan (C083).

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, ProductionSlotId};

/// A place in a plant's plan (C083).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "production_slot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductionSlotId,
    pub plant_id: OrganizationId,
    /// ISO week, `2026-W48`.
    pub week: String,
    pub planned_start: DateTimeUtc,
    pub planned_off: DateTimeUtc,
    pub actual_off: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
