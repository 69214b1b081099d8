//! What is to be done about a lead.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::lead::follow_up_task;
use entity::{FollowUpKind, FollowUpStatus};

use super::super::links::LeadById;
use super::super::rules::sla;
use super::Lead;
use crate::graph::{CallExt, Result};
use crate::place::{Staff, StaffById, Store, StoreById};

/// Something a store must do about a lead, and by when (C024, C025). For staff alone.
#[derive(Clone, Debug, Description)]
pub struct FollowUpTask(pub follow_up_task::Model);

#[Object(use_type_description)]
impl FollowUpTask {
    /// Type-prefixed ULID, as in `fut_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The lead it is about.
    async fn lead(&self, ctx: &Context<'_>) -> Result<Option<Lead>> {
        ctx.call().link::<LeadById>().one(self.0.lead_id).await
    }

    /// The store that must do it.
    async fn store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        ctx.call().link::<StoreById>().one(self.0.store_id).await
    }

    /// Who must do it; null while it is anybody's of the store.
    async fn assignee(&self, ctx: &Context<'_>) -> Result<Option<Staff>> {
        match self.0.assignee_id {
            Some(id) => ctx.call().link::<StaffById>().one(id).await,
            None => Ok(None),
        }
    }

    /// What must be done.
    async fn kind(&self) -> FollowUpKind {
        self.0.kind
    }

    /// By when.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// Whether it is done.
    async fn status(&self) -> FollowUpStatus {
        self.0.status
    }

    /// Whether it is open and its time is over.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        sla::is_overdue(self.0.status, self.0.due_at, ctx.call().now)
    }

    /// By how many seconds its time was missed, or is being missed; null when it was kept.
    async fn breach_seconds(&self, ctx: &Context<'_>) -> Option<i64> {
        sla::breach(self.0.status, self.0.due_at, self.0.completed_at, ctx.call().now).map(|late| late.num_seconds())
    }

    /// When it was done.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at
    }

    /// What came of it.
    async fn outcome(&self) -> Option<&str> {
        self.0.outcome.as_deref()
    }

    /// When it was set.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows with each change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
