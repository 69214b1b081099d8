//! `model-page`: a model with its trims and options, and the incentives for one of its trims in a city; for callers
//! without a token. Three statements.

mod incentives;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use entity::{OptionGroupId, OptionId, Powertrain, TrimId, VehicleModelId};
use milepost::catalog::rules::spec::thousandths;
use serde::{Deserialize, Serialize};

use super::wire::{Coded, Data, Id, Refused, Yuan};
use super::{Caller, Floor};
use crate::pool::fetch;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variables {
    slug: String,
    city_code: String,
    trim_id: TrimId,
}

/// The model with each of its trims, and the trim's price in the book in force.
const TRIMS: &str = "
    SELECT m.id, m.slug, m.code, m.body_type,
           CASE WHEN $3 THEN m.name_en ELSE m.name_zh END AS name,
           CASE WHEN $3 THEN m.tagline_en ELSE m.tagline_zh END AS tagline,
           t.id AS trim_id, t.code AS trim_code, t.powertrain, t.battery_wh, t.cltc_km, t.acceleration_ms, t.seats,
           t.purchase_tax_catalog, CASE WHEN $3 THEN t.name_en ELSE t.name_zh END AS trim_name,
           e.msrp_minor - e.discount_minor AS price_minor
    FROM vehicle_model m
    JOIN trim t ON t.model_id = m.id AND t.on_sale
    LEFT JOIN price_entry e ON e.trim_id = t.id AND e.price_book_id = (
        SELECT id FROM price_book
        WHERE status = 'PUBLISHED' AND effective_from <= $2 AND (effective_to IS NULL OR effective_to > $2)
        ORDER BY effective_from DESC, price_version DESC, id DESC LIMIT 1
    )
    WHERE m.slug = $1 AND m.on_sale
    ORDER BY t.position, t.code";

/// Each group of the model with each of its options; alone when it has none.
const OPTIONS: &str = "
    SELECT g.id, g.code, g.selection, g.required, CASE WHEN $2 THEN g.name_en ELSE g.name_zh END AS name,
           o.id AS option_id, o.code AS option_code, o.price_minor, o.lead_time_days, o.is_default,
           CASE WHEN $2 THEN o.name_en ELSE o.name_zh END AS option_name
    FROM vehicle_model m
    JOIN option_group g ON g.model_id = m.id
    LEFT JOIN car_option o ON o.group_id = g.id
    WHERE m.slug = $1 AND m.on_sale
    ORDER BY g.position, g.code, o.position, o.code";

#[derive(sqlx::FromRow)]
struct TrimRow {
    id: Id<VehicleModelId>,
    slug: String,
    code: String,
    body_type: String,
    name: String,
    tagline: String,
    trim_id: Id<TrimId>,
    trim_code: String,
    powertrain: Coded<Powertrain>,
    battery_wh: i64,
    cltc_km: i32,
    acceleration_ms: i32,
    seats: i32,
    purchase_tax_catalog: bool,
    trim_name: String,
    price_minor: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct OptionRow {
    id: Id<OptionGroupId>,
    code: String,
    selection: String,
    required: bool,
    name: String,
    option_id: Option<Id<OptionId>>,
    option_code: Option<String>,
    price_minor: Option<i64>,
    lead_time_days: Option<i32>,
    is_default: Option<bool>,
    option_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    vehicle_model: Option<Model>,
    incentives: Vec<incentives::Incentive>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Model {
    id: Id<VehicleModelId>,
    slug: String,
    code: String,
    name: String,
    tagline: String,
    body_type: String,
    trims: Vec<Trim>,
    option_groups: Vec<Group>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trim {
    id: Id<TrimId>,
    code: String,
    name: String,
    powertrain: Powertrain,
    battery_kwh: String,
    cltc_km: i32,
    acceleration_seconds: String,
    seats: i32,
    price: Option<Money>,
}

/// An amount as this page shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    amount: Yuan,
    minor_units: i64,
}

impl Money {
    fn fen(minor: i64) -> Self {
        Self { amount: Yuan(minor), minor_units: minor }
    }
}

#[derive(Serialize)]
struct Group {
    id: Id<OptionGroupId>,
    code: String,
    name: String,
    selection: String,
    required: bool,
    options: Vec<Choice>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Choice {
    id: Id<OptionId>,
    code: String,
    name: String,
    price: Money,
    lead_time_days: i32,
    is_default: bool,
}

impl OptionRow {
    /// None for a group without options.
    fn choice(self) -> Option<Choice> {
        Some(Choice {
            id: self.option_id?,
            code: self.option_code?,
            name: self.option_name?,
            price: Money::fen(self.price_minor?),
            lead_time_days: self.lead_time_days?,
            is_default: self.is_default?,
        })
    }
}

pub async fn answer(
    caller: Caller,
    State(floor): State<Arc<Floor>>,
    Json(variables): Json<Variables>,
) -> Result<Data<impl Serialize>, Refused> {
    caller.stranger()?;
    let (now, english) = (floor.clock.now(), caller.english());
    let mut conn = floor.pool.acquire().await?;
    let trims: Vec<TrimRow> = fetch!(fetch_all, &mut conn, TRIMS, &variables.slug, now, english)?;
    let options: Vec<OptionRow> = fetch!(fetch_all, &mut conn, OPTIONS, &variables.slug, english)?;
    // The page asks for one of its own trims.
    let Some(chosen) = trims.iter().find(|trim| trim.trim_id.0 == variables.trim_id) else {
        return Err(Refused::Input("trimId"));
    };
    let offer = incentives::Offer {
        city_code: &variables.city_code,
        trim_id: variables.trim_id,
        powertrain: chosen.powertrain.0,
        in_tax_catalog: chosen.purchase_tax_catalog,
        invoice_minor: chosen.price_minor.ok_or(Refused::Input("trimId"))?,
    };
    let incentives = incentives::read(&mut conn, &offer, now, english).await?;
    drop(conn);
    Ok(Data::new(Answer { vehicle_model: model(trims, groups(options)), incentives }))
}

fn groups(rows: Vec<OptionRow>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for mut row in rows {
        if groups.last().is_none_or(|group| group.id != row.id) {
            let (code, name) = (std::mem::take(&mut row.code), std::mem::take(&mut row.name));
            let selection = std::mem::take(&mut row.selection);
            groups.push(Group { id: row.id, code, name, selection, required: row.required, options: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.options.extend(row.choice());
        }
    }
    groups
}

fn model(mut rows: Vec<TrimRow>, option_groups: Vec<Group>) -> Option<Model> {
    let first = rows.first_mut()?;
    let take = std::mem::take;
    let (id, slug, code) = (first.id, take(&mut first.slug), take(&mut first.code));
    let (name, tagline, body_type) = (take(&mut first.name), take(&mut first.tagline), take(&mut first.body_type));
    let trims = rows.into_iter().map(|row| Trim {
        id: row.trim_id,
        code: row.trim_code,
        name: row.trim_name,
        powertrain: row.powertrain.0,
        battery_kwh: thousandths(row.battery_wh).to_string(),
        cltc_km: row.cltc_km,
        acceleration_seconds: thousandths(row.acceleration_ms.into()).to_string(),
        seats: row.seats,
        price: row.price_minor.map(Money::fen),
    });
    Some(Model { id, slug, code, name, tagline, body_type, trims: trims.collect(), option_groups })
}
