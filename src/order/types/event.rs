//! An entry of an order's history.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::order::event;
use entity::{MilestoneCode, OrderEventKind, OrderStatus};

use super::super::policy;
use crate::graph::{Call, fields};

/// Something that happened to an order; never changed afterwards.
#[derive(Clone, Debug, Description)]
pub struct OrderEvent(pub event::Model);

#[fields(rows(event::Model))]
impl OrderEvent {
    /// Type-prefixed ULID, as in `oev_01J…`.
    fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What kind of thing.
    fn kind(&self) -> OrderEventKind {
        self.0.kind
    }

    /// State of the order before, if it changed.
    #[expect(clippy::wrong_self_convention, reason = "the name of the field")]
    fn from_status(&self) -> Option<OrderStatus> {
        self.0.from_status
    }

    /// State of the order after, if it changed.
    fn to_status(&self) -> Option<OrderStatus> {
        self.0.to_status
    }

    /// The milestone, if one changed.
    fn milestone(&self) -> Option<MilestoneCode> {
        self.0.milestone
    }

    /// Who did it: an id, or `system`; null for customers.
    fn actor(&self, call: &Call) -> Option<&str> {
        policy::sees_actors(&call.viewer).then_some(self.0.actor.as_str())
    }

    /// A word with it.
    fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it happened.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}
