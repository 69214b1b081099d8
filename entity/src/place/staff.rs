//! A person who works for a store or the car maker.

use sea_orm::entity::prelude::*;

use crate::ids::{StaffId, StoreId};
use crate::values::Sealed;
use crate::vocabulary::Role;

/// A person who works for a store or the car maker.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "staff")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StaffId,
    /// Employee number, unique.
    pub number: String,
    pub name: Sealed,
    /// Empty for the car maker's own people.
    pub store_id: Option<StoreId>,
    pub role: Role,
    pub active: bool,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
