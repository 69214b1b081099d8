//! `order-tracking`: one order of the customer's own. Two statements.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use entity::{MilestoneCode, OrderId, PrefixedId};
use serde::{Deserialize, Serialize};

use super::milestones::title;
use super::wire::{Coded, Data, Id, Named, Refused, Time, Trim, vehicle_status};
use super::{Caller, Floor, moves};
use crate::pool::fetch;

#[derive(Deserialize)]
pub struct Variables {
    id: OrderId,
}

/// The order's customer may see the car, trim and model on it, so the one condition is on the order.
const ORDER: &str = "
    SELECT o.id, o.number, o.status, o.version, c.display_name, v.vin, v.physical_status, v.commercial_status,
           CASE WHEN $3 THEN t.name_en ELSE t.name_zh END AS trim_name,
           CASE WHEN $3 THEN m.name_en ELSE m.name_zh END AS model_name,
           CASE WHEN $3 THEN s.name_en ELSE s.name_zh END AS store_name,
           CASE WHEN $3 THEN s.address_en ELSE s.address_zh END AS store_address,
           o.eta_earliest, o.eta_likely, o.eta_latest, o.eta_moves_from, o.eta_confidence
    FROM customer_order o
    JOIN customer c ON c.id = o.customer_id
    JOIN trim t ON t.id = o.trim_id
    JOIN vehicle_model m ON m.id = t.model_id
    JOIN store s ON s.id = o.store_id
    LEFT JOIN vehicle_unit v ON v.id = o.vehicle_id
    WHERE o.id = $1 AND o.customer_id = $2";

const MILESTONES: &str = "
    SELECT code, state, planned_at, forecast_p50, forecast_p90, forecast_moves_from, actual_at
    FROM milestone WHERE order_id = $1 ORDER BY position";

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: Id<OrderId>,
    number: String,
    status: String,
    version: i32,
    display_name: String,
    vin: Option<String>,
    physical_status: Option<String>,
    commercial_status: Option<String>,
    trim_name: String,
    model_name: String,
    store_name: String,
    store_address: String,
    eta_earliest: Option<NaiveDate>,
    eta_likely: Option<NaiveDate>,
    eta_latest: Option<NaiveDate>,
    eta_moves_from: Option<NaiveDate>,
    eta_confidence: String,
}

#[derive(sqlx::FromRow)]
struct MilestoneRow {
    code: Coded<MilestoneCode>,
    state: String,
    planned_at: Option<Time>,
    forecast_p50: Option<Time>,
    forecast_p90: Option<Time>,
    forecast_moves_from: Option<NaiveDate>,
    actual_at: Option<Time>,
}

#[derive(Serialize)]
struct Answer {
    order: Option<Order>,
}

#[derive(Serialize)]
struct Order {
    id: Id<OrderId>,
    number: String,
    status: String,
    version: i32,
    customer: Customer,
    vehicle: Option<Vehicle>,
    trim: Trim,
    store: Store,
    milestones: Vec<Milestone>,
    eta: Eta,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    display_name: String,
}

#[derive(Serialize)]
struct Vehicle {
    vin: Option<String>,
    status: String,
}

#[derive(Serialize)]
struct Store {
    name: String,
    address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Milestone {
    code: MilestoneCode,
    title: &'static str,
    state: String,
    planned_at: Option<Time>,
    forecast: Option<Forecast>,
    actual_at: Option<Time>,
}

#[derive(Serialize)]
struct Forecast {
    p50: Time,
    p90: Option<Time>,
}

#[derive(Serialize)]
struct Eta {
    earliest: Option<NaiveDate>,
    likely: Option<NaiveDate>,
    latest: Option<NaiveDate>,
    confidence: String,
}

pub async fn answer(
    caller: Caller,
    State(floor): State<Arc<Floor>>,
    Json(variables): Json<Variables>,
) -> Result<Data<impl Serialize>, Refused> {
    let id = variables.id.uuid();
    let mut conn = floor.pool.acquire().await?;
    let customer = caller.customer()?.uuid();
    let row: Option<OrderRow> = fetch!(fetch_optional, &mut conn, ORDER, id, customer, caller.english())?;
    let Some(row) = row else { return Ok(Data::new(Answer { order: None })) };
    let milestones: Vec<MilestoneRow> = fetch!(fetch_all, &mut conn, MILESTONES, id)?;
    drop(conn);
    let now = floor.clock.now();
    let milestones = milestones.into_iter().map(|row| Milestone {
        code: row.code.0,
        title: title(row.code.0, caller.locale),
        state: row.state,
        planned_at: row.planned_at,
        forecast: row.forecast_p50.map(|p50| {
            let days = moves(row.forecast_moves_from, now);
            Forecast { p50: Time(p50.0 + days), p90: row.forecast_p90.map(|p90| Time(p90.0 + days)) }
        }),
        actual_at: row.actual_at,
    });
    let vehicle = row.physical_status.zip(row.commercial_status);
    let days = moves(row.eta_moves_from, now);
    let order = Order {
        id: row.id,
        number: row.number,
        status: row.status,
        version: row.version,
        customer: Customer { display_name: row.display_name },
        vehicle: vehicle
            .map(|(physical, commercial)| Vehicle { vin: row.vin, status: vehicle_status(physical, &commercial) }),
        trim: Trim { name: row.trim_name, model: Named { name: row.model_name } },
        store: Store { name: row.store_name, address: row.store_address },
        milestones: milestones.collect(),
        eta: Eta {
            earliest: row.eta_earliest.map(|day| day + days),
            likely: row.eta_likely.map(|day| day + days),
            latest: row.eta_latest.map(|day| day + days),
            confidence: row.eta_confidence,
        },
    };
    Ok(Data::new(Answer { order: Some(order) }))
}
