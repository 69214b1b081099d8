//! What quotas tell the world: ids and codes only.

use entity::EventKind;
use entity::inventory::quota;

use crate::events::Draft;
use crate::events::log::stream_of;

/// A quota, or how it is used, changed. Read by its store.
pub fn changed(quota: &quota::Model) -> Draft {
    Draft {
        kind: EventKind::StockQuotaChanged,
        aggregate: quota.id.to_string(),
        version: quota.version,
        streams: vec![stream_of("store", quota.store_id)],
        payload: serde_json::json!({ "scope": quota.scope, "mode": quota.mode }),
    }
}
