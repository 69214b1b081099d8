//! What the inventory room tells the world.

use entity::EventKind;
use entity::StoreId;
use entity::inventory::{allocation, vehicle_unit};

use crate::events::Draft;
use crate::events::log::stream_of;

/// A hold was made or ended. Read by the store that has the car, and by the store of the hold.
pub fn hold_changed(kind: EventKind, car: &vehicle_unit::Model, hold: &allocation::Model) -> Draft {
    let mut stores: Vec<StoreId> = [car.store_id, hold.store_id].into_iter().flatten().collect();
    stores.sort();
    stores.dedup();
    let streams = std::iter::once(stream_of("vehicle", car.id))
        .chain(stores.into_iter().map(|store| stream_of("store", store)))
        .collect();
    Draft {
        kind,
        aggregate: car.id.to_string(),
        version: car.version,
        streams,
        payload: serde_json::json!({
            "allocationId": hold.id, "orderId": hold.order_id, "expiresAt": hold.expires_at,
            "physicalStatus": car.physical_status, "commercialStatus": car.commercial_status,
        }),
    }
}

/// A car went on its way, or its state changed otherwise. Read by the stores that have it and had it.
pub fn status_changed(car: &vehicle_unit::Model, before: Option<StoreId>) -> Draft {
    let mut stores: Vec<StoreId> = [car.store_id, before].into_iter().flatten().collect();
    stores.sort();
    stores.dedup();
    let streams = std::iter::once(stream_of("vehicle", car.id))
        .chain(stores.into_iter().map(|store| stream_of("store", store)))
        .collect();
    Draft {
        kind: EventKind::VehicleStatusChanged,
        aggregate: car.id.to_string(),
        version: car.version,
        streams,
        payload: serde_json::json!({
            "physicalStatus": car.physical_status, "commercialStatus": car.commercial_status,
        }),
    }
}
