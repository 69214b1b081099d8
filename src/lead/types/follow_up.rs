//! What is to be done about a lead.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::lead::follow_up_task;
use entity::{FollowUpKind, FollowUpStatus};

use super::super::links::LeadById;
use super::super::rules::sla;
use crate::graph::answer::To;
use crate::graph::{Call, fields};
use crate::place::{StaffById, StoreById};

/// Something a store must do about a lead, and by when (C024, C025). For staff alone.
#[derive(Clone, Debug, Description)]
pub struct FollowUpTask(pub follow_up_task::Model);

#[fields(rows(follow_up_task::Model))]
impl FollowUpTask {
    /// Type-prefixed ULID, as in `fut_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The lead it is about.
    #[link(self.0.lead_id)]
    fn lead(&self) -> To<LeadById>;

    /// The store that must do it.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// Who must do it; null while it is anybody's of the store.
    #[link(self.0.assignee_id)]
    fn assignee(&self) -> To<StaffById>;

    /// What must be done.
    fn kind(&self) -> FollowUpKind {
        self.0.kind
    }

    /// By when.
    fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// Whether it is done.
    fn status(&self) -> FollowUpStatus {
        self.0.status
    }

    /// Whether it is open and its time is over.
    fn overdue(&self, call: &Call) -> bool {
        sla::is_overdue(self.0.status, self.0.due_at, call.now)
    }

    /// By how many seconds its time was missed, or is being missed; null when it was kept.
    fn breach_seconds(&self, call: &Call) -> Option<i64> {
        sla::breach(self.0.status, self.0.due_at, self.0.completed_at, call.now).map(|late| late.num_seconds())
    }

    /// When it was done.
    fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at
    }

    /// What came of it.
    fn outcome(&self) -> Option<&str> {
        self.0.outcome.as_deref()
    }

    /// When it was set.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}
