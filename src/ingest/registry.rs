//! Every event type, in the order in which an empty store wants them: what is named comes before what names it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::inbound::EventType;
use crate::{inventory, order};

/// Every event type.
pub static TYPES: &[EventType] =
    &[EventType::of::<inventory::upstream::VehicleReported>(), EventType::of::<order::upstream::MilestoneReported>()];

/// The type of this name.
pub fn find(name: &str) -> Option<&'static EventType> {
    static BY_NAME: LazyLock<HashMap<&str, &EventType>> =
        LazyLock::new(|| TYPES.iter().map(|kind| (kind.name, kind)).collect());
    BY_NAME.get(name).copied()
}
