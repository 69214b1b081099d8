//! `cn.milepost.inventory.vehicle.v1`: a car as its system of record sees it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::catalog::trim;
use entity::inventory::{event as vehicle_event, vehicle_unit};
use entity::place::{city, organization, store};
use entity::{
    Codes, CommercialStatus, InboundCode, PhysicalStatus, SalesModel, StockTransferState, StockType, StoreId,
    VehicleEventId, VehicleEventKind, VehicleUnitId,
};
use sea_orm::ActiveValue::Set;

use super::super::events;
use super::super::quality::rules::hold::reported_while_held;
use super::super::quality::store::with_open_cases;
use super::super::quota::Moved;
use super::super::rules::alert::KILOMETRES;
use super::super::rules::status::{PhysicalMove, reported};
use super::super::store::transfer::{Claimed, follow};
use crate::graph::Result;
use crate::ingest::keys::{by_key, line, lock_by_key, minor, small, upsert, value, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::place::upstream::stores_by_id;
use crate::values::geo::Point;
use crate::values::vin::Vin;

data! {
    /// A car as its system of record sees it: what it is, whose, where, and how far (plant, carrier, dealer management). The
    /// whole state each time. Whether it is held or sold is not said here but by allocations.
    pub struct VehicleData {
        /// Vehicle identification number, 17 characters with their check digit.
        pub vin: String,
        /// Code of the trim, as in `C5-660`.
        pub trim_code: String,
        /// Codes of the options built in.
        #[serde(default)]
        pub option_codes: Vec<String>,
        /// How far the car is. Steps in between need not be reported. `QUALITY_HOLD` holds it until a report says otherwise, whatever
        /// becomes of damage that is seen to here; and where damage is open, it stays held whatever is reported.
        pub status: PhysicalStatus,
        /// What kind of stock it is.
        pub stock_type: StockType,
        /// How it is sold.
        pub sales_model: SalesModel,
        /// Code of the organisation that owns it.
        pub owner_code: String,
        /// Code of the store that has it or will have it.
        pub store_code: Option<String>,
        /// Code of the city where it is.
        pub city_code: String,
        /// Where it is, GCJ-02 degrees; with `longitude`. The city's centre when left out.
        pub latitude: Option<f64>,
        /// See `latitude`.
        pub longitude: Option<f64>,
        /// When it is expected in the store.
        pub expected_at: Option<DateTime<Utc>>,
        /// When it left the line.
        pub built_at: Option<DateTime<Utc>>,
        /// When it came into the store.
        pub received_at: Option<DateTime<Utc>>,
        /// From when its age in stock counts; the moment of the event when left out.
        pub stock_since: Option<DateTime<Utc>>,
        /// What it has run, kilometres; stays when left out.
        pub odometer_km: Option<i32>,
        /// List price with options, fen.
        pub price_minor: i64,
        /// Cost, fen; shown to operators alone.
        pub cost_minor: i64,
    }
}

/// A car reported.
pub struct VehicleReported;

/// What cars of one call name.
struct Known {
    cars: HashMap<String, vehicle_unit::Model>,
    trims: HashMap<String, trim::Model>,
    owners: HashMap<String, organization::Model>,
    stores: HashMap<String, store::Model>,
    /// Which have the cars now; read where it matters.
    custodians: HashMap<StoreId, store::Model>,
    cities: HashMap<String, city::Model>,
    /// Those that are held for a damage that somebody here sees to; read where it matters.
    damaged: Vec<VehicleUnitId>,
}

impl Inbound for VehicleReported {
    const TYPE: &'static str = "cn.milepost.inventory.vehicle.v1";
    const DOMAIN: &'static str = "inventory";
    type Data = VehicleData;

    fn example() -> VehicleData {
        let at = |text: &str| text.parse().ok();
        VehicleData {
            vin: "L00C5D1E7TX900001".into(),
            trim_code: "C5-660".into(),
            option_codes: vec!["EXT-WHITE".into(), "WHL-19".into()],
            status: PhysicalStatus::InStock,
            stock_type: StockType::StoreStock,
            sales_model: SalesModel::Direct,
            owner_code: "YC".into(),
            store_code: Some("YC001".into()),
            city_code: "310100".into(),
            latitude: None,
            longitude: None,
            expected_at: None,
            built_at: at("2025-10-20T06:00:00Z"),
            received_at: at("2025-11-02T08:30:00Z"),
            stock_since: at("2025-11-02T08:30:00Z"),
            odometer_km: Some(12),
            price_minor: 20_480_000,
            cost_minor: 17_200_000,
        }
    }

    fn subject(data: &VehicleData) -> String {
        subject(&data.vin)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<VehicleData>]) -> Result<Vec<Verdict>> {
        let tx = &*desk.tx;
        let all = || items.iter().map(|item| &item.data);
        let mut known = Known {
            cars: lock_by_key::<vehicle_unit::Entity>(
                tx,
                vehicle_unit::Column::Vin,
                all().map(|data| data.vin.as_str()),
                |row| row.vin.as_deref(),
            )
            .await?,
            trims: by_key::<trim::Entity>(tx, trim::Column::Code, all().map(|data| data.trim_code.as_str()), |row| {
                Some(&row.code)
            })
            .await?,
            owners: by_key::<organization::Entity>(
                tx,
                organization::Column::Code,
                all().map(|data| data.owner_code.as_str()),
                |row| Some(&row.code),
            )
            .await?,
            stores: by_key::<store::Entity>(
                tx,
                store::Column::Code,
                all().filter_map(|data| data.store_code.as_deref()),
                |row| Some(&row.code),
            )
            .await?,
            cities: by_key::<city::Entity>(tx, city::Column::Code, all().map(|data| data.city_code.as_str()), |row| {
                Some(&row.code)
            })
            .await?,
            custodians: HashMap::new(),
            damaged: Vec::new(),
        };
        let held = known.cars.values().filter(|car| car.physical_status == PhysicalStatus::QualityHold);
        known.damaged = with_open_cases(tx.conn(), held.map(|car| car.id).collect()).await?;
        if !desk.sender.reaches_all() {
            known.custodians = stores_by_id(tx, known.cars.values().filter_map(|car| car.store_id)).await?;
        }
        let mut verdicts = Vec::with_capacity(items.len());
        let mut rows = Vec::new();
        for item in items {
            verdicts.push(match place(desk, &known, item) {
                Ok(row) => {
                    rows.push(row);
                    Verdict::DONE
                }
                Err(verdict) => verdict,
            });
        }
        write(desk, &known, rows).await?;
        Ok(verdicts)
    }
}

