//! The place that a transfer's car gets in the stock of the store that asks for it.

use entity::inventory::{quota, vehicle_unit};
use entity::{StockQuotaId, StockTransferId, StoreId, VehicleUnitId};
use sea_orm::{DbErr, EntityTrait};

use super::super::super::rules::matching::is_new;
use super::super::rules::ledger::{Ledger, names};
use super::super::rules::place::{covers, place};
use super::ledgers::{in_force, ledgers, put};
use super::moved::models_of;
use super::stock::{Stock, oldest, stock};
use crate::store::{Lock, Tx};

/// A car that is to come to a store.
#[derive(Clone, Copy, Debug)]
pub struct Inbound<'a> {
    /// The car.
    pub car: &'a vehicle_unit::Model,
    /// The store.
    pub to: StoreId,
    /// The car of the store that is named to go out for it.
    pub named: Option<VehicleUnitId>,
}

/// A quota that lets no car in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// The quota.
    pub quota: StockQuotaId,
    /// The car that ought to go out first: the oldest one that stands there, is nobody's and is not named yet.
    pub oldest: Option<VehicleUnitId>,
}

/// Gives a car a place in all quotas that it counts in, for a transfer; without a transfer, only looks whether there is one. The quotas
/// stay locked, so of many at once as many get one as there is room for. The inner error is what lets it not in; nothing is written then.
///
/// # Errors
/// When the store fails.
pub async fn promise(
    tx: &mut Tx,
    inbound: Inbound<'_>,
    transfer: Option<StockTransferId>,
) -> Result<Result<(), Full>, DbErr> {
    // What is not sold as new counts nowhere.
    if !is_new(inbound.car.stock_type) {
        return Ok(Ok(()));
    }
    let quotas = Lock::row(in_force(tx.conn(), &[inbound.to], tx.now())).all(tx.conn()).await?;
    if quotas.is_empty() {
        return Ok(Ok(()));
    }
    let stock = stock(tx.conn(), &[inbound.to]).await?;
    let named = match inbound.named {
        Some(id) => vehicle_unit::Entity::find_by_id(id).one(tx.conn()).await?.filter(|named| {
            // Read under the lock: one that has gone meanwhile makes no more room.
            place(named).is_some_and(|place| place.store == inbound.to)
        }),
        None => None,
    };
    let trims = [Some(inbound.car.trim_id), named.as_ref().map(|named| named.trim_id)];
    let models = models_of(tx, trims.into_iter().flatten().collect()).await?;
    let is_of =
        |quota: &quota::Model, car: &vehicle_unit::Model| covers(quota, car.trim_id, models.get(&car.trim_id).copied());
    let quotas = quotas.into_iter().filter(|quota| is_of(quota, inbound.car)).collect();
    let mut given = Vec::new();
    for mut ledger in ledgers(tx.conn(), quotas, &stock).await? {
        let before = ledger.entries.clone();
        let named = named.as_ref().filter(|named| is_of(&ledger.quota, named)).map(|named| named.id);
        // Only to look, it is given to nobody.
        let to = transfer.unwrap_or_default();
        if !ledger.promise(inbound.car.id, to, named, tx.now()) {
            return Ok(Err(full(tx, &ledger, &stock).await?));
        }
        given.push((before, ledger));
    }
    if transfer.is_some() {
        for (before, ledger) in given {
            put(tx, &before, &ledger);
        }
    }
    Ok(Ok(()))
}

async fn full(tx: &Tx, ledger: &Ledger, stock: &[Stock]) -> Result<Full, DbErr> {
    let named = ledger.entries.iter().filter_map(names).collect();
    let found = oldest(tx.conn(), &[(&ledger.quota, stock, named)]).await?;
    let oldest = found.get(&ledger.quota.id).copied();
    Ok(Full { quota: ledger.quota.id, oldest })
}
