//! `inventory-page`: the cars that the policies show to a store's staff, oldest stock first. Two statements.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use entity::{HolderDisclosure, PrefixedId, VehicleUnitId};
use milepost::values::geo::Point;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};

use super::sight::{Car, Shown, Sight};
use super::wire::{Data, Id, Named, Page, Refused, Trim, Yuan, page_size, vehicle_status};
use super::{Caller, Floor};

#[derive(Deserialize)]
pub struct Variables {
    first: usize,
    near: Near,
}

#[derive(Deserialize)]
struct Near {
    latitude: f64,
    longitude: f64,
}

const COLUMNS: &str = "
    SELECT v.id, v.vin, v.version, v.price_minor, v.store_id, v.city_code, v.latitude, v.longitude, v.stock_type,
           v.physical_status, v.commercial_status, v.sales_model, v.stock_since,
           t.name_en AS trim_en, t.name_zh AS trim_zh, m.name_en AS model_en, m.name_zh AS model_zh,
           s.name_en AS store_en, s.name_zh AS store_zh, c.name_en AS city_en, c.name_zh AS city_zh,
           COALESCE(v.commercial_status = 'RESERVED' AND a.store_id = ";

const TABLES: &str = "), false) AS held_here
    FROM page v
    JOIN trim t ON t.id = v.trim_id
    JOIN vehicle_model m ON m.id = t.model_id
    LEFT JOIN store s ON s.id = v.store_id
    LEFT JOIN city c ON c.code = v.city_code
    LEFT JOIN LATERAL (
        SELECT * FROM allocation WHERE vehicle_id = v.id AND released_at IS NULL LIMIT 1
    ) a ON true
    ORDER BY v.stock_since, v.id";

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<VehicleUnitId>,
    vin: Option<String>,
    version: i32,
    price_minor: i64,
    trim_en: String,
    trim_zh: String,
    model_en: String,
    model_zh: String,
    store_en: Option<String>,
    store_zh: Option<String>,
    city_en: Option<String>,
    city_zh: Option<String>,
    held_here: bool,
    #[sqlx(flatten)]
    car: Car,
}

#[derive(Serialize)]
struct Answer {
    inventory: Page<Unit>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    id: Id<VehicleUnitId>,
    vin: Option<String>,
    status: String,
    stock_type: String,
    distance_meters: Option<i32>,
    version: i32,
    price: Money,
    trim: Trim,
    store: Option<Named>,
    city: Option<Named>,
    allowed_actions: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    amount: Yuan,
    currency_code: &'static str,
    minor_units: i64,
}

impl Row {
    fn unit(self, shown: Shown, near: Point, english: bool) -> Unit {
        let by_name = shown.holder >= HolderDisclosure::Name;
        let meters = self.car.point().map(|place| (near.distance_km(place) * 1000.0).round() as i32);
        let mut allowed_actions = Vec::new();
        if shown.may_reserve && may_be_held(&self.car) {
            allowed_actions.push("RESERVE");
        }
        if self.held_here {
            allowed_actions.push("RELEASE");
        }
        let pick = |zh, en| if english { en } else { zh };
        let city = pick(self.city_zh, self.city_en).filter(|_| shown.holder >= HolderDisclosure::City);
        Unit {
            id: self.id,
            vin: shown.vin(self.vin),
            stock_type: self.car.stock_type().to_owned(),
            status: vehicle_status(self.car.physical_status, &self.car.commercial_status),
            distance_meters: meters.map(|exact| if by_name { exact } else { (exact + 500) / 1000 * 1000 }),
            version: self.version,
            price: Money { amount: Yuan(self.price_minor), currency_code: "CNY", minor_units: self.price_minor },
            trim: Trim {
                name: if english { self.trim_en } else { self.trim_zh },
                model: Named { name: if english { self.model_en } else { self.model_zh } },
            },
            store: pick(self.store_zh, self.store_en).filter(|_| by_name).map(|name| Named { name }),
            city: city.map(|name| Named { name }),
            allowed_actions,
        }
    }
}

/// `inventory::rules::status::may_reserve`, over the columns' text.
fn may_be_held(car: &Car) -> bool {
    let unpromised = ["DEMO", "QUALITY_HOLD", "TOTAL_LOSS", "DELIVERED", "RETURNED"];
    car.commercial_status == "FREE" && !unpromised.contains(&car.physical_status.as_str())
}

pub async fn answer(
    caller: Caller,
    State(floor): State<Arc<Floor>>,
    Json(Variables { first, near }): Json<Variables>,
) -> Result<Data<impl Serialize>, Refused> {
    let store = caller.store()?;
    let limit = page_size(first)?;
    let near = Point::new(near.latitude, near.longitude).map_err(|_| Refused::Input("near"))?;
    let now = floor.clock.now();
    let mut conn = floor.pool.acquire().await?;
    let rows: Vec<(Row, Shown)> = match Sight::read(&mut conn, &caller.viewer, store, now).await? {
        None => Vec::new(),
        Some(sight) => {
            let mut sql: QueryBuilder<Postgres> =
                QueryBuilder::new("WITH page AS (SELECT * FROM vehicle_unit v WHERE ");
            sight.push(&mut sql);
            sql.push(" AND v.physical_status NOT IN ('DELIVERED', 'TOTAL_LOSS') ORDER BY v.stock_since, v.id LIMIT ");
            // As a literal: a plan for any limit looks so bad to PostgreSQL that it would plan each request anew.
            sql.push(limit).push(")").push(COLUMNS).push_bind(store.uuid());
            // An assignment does not run out, a hold does.
            sql.push(" AND (a.kind = 'HARD' OR a.expires_at IS NULL OR a.expires_at > ").push_bind(now).push(TABLES);
            let rows: Vec<Row> = sql.build_query_as().fetch_all(&mut **conn.postgres()?).await?;
            rows.into_iter().filter_map(|row| sight.of(&row.car).map(|shown| (row, shown))).collect()
        }
    };
    drop(conn);
    let english = caller.english();
    let inventory = Page::of(rows, first, |(row, shown)| Ok(row.unit(shown, near, english)))?;
    Ok(Data::new(Answer { inventory }))
}
