//! Follow-ups and test drives: rows with an id of their own, whose rights are their lead's.

use std::collections::HashMap;

use entity::lead::{follow_up_task, test_drive};
use entity::{FollowUpTaskId, LeadId, TestDriveId};
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::super::policy;
use super::super::types::{FollowUpTask, TestDrive};
use super::newest;
use crate::graph::link::{Relation, group, one};
use crate::graph::{Call, Result};
use crate::store::rows::among;

one! {
    /// Follow-ups by id.
    FollowUpTaskById: FollowUpTaskId => follow_up_task.Id as FollowUpTask,
        |call| policy::readable_follow_ups(&call.viewer).or_nothing(),
        |_call, row| Some(FollowUpTask(row));
}

/// Follow-ups by lead.
pub struct FollowUpsOfLead;

impl Relation for FollowUpsOfLead {
    type Key = LeadId;
    type Found = Vec<FollowUpTask>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        use follow_up_task::Column::{DueAt, Id, LeadId as Lead};
        let rows = follow_up_task::Entity::find()
            .filter(among(call.app.db.backend(), Lead, keys.iter().copied()))
            .filter(policy::readable_follow_ups(&call.viewer).or_nothing())
            .into_query();
        let rows = newest(call, rows, Lead, DueAt, Id).await?;
        Ok(group(rows.into_iter().map(FollowUpTask), |row| row.0.lead_id))
    }
}

one! {
    /// Test drives by id.
    TestDriveById: TestDriveId => test_drive.Id as TestDrive,
        |call| policy::readable_test_drives(&call.viewer).or_nothing(),
        |_call, row| Some(TestDrive(row));
}

/// Test drives by lead.
pub struct TestDrivesOfLead;

impl Relation for TestDrivesOfLead {
    type Key = LeadId;
    type Found = Vec<TestDrive>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        use test_drive::Column::{Id, LeadId as Lead, SlotStart};
        let rows = test_drive::Entity::find()
            .filter(among(call.app.db.backend(), Lead, keys.iter().copied()))
            .filter(policy::readable_test_drives(&call.viewer).or_nothing())
            .into_query();
        let rows = newest(call, rows, Lead, SlotStart, Id).await?;
        Ok(group(rows.into_iter().map(TestDrive), |row| row.0.lead_id))
    }
}
