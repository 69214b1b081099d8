//! What one may ask about places. All of it is open to callers without a token.

use async_graphql::ID;
use entity::PrefixedId;
use entity::place::{city, store};
use sea_orm::sea_query::Condition;
use sea_orm::{EntityTrait, QueryFilter};

use super::inputs::{GeoPointInput, StoreWhereInput, by_code};
use super::links::{CityByCode, StoreById};
use super::types::{City, Store};
use crate::graph::connection::{Count, CountPrecision, List, Rows, every, list, listed, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::scalars::CityCode;
use crate::graph::{Ask, Call, Error, Result, roots};
use crate::store::page::{self, PageArgs};
use crate::values::city_code;
use crate::values::geo::Point;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "PlaceQueries")]
impl Queries {
    /// Version of this API's schema, for support.
    async fn api_version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The cities we know, by code.
    async fn cities(&self, ask: &Ask<'_>) -> Result<Vec<City>> {
        every::<CityByCode>(ask, Condition::all(), &[city::Column::Code], None).await
    }

    /// A city by code; a county's code finds its city. Null when we do not know it.
    async fn city(&self, ask: &Ask<'_>, #[graphql(desc = "As in `310100`.")] code: CityCode) -> Result<Option<City>> {
        let code = city_code::CityCode::parse(&code.0).map_err(|invalid| Error::argument("code", invalid.rule))?;
        one::<CityByCode>(ask, code.to_string()).await
    }

    /// A store by id; null when there is none.
    async fn store(&self, ask: &Ask<'_>, #[graphql(desc = "As in `sto_01J…`.")] id: ID) -> Result<Option<Store>> {
        one::<StoreById>(ask, parse_id("id", &id)?).await
    }

    /// Stores: nearest first when a point is given, else by code.
    async fn stores(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "The point to measure from.")] near: Option<GeoPointInput>,
        #[graphql(name = "where", desc = "Which stores.")] filter: Option<StoreWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before; of the same point, if there is one.")]
        after: Option<String>,
    ) -> Result<List<Store>> {
        let args = page_args(first, after.as_deref())?;
        let stores = filter.unwrap_or_default().condition()?;
        match near {
            Some(near) => nearest(ask, near, stores, &args).await,
            None => list(ask, Rows::those(stores), &by_code(), &args, |row: store::Model| Some(row.into())).await,
        }
    }
}

/// Stores by distance. No column holds the distance, and neither database computes it alike, so the box is asked of the
/// statement and the rows in it, some thousands at most in the whole country, are measured and sorted here.
async fn nearest(ask: &Ask<'_>, near: GeoPointInput, stores: Condition, args: &PageArgs) -> Result<List<Store>> {
    let measured = measured(ask.call, near, stores).await?;
    let counted = Count { value: measured.len() as i64, precision: CountPrecision::Exact };
    let order = format!("store.near.{},{}", near.latitude, near.longitude);
    let vault = &ask.call.app.vault;
    let page = page::cut(measured, &order, |(metres, _)| *metres, |(_, store)| store.row.id.uuid(), args, vault)?;
    let total = ask.selected.selects("totalCount").then_some(counted);
    Ok(listed(ask.call, page, total, |(_, store)| Some(store)))
}

/// Those of these stores that are within the radius, with how far they are in metres, in no order.
///
/// # Errors
/// When the point or the radius breaks a rule, or the store fails.
pub async fn measured(call: &Call, near: GeoPointInput, stores: Condition) -> Result<Vec<(i64, Store)>> {
    let from = near.point()?;
    let rows = store::Entity::find()
        .filter(stores)
        .filter(near.condition(store::Column::Latitude, store::Column::Longitude)?)
        .all(call.db())
        .await?;
    let distance = |row: store::Model| {
        let km = from.distance_km(Point::new(row.latitude, row.longitude).ok()?);
        near.radius_km.is_none_or(|radius| km <= radius).then(|| {
            // Half the earth's girth is 20 million metres.
            let metres = (km * 1000.0).round() as i32;
            (i64::from(metres), Store { row, distance_meters: Some(metres) })
        })
    };
    Ok(rows.into_iter().filter_map(distance).collect())
}
