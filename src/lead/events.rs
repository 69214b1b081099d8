//! What the lead room tells the world: ids and codes only.

use entity::customer::customer;
use entity::lead::{follow_up_task, lead};
use entity::{ConsentId, ConsentPurpose, EventKind, LeadStage, LeadTouchpointId};
use serde_json::json;

use crate::events::Draft;
use crate::events::log::stream_of;

/// The lead's own stream, its store's and its customer's.
fn about(kind: EventKind, row: &lead::Model, payload: serde_json::Value) -> Draft {
    let mut streams = vec![stream_of("lead", row.id)];
    streams.extend(row.store_id.map(|id| stream_of("store", id)));
    streams.extend(row.customer_id.map(|id| stream_of("customer", id)));
    Draft { kind, aggregate: row.id.to_string(), version: row.version, streams, payload }
}

/// A form was sent, the first one or another.
pub fn submitted(row: &lead::Model, touchpoint: LeadTouchpointId) -> Draft {
    let payload = json!({
        "leadId": row.id, "touchpointId": touchpoint, "touchpointCount": row.touchpoint_count, "stage": row.stage,
    });
    about(EventKind::LeadSubmitted, row, payload)
}

/// It was given to a store, a consultant, or both.
pub fn assigned(row: &lead::Model) -> Draft {
    let payload = json!({ "leadId": row.id, "storeId": row.store_id, "ownerId": row.owner_id });
    about(EventKind::LeadAssigned, row, payload)
}

/// Its stage changed.
pub fn stage_changed(row: &lead::Model, from: LeadStage) -> Draft {
    about(EventKind::LeadStageChanged, row, json!({ "leadId": row.id, "from": from, "to": row.stage }))
}

/// A follow-up was done.
pub fn follow_up_completed(row: &lead::Model, task: &follow_up_task::Model) -> Draft {
    let payload = json!({ "leadId": row.id, "taskId": task.id, "kind": task.kind });
    about(EventKind::FollowUpCompleted, row, payload)
}

/// A customer agreed to something while sending a form.
pub fn consent_granted(owner: &customer::Model, consent: ConsentId, purpose: ConsentPurpose) -> Draft {
    Draft {
        kind: EventKind::ConsentGranted,
        aggregate: owner.id.to_string(),
        version: owner.version,
        streams: vec![stream_of("customer", owner.id)],
        payload: json!({ "consentId": consent, "purpose": purpose }),
    }
}
