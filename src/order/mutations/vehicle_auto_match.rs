//! `vehicleAutoMatch` (C079): cars given to the orders that have waited longest, without anybody's choice. All orders are locked
//! first, the smaller id first, then all cars.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_graphql::{Context, SimpleObject};
use entity::inventory::vehicle_unit;
use entity::order::order;
use entity::{FulfillmentMode, OrderId, OrderStatus, VehicleUnitId};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::super::inputs::VehicleAutoMatchInput;
use super::super::links::OrderById;
use super::super::matching::place_of;
use super::super::policy;
use super::super::rules::car::{is_matched, takes_car};
use super::super::store::{Progress, Revision, assign};
use super::super::types::Order;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::inventory::rules::age::age_days;
use crate::inventory::rules::matching::{Rank, best_first, score};
use crate::inventory::{VehicleUnit, VehicleUnitById, Wish, active, alike_for_order, nearest_alike, of_its_own};
use crate::store::{Lock, Tx};
use crate::values::geo::Point;

/// Most orders of one call.
const MOST: i32 = 20;

/// Cars that are looked at for one order, beside those that others of the call have got.
const LOOKED_AT: u64 = 10;

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleAutoMatchPayload {
    /// Orders that have got a car, the one that has waited longest first; at most 20.
    pub matches: Vec<VehicleAutoMatch>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// An order that has got a car.
#[derive(SimpleObject)]
pub struct VehicleAutoMatch {
    /// The order.
    pub order: Order,
    /// Its car.
    pub vehicle: VehicleUnit,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    matches: Vec<(OrderId, VehicleUnitId)>,
}

pub async fn run(ctx: &Context<'_>, input: VehicleAutoMatchInput) -> Result<VehicleAutoMatchPayload> {
    let call = ctx.call();
    policy::matches_by_itself(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let first = input.first.unwrap_or(MOST);
    let written = match u64::try_from(first) {
        Ok(first @ 1..=20) => write(ctx, Some(key), move |tx, call| Box::pin(give_all(tx, call, first))).await?,
        _ => Err(vec![UserError::invalid(call, "first", "first", &[("max", i64::from(MOST).into())])]),
    };
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok(VehicleAutoMatchPayload { matches: Vec::new(), user_errors }),
    };
    let orders = call.link::<OrderById>().many(outcome.matches.iter().map(|(order, _)| *order)).await?;
    let cars = call.link::<VehicleUnitById>().many(outcome.matches.iter().map(|(_, car)| *car)).await?;
    let matches = orders
        .into_iter()
        .zip(cars)
        .filter_map(|(order, vehicle)| Some(VehicleAutoMatch { order: order?, vehicle: vehicle? }));
    Ok(VehicleAutoMatchPayload { matches: matches.collect(), user_errors: Vec::new() })
}

/// Orders that wait for a car that is there, and for which there is one now.
fn waiting() -> Condition {
    let statuses = OrderStatus::ALL.iter().copied().filter(|status| takes_car(*status));
    let modes = FulfillmentMode::ALL.iter().copied().filter(|mode| is_matched(*mode));
    Condition::all()
        .add(order::Column::VehicleId.is_null())
        .add(order::Column::Status.is_in(statuses))
        .add(order::Column::FulfillmentMode.is_in(modes))
        .add(order::Column::PlacedAt.is_not_null())
}

/// The best car for an order that no other of the call has got.
async fn choose(
    tx: &Tx,
    order: &order::Model,
    near: Point,
    taken: &BTreeSet<VehicleUnitId>,
) -> std::result::Result<Option<VehicleUnitId>, Error> {
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

async fn give_all(tx: &mut Tx, call: &Call, first: u64) -> std::result::Result<Outcome, Refusal> {
    let oldest: Vec<OrderId> = order::Entity::find()
        .select_only()
        .column(order::Column::Id)
        .filter(waiting())
        .filter(alike_for_order())
        .order_by_asc(order::Column::PlacedAt)
        .order_by_asc(order::Column::Id)
        .limit(first)
        .into_tuple()
        .all(tx.conn())
        .await?;
    if oldest.is_empty() {
        return Ok(Outcome { matches: Vec::new() });
    }
    // What was so a moment ago is asked again under the lock.
    let select = order::Entity::find()
        .filter(order::Column::Id.is_in(oldest.iter().copied()))
        .filter(waiting())
        .order_by_asc(order::Column::Id);
    let locked = Lock::row(select).all(tx.conn()).await?;
    let mut progress = Progress::of_all(tx.conn(), locked.iter()).await?;
    let mut orders: HashMap<OrderId, order::Model> = locked.into_iter().map(|order| (order.id, order)).collect();
    let mut taken = BTreeSet::new();
    let mut chosen: BTreeMap<OrderId, VehicleUnitId> = BTreeMap::new();
    for id in &oldest {
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
        let (Some(order), Some(mut way)) = (orders.remove(&id), progress.remove(&id)) else { continue };
        let Some(car) = chosen.get(&id).and_then(|car| cars.get(car)) else { continue };
        // Somebody was faster.
        if active(tx, car.id).await?.is_some() || car.option_codes != order.option_codes {
            continue;
        }
        let mut revision = Revision::of(tx, order, call.viewer.actor());
        // What stands in the way now lets this order wait on.
        if assign(tx, (&mut revision, &mut way), car, None).await?.is_ok() {
            way.save(tx);
            revision.save(tx);
            matches.push((id, car.id));
        }
    }
    Ok(Outcome { matches })
}