/// The subject of a car.
pub fn subject(vin: &str) -> String {
    format!("vehicle/{vin}")
}

/// The row of a car as reported, or why there is none.
fn place(desk: &Desk<'_>, known: &Known, item: &Item<VehicleData>) -> Result<vehicle_unit::Model, Verdict> {
    let data = &item.data;
    let vin = value("vin", Vin::parse(&data.vin))?;
    if vin.as_str() != data.vin {
        return Err(Reason::invalid("vin", "ingest-shape").into());
    }
    let price_minor = minor("priceMinor", data.price_minor)?;
    let cost_minor = minor("costMinor", data.cost_minor)?;
    let run = data.odometer_km.map(|run| small("odometerKm", run, KILOMETRES.0, KILOMETRES.1)).transpose()?;
    let mut option_codes = Vec::with_capacity(data.option_codes.len());
    for (at, code) in data.option_codes.iter().enumerate() {
        option_codes.push(line(&format!("optionCodes.{at}"), code, MAX_CODE)?);
    }
    option_codes.sort_unstable();
    option_codes.dedup();
    let trim = known.trims.get(&data.trim_code);
    let trim = trim.ok_or_else(|| waits("trimCode", format!("trim/{}", data.trim_code)))?;
    let owner = known.owners.get(&data.owner_code);
    let owner = owner.ok_or_else(|| waits("ownerCode", format!("organization/{}", data.owner_code)))?;
    let store = match &data.store_code {
        Some(code) => Some(known.stores.get(code).ok_or_else(|| waits("storeCode", format!("store/{code}")))?),
        None => None,
    };
    let city = known.cities.get(&data.city_code);
    let city = city.ok_or_else(|| waits("cityCode", format!("city/{}", data.city_code)))?;
    // Who has a car may report it as well as who owns it; a car that is there already must be its own too.
    let speaks = |owner, store: Option<&store::Model>| {
        desk.sender.reaches(owner) || store.is_some_and(|store| desk.sender.reaches(store.organization_id))
    };
    if !speaks(owner.id, store) {
        desk.sender.check(owner.id, "ownerCode")?;
    }
    let point = match (data.latitude, data.longitude) {
        (Some(latitude), Some(longitude)) => value("latitude", Point::new(latitude, longitude))?,
        (None, None) => value("cityCode", Point::new(city.latitude, city.longitude))?,
        _ => return Err(Reason::invalid("longitude", "required").into()),
    };
    let [unit_x, unit_y, unit_z] = point.unit_vector();
    let now = desk.tx.now();
    let before = known.cars.get(&data.vin);
    if let Some(before) = before
        && !desk.sender.reaches(before.owner_organization_id)
    {
        if !speaks(before.owner_organization_id, before.store_id.and_then(|id| known.custodians.get(&id))) {
            desk.sender.check(before.owner_organization_id, "vin")?;
        }
        // Who has it does not say that it is its own now.
        if before.owner_organization_id != owner.id {
            desk.sender.check(before.owner_organization_id, "ownerCode")?;
        }
    }
    let (status, resume_to) = match before {
        // Nobody knows where one goes on that is held when it is first heard of: at what it is without the hold.
        None if data.status == PhysicalStatus::QualityHold => {
            let stands = if data.received_at.is_some() { PhysicalStatus::InStock } else { PhysicalStatus::Built };
            (data.status, Some(stands))
        }
        None => (data.status, None),
        Some(before) => match says(known, before, data.status) {
            Some(moved) => (moved.to, moved.resume_to),
            None => {
                let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("status");
                let reason = reason.with("from", before.physical_status.to_string());
                return Err(reason.with("action", data.status.to_string()).into());
            }
        },
    };
    Ok(vehicle_unit::Model {
        id: before.map_or_else(VehicleUnitId::generate, |before| before.id),
        vin: Some(data.vin.clone()),
        trim_id: trim.id,
        option_codes: Codes(option_codes),
        physical_status: status,
        commercial_status: before.map_or(CommercialStatus::Free, |before| before.commercial_status),
        resume_to,
        held_upstream: data.status == PhysicalStatus::QualityHold,
        stock_type: data.stock_type,
        sales_model: data.sales_model,
        owner_organization_id: owner.id,
        store_id: store.map(|store| store.id),
        city_code: data.city_code.clone(),
        latitude: point.lat(),
        longitude: point.lng(),
        unit_x,
        unit_y,
        unit_z,
        production_slot_id: before.and_then(|before| before.production_slot_id),
        transfer_to_store_id: before
            .and_then(|before| before.transfer_to_store_id)
            .filter(|_| [Some(status), resume_to].contains(&Some(PhysicalStatus::Transferring))),
        expected_at: data.expected_at,
        built_at: data.built_at,
        received_at: data.received_at,
        stock_since: data.stock_since.or(before.map(|before| before.stock_since)).or(item.time).unwrap_or(now),
        price_minor,
        cost_minor,
        odometer_km: run.or(before.and_then(|before| before.odometer_km)),
        version: before.map_or(1, |before| before.version + 1),
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: now,
    })
}

