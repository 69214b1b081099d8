//! What systems and their events look like to operators.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::upstream::{inbound_event, system};
use entity::{InboundCode, InboundState};

use super::links::UpstreamSystemById;
use crate::graph::answer::To;
use crate::graph::scalars::Int64;
use crate::graph::{Call, fields};
use crate::ingest::Settled;

/// A system that may send events.
#[derive(Clone, Debug, Description)]
pub struct UpstreamSystem(pub system::Model);

#[fields(rows(system::Model))]
impl UpstreamSystem {
    /// Type-prefixed ULID, as in `sys_01J…`; the `sub` of its tokens.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Short code; what it names itself by when it signs.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name for people.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// The organisation that it speaks for, and for all below it, as in `org_01J…`.
    fn organization_id(&self) -> ID {
        ID(self.0.organization_id.to_string())
    }

    /// The `source` of its events.
    fn source(&self) -> &str {
        &self.0.source
    }

    /// Types that it may send; one that ends in `.*` stands for all that begin so, `*` for all.
    fn event_types(&self) -> &Vec<String> {
        &self.0.event_types.0
    }

    /// Until when the secret before the present one counts; null when there is none.
    fn previous_secret_until(&self) -> Option<DateTime<Utc>> {
        self.0.previous_until
    }

    /// Whether it may send now.
    fn active(&self) -> bool {
        self.0.active
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was registered.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// An event that came in, and what became of it.
#[derive(Clone, Debug, Description)]
pub struct InboundEvent(pub inbound_event::Model);

#[fields(rows(inbound_event::Model))]
impl InboundEvent {
    /// Type-prefixed ULID, as in `iev_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its `source`.
    fn source(&self) -> &str {
        &self.0.source
    }

    /// Its `id`; with the source its identity.
    fn reference(&self) -> &str {
        &self.0.reference
    }

    /// Who sent it; null when it was imported.
    #[link(self.0.system_id)]
    fn system(&self) -> To<UpstreamSystemById>;

    /// Its `type`.
    fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What it is about, as in `order/YC2611240001`; null when its data could not be read.
    fn subject(&self) -> Option<&String> {
        self.0.subject.as_ref()
    }

    /// Its `sequence`.
    fn sequence(&self) -> Option<Int64> {
        self.0.sequence.map(Int64)
    }

    /// Its `time`.
    fn occurred_at(&self) -> Option<DateTime<Utc>> {
        self.0.occurred_at
    }

    /// What became of it.
    fn state(&self) -> InboundState {
        self.0.state
    }

    /// Why, unless it was applied.
    fn code(&self) -> Option<InboundCode> {
        self.0.code
    }

    /// Why, in words of the request's language.
    #[columns(state, code, text_key, text_args, field, implied, waits_for)]
    fn message(&self, call: &Call) -> Option<String> {
        Settled::of_row(&self.0).reason.map(|reason| reason.message(call.locale))
    }

    /// The attribute or value at fault, as in `data.prices.3.trimCode`.
    fn field(&self) -> Option<&String> {
        self.0.field.as_ref()
    }

    /// What was filled in besides, as in `BODY SKIPPED`.
    fn implied(&self) -> &Vec<String> {
        &self.0.implied.0
    }

    /// The subject that it waits for.
    fn waits_for(&self) -> Option<&String> {
        self.0.waits_for.as_ref()
    }

    /// How often it was tried.
    fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it came.
    fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// When it was tried last.
    fn settled_at(&self) -> DateTime<Utc> {
        self.0.settled_at
    }
}
