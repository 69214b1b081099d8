//! Cars that an order could have, and dates before there is an order (C079, C085).

use async_graphql::SimpleObject;
use entity::catalog::option_group;
use entity::inventory::vehicle_unit;
use entity::order::order;
use entity::place::{city, store};
use entity::{EtaConfidence, FulfillmentMode, OrderStatus, PhysicalStatus, SalesModel};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait};

use super::rules::car::takes_car;
use super::rules::estimate::{Estimate, Way, first_estimate, is_built};
use super::rules::milestone::plan;
use super::rules::pause::expected_on;
use super::rules::took::{Days, Measured, Usual};
use super::store::{CarAhead, Progress};
use crate::catalog::rules::lead_time::lead_time_days;
use crate::catalog::store::{Configurator, options_of};
use crate::catalog::{OptionGroup, PriceConfigurationInput, chosen};
use crate::graph::scalars::{CityCode, Date};
use crate::graph::{Call, Error, Fields, Result};
use crate::inventory::rules::age::age_days;
use crate::inventory::rules::matching::{Known, Rank, best_first, differences, score};
use crate::inventory::rules::status::can_be_promised;
use crate::inventory::{VehicleUnit, Wish, cars_for, nearest_alike, policy as sights, shown};
use crate::store::Knows;
use crate::values::calendar;
use crate::values::city_code;
use crate::values::geo::Point;

/// Most candidates of one answer.
pub const MOST_CANDIDATES: usize = 20;

/// Of so many cars, those with the most of the options, nearest first, the score decides.
const LOOKED_AT: u64 = 200;

/// A car that an order could have.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct MatchCandidate {
    /// The car, as the caller sees it; its distance is that to the store that hands over.
    pub vehicle: VehicleUnit,
    /// How well it fits. 100 is one just as ordered, at the store: colour 30, interior 20, wheels 10, packs 40 by the share
    /// that is alike; less 2 for each 100 km to that store; plus 1 for each 30 days that it has stood, 5 at most, where the caller
    /// may know its age. Of equals the older one comes first.
    pub score: f64,
    /// Where it is not what was ordered, in order of the option groups; empty for a car just as ordered. There are at most 20.
    pub differences: Vec<MatchDifference>,
    /// Days by which the expected date would move: earlier is negative. Null while the order has no date, or its configuration is
    /// not locked.
    pub eta_delta_days: Option<i32>,
}

/// A group of options in which a car is not what was ordered.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct MatchDifference {
    /// The group; null for options that the catalog does not have any more.
    pub group: Option<OptionGroup>,
    /// Codes that were ordered and are not there.
    pub wanted: Vec<String>,
    /// Codes that are there and were not ordered.
    pub found: Vec<String>,
}

/// When a car would be ready that is ordered now.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct EtaPreview {
    /// If it is built to order.
    pub built_to_order: ExpectedDates,
    /// If one with just these options is taken from stock, the quickest of the nearest; null where none is free.
    pub from_stock: Option<ExpectedDates>,
}

/// A range of days in Shanghai, for a way to find the car.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ExpectedDates {
    /// The way that this is of; what `orderPlace` takes for it.
    pub fulfillment_mode: FulfillmentMode,
    /// Not before this day, most likely.
    pub earliest: Date,
    /// The day to be expected.
    pub likely: Date,
    /// Not after this day, most likely.
    pub latest: Date,
    /// How sure it is.
    pub confidence: EtaConfidence,
}

impl ExpectedDates {
    fn of(fulfillment_mode: FulfillmentMode, found: &Estimate) -> Self {
        Self {
            fulfillment_mode,
            earliest: Date(found.window.earliest),
            likely: Date(found.window.likely),
            latest: Date(found.window.latest),
            confidence: found.confidence,
        }
    }
}

/// Options and groups as the rules want them.
pub fn catalog_of(options: &[(String, option_group::Model)]) -> Vec<Known<'_>> {
    options.iter().map(|(option, group)| Known { group: &group.code, option }).collect()
}

/// Where a store stands.
///
/// # Errors
/// When that is nowhere on earth.
pub fn place_of(store: &store::Model) -> Result<Point> {
    Point::new(store.latitude, store.longitude).map_err(|_| Error::hidden("a store that is nowhere on earth"))
}

