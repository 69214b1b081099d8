//! A level of membership (C108).

use sea_orm::entity::prelude::*;

use crate::ids::TierId;

/// A level of membership (C108).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "tier")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TierId,
    pub code: String,
    /// Unique.
    pub level: i32,
    /// Growth needed.
    pub threshold: i64,
    pub name_zh: String,
    pub name_en: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
