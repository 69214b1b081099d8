//! What one may ask about quotas.

use async_graphql::ID;
use entity::StoreId;
use entity::inventory::quota;

use super::inputs::{OneInOneOutWhereInput, StockQuotaWhereInput, newest_entries, newest_quotas};
use super::links::StockQuotaById;
use super::policy;
use super::rules::ledger::names;
use super::store::{in_force, ledgers, oldest, stock};
use super::types::{OneInOneOutEntry, StockQuota, StockQuotaUsage};
use crate::graph::connection::{List, Rows, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Call, Result, roots};
use crate::store::rows::ByPlace;

/// Most quotas of a store that are not ended.
pub const MAX_QUOTAS: i64 = 20;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "StockQuotaQueries")]
impl Queries {
    /// Quotas of stocks, newest first: those of the caller's store; all for operators.
    async fn stock_quotas(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which quotas.")] filter: Option<StockQuotaWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<StockQuota>> {
        let viewer = &ask.call.viewer;
        let seen = policy::readable(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &newest_quotas(), &args, |row| Some(StockQuota(row))).await
    }

    /// A quota by id; null when there is none that the caller may see.
    async fn stock_quota(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `sqt_01J…`.")] id: ID,
    ) -> Result<Option<StockQuota>> {
        one::<StockQuotaById>(ask, parse_id("id", &id)?).await
    }

    /// How the quotas of a store are used that count now, at most twenty: for its staff, and operators. Empty for a store without.
    async fn quota_usage(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Whose stock: staff their own store's, operators any.")] store_id: ID,
    ) -> Result<Vec<StockQuotaUsage>> {
        let call = ask.call;
        let store: StoreId = parse_id("storeId", &store_id)?;
        policy::readable(&call.viewer).or_refuse(&call.viewer)?;
        // Hidden is as absent.
        if !policy::sees(&call.viewer, store) {
            return Ok(Vec::new());
        }
        usage(call, store).await
    }

    /// What went out of stocks with a quota, and what came in for it, newest first: of the caller's store; all for operators.
    async fn one_in_one_out_ledger(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which entries.")] filter: Option<OneInOneOutWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<OneInOneOutEntry>> {
        let viewer = &ask.call.viewer;
        let seen = policy::entries(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &newest_entries(), &args, |row| Some(OneInOneOutEntry(row))).await
    }
}

/// In four statements, whatever the number of quotas and cars.
async fn usage(call: &Call, store: StoreId) -> Result<Vec<StockQuotaUsage>> {
    let conn = call.db();
    let quotas: Vec<quota::Model> = in_force(conn, &[store], call.now).by_place(conn).await?;
    if quotas.is_empty() {
        return Ok(Vec::new());
    }
    let stock = stock(conn, &[store]).await?;
    let ledgers = ledgers(conn, quotas, &stock).await?;
    let wanted: Vec<_> = ledgers
        .iter()
        .map(|ledger| (&ledger.quota, &stock[..], ledger.entries.iter().filter_map(names).collect()))
        .collect();
    let oldest = oldest(conn, &wanted).await?;
    Ok(ledgers
        .iter()
        .map(|ledger| StockQuotaUsage {
            used: ledger.used,
            in_transit: stock.iter().filter(|stock| stock.is_of(&ledger.quota)).map(|stock| stock.on_the_way).sum(),
            promised: ledger.promised(),
            leaving: ledger.leaving(),
            rights: ledger.rights(),
            may_come: ledger.may_come(false),
            oldest: oldest.get(&ledger.quota.id).copied(),
            quota: ledger.quota.clone(),
        })
        .collect())
}
