//! What the customer room tells the world.

use entity::customer::{consent, customer};
use entity::{CustomerId, EventKind};

use crate::events::Draft;
use crate::events::log::stream_of;

/// A consent of a customer in a version was given or withdrawn.
pub fn consent_changed(kind: EventKind, (owner, version): (CustomerId, i32), consent: &consent::Model) -> Draft {
    Draft {
        kind,
        aggregate: owner.to_string(),
        version,
        streams: vec![stream_of("customer", owner)],
        payload: serde_json::json!({ "consentId": consent.id, "purpose": consent.purpose }),
    }
}

/// What a customer in a version keeps of titles for invoices changed.
pub fn invoice_profiles_changed((owner, version): (CustomerId, i32)) -> Draft {
    Draft {
        kind: EventKind::CustomerProfileChanged,
        aggregate: owner.to_string(),
        version,
        streams: vec![stream_of("customer", owner)],
        payload: serde_json::json!({ "fields": ["invoiceProfiles"] }),
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
