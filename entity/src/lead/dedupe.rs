//! The one lead of a phone and model within 30 days (C018): its row is the lock.

use sea_orm::entity::prelude::*;

use crate::ids::{LeadId, VehicleModelId};
use crate::values::Blind;

/// The one lead of a phone and model within 30 days (C018): its row is the lock.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "lead_dedupe")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub phone_hash: Blind,
    #[sea_orm(primary_key, auto_increment = false)]
    pub model_id: VehicleModelId,
    pub lead_id: LeadId,
    pub window_until: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
