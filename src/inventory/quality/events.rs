//! What damage to cars tells the world: ids and codes, on the streams of the stores that have to do with the car. The car's own stream
//! tells that it is held, and the order's what its customer may know.

use entity::inventory::{quality_case, vehicle_unit};
use entity::order::order;
use entity::{EventKind, StoreId};
use serde_json::json;

use crate::events::Draft;
use crate::events::log::stream_of;

/// The stores that have to do with a car: the one that has it, and those of the order that it is on.
pub fn stores_of(car: &vehicle_unit::Model, order: Option<&order::Model>) -> Vec<StoreId> {
    let of_order = order.into_iter().flat_map(|order| [order.store_id, order.delivery_store_id]);
    let mut stores: Vec<StoreId> = car.store_id.into_iter().chain(of_order).collect();
    stores.sort_unstable();
    stores.dedup();
    stores
}

/// A case was made, or changed.
pub fn changed(case: &quality_case::Model, stores: &[StoreId]) -> Draft {
    let streams = match stores {
        [] => vec![stream_of("quality", case.id)],
        stores => stores.iter().map(|store| stream_of("store", *store)).collect(),
    };
    Draft {
        kind: EventKind::QualityCaseChanged,
        aggregate: case.id.to_string(),
        version: case.version,
        streams,
        payload: json!({
            "vehicle": case.vehicle_id,
            "state": case.state,
            "severity": case.severity,
            "swapState": case.swap_state,
        }),
    }
}
