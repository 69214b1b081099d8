//! How systems and events are found.

use entity::upstream::{inbound_event, system};
use entity::{InboundEventId, UpstreamSystemId};

use super::policy;
use super::types::{InboundEvent, UpstreamSystem};
use crate::graph::relation::one;

one! {
    /// Systems by id.
    UpstreamSystemById: UpstreamSystemId => system.Id as UpstreamSystem,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(UpstreamSystem(row));
}

one! {
    /// Events by id.
    InboundEventById: InboundEventId => inbound_event.Id as InboundEvent,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(InboundEvent(row));
}
