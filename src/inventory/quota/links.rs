//! How quotas and the entries of their ledgers are found from other rows.

use entity::inventory::{quota, quota_entry};
use entity::{StockQuotaEntryId, StockQuotaId};

use super::policy;
use super::types::{OneInOneOutEntry, StockQuota};
use crate::graph::relation::one;

one! {
    /// Quotas by id.
    StockQuotaById: StockQuotaId => quota.Id as StockQuota,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(StockQuota(row));
}

one! {
    /// Entries of ledgers by id.
    StockQuotaEntryById: StockQuotaEntryId => quota_entry.Id as OneInOneOutEntry,
        |call| policy::entries(&call.viewer).or_nothing(),
        |_call, row| Some(OneInOneOutEntry(row));
}
