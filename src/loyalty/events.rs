//! What the loyalty room tells the world: that points moved, never how many somebody has.

use std::collections::BTreeSet;

use entity::loyalty::account;
use entity::{EventKind, PointsEntryKind};

use crate::events::Draft;
use crate::events::log::stream_of;

/// Points moved; `kinds` are the kinds of the ledger's new lines, none when points were only promised.
pub fn balance_changed(now: &account::Model, kinds: &BTreeSet<PointsEntryKind>) -> Draft {
    draft(EventKind::PointsBalanceChanged, now, serde_json::json!({ "accountId": now.id, "kinds": kinds }))
}

/// The tier changed; the tiers by code.
pub fn tier_changed(now: &account::Model, from: &str, to: &str) -> Draft {
    draft(EventKind::TierChanged, now, serde_json::json!({ "accountId": now.id, "from": from, "to": to }))
}

fn draft(kind: EventKind, now: &account::Model, payload: serde_json::Value) -> Draft {
    Draft {
        kind,
        aggregate: now.id.to_string(),
        version: now.version,
        streams: vec![stream_of("customer", now.customer_id)],
        payload,
    }
}
