//! How many cars a store hands over at a time; its row is locked while an appointment is made (C089).

use sea_orm::entity::prelude::*;

use crate::ids::StoreId;

/// How many cars a store hands over at a time; its row is locked while an appointment is made (C089).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "handover_desk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: StoreId,
    pub bays: i32,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
