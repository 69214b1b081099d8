//! Where a lead came from and what has happened to it.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::lead::{event, touchpoint};
use entity::{Channel, LeadEventKind, LeadStage};

use super::super::policy;
use crate::graph::CallExt;

/// An entry of a lead's history (C021).
#[derive(Clone, Debug, Description)]
pub struct LeadEvent(pub event::Model);

#[Object(use_type_description)]
impl LeadEvent {
    /// Type-prefixed ULID, as in `lev_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What happened.
    async fn kind(&self) -> LeadEventKind {
        self.0.kind
    }

    /// Stage before, when the stage changed.
    async fn from_stage(&self) -> Option<LeadStage> {
        self.0.from_stage
    }

    /// Stage after, when the stage changed.
    async fn to_stage(&self) -> Option<LeadStage> {
        self.0.to_stage
    }

    /// Who did it: an id of staff or a customer, `anonymous`, or `system` for a rule; null for customers.
    async fn actor(&self, ctx: &Context<'_>) -> Option<&str> {
        policy::reads_notes(&ctx.call().viewer).then_some(&self.0.actor)
    }

    /// What was noted; null for customers.
    async fn note(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.note.as_deref().filter(|_| policy::reads_notes(&ctx.call().viewer))
    }

    /// When.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}

/// A form that the person sent (C001, C018).
#[derive(Clone, Debug, Description)]
pub struct LeadTouchpoint(pub touchpoint::Model);

#[Object(use_type_description)]
impl LeadTouchpoint {
    /// Type-prefixed ULID, as in `tpt_01J…`; the reference that the sender got.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where it came from.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// Code of the form or page.
    async fn touchpoint(&self) -> &str {
        &self.0.touchpoint
    }

    /// Code of the campaign that brought the person.
    async fn campaign(&self) -> Option<&str> {
        self.0.campaign.as_deref()
    }

    /// When it was sent.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}
