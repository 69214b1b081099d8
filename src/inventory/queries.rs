//! What one may ask the inventory room.

use async_graphql::ID;
use entity::VehicleUnitId;
use entity::inventory::vehicle_unit;
use sea_orm::sea_query::{Condition, ExprTrait};

use super::inputs::{InventorySort, InventoryWhereInput, nearness, sorting};
use super::links::{JUDGED, VehicleUnitById, shown};
use super::offers::{RADIUS_KM, StoreOffers, offers};
use super::policy;
use super::summary::{InventorySummary, summary};
use super::types::{CarRow, VehicleUnit};
use crate::catalog::TrimById;
use crate::graph::connection::{List, Rows, list, page_args};
use crate::graph::node::parse_id;
use crate::graph::scalars::CityCode;
use crate::graph::{Ask, Error, Result, roots};
use crate::place::GeoPointInput;
use crate::values::city_code;
use crate::values::geo::chord_squared;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "InventoryQueries")]
impl Queries {
    /// Cars that the published policies show to the caller's store; all for operators. Not for customers, who have
    /// `inventorySummary`. Oldest stock first when no order is given.
    async fn inventory(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which cars.")] filter: Option<InventoryWhereInput>,
        #[graphql(desc = "How to sort.")] order_by: Option<InventorySort>,
        #[graphql(desc = "A point to measure from.")] near: Option<GeoPointInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<VehicleUnit>> {
        let call = ask.call;
        let args = page_args(first, after.as_deref())?;
        let point = near.map(GeoPointInput::point).transpose()?;
        let sight = policy::sight(call).await?;
        let filter = filter.unwrap_or_default();
        let rows = policy::listed_for(call, &sight, &filter).or_refuse(&call.viewer)?;
        let backend = call.app.db.backend();
        let mut rows = Condition::all().add(rows).add(filter.condition(call)?);
        if let Some(near) = near
            && let Some(radius) = near.radius()?
        {
            let boxed = near.condition(vehicle_unit::Column::Latitude, vehicle_unit::Column::Longitude)?;
            rows = rows.add(boxed).add(policy::chord(near.point()?).lte(chord_squared(radius)));
        }
        let rows = Rows::those(rows).with(vec![nearness(backend, point)], JUDGED);
        let show = |row: CarRow| shown(call, &sight, row.car, false, point);
        list(ask, rows, &sorting(order_by, backend, point)?, &args, show).await
    }

    /// How many cars there are, for screens: bands and arrival dates for customers, numbers too for staff.
    async fn inventory_summary(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which cars; customers may ask by trim, model, city and region.")]
        filter: Option<InventoryWhereInput>,
    ) -> Result<InventorySummary> {
        summary(ask.call, filter.unwrap_or_default()).await
    }

    /// What the stores around a city offer of a trim, so that nobody has to ask store by store: one price, and in what they
    /// differ. Open to everybody, and the same for everybody.
    async fn store_offers(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Where the car is to be registered, and from where stores are looked for.")]
        city_code: CityCode,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
        #[graphql(desc = "How far from the city's middle, kilometres, 1 to 500; 100 when left out.")] radius_km: Option<
            i32,
        >,
    ) -> Result<StoreOffers> {
        let call = ask.call;
        let city = city_code::CityCode::parse(&city_code.0);
        let city = city.map_err(|invalid| Error::argument("cityCode", invalid.rule))?;
        let trim = call.link::<TrimById>().one(parse_id("trimId", &trim_id)?).await?;
        let trim = trim.ok_or_else(|| Error::argument("trimId", "not-found"))?;
        let radius_km = radius_km.unwrap_or(100);
        if !RADIUS_KM.contains(&radius_km) {
            let error = Error::argument("radiusKm", "ingest-number").with("min", i64::from(*RADIUS_KM.start()));
            return Err(error.with("max", i64::from(*RADIUS_KM.end())));
        }
        offers(call, &trim, &city, radius_km).await
    }

    /// A car by id; null when there is none that the caller may see.
    async fn vehicle_unit(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `veh_01J…`.")] id: ID,
    ) -> Result<Option<VehicleUnit>> {
        ask.call.link::<VehicleUnitById>().one(parse_id::<VehicleUnitId>("id", &id)?).await
    }
}