/// The first cars that an order could have, best first, under the call's sight; in few statements, however many there are.
///
/// # Errors
/// When the store fails.
pub async fn matches(call: &Call, order: &order::Model, first: usize) -> Result<Vec<MatchCandidate>> {
    if !takes_car(order.status) && order.status != OrderStatus::Placed {
        return Ok(Vec::new());
    }
    let sight = sights::sight(call).await?;
    let seen = sights::listed(call, &sight).or_refuse(&call.viewer)?;
    let progress = Progress::of(call.db(), order).await?;
    let options = options_of(call.db(), order.trim_id).await?;
    let catalog = catalog_of(&options);
    let near = place_of(progress.store())?;
    let wanted = &order.option_codes.0;
    let found = cars_for(call.db(), (order, near), &catalog, seen, (LOOKED_AT, call.now)).await?;
    let mut cars: Vec<(Rank<_>, VehicleUnit)> = found
        .into_iter()
        .filter_map(|row| shown(call, &sight, row, false, Some(near)))
        .map(|car| {
            let kilometres = f64::from(car.distance_meters.unwrap_or(0)) / 1000.0;
            let age = Some(age_days(car.row.stock_since, call.now));
            let age = age.filter(|_| car.shown.age != entity::AgeDisclosure::Hidden);
            let score = score(&catalog, (wanted, &car.row.option_codes.0), kilometres, age);
            (Rank { score, stock_since: car.row.stock_since, id: car.row.id }, car)
        })
        .collect();
    cars.sort_by(|(a, _), (b, _)| best_first(a, b));
    cars.truncate(first);
    let ahead = CarAhead::of_all(call.db(), cars.iter().map(|(rank, _)| rank.id)).await?;
    let before = expected_on(order, || calendar::day(call.now));
    let candidates = cars.into_iter().map(|(rank, car)| {
        let group_of = |code: &str| options.iter().map(|(_, group)| group).find(|group| group.code == code);
        let owned = |codes: Vec<&str>| codes.into_iter().map(str::to_owned).collect();
        let differences = differences(&catalog, wanted, &car.row.option_codes.0)
            .into_iter()
            .map(|difference| MatchDifference {
                group: difference.group.and_then(group_of).cloned().map(OptionGroup),
                wanted: owned(difference.wanted),
                found: owned(difference.found),
            })
            .collect();
        let expected = ahead.get(&rank.id).and_then(|ahead| progress.expected_with(order, ahead, call.now));
        let moved = expected.zip(before).map(|(window, before)| (window.likely - before.likely).num_days());
        MatchCandidate {
            vehicle: car,
            score: points(rank.score),
            differences,
            eta_delta_days: moved.and_then(|days| i32::try_from(days).ok()),
        }
    });
    Ok(candidates.collect())
}

/// Hundredths of points as points.
#[expect(clippy::cast_precision_loss, reason = "some ten thousand at most")]
fn points(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

/// Of so many of the nearest cars the one that is there first.
const NEAREST: u64 = 10;

/// When a car of this choice would be ready in a city.
///
/// # Errors
/// When the arguments name nothing that can be had, or the store fails.
pub async fn preview(call: &Call, configuration: PriceConfigurationInput, code: &CityCode) -> Result<EtaPreview> {
    let (trim, chosen, fields) = chosen(call, configuration).await?;
    let city = city_code::CityCode::parse(&code.0).map_err(|invalid| Error::argument("cityCode", invalid.rule))?;
    if chosen.len() > crate::catalog::store::MAX_CHOSEN {
        let error = Error::argument(fields.options, "too-many-options");
        return Err(error.with("max", crate::catalog::store::MAX_CHOSEN as i64));
    }
    let city = city::Entity::find_by_id(city.as_str()).one(call.db()).await?;
    let city = city.ok_or_else(|| Error::argument("cityCode", "not-found"))?;
    let configurator = Configurator::of_model(call.db(), trim.0.model_id).await?;
    let (codes, options) = configurator.check(&trim.0.code, &chosen).map_err(|problem| problem.error(call, fields))?;
    let today = calendar::day(call.now);
    let measured = call.db().by_heart::<Measured>();
    let usual = |plant| Usual::of(&measured, plant, trim.0.model_id);
    let begun = |mode, usual, lead_time_days, transport: &[Days]| {
        let way = Way { city_code: &city.code, lead_time_days, transport };
        first_estimate(&plan(mode, false), usual, &way, (call.now, today))
    };
    let built = begun(FulfillmentMode::BuildToOrder, usual(None), lead_time_days(&options, &codes), &[]);
    let near = Point::new(city.latitude, city.longitude);
    let near = near.map_err(|_| Error::hidden("a city that is nowhere on earth"))?;
    let wish = Wish { trim_id: trim.0.id, options: &codes, near };
    let cars = nearest_alike(call.db(), &wish, to_be_sold(&city.code), NEAREST).await?;
    let ahead = CarAhead::of_all(call.db(), cars.iter().map(|car| car.id)).await?;
    let from_stock = ahead.values().map(|car| {
        // In the city it is handed over where it stands.
        let usual = usual(car.plant_id);
        let store = car.store_id.filter(|store| car.city_code == city.code && car.stands_at(*store));
        match store {
            Some(_) => {
                let mode = FulfillmentMode::BuildToStock;
                (mode, begun(mode, usual, 0, &[Days::NONE]))
            }
            None => {
                let mode = FulfillmentMode::LocateToOrder;
                (mode, begun(mode, usual, 0, &car.transport_elsewhere(usual, &city.code)))
            }
        }
    });
    let quickest = from_stock
        .min_by_key(|(mode, found)| (found.window.likely, found.window.latest, *mode != FulfillmentMode::BuildToStock));
    Ok(EtaPreview {
        built_to_order: ExpectedDates::of(FulfillmentMode::BuildToOrder, &built),
        from_stock: quickest.map(|(mode, found)| ExpectedDates::of(mode, &found)),
    })
}

/// Cars that are built and can be sold in a city: a dealer sells what it has bought where it is.
fn to_be_sold(city_code: &str) -> Condition {
    let there = PhysicalStatus::ALL.iter().copied().filter(|status| is_built(*status) && can_be_promised(*status));
    let here = Condition::any()
        .add(vehicle_unit::Column::SalesModel.ne(SalesModel::Wholesale))
        .add(vehicle_unit::Column::CityCode.eq(city_code));
    Condition::all().add(vehicle_unit::Column::PhysicalStatus.is_in(there)).add(here)
}
