//! Follow-ups and test drives: rows with an id of their own, whose rights are their lead's.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::lead::{follow_up_task, test_drive};
use entity::{FollowUpTaskId, LeadId, TestDriveId};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::super::policy;
use super::super::types::{FollowUpTask, TestDrive};
use super::{LeadById, newest};
use crate::catalog::TrimById;
use crate::graph::link::{Prefetch, Relation, group};
use crate::graph::{Call, Result};
use crate::place::{StaffById, StoreById};

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

impl Prefetch for FollowUpTask {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let lead = look.field("lead");
            if lead.exists() {
                let found = call.link::<LeadById>().many(rows.iter().map(|t| t.0.lead_id)).await?;
                Prefetch::prefetch(call, lead, found.into_iter().flatten().collect()).await?;
            }
            let store = look.field("store");
            if store.exists() {
                let found = call.link::<StoreById>().many(rows.iter().map(|t| t.0.store_id)).await?;
                Prefetch::prefetch(call, store, found.into_iter().flatten().collect()).await?;
            }
            if look.field("assignee").exists() {
                call.link::<StaffById>().many(rows.iter().filter_map(|t| t.0.assignee_id)).await?;
            }
            Ok(())
        })
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

impl Prefetch for TestDrive {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let lead = look.field("lead");
            if lead.exists() {
                let found = call.link::<LeadById>().many(rows.iter().map(|d| d.0.lead_id)).await?;
                Prefetch::prefetch(call, lead, found.into_iter().flatten().collect()).await?;
            }
            let store = look.field("store");
            if store.exists() {
                let found = call.link::<StoreById>().many(rows.iter().map(|d| d.0.store_id)).await?;
                Prefetch::prefetch(call, store, found.into_iter().flatten().collect()).await?;
            }
            let trim = look.field("trim");
            if trim.exists() {
                let found = call.link::<TrimById>().many(rows.iter().map(|d| d.0.trim_id)).await?;
                Prefetch::prefetch(call, trim, found.into_iter().flatten().collect()).await?;
            }
            Ok(())
        })
    }
}
