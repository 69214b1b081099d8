//! Cars given to the orders that have waited longest, without anybody's choice (C079). All orders are locked first, the smaller id first,
//! then all cars.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::inventory::vehicle_unit;
use entity::order::order;
use entity::{OrderId, VehicleUnitId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::matching::place_of;
use super::{Progress, Revision, assign};
use crate::graph::Error;
use crate::inventory::rules::age::age_days;
use crate::inventory::rules::matching::{Rank, best_first, score};
use crate::inventory::{Wish, active, alike_for_order, nearest_alike, of_its_own};
use crate::store::{Lock, Tx};
use crate::values::geo::Point;

/// Cars that are looked at for one order, beside those that others of the call have got.
const LOOKED_AT: u64 = 10;

/// Orders that wait for a car that is there; the condition of the index by which they are found, as text, since no parameter proves an
/// index's.
const WAITING: &str = "vehicle_id IS NULL AND placed_at IS NOT NULL \
    AND status IN ('LOCKED', 'CONTRACTED', 'IN_FULFILLMENT') \
    AND fulfillment_mode IN ('BUILD_TO_STOCK', 'LOCATE_TO_ORDER')";

/// Where an order stands among those that wait.
pub type Place = (DateTime<Utc>, OrderId);

/// The orders that wait for a car and for which there is one now, from a place on, the one that has waited longest first.
///
/// # Errors
/// When the store fails.
pub async fn waiting(conn: &impl ConnectionTrait, after: Option<Place>, most: u64) -> Result<Vec<Place>, DbErr> {
    use order::Column::{Id, PlacedAt};
    let place = Expr::tuple([Expr::col(PlacedAt), Expr::col(Id)]);
    let behind = after.map(|(at, id)| place.gt(Expr::tuple([Expr::val(at), Expr::val(id)])));
    order::Entity::find()
        .select_only()
        .columns([PlacedAt, Id])
        .filter(Expr::cust(WAITING))
        .filter(alike_for_order())
        .filter(behind.map_or_else(Condition::all, |behind| Condition::all().add(behind)))
        .order_by_asc(PlacedAt)
        .order_by_asc(Id)
        .limit(most)
        .into_tuple()
        .all(conn)
        .await
}

/// The best car for an order that no other of the call has got.
async fn choose(
    tx: &Tx,
    order: &order::Model,
    near: Point,
    taken: &BTreeSet<VehicleUnitId>,
) -> Result<Option<VehicleUnitId>, Error> {
    let wish = Wish { trim_id: order.trim_id, options: &order.option_codes.0, near };
    let most = LOOKED_AT + taken.len() as u64;
    let cars = nearest_alike(tx.conn(), &wish, of_its_own(order), most).await?;
    let mut ranks: Vec<_> = cars
        .iter()
        .filter(|car| !taken.contains(&car.id))
        .map(|car| {
            let kilometres = Point::new(car.latitude, car.longitude).map_or(f64::MAX, |at| near.distance_km(at));
            let options = (&order.option_codes.0[..], &car.option_codes.0[..]);
            let score = score(&[], options, kilometres, Some(age_days(car.stock_since, tx.now())));
            Rank { score, stock_since: car.stock_since, id: car.id }
        })
        .collect();
    ranks.sort_by(best_first);
    Ok(ranks.first().map(|rank| rank.id))
}

/// Gives the orders the cars that fit, in the order in which they are named, and says which got which. One that cannot have a car now
/// waits on.
///
/// # Errors
/// When the store fails.
pub async fn give_all(tx: &mut Tx, actor: &str, oldest: &[OrderId]) -> Result<Vec<(OrderId, VehicleUnitId)>, Error> {
    if oldest.is_empty() {
        return Ok(Vec::new());
    }
    // What was so a moment ago is asked again under the lock.
    let select = order::Entity::find()
        .filter(order::Column::Id.is_in(oldest.iter().copied()))
        .filter(Expr::cust(WAITING))
        .order_by_asc(order::Column::Id);
    let locked = Lock::row(select).all(tx.conn()).await?;
    let mut progress = Progress::of_all(tx.conn(), locked.iter()).await?;
    let mut orders: HashMap<OrderId, order::Model> = locked.into_iter().map(|order| (order.id, order)).collect();
    let mut taken = BTreeSet::new();
    let mut chosen: BTreeMap<OrderId, VehicleUnitId> = BTreeMap::new();
    for id in oldest {
        let (Some(order), Some(way)) = (orders.get(id), progress.get(id)) else { continue };
        if let Some(car) = choose(tx, order, place_of(way.store())?, &taken).await? {
            taken.insert(car);
            chosen.insert(*id, car);
        }
    }
    let select = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::Id.is_in(taken))
        .order_by_asc(vehicle_unit::Column::Id);
    let cars = Lock::row(select).all(tx.conn()).await?;
    let cars: HashMap<VehicleUnitId, vehicle_unit::Model> = cars.into_iter().map(|car| (car.id, car)).collect();
    let mut matches = Vec::new();
    for id in oldest {
        let (Some(order), Some(mut way)) = (orders.remove(id), progress.remove(id)) else { continue };
        let Some(car) = chosen.get(id).and_then(|car| cars.get(car)) else { continue };
        // Somebody was faster.
        if active(tx, car.id).await?.is_some() || car.option_codes != order.option_codes {
            continue;
        }
        let mut revision = Revision::of(tx, order, actor.to_owned());
        // What stands in the way now lets this order wait on.
        if assign(tx, (&mut revision, &mut way), car, None).await?.is_ok() {
            way.save(tx);
            revision.save(tx);
            matches.push((*id, car.id));
        }
    }
    Ok(matches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::rules::car::{is_matched, takes_car};
    use entity::{FulfillmentMode, OrderStatus};

    #[test]
    fn the_index_has_whom_the_rules_give_a_car() {
        let listed = |values: Vec<String>| format!("('{}')", values.join("', '"));
        let statuses = OrderStatus::ALL.iter().filter(|status| takes_car(**status)).map(ToString::to_string);
        let modes = FulfillmentMode::ALL.iter().filter(|mode| is_matched(**mode)).map(ToString::to_string);
        let conditions = [
            "vehicle_id IS NULL".to_owned(),
            "placed_at IS NOT NULL".to_owned(),
            format!("status IN {}", listed(statuses.collect())),
            format!("fulfillment_mode IN {}", listed(modes.collect())),
        ];
        assert_eq!(WAITING, conditions.join(" AND "));
    }
}
