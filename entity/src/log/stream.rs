//! The counter of a stream; its row lock makes number order commit order.

use sea_orm::entity::prelude::*;

/// The counter of a stream; its row lock makes number order commit order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "event_stream")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    pub head: i64,
    /// Entries up to this number are no longer kept, or not all of them; counted on the stream of everything alone.
    pub forgotten: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
