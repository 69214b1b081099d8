//! What the customer room tells the world.

use entity::EventKind;
use entity::customer::{consent, customer};

use crate::events::Draft;
use crate::events::log::stream_of;

/// A consent was given or withdrawn.
pub fn consent_changed(kind: EventKind, owner: &customer::Model, consent: &consent::Model) -> Draft {
    Draft {
        kind,
        aggregate: owner.id.to_string(),
        version: owner.version,
        streams: vec![stream_of("customer", owner.id)],
        payload: serde_json::json!({ "consentId": consent.id, "purpose": consent.purpose }),
    }
}
