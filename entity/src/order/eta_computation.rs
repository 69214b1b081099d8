//! When it was last measured how long the stretches of the way take, and who is at it. One row.

use sea_orm::entity::prelude::*;

/// When it was last measured how long the stretches of the way take, and who is at it. One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "eta_computation")]
pub struct Model {
    /// 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub computed_at: DateTimeUtc,
    /// Until when a process has it to itself.
    pub leased_until: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
