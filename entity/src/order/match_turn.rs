//! When orders that wait for a car were last given those that are there, and who is at it. One row.

use sea_orm::entity::prelude::*;

use crate::ids::OrderId;

/// When orders that wait for a car were last given those that are there, and who is at it. One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "match_turn")]
pub struct Model {
    /// 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub ended_at: DateTimeUtc,
    /// Until when a process has it to itself.
    pub leased_until: DateTimeUtc,
    /// Behind which order the next turn begins; none: with the one that has waited longest.
    pub after_placed_at: Option<DateTimeUtc>,
    pub after_id: Option<OrderId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
