//! `my-orders`: the customer's own orders. One statement.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{OrderId, PrefixedId};
use serde::Serialize;

use super::wire::{Data, Id, Named, Refused, Time, Trim, vehicle_status};
use super::{Caller, Floor, moves};
use crate::pool::fetch;

/// The customer's row with each order's; alone when there is no order.
const SQL: &str = "
    SELECT c.display_name, o.id, o.number, o.status, o.created_at, o.eta_likely, o.eta_moves_from, o.eta_confidence,
           v.vin, v.physical_status, v.commercial_status,
           CASE WHEN $2 THEN t.name_en ELSE t.name_zh END AS trim_name,
           CASE WHEN $2 THEN m.name_en ELSE m.name_zh END AS model_name,
           CASE WHEN $2 THEN s.name_en ELSE s.name_zh END AS store_name
    FROM customer c
    LEFT JOIN (
        SELECT * FROM customer_order WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20
    ) o ON true
    LEFT JOIN trim t ON t.id = o.trim_id
    LEFT JOIN vehicle_model m ON m.id = t.model_id
    LEFT JOIN store s ON s.id = o.store_id
    LEFT JOIN vehicle_unit v ON v.id = o.vehicle_id
    WHERE c.id = $1
    ORDER BY o.created_at DESC, o.id DESC";

#[derive(sqlx::FromRow)]
struct Row {
    display_name: String,
    #[sqlx(flatten)]
    order: OrderRow,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: Option<Id<OrderId>>,
    number: Option<String>,
    status: Option<String>,
    created_at: Option<Time>,
    eta_likely: Option<NaiveDate>,
    eta_moves_from: Option<NaiveDate>,
    eta_confidence: Option<String>,
    vin: Option<String>,
    physical_status: Option<String>,
    commercial_status: Option<String>,
    trim_name: Option<String>,
    model_name: Option<String>,
    store_name: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    me: Option<Me>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Me {
    display_name: String,
    orders: Vec<Order>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    id: Id<OrderId>,
    number: String,
    status: String,
    created_at: Time,
    vehicle: Option<Vehicle>,
    trim: Trim,
    store: Named,
    eta: Eta,
}

#[derive(Serialize)]
struct Vehicle {
    vin: Option<String>,
    status: String,
}

#[derive(Serialize)]
struct Eta {
    likely: Option<NaiveDate>,
    confidence: String,
}

impl OrderRow {
    /// None where the customer has no order.
    fn order(self, now: DateTime<Utc>) -> Option<Order> {
        let days = moves(self.eta_moves_from, now);
        let vehicle = self.physical_status.zip(self.commercial_status);
        Some(Order {
            id: self.id?,
            number: self.number?,
            status: self.status?,
            created_at: self.created_at?,
            vehicle: vehicle
                .map(|(physical, commercial)| Vehicle { vin: self.vin, status: vehicle_status(physical, &commercial) }),
            trim: Trim { name: self.trim_name?, model: Named { name: self.model_name? } },
            store: Named { name: self.store_name? },
            eta: Eta { likely: self.eta_likely.map(|day| day + days), confidence: self.eta_confidence? },
        })
    }
}

pub async fn answer(caller: Caller, State(floor): State<Arc<Floor>>) -> Result<Data<impl Serialize>, Refused> {
    let mut conn = floor.pool.acquire().await?;
    let rows: Vec<Row> = fetch!(fetch_all, &mut conn, SQL, caller.customer()?.uuid(), caller.english())?;
    drop(conn);
    let display_name = rows.first().map(|row| row.display_name.clone());
    let now = floor.clock.now();
    let orders = rows.into_iter().filter_map(|row| row.order.order(now)).collect();
    Ok(Data::new(Answer { me: display_name.map(|display_name| Me { display_name, orders }) }))
}
