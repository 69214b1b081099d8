//! Which milestones an order of a kind has, and within which time they are to be reached (C084, C092; domain.md 3.2).

use sea_orm::entity::prelude::*;

use crate::ids::MilestoneTemplateId;
use crate::values::TemplateNodes;
use crate::vocabulary::{FulfillmentMode, PolicyStatus};

/// Which milestones an order of a kind has, and within which time they are to be reached (C084, C092; domain.md 3.2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "milestone_template")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MilestoneTemplateId,
    /// Unique.
    pub name: String,
    /// Of one kind of order, and of a city of it, one at a time is published.
    pub status: PolicyStatus,
    /// For orders whose car is found so.
    pub fulfillment_mode: FulfillmentMode,
    /// For cars to be registered there; everywhere else when none.
    pub city_code: Option<String>,
    /// Whether the balance is wanted before the car is moved; none: where the store that hands over has no delivery centre.
    pub balance_first: Option<bool>,
    pub nodes: TemplateNodes,
    pub changed_by: String,
    pub changed_at: DateTimeUtc,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
