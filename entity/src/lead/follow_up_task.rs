//! What a consultant must do next, and by when (C024, C025).

use sea_orm::entity::prelude::*;

use crate::ids::{FollowUpTaskId, LeadId, StaffId, StoreId};
use crate::vocabulary::{FollowUpKind, FollowUpStatus};

/// What a consultant must do next, and by when (C024, C025).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "follow_up_task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FollowUpTaskId,
    pub lead_id: LeadId,
    pub store_id: StoreId,
    pub assignee_id: Option<StaffId>,
    pub kind: FollowUpKind,
    pub due_at: DateTimeUtc,
    pub status: FollowUpStatus,
    pub completed_at: Option<DateTimeUtc>,
    pub outcome: Option<String>,
    pub version: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
