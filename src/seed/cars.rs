//! One car with its slot, way and history, wherever it stands.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use entity::inventory::{event as vehicle_event, production_slot, transport_leg, vehicle_unit};
use entity::{
    Codes, CommercialStatus, PhysicalStatus, Powertrain, SalesModel, StockType, VehicleEventKind, VehicleUnitId,
};

use super::batch::Batch;
use super::catalog::Choice;
use super::place_tables::FAR_CITIES;
use super::world::Generator;
use crate::values::calendar;
use crate::values::geo::Point;
use crate::values::vin;

/// The straight way of a car, with the hours from each state to the next (domain.md 4.3; stock and inspection ours).
const WAY: &[(PhysicalStatus, f64, f64)] = &[
    (PhysicalStatus::Planned, 24.0, 240.0),
    (PhysicalStatus::Scheduled, 240.0, 840.0),
    (PhysicalStatus::InProduction, 48.0, 72.0),
    (PhysicalStatus::Built, 24.0, 72.0),
    (PhysicalStatus::Released, 12.0, 48.0),
    (PhysicalStatus::InTransit, 72.0, 264.0),
    (PhysicalStatus::InStock, 48.0, 400.0),
    (PhysicalStatus::Pdi, 6.0, 24.0),
    (PhysicalStatus::Ready, 12.0, 72.0),
    (PhysicalStatus::Delivered, 0.0, 0.0),
];

/// Days of a leg, median and ninth decile: plant to hub, within a region, across regions, to a far city.
pub(super) const TO_HUB: (i32, i32) = (2, 4);
const SAME_REGION: (i32, i32) = (1, 3);
const CROSS_REGION: (i32, i32) = (4, 7);
const FAR: (i32, i32) = (9, 14);

/// A car to be made.
pub(super) struct CarSpec {
    pub choice: Choice,
    pub physical: PhysicalStatus,
    pub commercial: CommercialStatus,
    /// Custodian, or where it goes; a car at a plant or hub is nobody's yet.
    pub shop: usize,
    /// It stands at the hub of the store's region.
    pub at_hub: bool,
    /// Other than what follows from the place.
    pub stock_type: Option<StockType>,
    /// When it came into its state.
    pub since: DateTime<Utc>,
    /// States whose moment is known.
    pub known: Vec<(PhysicalStatus, DateTime<Utc>)>,
}

/// Where a state outside of the straight way branches off.
fn straight(physical: PhysicalStatus) -> PhysicalStatus {
    match physical {
        PhysicalStatus::QualityHold
        | PhysicalStatus::Transferring
        | PhysicalStatus::Demo
        | PhysicalStatus::TotalLoss => PhysicalStatus::InStock,
        PhysicalStatus::Returned => PhysicalStatus::Delivered,
        other => other,
    }
}

/// Model years by the tenth character; 2026 is `T` (domain.md 3.4).
fn year_code(year: i32) -> char {
    match year.rem_euclid(30) {
        // 2024 R, 2025 S, 2026 T, 2027 V, 2028 W; other years are not made.
        14 => 'R',
        15 => 'S',
        16 => 'T',
        17 => 'V',
        _ => 'W',
    }
}

