//! What one says about quotas.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::inventory::{quota, quota_entry};
use entity::{PrefixedId, StockQuotaEntryState, StockQuotaId, StockQuotaMode, StockQuotaScope, StoreId, VehicleUnitId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order};

use crate::graph::Result;
use crate::graph::node::parse_id;
use crate::store::page::{SortKey, Sorting};

/// Which quotas.
#[derive(InputObject, Default)]
pub struct StockQuotaWhereInput {
    /// Only of this store.
    pub store_id: Option<ID>,
    /// Whether those that were ended count too; they do not when left out.
    pub ended: Option<bool>,
}

impl StockQuotaWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(id) = self.store_id {
            all = all.add(quota::Column::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        if self.ended != Some(true) {
            all = all.add(quota::Column::EndedAt.is_null());
        }
        Ok(all)
    }
}

/// Quotas, newest first.
pub fn newest_quotas() -> Sorting<quota::Model> {
    let column = |column| Expr::col((quota::Entity, column));
    let made = SortKey::new(column(quota::Column::CreatedAt), Order::Desc, |row: &quota::Model| row.created_at.into());
    Sorting::new("stock-quota", "created", made, column(quota::Column::Id), |row| row.id.uuid())
}

/// Which entries of ledgers.
#[derive(InputObject, Default)]
pub struct OneInOneOutWhereInput {
    /// Only of this quota.
    pub quota_id: Option<ID>,
    /// Only of this store.
    pub store_id: Option<ID>,
    /// Only in these states.
    pub state: Option<Vec<StockQuotaEntryState>>,
    /// Only those by which this car came in or went out.
    pub vehicle_id: Option<ID>,
}

impl OneInOneOutWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self) -> Result<Condition> {
        use quota_entry::Column as Entry;
        let mut all = Condition::all().add_option(self.state.map(|states| Entry::State.is_in(states)));
        if let Some(id) = self.quota_id {
            all = all.add(Entry::QuotaId.eq(parse_id::<StockQuotaId>("where.quotaId", &id)?));
        }
        if let Some(id) = self.store_id {
            all = all.add(Entry::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        if let Some(id) = self.vehicle_id {
            let car: VehicleUnitId = parse_id("where.vehicleId", &id)?;
            all = all.add(Condition::any().add(Entry::OutVehicleId.eq(car)).add(Entry::InVehicleId.eq(car)));
        }
        Ok(all)
    }
}

/// Entries, newest first.
pub fn newest_entries() -> Sorting<quota_entry::Model> {
    use quota_entry::Column as Entry;
    let column = |column| Expr::col((quota_entry::Entity, column));
    let made = SortKey::new(column(Entry::CreatedAt), Order::Desc, |row: &quota_entry::Model| row.created_at.into());
    Sorting::new("one-in-one-out", "created", made, column(Entry::Id), |row| row.id.uuid())
}

/// A quota as it is to be.
#[derive(InputObject)]
pub struct StockQuotaSetInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The quota to change; a new one when left out.
    pub quota_id: Option<ID>,
    /// Version of it that the client read.
    pub expected_version: Option<i32>,
    /// Whose stock; it stays.
    pub store_id: ID,
    /// Which cars of it; it stays.
    pub scope: StockQuotaScope,
    /// The model, of the scope `MODEL`; it stays.
    pub model_id: Option<ID>,
    /// The trim, of the scope `TRIM`; it stays.
    pub trim_id: Option<ID>,
    /// How many cars, 0 to 1,000. Fewer than there are is allowed: nothing comes in until so many have gone out.
    pub cap: i32,
    /// How the stock is held at it. When it changes, rights that are open fall away.
    pub mode: StockQuotaMode,
    /// From when it counts; now when left out, or as before.
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when; for ever when left out.
    pub effective_to: Option<DateTime<Utc>>,
    /// Rights to open beside those that are, 0 to 1,000, as many as there is room for: so a store that has fewer cars than its number is
    /// filled by `REPLENISH_ON_OUT`.
    pub open_rights: Option<i32>,
}

/// Which quota to end.
#[derive(InputObject)]
pub struct StockQuotaEndInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The quota.
    pub quota_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}
