//! Follow-ups and test drives: rows with an id of their own, whose rights are their lead's.

use entity::lead::{follow_up_task, test_drive};
use entity::{FollowUpTaskId, LeadId, TestDriveId};

use super::super::policy;
use super::super::types::{FollowUpTask, TestDrive};
use super::MOST;
use crate::graph::relation::{many, one};

one! {
    /// Follow-ups by id.
    FollowUpTaskById: FollowUpTaskId => follow_up_task.Id as FollowUpTask,
        |call| policy::readable_follow_ups(&call.viewer).or_nothing(),
        |_call, row| Some(FollowUpTask(row));
}

many! {
    /// Follow-ups by lead, latest due first.
    FollowUpsOfLead: LeadId => follow_up_task.LeadId as FollowUpTask, by [Desc DueAt, Desc Id], first MOST,
        |call| policy::readable_follow_ups(&call.viewer).or_nothing(), |_call, row| Some(FollowUpTask(row));
}

one! {
    /// Test drives by id.
    TestDriveById: TestDriveId => test_drive.Id as TestDrive,
        |call| policy::readable_test_drives(&call.viewer).or_nothing(),
        |_call, row| Some(TestDrive(row));
}

many! {
    /// Test drives by lead, latest slot first.
    TestDrivesOfLead: LeadId => test_drive.LeadId as TestDrive, by [Desc SlotStart, Desc Id], first MOST,
        |call| policy::readable_test_drives(&call.viewer).or_nothing(), |_call, row| Some(TestDrive(row));
}
