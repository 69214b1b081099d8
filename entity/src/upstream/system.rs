//! A system that sends events in.

use sea_orm::entity::prelude::*;

use crate::ids::{OrganizationId, UpstreamSystemId};
use crate::values::{Codes, Sealed};

/// A system that sends events in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "upstream_system")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UpstreamSystemId,
    /// Unique.
    pub code: String,
    pub name: String,
    /// It speaks for this one and all below it; the car maker's own for all.
    pub organization_id: OrganizationId,
    /// The `source` of its events, unique.
    pub source: String,
    /// Types that it may send; one that ends in `.*` stands for all that begin so.
    pub event_types: Codes,
    /// What it signs with.
    pub secret: Sealed,
    /// What it signed with before.
    pub previous_secret: Option<Sealed>,
    /// Until when the previous secret counts.
    pub previous_until: Option<DateTimeUtc>,
    pub active: bool,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
