//! What settlement tells the world: ids and codes, no amounts. A store's statement on the stream of the store, another party's on
//! its own.

use entity::EventKind;
use entity::order::settlement_statement;
use serde_json::json;

use super::rules::period;
use crate::events::Draft;
use crate::events::log::stream_of;

/// A statement changed.
pub fn changed(statement: &settlement_statement::Model) -> Draft {
    let stream = match (statement.store_id, statement.organization_id) {
        (Some(store), _) => stream_of("store", store),
        (None, Some(party)) => stream_of("organization", party),
        (None, None) => stream_of("settlement", statement.id),
    };
    let payload = json!({
        "state": statement.state,
        "salesModel": statement.sales_model,
        "period": period::text(statement.period),
    });
    Draft {
        kind: EventKind::SettlementChanged,
        aggregate: statement.id.to_string(),
        version: statement.version,
        streams: vec![stream],
        payload,
    }
}
