//! Follow-ups and test drives: rows with an id of their own, whose rights are their lead's.

use std::collections::HashMap;

use entity::lead::{follow_up_task, test_drive};
use entity::{FollowUpTaskId, LeadId, TestDriveId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::super::policy;
use super::super::types::{FollowUpTask, TestDrive};
use super::newest;
use crate::graph::link::{Relation, group};
use crate::graph::{Call, Result};

/// Follow-ups by id.
pub struct FollowUpTaskById;

impl Relation for FollowUpTaskById {
    type Key = FollowUpTaskId;
    type Found = Option<FollowUpTask>;

    async fn fetch(call: &Call, keys: &[FollowUpTaskId]) -> Result<HashMap<FollowUpTaskId, Self::Found>> {
        let rows = follow_up_task::Entity::find()
            .filter(follow_up_task::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable_follow_ups(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(FollowUpTask(row)))).collect())
    }
}

/// Follow-ups by lead.
pub struct FollowUpsOfLead;

impl Relation for FollowUpsOfLead {
    type Key = LeadId;
    type Found = Vec<FollowUpTask>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        use follow_up_task::Column::{DueAt, Id, LeadId as Lead};
        let rows = follow_up_task::Entity::find()
            .filter(Lead.is_in(keys.iter().copied()))
            .filter(policy::readable_follow_ups(&call.viewer).or_nothing())
            .into_query();
        let rows = newest(call, rows, Lead, DueAt, Id).await?;
        Ok(group(rows.into_iter().map(FollowUpTask), |row| row.0.lead_id))
    }
}

/// Test drives by id.
pub struct TestDriveById;

impl Relation for TestDriveById {
    type Key = TestDriveId;
    type Found = Option<TestDrive>;

    async fn fetch(call: &Call, keys: &[TestDriveId]) -> Result<HashMap<TestDriveId, Self::Found>> {
        let rows = test_drive::Entity::find()
            .filter(test_drive::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable_test_drives(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(TestDrive(row)))).collect())
    }
}

/// Test drives by lead.
pub struct TestDrivesOfLead;

impl Relation for TestDrivesOfLead {
    type Key = LeadId;
    type Found = Vec<TestDrive>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        use test_drive::Column::{Id, LeadId as Lead, SlotStart};
        let rows = test_drive::Entity::find()
            .filter(Lead.is_in(keys.iter().copied()))
            .filter(policy::readable_test_drives(&call.viewer).or_nothing())
            .into_query();
        let rows = newest(call, rows, Lead, SlotStart, Id).await?;
        Ok(group(rows.into_iter().map(TestDrive), |row| row.0.lead_id))
    }
}
