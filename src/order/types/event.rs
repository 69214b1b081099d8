//! An entry of an order's history.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::order::event;
use entity::{MilestoneCode, OrderEventKind, OrderStatus};

use super::super::policy;
use crate::graph::CallExt;

/// Something that happened to an order; never changed afterwards.
#[derive(Clone, Debug, Description)]
pub struct OrderEvent(pub event::Model);

#[Object(use_type_description)]
impl OrderEvent {
    /// Type-prefixed ULID, as in `oev_01J…`.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What kind of thing.
    async fn kind(&self) -> OrderEventKind {
        self.0.kind
    }

    /// State of the order before, if it changed.
    async fn from_status(&self) -> Option<OrderStatus> {
        self.0.from_status
    }

    /// State of the order after, if it changed.
    async fn to_status(&self) -> Option<OrderStatus> {
        self.0.to_status
    }

    /// The milestone, if one changed.
    async fn milestone(&self) -> Option<MilestoneCode> {
        self.0.milestone
    }

    /// Who did it: an id, or `system`; null for customers.
    async fn actor(&self, ctx: &Context<'_>) -> Option<&str> {
        policy::sees_actors(&ctx.call().viewer).then_some(self.0.actor.as_str())
    }

    /// A word with it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}
