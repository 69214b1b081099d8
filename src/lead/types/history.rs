//! Where a lead came from and what has happened to it.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::lead::{event, touchpoint};
use entity::{Channel, LeadEventKind, LeadStage};

use super::super::policy;
use crate::graph::{Call, fields};

/// An entry of a lead's history (C021).
#[derive(Clone, Debug, Description)]
pub struct LeadEvent(pub event::Model);

#[fields(rows(event::Model))]
impl LeadEvent {
    /// Type-prefixed ULID, as in `lev_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What happened.
    fn kind(&self) -> LeadEventKind {
        self.0.kind
    }

    /// Stage before, when the stage changed.
    #[expect(clippy::wrong_self_convention, reason = "the name of the field")]
    fn from_stage(&self) -> Option<LeadStage> {
        self.0.from_stage
    }

    /// Stage after, when the stage changed.
    fn to_stage(&self) -> Option<LeadStage> {
        self.0.to_stage
    }

    /// Who did it: an id of staff or a customer, `anonymous`, or `system` for a rule; null for customers.
    fn actor(&self, call: &Call) -> Option<&str> {
        policy::reads_notes(&call.viewer).then_some(&self.0.actor)
    }

    /// What was noted; null for customers.
    fn note(&self, call: &Call) -> Option<&str> {
        self.0.note.as_deref().filter(|_| policy::reads_notes(&call.viewer))
    }

    /// When.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}

/// A form that the person sent (C001, C018).
#[derive(Clone, Debug, Description)]
pub struct LeadTouchpoint(pub touchpoint::Model);

#[fields(rows(touchpoint::Model))]
impl LeadTouchpoint {
    /// Type-prefixed ULID, as in `tpt_01J…`; the reference that the sender got.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Where it came from.
    fn channel(&self) -> Channel {
        self.0.channel
    }

    /// Code of the form or page.
    fn touchpoint(&self) -> &str {
        &self.0.touchpoint
    }

    /// Code of the campaign that brought the person.
    fn campaign(&self) -> Option<&str> {
        self.0.campaign.as_deref()
    }

    /// When it was sent.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}
