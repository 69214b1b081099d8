//! Quotas, how they are used, and their ledgers (C099).

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::inventory::{quota, quota_entry};
use entity::{StockQuotaEntryState, StockQuotaMode, StockQuotaScope, VehicleUnitId};

use super::super::links::{StockTransferById, VehicleUnitById};
use super::links::StockQuotaById;
use super::rules::quota::in_force;
use crate::catalog::{TrimById, VehicleModelById};
use crate::graph::answer::To;
use crate::graph::{Call, fields};
use crate::place::StoreById;

/// How many cars a store has, one in, one out. Counted are cars that are sold as new, from when they have left the plant or the store
/// that sends them until they are sold or sent elsewhere.
#[derive(Clone, Debug, Description)]
pub struct StockQuota(pub quota::Model);

#[fields(rows(quota::Model))]
impl StockQuota {
    /// Type-prefixed ULID, as in `sqt_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Whose stock.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// Which cars of it.
    fn scope(&self) -> StockQuotaScope {
        self.0.scope
    }

    /// The model, of the scope `MODEL`.
    #[link(self.0.model_id)]
    fn model(&self) -> To<VehicleModelById>;

    /// The trim, of the scope `TRIM`.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// How many cars.
    fn cap(&self) -> i32 {
        self.0.cap
    }

    /// How the stock is held at it.
    fn mode(&self) -> StockQuotaMode {
        self.0.mode
    }

    /// From when it counts.
    fn effective_from(&self) -> DateTime<Utc> {
        self.0.effective_from
    }

    /// Until when; null for ever.
    fn effective_to(&self) -> Option<DateTime<Utc>> {
        self.0.effective_to
    }

    /// Whether it counts now.
    #[columns(effective_from, effective_to, ended_at)]
    fn active(&self, call: &Call) -> bool {
        in_force(&self.0, call.now)
    }

    /// When it was last changed.
    fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }

    /// Grows with each change of what it says.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// How a quota is used. As of one moment, and not locked: what is let in is decided when it is asked for.
#[derive(Clone, Debug, Description)]
pub struct StockQuotaUsage {
    /// The quota.
    pub quota: quota::Model,
    /// Cars that count.
    pub used: i64,
    /// Of them, those on their way.
    pub in_transit: i64,
    /// Places promised.
    pub promised: i64,
    /// Cars named to go out.
    pub leaving: i64,
    /// Rights that are open.
    pub rights: i64,
    /// Whether one may come in.
    pub may_come: bool,
    /// The car that ought to go out first.
    pub oldest: Option<VehicleUnitId>,
}

#[fields]
impl StockQuotaUsage {
    /// The quota.
    fn quota(&self) -> StockQuota {
        StockQuota(self.quota.clone())
    }

    /// How many cars it allows.
    fn cap(&self) -> i32 {
        self.quota.cap
    }

    /// How many the store has: there, and on their way to it.
    fn used(&self) -> i64 {
        self.used
    }

    /// Of these, those on their way.
    fn in_transit(&self) -> i64 {
        self.in_transit
    }

    /// Places given to transfers whose cars have not left yet.
    fn promised(&self) -> i64 {
        self.promised
    }

    /// Cars named to go out for others, which have not gone yet.
    fn leaving(&self) -> i64 {
        self.leaving
    }

    /// Rights to bring one in that are open; of `BLOCK_IN_WHEN_FULL`, what went out and nothing came in for.
    fn rights_open(&self) -> i64 {
        self.rights
    }

    /// Whether it lets no more in, unless one is named to go out for it.
    fn full(&self) -> bool {
        !self.may_come
    }

    /// The car that ought to go out first: the oldest one that stands there, is nobody's and is not named yet.
    fn oldest_unit(&self) -> To<VehicleUnitById> {
        To::new(self.oldest)
    }
}

/// What goes out of a stock with a quota, and what comes in for it. Each car stands once for each time that it comes or goes.
#[derive(Clone, Debug, Description)]
pub struct OneInOneOutEntry(pub quota_entry::Model);

#[fields(rows(quota_entry::Model))]
impl OneInOneOutEntry {
    /// Type-prefixed ULID, as in `sqe_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Whose ledger it is in.
    #[link(self.0.quota_id)]
    fn quota(&self) -> To<StockQuotaById>;

    /// How far it is.
    fn state(&self) -> StockQuotaEntryState {
        self.0.state
    }

    /// Whether an operator opened the right, and none went out for it.
    fn granted(&self) -> bool {
        self.0.granted
    }

    /// The car that goes out, as the caller sees it.
    #[columns(out_vehicle_id)]
    fn out_unit(&self) -> To<VehicleUnitById> {
        To::new(self.0.out_vehicle_id)
    }

    /// When it went out; null as long as it is only named.
    fn out_at(&self) -> Option<DateTime<Utc>> {
        self.0.out_at
    }

    /// The car that comes in, as the caller sees it.
    #[columns(in_vehicle_id)]
    fn in_unit(&self) -> To<VehicleUnitById> {
        To::new(self.0.in_vehicle_id)
    }

    /// When it was on its way, or there; null as long as its place is only promised.
    fn in_at(&self) -> Option<DateTime<Utc>> {
        self.0.in_at
    }

    /// The transfer that its place was promised to.
    #[link(self.0.transfer_id)]
    fn transfer(&self) -> To<StockTransferById>;

    /// When the entry was made.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
