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

/// A profile changed; the fields by name, never their values.
pub fn profile_changed(now: &customer::Model, fields: &[&'static str]) -> Draft {
    Draft {
        kind: EventKind::CustomerProfileChanged,
        aggregate: now.id.to_string(),
        version: now.version,
        streams: vec![stream_of("customer", now.id)],
        payload: serde_json::json!({ "fields": fields }),
    }
}
