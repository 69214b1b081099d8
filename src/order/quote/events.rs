//! What is told of kept prices: ids, to the customer and the store.

use entity::EventKind;
use entity::order::quote;
use serde_json::json;

use crate::events::Draft;
use crate::events::log::stream_of;

/// A price was put together, or anew, or an order was placed with it.
pub fn changed(row: &quote::Model) -> Draft {
    let store = row.store_id.map(|store| stream_of("store", store));
    Draft {
        kind: EventKind::QuoteChanged,
        aggregate: row.id.to_string(),
        version: row.version,
        streams: std::iter::once(stream_of("customer", row.customer_id)).chain(store).collect(),
        payload: json!({ "configurationId": row.configuration_id, "trimId": row.trim_id, "orderId": row.order_id }),
    }
}
