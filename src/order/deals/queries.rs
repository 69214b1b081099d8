//! What one may ask about sales.

use async_graphql::ID;

use super::inputs::{DealPriceWhereInput, newest};
use super::policy;
use super::rules::{WINDOW_DAYS, window};
use super::store::statistics;
use super::types::{DealPrice, DealPriceStats};
use crate::catalog::TrimById;
use crate::graph::connection::{List, Rows, list, page_args};
use crate::graph::node::parse_id;
use crate::graph::scalars::{CityCode, Date};
use crate::graph::{Ask, Error, Result, roots};
use crate::values::calendar;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "DealQueries")]
impl Queries {
    /// What others paid dealers for a trim in a city, over all of them: for everybody, so that nobody has to ask one by one (C062).
    /// Where fewer than five were sold there, or by one dealer alone, in the province; null where it is so there too. Direct sales and
    /// agents' have the list price, and are left out.
    async fn deal_price_stats(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Where the cars were registered.")] city_code: CityCode,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
        #[graphql(desc = "How far back, days, 7 to 365; 90 when left out.")] window_days: Option<i32>,
    ) -> Result<Option<DealPriceStats>> {
        let call = ask.call;
        let city = crate::values::city_code::CityCode::parse(&city_code.0);
        let city = city.map_err(|invalid| Error::argument("cityCode", invalid.rule))?;
        let trim = call.link::<TrimById>().one(parse_id("trimId", &trim_id)?).await?;
        let trim = trim.ok_or_else(|| Error::argument("trimId", "not-found"))?;
        let window_days = window_days.unwrap_or(90);
        if !WINDOW_DAYS.contains(&window_days) {
            let error = Error::argument("windowDays", "ingest-number").with("min", i64::from(*WINDOW_DAYS.start()));
            return Err(error.with("max", i64::from(*WINDOW_DAYS.end())));
        }
        let since = call.now - window(window_days);
        let found = statistics(call.db(), trim.0.id, &city, since).await?;
        let (from, to) = (Date(calendar::day(since)), Date(calendar::day(call.now)));
        Ok(found.map(|found| DealPriceStats::of(&found, from, to)))
    }

    /// Sales that dealers told of, newest first: a dealer's manager those of the store; all for operators.
    async fn deal_prices(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<DealPriceWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<DealPrice>> {
        let viewer = &ask.call.viewer;
        let seen = policy::readable(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &newest(), &args, |row| Some(DealPrice(row))).await
    }
}
