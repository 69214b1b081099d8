//! Cars that come into a stock and go out of it, wherever that is written: noted with the change, and seen to at the commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::catalog::trim;
use entity::inventory::vehicle_unit;
use entity::{StockQuotaScope, StockTransferId, StoreId, TrimId, VehicleModelId, VehicleUnitId};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::super::rules::ledger::Ledger;
use super::super::rules::place::{Place, covers, place};
use super::ledgers::{in_force, ledgers, put};
use super::stock::stock;
use crate::store::rows::{ByPlace, among};
use crate::store::{Happening, Lock, Tx};

/// What quotas follow.
#[derive(Clone, Copy, Debug)]
pub enum Moved {
    /// A car counts elsewhere now.
    Car {
        /// The car.
        car: VehicleUnitId,
        /// Where it counted.
        from: Option<Place>,
        /// Where it counts.
        to: Option<Place>,
    },
    /// A transfer was called off whose car had a place in a store.
    CalledOff {
        /// The transfer.
        transfer: StockTransferId,
        /// The store.
        store: StoreId,
    },
}

impl Moved {
    /// What a change of a car means; none where it counts as before.
    pub fn of(before: Option<&vehicle_unit::Model>, after: &vehicle_unit::Model) -> Option<Self> {
        let (from, to) = (before.and_then(place), place(after));
        (from != to).then_some(Self::Car { car: after.id, from, to })
    }

    fn stores(&self) -> impl Iterator<Item = StoreId> {
        let stores = match self {
            Self::Car { from, to, .. } => [from.map(|place| place.store), to.map(|place| place.store)],
            Self::CalledOff { store, .. } => [Some(*store), None],
        };
        stores.into_iter().flatten()
    }
}

impl Happening for Moved {
    fn follow(tx: &mut Tx, happened: Vec<Self>) -> BoxFuture<'_, Result<(), DbErr>> {
        Box::pin(settle(tx, happened))
    }
}

async fn settle(tx: &mut Tx, happened: Vec<Moved>) -> Result<(), DbErr> {
    let stores: Vec<StoreId> = happened.iter().flat_map(Moved::stores).collect::<BTreeSet<_>>().into_iter().collect();
    let quotas = Lock::row(in_force(tx.conn(), &stores, tx.now()));
    let quotas = quotas.all(tx.conn()).await?;
    if quotas.is_empty() {
        return Ok(());
    }
    // What is counted has to be written.
    tx.flush().await?;
    let counted: BTreeSet<StoreId> = quotas.iter().map(|quota| quota.store_id).collect();
    let counted = stock(tx.conn(), &counted.into_iter().collect::<Vec<_>>()).await?;
    let ways = ways(&happened);
    let models = if quotas.iter().any(|quota| quota.scope == StockQuotaScope::Model) {
        models(tx, &ways).await?
    } else {
        HashMap::new()
    };
    for mut ledger in ledgers(tx.conn(), quotas, &counted).await? {
        let before = ledger.entries.clone();
        for event in &happened {
            if let Moved::CalledOff { transfer, .. } = event {
                ledger.withdraw(*transfer);
            }
        }
        follow(&mut ledger, &ways, &models, tx);
        put(tx, &before, &ledger);
    }
    Ok(())
}

/// Each car with where it counted before the change and where after: it may have gone several steps.
fn ways(happened: &[Moved]) -> BTreeMap<VehicleUnitId, (Option<Place>, Option<Place>)> {
    let mut ways = BTreeMap::new();
    for event in happened {
        if let Moved::Car { car, from, to } = event {
            ways.entry(*car).and_modify(|(_, last)| *last = *to).or_insert((*from, *to));
        }
    }
    ways
}

/// What the ways of cars mean for one quota: what goes out makes room for what comes in.
fn follow(
    ledger: &mut Ledger,
    ways: &BTreeMap<VehicleUnitId, (Option<Place>, Option<Place>)>,
    models: &HashMap<TrimId, VehicleModelId>,
    tx: &Tx,
) {
    let counts = |ledger: &Ledger, place: &Option<Place>| {
        place.is_some_and(|place| {
            let model = models.get(&place.trim).copied();
            place.store == ledger.quota.store_id && covers(&ledger.quota, place.trim, model)
        })
    };
    let (mut out, mut come) = (Vec::new(), Vec::new());
    for (car, (from, to)) in ways {
        match (counts(ledger, from), counts(ledger, to)) {
            (true, false) => out.push(*car),
            (false, true) => come.push(*car),
            _ => {}
        }
    }
    // The cars are counted as they are after all of this.
    ledger.used += i64::try_from(out.len()).unwrap_or(0) - i64::try_from(come.len()).unwrap_or(0);
    for car in out {
        ledger.goes_out(car, tx.now());
    }
    for car in come {
        ledger.comes_in(car, tx.now());
    }
}

async fn models(
    tx: &Tx,
    ways: &BTreeMap<VehicleUnitId, (Option<Place>, Option<Place>)>,
) -> Result<HashMap<TrimId, VehicleModelId>, DbErr> {
    let places = ways.values().flat_map(|(from, to)| [*from, *to]).flatten();
    let trims = places.map(|place| place.trim).collect();
    models_of(tx, trims).await
}

/// The models of trims.
///
/// # Errors
/// When the store fails.
pub async fn models_of(tx: &Tx, trims: BTreeSet<TrimId>) -> Result<HashMap<TrimId, VehicleModelId>, DbErr> {
    let backend = tx.conn().get_database_backend();
    let found = trim::Entity::find().filter(among(backend, trim::Column::Id, trims)).by_place(tx.conn()).await?;
    Ok(found.into_iter().map(|trim| (trim.id, trim.model_id)).collect())
}
