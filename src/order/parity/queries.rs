//! What one may ask of how prices compare.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_graphql::ID;
use chrono::{DateTime, Days, TimeDelta, Utc};
use entity::catalog::trim;
use entity::{OrderSource, StoreId, TrimId, VehicleModelId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::policy;
use super::rules::{Verdict, judge, moments, price_at};
use super::store::{Group, Looked, MOST_GROUPS, groups, prices, those};
use super::types::{PriceDifference, PriceParityReport, PriceParitySource, PriceParityStore, Sums};
use crate::graph::money::Money;
use crate::graph::node::parse_id;
use crate::graph::scalars::{CityCode, Date};
use crate::graph::{Ask, Call, Error, Result, roots};
use crate::order::OrderById;
use crate::place::StoreById;
use crate::values::{calendar, city_code};

/// Root fields.
#[derive(Default)]
pub struct Queries;

/// Most days of a report.
const MOST_DAYS: i64 = 366;

/// Most stores that are listed.
const MOST_STORES: usize = 100;

/// Most orders that are named.
const MOST_DIFFERENCES: u64 = 100;

/// Groups whose orders are named: each has one order at least.
const MOST_NAMED: usize = 100;

#[roots(name = "PriceParityQueries")]
impl Queries {
    /// Whether one price was asked everywhere (C061): the prices of orders of a trim, or of all trims of a model, against the price
    /// book in force when each was made, by whom they were brought and by store, and which orders differ without a reason. For
    /// operators.
    async fn price_parity_report(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "All trims of this model, as in `mdl_01J…`. This or `trimId`.")] model_id: Option<ID>,
        #[graphql(desc = "This trim, as in `trm_01J…`.")] trim_id: Option<ID>,
        #[graphql(desc = "Only cars that are registered in this city.")] city_code: Option<CityCode>,
        #[graphql(desc = "The first day on which they were made, Asia/Shanghai.")] from: Date,
        #[graphql(desc = "The last day; a year after the first at most.")] to: Date,
    ) -> Result<PriceParityReport> {
        let call = ask.call;
        policy::readable(&call.viewer).or_refuse(&call.viewer)?;
        let days = (to.0 - from.0).num_days();
        if !(0..MOST_DAYS).contains(&days) {
            return Err(Error::argument("to", "parity-days").with("max", MOST_DAYS));
        }
        let city = city_code.map(|code| city_code::CityCode::parse(&code.0)).transpose();
        let city = city.map_err(|invalid| Error::argument("cityCode", invalid.rule))?;
        let trims = trims(call, model_id, trim_id).await?;
        let end = calendar::start_of_day(to.0 + Days::new(1));
        report(call, &trims, city.as_ref().map(city_code::CityCode::as_str), (from, to), end).await
    }
}

/// The trims that are asked about; there are some.
async fn trims(call: &Call, model: Option<ID>, trim: Option<ID>) -> Result<Vec<TrimId>> {
    let (argument, of) = match (model, trim) {
        (Some(id), None) => ("modelId", trim::Column::ModelId.eq(parse_id::<VehicleModelId>("modelId", &id)?)),
        (None, Some(id)) => ("trimId", trim::Column::Id.eq(parse_id::<TrimId>("trimId", &id)?)),
        _ => return Err(Error::argument("trimId", "parity-one-of")),
    };
    let found = trim::Entity::find().select_only().column(trim::Column::Id).filter(of).order_by_asc(trim::Column::Id);
    let found: Vec<TrimId> = found.into_tuple().all(call.db()).await?;
    if found.is_empty() { Err(Error::argument(argument, "not-found")) } else { Ok(found) }
}

/// A group, what is said of it, and when it began.
type Judged = (Group, Verdict, DateTime<Utc>);

async fn report(
    call: &Call,
    trims: &[TrimId],
    city_code: Option<&str>,
    (from, to): (Date, Date),
    end: DateTime<Utc>,
) -> Result<PriceParityReport> {
    let prices = prices(call.db(), trims, call.now.max(end)).await?;
    let all: Vec<_> = prices.values().cloned().collect();
    let moments = moments(&all, calendar::start_of_day(from.0), end);
    let looked = Looked { trims, city_code, moments: &moments, to: end };
    let groups = groups(call.db(), &looked).await?;
    if groups.len() > MOST_GROUPS {
        return Err(Error::argument("to", "parity-too-much"));
    }
    let of = |trim: TrimId| prices.get(&trim).map_or(&[][..], Vec::as_slice);
    let judged: Vec<Judged> = groups
        .into_iter()
        .map(|group| {
            let at = usize::try_from(group.moment).ok().and_then(|place| moments.get(place)).copied();
            let at = at.unwrap_or(end - TimeDelta::microseconds(1));
            (group, judge(of(group.trim), at, &group.paid), at)
        })
        .collect();

    let mut total = Sums::default();
    let mut by_source: BTreeMap<OrderSource, Sums> = BTreeMap::new();
    let mut by_store: BTreeMap<StoreId, Sums> = BTreeMap::new();
    for (group, verdict, _) in &judged {
        total.add(*verdict, group.orders);
        by_source.entry(group.source).or_default().add(*verdict, group.orders);
        by_store.entry(group.store).or_default().add(*verdict, group.orders);
    }
    let mut by_store: Vec<_> = by_store.into_iter().collect();
    by_store.sort_by_key(|(store, sums)| (Reverse(sums.unexplained), Reverse(sums.orders), *store));
    by_store.truncate(MOST_STORES);
    let stores = call.link::<StoreById>().many(by_store.iter().map(|(store, _)| *store)).await?;
    let shown = |(store, (_, sums)): (_, (StoreId, Sums))| PriceParityStore { store, figures: sums.into() };

    let mut odd: Vec<Judged> = judged;
    odd.retain(|(_, verdict, _)| matches!(verdict, Verdict::Unexplained(_)));
    odd.sort_by_key(|(group, _, at)| (Reverse(*at), group.trim, group.store));
    odd.truncate(MOST_NAMED);
    let odd_groups: Vec<Group> = odd.iter().map(|(group, ..)| *group).collect();
    let found = those(call.db(), &looked, &odd_groups, MOST_DIFFERENCES).await?;
    let orders = call.link::<OrderById>().many(found.iter().map(|one| one.order)).await?;
    let differences = found.into_iter().zip(orders).map(|(one, order)| {
        let (group, _, at) = odd[one.group];
        let actual = group.paid.net_minor + group.paid.incentive_minor;
        let expected = price_at(of(group.trim), at);
        PriceDifference {
            order,
            source: group.source,
            expected: expected.map(Money::fen),
            actual: Money::fen(actual),
            difference: expected.map(|expected| Money::fen(actual - expected)),
        }
    });
    Ok(PriceParityReport {
        from,
        to,
        parity: total.unexplained == 0,
        total: total.into(),
        by_source: by_source
            .into_iter()
            .map(|(source, sums)| PriceParitySource { source, figures: sums.into() })
            .collect(),
        by_store: stores.into_iter().zip(by_store).map(shown).collect(),
        differences: differences.collect(),
    })
}
