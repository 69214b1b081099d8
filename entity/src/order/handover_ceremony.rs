//! A way in which a store hands cars over (C089).

use sea_orm::entity::prelude::*;

use crate::ids::{HandoverCeremonyId, StoreId};
use crate::values::AddOns;

/// A way in which a store hands cars over (C089).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "handover_ceremony")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HandoverCeremonyId,
    pub store_id: StoreId,
    /// Unique within the store.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub price_minor: i64,
    pub duration_minutes: i32,
    pub add_ons: AddOns,
    /// Whether it can be chosen.
    pub active: bool,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
