//! What the inventory room tells the world.

use entity::EventKind;
use entity::StoreId;
use entity::inventory::{alert, allocation, transfer, vehicle_unit};

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

/// An alert was raised, taken up, taken higher or closed. Read by the store that has the stock; who is above it follows everything.
pub fn alert_changed(alert: &alert::Model) -> Draft {
    let stream = alert.store_id.map_or_else(|| stream_of("alert", alert.id), |store| stream_of("store", store));
    Draft {
        kind: EventKind::StockAlertChanged,
        aggregate: alert.id.to_string(),
        version: alert.version,
        streams: vec![stream],
        payload: serde_json::json!({
            "ruleId": alert.rule_id, "vehicleId": alert.vehicle_id, "state": alert.state, "level": alert.level,
        }),
    }
}

/// A transfer was asked for, or went on. Read by both stores, and by the one that has sold the car.
pub fn transfer_changed(transfer: &transfer::Model) -> Draft {
    let mut stores = vec![transfer.from_store_id, transfer.to_store_id];
    stores.extend(transfer.order_store_id);
    stores.sort();
    stores.dedup();
    Draft {
        kind: EventKind::StockTransferChanged,
        aggregate: transfer.id.to_string(),
        version: transfer.version,
        streams: stores.into_iter().map(|store| stream_of("store", store)).collect(),
        payload: serde_json::json!({
            "vehicleId": transfer.vehicle_id, "fromStoreId": transfer.from_store_id,
            "toStoreId": transfer.to_store_id, "state": transfer.state,
        }),
    }
}