/// Where a car is after a report: one with open damage stays held, and will go on from there.
fn says(known: &Known, before: &vehicle_unit::Model, to: PhysicalStatus) -> Option<PhysicalMove> {
    let moved = if known.damaged.contains(&before.id) { reported_while_held } else { reported };
    moved(before.physical_status, before.resume_to, to)
}

/// Most characters of an option's code.
const MAX_CODE: u32 = 40;

/// Writes cars that are new or differ, with the history and the event of those that are elsewhere on their way now.
async fn write(desk: &mut Desk<'_>, known: &Known, rows: Vec<vehicle_unit::Model>) -> Result<()> {
    let same = |row: &vehicle_unit::Model| {
        let before = row.vin.as_ref().and_then(|vin| known.cars.get(vin));
        before.is_some_and(|before| {
            let as_before =
                vehicle_unit::Model { version: before.version, updated_at: before.updated_at, ..row.clone() };
            as_before == *before
        })
    };
    let rows: Vec<vehicle_unit::Model> = rows.into_iter().filter(|row| !same(row)).collect();
    let mut history = Vec::new();
    let mut come = Vec::new();
    for row in &rows {
        let before = row.vin.as_ref().and_then(|vin| known.cars.get(vin));
        if let Some(claimed) = Claimed::of(before, row) {
            desk.tx.happened(claimed);
        }
        // What is told is a fact: quotas refuse nothing of it.
        if let Some(moved) = Moved::of(before, row) {
            desk.tx.happened(moved);
        }
        let Some(before) = before else { continue };
        let moved = before.physical_status != row.physical_status;
        let came = before.transfer_to_store_id.is_some() && row.transfer_to_store_id.is_none();
        if came && row.physical_status != PhysicalStatus::TotalLoss {
            come.extend(row.store_id.map(|store| (row.id, store)));
        }
        if moved {
            history.push(vehicle_event::ActiveModel {
                id: Set(VehicleEventId::generate()),
                vehicle_id: Set(row.id),
                kind: Set(VehicleEventKind::StatusChanged),
                from_status: Set(Some(before.physical_status.to_string())),
                to_status: Set(Some(row.physical_status.to_string())),
                actor: Set(desk.sender.actor.clone()),
                occurred_at: Set(desk.tx.now()),
            });
        }
        if moved || before.store_id != row.store_id {
            desk.tx.emit(events::status_changed(row, before.store_id));
        }
    }
    if !rows.is_empty() {
        let stay = [vehicle_unit::Column::Id, vehicle_unit::Column::CreatedAt];
        upsert::<vehicle_unit::Entity>(desk.tx, rows, &[vehicle_unit::Column::Vin], &stay).await?;
    }
    if !history.is_empty() {
        desk.tx.insert(history);
    }
    // Who told of the arrival so knows nothing of the transfer.
    for (car, store) in come {
        follow(desk.tx, car, store, StockTransferState::Received, desk.tx.now()).await?;
    }
    Ok(())
}
