//! What the stores around a city offer of a trim: the same price, and in what they differ (C063).

use std::collections::HashMap;

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::inventory::vehicle_unit;
use entity::place::city;
use entity::{AvailabilityBand, StoreId, StoreService};
use sea_orm::sea_query::{Expr, Func, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult};

use super::rules::availability::availability_band;
use super::summary::{counted, free, standing};
use crate::catalog::{self, PriceBreakdown, PricePolicy, Trim};
use crate::graph::scalars::Date;
use crate::graph::{Call, Error, Fields, Result};
use crate::place::{GeoPointInput, Store, StoreWhereInput, measured};
use crate::store::rows::among;
use crate::values::calendar;
use crate::values::city_code::CityCode;

/// Most stores of an answer, the nearest ones.
const MAX_OFFERS: usize = 20;

/// How far from the city's middle stores are looked for, kilometres.
pub const RADIUS_KM: std::ops::RangeInclusive<i32> = 1..=500;

/// What stores offer of a trim.
#[derive(Fields, SimpleObject, Clone)]
pub struct StoreOffers {
    /// What it costs there, with the options that it comes with: the same at each of them, as far as the car maker sets the price.
    pub price: PriceBreakdown,
    /// The stores that sell cars, nearest to the city's middle first; twenty at most.
    pub offers: Vec<StoreOffer>,
}

/// What one store offers.
#[derive(Fields, SimpleObject, Clone)]
pub struct StoreOffer {
    /// The store; its `distanceMeters` is from the city's middle.
    pub store: Store,
    /// Whether the price is what one pays there.
    pub price_policy: PricePolicy,
    /// How many cars of the trim it has, or will have, that nobody has taken, whatever their options.
    pub availability: AvailabilityBand,
    /// First day on which one of these can be there: today when one is; null when there is none, or none that is dated. Any car can be
    /// built to order.
    pub earliest_arrival: Option<Date>,
}

/// The free cars of a store.
#[derive(FromQueryResult)]
struct Stock {
    store_id: StoreId,
    free: i64,
    standing: i64,
    expected: Option<DateTime<Utc>>,
}

/// The offers around a city, the same for everybody.
///
/// # Errors
/// When the city is not known, the trim has no price, or the store fails.
pub async fn offers(call: &Call, trim: &Trim, city: &CityCode, radius_km: i32) -> Result<StoreOffers> {
    let unknown = || Error::argument("cityCode", "not-found");
    let place = city::Entity::find_by_id(city.as_str()).one(call.db()).await?.ok_or_else(unknown)?;
    let choice = catalog::store::Choice { trim: &trim.0, option_codes: &[], benefits: &[] };
    let quote = catalog::store::quote(call.db(), choice, city.as_str(), call.now).await;
    let quote = quote.map_err(|error| error.error(call, catalog::quote::Fields::CHOICE))?;
    let near =
        GeoPointInput { latitude: place.latitude, longitude: place.longitude, radius_km: Some(f64::from(radius_km)) };
    let sells = StoreWhereInput { services: Some(vec![StoreService::Sales]), ..Default::default() };
    let mut stores = measured(call, near, sells.condition()?).await?;
    stores.sort_by(|(a, one), (b, other)| (a, &one.row.code).cmp(&(b, &other.row.code)));
    stores.truncate(MAX_OFFERS);
    let stock = stock(call, trim, stores.iter().map(|(_, store)| store.row.id)).await?;
    let today = calendar::day(call.now);
    let offer = |store: Store| {
        let found = stock.get(&store.row.id);
        let dated = found.and_then(|stock| stock.expected).map(|at| calendar::day(at).max(today));
        let here = found.is_some_and(|stock| stock.standing > 0);
        StoreOffer {
            price_policy: store.row.sales_model.into(),
            availability: availability_band(found.map_or(0, |stock| stock.free.unsigned_abs())),
            earliest_arrival: if here { Some(today) } else { dated }.map(Date),
            store,
        }
    };
    let offers = stores.into_iter().map(|(_, store)| offer(store)).collect();
    let insurance = catalog::store::insurance(call.db(), &trim.0, &quote).await?;
    Ok(StoreOffers { price: PriceBreakdown::of(call, quote, insurance), offers })
}

/// The free cars of a trim at these stores, in one statement.
async fn stock(call: &Call, trim: &Trim, stores: impl Iterator<Item = StoreId>) -> Result<HashMap<StoreId, Stock>> {
    let expected = Expr::case(free(), Expr::col((vehicle_unit::Entity, vehicle_unit::Column::ExpectedAt)));
    let select = Query::select()
        .column(vehicle_unit::Column::StoreId)
        .expr_as(counted(free()), "free")
        .expr_as(counted(standing()), "standing")
        .expr_as(Func::min(expected), "expected")
        .from(vehicle_unit::Entity)
        .and_where(vehicle_unit::Column::TrimId.eq(trim.0.id))
        .and_where(among(call.app.db.backend(), vehicle_unit::Column::StoreId, stores))
        .cond_where(free())
        .group_by_col(vehicle_unit::Column::StoreId)
        .to_owned();
    let rows = call.db().query_all(&select).await?;
    let read = |row: &sea_orm::QueryResult| Stock::from_query_result(row, "").map(|stock| (stock.store_id, stock));
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}
