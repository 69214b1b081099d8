//! The last event that was applied of a subject.

use sea_orm::entity::prelude::*;

/// The last event that was applied of a subject.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "inbound_subject")]
pub struct Model {
    /// As in `vehicle/L00C5D1EXTX000001`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    pub source: String,
    pub reference: String,
    pub sequence: Option<i64>,
    pub occurred_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
