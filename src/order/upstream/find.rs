//! Finding the orders that events are about.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use entity::StoreId;
use entity::order::order;
use entity::place::store;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::store::Revision;
use crate::graph::Result;
use crate::ingest::keys::{line, waits};
use crate::ingest::{Desk, Reason, Verdict};
use crate::place::upstream::stores_by_id;
use crate::store::Lock;
use crate::store::rows::among;

/// How far a clock of another machine may be ahead.
const CLOCK_SLACK: Duration = Duration::minutes(5);

/// Most characters of an order's number.
pub const MAX_NUMBER: u32 = 40;

/// The subject of an order: what waits for it is tried again whenever something of it was done.
pub fn subject(number: &str) -> String {
    format!("order/{number}")
}

/// Opens an order by its number and locks it; the outer error is the store's. One that the sender does not speak for is
/// refused: it must be one that its organisation's stores sell or hand over.
pub async fn open(desk: &Desk<'_>, number: &str) -> Result<Result<Revision, Verdict>> {
    let mut opened = open_all(desk, [number]).await?;
    Ok(opened.remove(number).unwrap_or_else(|| Err(waits("orderNumber", subject(number)))))
}

/// As [`open`], of many.
pub async fn open_all<'n>(
    desk: &Desk<'_>,
    numbers: impl IntoIterator<Item = &'n str>,
) -> Result<BTreeMap<&'n str, Result<Revision, Verdict>>> {
    let tx = &*desk.tx;
    let mut opened = BTreeMap::new();
    let mut sound = BTreeSet::new();
    for number in numbers {
        match line("orderNumber", number, MAX_NUMBER) {
            Ok(_) => {
                sound.insert(number);
            }
            Err(reason) => {
                opened.insert(number, Err(reason.into()));
            }
        }
    }
    if sound.is_empty() {
        return Ok(opened);
    }
    let backend = tx.conn().get_database_backend();
    let select = order::Entity::find()
        .filter(among(backend, order::Column::Number, sound.iter().copied()))
        .order_by_asc(order::Column::Id);
    let found = Lock::row(select).all(tx.conn()).await?;
    let stores = match desk.sender.reaches_all() {
        true => HashMap::new(),
        false => stores_by_id(tx, found.iter().flat_map(|order| [order.store_id, order.delivery_store_id])).await?,
    };
    let mut orders: HashMap<String, order::Model> =
        found.into_iter().map(|order| (order.number.clone(), order)).collect();
    for number in sound {
        let revision = match orders.remove(number) {
            None => Err(waits("orderNumber", subject(number))),
            Some(order) => match theirs(desk, &stores, &order) {
                Ok(()) => Ok(Revision::of(tx, order, desk.sender.actor.clone())),
                Err(reason) => Err(reason.into()),
            },
        };
        opened.insert(number, revision);
    }
    Ok(opened)
}

/// Whether the sender speaks for a store that sells the order or hands it over.
fn theirs(desk: &Desk<'_>, stores: &HashMap<StoreId, store::Model>, order: &order::Model) -> Result<(), Reason> {
    let own = [order.store_id, order.delivery_store_id];
    let reached = own.iter().filter_map(|id| stores.get(id)).any(|store| desk.sender.reaches(store.organization_id));
    if reached { Ok(()) } else { desk.sender.check_all("orderNumber") }
}

/// A moment of something that has happened: not before `from`, and not in the future.
pub fn moment(
    desk: &Desk<'_>,
    field: &str,
    given: Option<DateTime<Utc>>,
    from: DateTime<Utc>,
) -> Result<DateTime<Utc>, Reason> {
    let now = desk.tx.now();
    let at = given.unwrap_or(now);
    if at < from || now + CLOCK_SLACK < at {
        let from = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        return Err(Reason::invalid(field, "order-moment").with("from", from));
    }
    // What a fast clock says has happened by now.
    Ok(at.min(now))
}

/// As [`moment`], of what counts whatever the other's clock says: brought between `from` and now.
pub fn clamped(desk: &Desk<'_>, given: Option<DateTime<Utc>>, from: DateTime<Utc>) -> DateTime<Utc> {
    between(given, from, desk.tx.now())
}

/// A moment as far as it can be: not before `from`, and not later than `now`.
fn between(given: Option<DateTime<Utc>>, from: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    given.unwrap_or(now).max(from).min(now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_a_clock_says_is_brought_into_the_life_of_the_order(given: Option<i32>, age in 0_i32..1_000_000) {
            let at = |seconds: i32| DateTime::UNIX_EPOCH + Duration::seconds(seconds.into());
            let (from, now) = (at(0), at(age));
            let found = between(given.map(at), from, now);
            prop_assert!(from <= found && found <= now);
            // What can be is taken as it was said.
            if let Some(said) = given.filter(|said| (0..=age).contains(said)) {
                prop_assert_eq!(found, at(said));
            }
        }
    }
}
