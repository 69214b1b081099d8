//! A party of the order-to-delivery chain (C084).

use sea_orm::entity::prelude::*;

use crate::ids::OrganizationId;
use crate::vocabulary::{OrganizationKind, Region};

/// A party of the order-to-delivery chain (C084).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    /// Short code, unique; upstream systems name it so.
    pub code: String,
    pub kind: OrganizationKind,
    pub name_zh: String,
    pub name_en: String,
    pub parent_id: Option<OrganizationId>,
    pub region: Option<Region>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
