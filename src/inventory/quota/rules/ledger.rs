//! One in, one out (C099; domain.md 3.7): what a quota lets in, and how its ledger pairs what goes out with what comes in.
//!
//! The number of cars is counted; entries say what is promised, what is named to go out, and which rights are open. An entry goes one
//! way: what is PAIRED, ADDED, GONE or WITHDRAWN stays so.

use chrono::{DateTime, Utc};
use entity::ids::{StockQuotaEntryId, StockTransferId, VehicleUnitId};
use entity::inventory::{quota, quota_entry};
use entity::vocabulary::{StockQuotaEntryState, StockQuotaMode};

use StockQuotaEntryState::{Added, Gone, Leaving, Over, Paired, Promised, Right, Withdrawn};

/// States of entries that are open.
pub const OPEN: [StockQuotaEntryState; 4] = [Right, Promised, Leaving, Over];

/// A quota with the cars that it counts, on their way or there, and what is open of its ledger, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The quota.
    pub quota: quota::Model,
    /// Cars that count.
    pub used: i64,
    /// Entries.
    pub entries: Vec<quota_entry::Model>,
}

impl Ledger {
    fn those(&self, is: impl Fn(&quota_entry::Model) -> bool) -> i64 {
        i64::try_from(self.entries.iter().filter(|entry| is(entry)).count()).unwrap_or(i64::MAX)
    }

    /// Places that were promised to transfers whose cars have not left yet.
    pub fn promised(&self) -> i64 {
        self.those(|entry| entry.state == Promised)
    }

    /// Cars that are named to go out for others, and have not gone yet.
    pub fn leaving(&self) -> i64 {
        self.those(|entry| names(entry).is_some())
    }

    /// Rights that are open.
    pub fn rights(&self) -> i64 {
        self.those(|entry| entry.state == Right)
    }

    /// Cars there will be when all comes that is promised, and all goes that is named.
    pub fn taken(&self) -> i64 {
        self.used + self.promised() - self.leaving()
    }

    /// Whether a car is named to go out already.
    pub fn has_named(&self, car: VehicleUnitId) -> bool {
        self.entries.iter().any(|entry| names(entry) == Some(car))
    }

    /// How many more rights an operator may open: as many as there is room for.
    pub fn room(&self) -> i64 {
        (i64::from(self.quota.cap) - self.taken() - self.rights()).max(0)
    }

    /// Whether one may come in, for one that is named to go out or without.
    pub fn may_come(&self, named: bool) -> bool {
        let cap = i64::from(self.quota.cap);
        if named {
            return self.taken() <= cap;
        }
        let right = self.quota.mode == StockQuotaMode::BlockInWhenFull || self.rights() > 0;
        right && self.taken() < cap
    }

    /// Opens rights for which none went out.
    pub fn grant(&mut self, rights: i64, now: DateTime<Utc>) {
        for _ in 0..rights {
            self.add(quota_entry::Model { granted: true, ..self.entry(Right, now) });
        }
    }

    /// Gives a transfer's car a place, for one that is named to go out or the oldest right. None is given where
    /// [`Ledger::may_come`] says no.
    pub fn promise(
        &mut self,
        car: VehicleUnitId,
        transfer: StockTransferId,
        named: Option<VehicleUnitId>,
        now: DateTime<Utc>,
    ) -> bool {
        let named = named.filter(|named| !self.has_named(*named));
        if !self.may_come(named.is_some()) {
            return false;
        }
        if let Some(right) = self.entries.iter_mut().find(|entry| entry.state == Right && named.is_none()) {
            *right = quota_entry::Model {
                state: Promised,
                in_vehicle_id: Some(car),
                transfer_id: Some(transfer),
                ..right.clone()
            };
            return true;
        }
        self.add(quota_entry::Model {
            out_vehicle_id: named,
            in_vehicle_id: Some(car),
            transfer_id: Some(transfer),
            ..self.entry(Promised, now)
        });
        true
    }

    /// Notes the place of a transfer's car that was given before the quota counted, whether there is room or not.
    pub fn given(&mut self, car: VehicleUnitId, transfer: StockTransferId, now: DateTime<Utc>) {
        let entry = self.entry(Promised, now);
        self.add(quota_entry::Model { in_vehicle_id: Some(car), transfer_id: Some(transfer), ..entry });
    }

    /// Takes the place of a transfer back that was called off: what went out for it opens a right again.
    pub fn withdraw(&mut self, transfer: StockTransferId) {
        let given = |entry: &&mut quota_entry::Model| entry.state == Promised && entry.transfer_id == Some(transfer);
        let Some(entry) = self.entries.iter_mut().find(given) else { return };
        if entry.out_at.is_some() || entry.granted {
            (entry.state, entry.in_vehicle_id, entry.transfer_id) = (Right, None, None);
        } else {
            entry.state = Withdrawn;
        }
    }

    /// A car has gone out: the one that is named, or one for which another came in over the number; else it opens a right, as far as
    /// there is room.
    pub fn goes_out(&mut self, car: VehicleUnitId, now: DateTime<Utc>) {
        self.used -= 1;
        if let Some(entry) = self.entries.iter_mut().find(|entry| names(entry) == Some(car)) {
            entry.out_at = Some(now);
            if entry.state == Leaving {
                entry.state = Paired;
            }
            return;
        }
        if let Some(over) = self.entries.iter_mut().find(|entry| entry.state == Over) {
            (over.state, over.out_vehicle_id, over.out_at) = (Paired, Some(car), Some(now));
            return;
        }
        let state = if self.room() > 0 { Right } else { Gone };
        self.add(quota_entry::Model { out_vehicle_id: Some(car), out_at: Some(now), ..self.entry(state, now) });
    }

    /// A car has come in: in the place that it was promised, or by the oldest right, or because there is room; else it is noted as over
    /// the number.
    pub fn comes_in(&mut self, car: VehicleUnitId, now: DateTime<Utc>) {
        let room = self.taken() < i64::from(self.quota.cap);
        self.used += 1;
        let promised = self.entries.iter().position(|e| e.state == Promised && e.in_vehicle_id == Some(car));
        let right = || self.entries.iter().position(|entry| entry.state == Right);
        if let Some(entry) = promised.or_else(right).and_then(|at| self.entries.get_mut(at)) {
            entry.state = match (entry.out_vehicle_id, entry.out_at) {
                (_, Some(_)) => Paired,
                (Some(_), None) => Leaving,
                (None, None) => Added,
            };
            (entry.in_vehicle_id, entry.in_at) = (Some(car), Some(now));
            return;
        }
        let fits = room && self.quota.mode == StockQuotaMode::BlockInWhenFull;
        let state = if fits { Added } else { Over };
        self.add(quota_entry::Model { in_vehicle_id: Some(car), in_at: Some(now), ..self.entry(state, now) });
    }

    fn entry(&self, state: StockQuotaEntryState, now: DateTime<Utc>) -> quota_entry::Model {
        quota_entry::Model {
            id: StockQuotaEntryId::generate(),
            quota_id: self.quota.id,
            store_id: self.quota.store_id,
            state,
            granted: false,
            out_vehicle_id: None,
            out_at: None,
            in_vehicle_id: None,
            in_at: None,
            transfer_id: None,
            created_at: now,
        }
    }

    fn add(&mut self, entry: quota_entry::Model) {
        self.entries.push(entry);
    }
}

/// The car that an entry names to go out, and that has not gone yet.
pub fn names(entry: &quota_entry::Model) -> Option<VehicleUnitId> {
    entry.out_vehicle_id.filter(|_| entry.out_at.is_none() && matches!(entry.state, Promised | Leaving))
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
