//! `order-board` and `handover-board`: the newest orders of the caller's store, all or in some states. Three statements:
//! sight, orders, milestones.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use entity::{OrderId, OrderStatus, PrefixedId, Sealed};
use milepost::access::{Disclosure, Scope};
use milepost::store::vault::Personal;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use super::milestones::{self, Milestone};
use super::sight::{Car, Shown, Sight};
use super::wire::{Data, Id, Named, Page, Refused, Texts, Time, Trim, page_size, vehicle_status};
use super::{Caller, Floor, moves};
use crate::pool::fetch;

/// The page's orders: those that the store sells and those that it hands over, each by its own index. One condition with
/// `OR` would walk the orders of all stores.
const PAGE: &str = "
    WITH page AS (
        SELECT id FROM (
            SELECT * FROM (
                SELECT id, created_at FROM customer_order WHERE store_id = $1
                ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
            ) sold
            UNION
            SELECT * FROM (
                SELECT id, created_at FROM customer_order WHERE delivery_store_id = $1
                ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
            ) handed
        ) either ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
    )";

/// The same for orders in some states.
const PAGE_IN_STATES: &str = "
    WITH page AS (
        SELECT id FROM (
            SELECT sold.* FROM unnest($3) wanted (status) CROSS JOIN LATERAL (
                SELECT id, created_at FROM customer_order WHERE store_id = $1 AND status = wanted.status
                ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
            ) sold
            UNION
            (SELECT id, created_at FROM customer_order WHERE delivery_store_id = $1 AND status = ANY($3)
             ORDER BY created_at DESC, id DESC LIMIT {LIMIT})
        ) either ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
    )";

/// The same for SQLite, which has neither arrays nor LATERAL.
const PAGE_IN_STATES_SQLITE: &str = "
    WITH page AS (
        SELECT id FROM (
            SELECT * FROM (
                SELECT id, created_at FROM customer_order
                WHERE store_id = $1 AND status IN (SELECT value FROM json_each($3))
                ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
            ) sold
            UNION
            SELECT * FROM (
                SELECT id, created_at FROM customer_order
                WHERE delivery_store_id = $1 AND status IN (SELECT value FROM json_each($3))
                ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
            ) handed
        ) either ORDER BY created_at DESC, id DESC LIMIT {LIMIT}
    )";

/// Whoever sees an order sees its customer, and the car on it.
const ORDERS: &str = "
    SELECT o.id, o.number, o.status, o.payment_status, o.version, o.created_at, o.eta_likely, o.eta_moves_from, o.eta_confidence,
           c.display_name, c.phone, v.id IS NOT NULL AS has_vehicle, v.vin,
           CASE WHEN $2 THEN t.name_en ELSE t.name_zh END AS trim_name,
           CASE WHEN $2 THEN m.name_en ELSE m.name_zh END AS model_name,
           CASE WHEN $2 THEN s.name_en ELSE s.name_zh END AS store_name,
           v.store_id, COALESCE(v.city_code, '') AS city_code, COALESCE(v.latitude, 0.0) AS latitude,
           COALESCE(v.longitude, 0.0) AS longitude, COALESCE(v.stock_type, '') AS stock_type,
           COALESCE(v.physical_status, '') AS physical_status, COALESCE(v.commercial_status, '') AS commercial_status,
           COALESCE(v.sales_model, '') AS sales_model, COALESCE(v.stock_since, o.created_at) AS stock_since
    FROM page
    JOIN customer_order o ON o.id = page.id
    JOIN customer c ON c.id = o.customer_id
    JOIN trim t ON t.id = o.trim_id
    JOIN vehicle_model m ON m.id = t.model_id
    JOIN store s ON s.id = o.store_id
    LEFT JOIN vehicle_unit v ON v.id = o.vehicle_id
    ORDER BY o.created_at DESC, o.id DESC";

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<OrderId>,
    number: String,
    status: String,
    payment_status: String,
    version: i32,
    created_at: Time,
    eta_likely: Option<NaiveDate>,
    eta_moves_from: Option<NaiveDate>,
    eta_confidence: String,
    display_name: String,
    phone: Option<Vec<u8>>,
    trim_name: String,
    model_name: String,
    store_name: String,
    has_vehicle: bool,
    vin: Option<String>,
    #[sqlx(flatten)]
    car: Car,
}

#[derive(Deserialize)]
pub struct Variables {
    first: usize,
    status: Option<Vec<OrderStatus>>,
}

#[derive(Serialize)]
struct Answer {
    orders: Page<Order>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    id: Id<OrderId>,
    number: String,
    status: String,
    payment_status: String,
    version: i32,
    created_at: Time,
    customer: Customer,
    vehicle: Option<Vehicle>,
    trim: Trim,
    store: Named,
    milestones: Vec<Milestone>,
    eta: Eta,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    display_name: String,
    phone: Option<String>,
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

pub async fn answer(
    caller: Caller,
    State(floor): State<Arc<Floor>>,
    Json(Variables { first, status }): Json<Variables>,
) -> Result<Data<impl Serialize>, Refused> {
    let store = caller.store()?;
    let limit = page_size(first)?;
    let mut conn = floor.pool.acquire().await?;
    let now = floor.clock.now();
    let sight = Sight::read(&mut conn, &caller.viewer, store, now).await?;
    let page = if status.is_some() { conn.text(PAGE_IN_STATES, PAGE_IN_STATES_SQLITE) } else { PAGE };
    let sql = AssertSqlSafe(page.replace("{LIMIT}", &limit.to_string()) + ORDERS);
    let rows: Vec<Row> = match status {
        None => fetch!(fetch_all, &mut conn, sql, store.uuid(), caller.english())?,
        Some(status) => {
            let status = Texts(status.iter().map(ToString::to_string).collect());
            fetch!(fetch_all, &mut conn, sql, store.uuid(), caller.english(), status)?
        }
    };
    let ids: Vec<OrderId> = rows.iter().take(first).map(|row| row.id.0).collect();
    let mut milestones = milestones::of_orders(&mut conn, &ids, caller.locale).await?;
    drop(conn);
    let disclosure = if caller.viewer.has(Scope::PiiRead) { Disclosure::Clear } else { Disclosure::Masked };
    let orders = Page::of(rows, first, |row| {
        let phone = row.phone.map(|phone| floor.vault.show(Personal::Phone, &Sealed(phone), disclosure)).transpose()?;
        let vehicle = row.has_vehicle.then(|| {
            let shown = sight.as_ref().and_then(|sight| sight.of(&row.car)).unwrap_or(Shown::BY_ORDER);
            let status = vehicle_status(row.car.physical_status, &row.car.commercial_status);
            Vehicle { vin: shown.vin(row.vin), status }
        });
        Ok(Order {
            id: row.id,
            number: row.number,
            status: row.status,
            payment_status: row.payment_status,
            version: row.version,
            created_at: row.created_at,
            customer: Customer { display_name: row.display_name, phone },
            vehicle,
            trim: Trim { name: row.trim_name, model: Named { name: row.model_name } },
            store: Named { name: row.store_name },
            milestones: milestones.remove(&row.id.0).unwrap_or_default(),
            eta: Eta {
                likely: row.eta_likely.map(|day| day + moves(row.eta_moves_from, now)),
                confidence: row.eta_confidence,
            },
        })
    })?;
    Ok(Data::new(Answer { orders }))
}
