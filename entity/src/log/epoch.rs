//! Which history the log has (guarantees 2.1). One row.

use sea_orm::entity::prelude::*;

/// Which history the log has (guarantees 2.1). One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "event_log")]
pub struct Model {
    /// 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// 32 bits drawn at random.
    pub epoch: i64,
    /// The database that the epoch was given to.
    pub origin: String,
    pub renewed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