impl Generator<'_> {
    /// The next VIN, with its right check digit.
    fn vin(&mut self, choice: &Choice, built: DateTime<Utc>, plant: usize) -> String {
        self.vins += 1;
        let trim = &self.catalog.trims[choice.trim];
        let drive = if trim.powertrain == Powertrain::Bev { 'E' } else { 'P' };
        let variant = ['A', 'B', 'C', 'D'][choice.trim % 4];
        let plant = ['Y', 'X'][plant];
        let body = |check: char| {
            let model = &trim.code[..2];
            format!("L00{model}{variant}1{drive}{check}{}{plant}{:06}", year_code(built.year()), self.vins)
        };
        body(vin::check_digit(&body('0')).unwrap_or('0'))
    }

    /// Days of the last leg to a store.
    pub(super) fn last_leg(&self, shop: usize) -> (i32, i32) {
        let city = &self.places.cities[self.places.shops[shop].city];
        if FAR_CITIES.contains(&city.code) {
            FAR
        } else if self.places.hub_for(city.region).region == city.region {
            SAME_REGION
        } else {
            CROSS_REGION
        }
    }

    /// Makes the car.
    pub(super) fn car(&mut self, spec: CarSpec, batch: &mut Batch) -> VehicleUnitId {
        let id = self.dice.id();
        let end = straight(spec.physical);
        let times = self.way(end, &spec);
        let at = |status| times.iter().find(|(s, _)| *s == status).map(|(_, at)| *at);
        let plant = self.dice.below(2);
        let shop = self.places.shops[spec.shop].clone();
        let city = self.places.cities[shop.city].clone();
        let hub = self.places.hub_for(city.region).clone();
        let site = self.places.plants[plant].clone();

        let built_at = at(PhysicalStatus::Built);
        let received_at = at(PhysicalStatus::InStock);
        let started = at(PhysicalStatus::InProduction);
        let vin = started.map(|at| self.vin(&spec.choice, at, plant));
        let at_plant = end < PhysicalStatus::InTransit;
        let moving = end == PhysicalStatus::InTransit;
        let slot_id = at(PhysicalStatus::Scheduled).map(|scheduled| {
            let start = started.unwrap_or_else(|| self.today + self.dice.hours(240.0, 840.0));
            let slot = self.dice.id();
            let planned_off = start + TimeDelta::hours(54);
            batch.slots.push(production_slot::Model {
                id: slot,
                plant_id: site.org,
                week: start.format("%G-W%V").to_string(),
                planned_start: start.max(scheduled),
                planned_off,
                actual_off: built_at,
            });
            slot
        });
        let (city_code, latitude, longitude) = if at_plant {
            (site.city_code, site.latitude, site.longitude)
        } else if moving || spec.at_hub {
            (hub.city_code, hub.latitude, hub.longitude)
        } else {
            (city.code, shop.latitude, shop.longitude)
        };
        let stock_type = spec.stock_type.unwrap_or(if at_plant {
            StockType::Factory
        } else if moving {
            StockType::InTransit
        } else if spec.at_hub {
            StockType::OemHub
        } else if spec.physical == PhysicalStatus::Demo {
            StockType::Demo
        } else {
            StockType::StoreStock
        });
        // A dealer buys the car when it leaves for the store; everything else is the maker's.
        let owned_by_dealer = shop.model == SalesModel::Wholesale && !at_plant && !spec.at_hub;
        let expected_at = (received_at.is_none() && !spec.at_hub).then(|| {
            let days = match end {
                PhysicalStatus::InTransit => self.dice.between(1, 8),
                PhysicalStatus::Built | PhysicalStatus::Released => self.dice.between(5, 14),
                _ => self.dice.between(16, 55),
            };
            self.today + TimeDelta::days(days)
        });
        let created_at = times[0].1;
        let cost_share = self.dice.between(80, 88);
        let place = Point::new(latitude, longitude).expect("the tables hold places on earth");
        let [unit_x, unit_y, unit_z] = place.unit_vector();
        batch.vehicles.push(vehicle_unit::Model {
            id,
            vin,
            trim_id: self.catalog.trims[spec.choice.trim].id,
            option_codes: Codes(spec.choice.codes.clone()),
            physical_status: spec.physical,
            commercial_status: spec.commercial,
            resume_to: (spec.physical == PhysicalStatus::QualityHold).then_some(PhysicalStatus::InStock),
            held_upstream: false,
            stock_type,
            sales_model: shop.model,
            owner_organization_id: if owned_by_dealer { shop.owner } else { self.places.oem },
            store_id: (!at_plant && !spec.at_hub).then_some(shop.id),
            city_code: city_code.into(),
            latitude,
            longitude,
            unit_x,
            unit_y,
            unit_z,
            production_slot_id: slot_id,
            transfer_to_store_id: None,
            expected_at,
            built_at,
            received_at,
            stock_since: received_at.or(built_at).unwrap_or(created_at),
            price_minor: spec.choice.list_minor,
            cost_minor: spec.choice.list_minor * cost_share / 100,
            // Of its number: the dice are others'.
            odometer_km: (stock_type == StockType::Demo)
                .then(|| i32::try_from(entity::PrefixedId::uuid(id).as_u128() % 9_000).unwrap_or_default()),
            version: i32::try_from(times.len()).unwrap_or(1),
            created_at,
            updated_at: spec.since,
        });
        self.legs(id, &spec, &times, site.city_code, batch);
        self.history(id, &spec, &times, batch);
        id
    }

    /// Moments at which the car came into each state up to its own, counted back from there.
    fn way(&mut self, end: PhysicalStatus, spec: &CarSpec) -> Vec<(PhysicalStatus, DateTime<Utc>)> {
        let last = WAY.iter().position(|(status, ..)| *status == end).unwrap_or(0);
        let mut moment = spec.since;
        let mut times = Vec::with_capacity(last + 1);
        for (place, (status, low, high)) in WAY[..=last].iter().enumerate().rev() {
            let known = spec.known.iter().find(|(s, _)| s == status).map(|(_, at)| *at);
            let next = moment;
            moment = match known {
                Some(at) => at,
                None if place == last => moment,
                None => next - self.dice.hours(*low, *high),
            };
            if place != last {
                moment = moment.min(next - TimeDelta::minutes(1));
            }
            times.push((*status, moment));
        }
        times.reverse();
        times
    }

    fn legs(
        &mut self,
        vehicle_id: VehicleUnitId,
        spec: &CarSpec,
        times: &[(PhysicalStatus, DateTime<Utc>)],
        plant_city: &str,
        batch: &mut Batch,
    ) {
        let Some((_, shipped)) = times.iter().find(|(s, _)| *s == PhysicalStatus::InTransit).copied() else { return };
        let arrived = times.iter().find(|(s, _)| *s == PhysicalStatus::InStock).map(|(_, at)| *at);
        let city = &self.places.cities[self.places.shops[spec.shop].city];
        let (hub_code, city_code) = (self.places.hub_for(city.region).city_code, city.code);
        // The hub is reached a third of the way, and has been reached if the car was seen since.
        let at_hub = arrived.map_or_else(
            || (shipped + TimeDelta::hours(40)).min(self.today),
            |arrived| shipped + (arrived - shipped) / 3,
        );
        let last = self.last_leg(spec.shop);
        let mut leg = |position, from: &str, to: &str, days: (i32, i32), departed_at, arrived_at| {
            batch.legs.push(transport_leg::Model {
                id: self.dice.id(),
                vehicle_id,
                position,
                from_city_code: from.into(),
                to_city_code: to.into(),
                p50_days: days.0,
                p90_days: days.1,
                departed_at,
                arrived_at,
            });
        };
        if spec.at_hub {
            leg(1, plant_city, hub_code, TO_HUB, Some(shipped), arrived);
            return;
        }
        let reached = at_hub < self.today;
        leg(1, plant_city, hub_code, TO_HUB, Some(shipped), reached.then_some(at_hub));
        leg(2, hub_code, city_code, last, reached.then_some(at_hub + TimeDelta::hours(2)), arrived);
    }

    fn history(
        &mut self,
        vehicle_id: VehicleUnitId,
        spec: &CarSpec,
        times: &[(PhysicalStatus, DateTime<Utc>)],
        batch: &mut Batch,
    ) {
        let mut event = |kind, from: Option<String>, to: Option<String>, occurred_at| {
            batch.vehicle_events.push(vehicle_event::Model {
                id: self.dice.id(),
                vehicle_id,
                kind,
                from_status: from,
                to_status: to,
                actor: "system".into(),
                occurred_at,
            });
        };
        for pair in times.windows(2) {
            let (from, to) = (pair[0].0.to_string(), pair[1].0.to_string());
            event(VehicleEventKind::StatusChanged, Some(from), Some(to), pair[1].1);
        }
        let end = times[times.len() - 1].0;
        if end != spec.physical {
            let (from, to) = (end.to_string(), spec.physical.to_string());
            event(VehicleEventKind::StatusChanged, Some(from), Some(to), spec.since);
        }
        match spec.commercial {
            CommercialStatus::Free => {}
            CommercialStatus::Reserved => {
                event(VehicleEventKind::Reserved, Some("FREE".into()), Some("RESERVED".into()), spec.since);
            }
            CommercialStatus::Allocated | CommercialStatus::Sold => {
                event(VehicleEventKind::Allocated, Some("FREE".into()), Some("ALLOCATED".into()), times[0].1);
            }
        }
    }
}

/// The day in Shanghai, for dates without a time.
pub(super) fn day(moment: DateTime<Utc>) -> chrono::NaiveDate {
    calendar::day(moment)
}
