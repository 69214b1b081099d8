//! What the catalog room tells the world.

use entity::EventKind;
use entity::catalog::configuration;

use crate::access::Viewer;
use crate::events::Draft;
use crate::events::log::stream_of;

/// A configuration was saved: told to its customer, or to the store whose staff saved it.
pub fn configuration_saved(viewer: &Viewer, row: &configuration::Model) -> Draft {
    let customer = row.customer_id.map(|id| stream_of("customer", id));
    let store = viewer.store().map(|id| stream_of("store", id));
    Draft {
        kind: EventKind::ConfigurationSaved,
        aggregate: row.id.to_string(),
        version: row.version,
        streams: customer.or(store).into_iter().collect(),
        payload: serde_json::json!({
            "configurationId": row.id,
            "trimId": row.trim_id,
            "optionCodes": row.option_codes,
        }),
    }
}
