//! Where cars are kept: one that is locked is changed, and written with its history and its event; and the one place where a
//! car becomes an order's, or is so no more. For what arrives from outside, and for orders.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, event as vehicle_event, vehicle_unit};
use entity::place::store;
use entity::{
    AllocationId, AllocationKind, CommercialStatus, EventKind, OrderId, PhysicalStatus, StockType, VehicleEventId,
    VehicleEventKind, VehicleUnitId,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

pub mod alert;
pub mod hold;
pub mod policy;
pub mod transfer;

use self::transfer::Claimed;
use super::events;
use super::quality::store::{WishOver, with_open_cases};
use super::quota::Moved;
use super::rules::allocation::{Obstacle, may_give};
use super::rules::status::{
    CommercialAction, VehicleAction, handed_over, move_commercial, move_physical, not_handed_over, set_free as freed,
    told_handed_over, told_taken_back,
};
use crate::order::Revision;
use crate::store::rows::{ByPlace, among};
use crate::store::{Lock, Tx};
use crate::values::geo::Point;
use crate::values::machine::IllegalTransition;

/// Writes a locked car that has changed, under its next version, and notes it in its history. The car as it is written.
pub fn save(
    tx: &mut Tx,
    actor: &str,
    before: &vehicle_unit::Model,
    after: vehicle_unit::Model,
    kind: VehicleEventKind,
) -> vehicle_unit::Model {
    let now = tx.now();
    let after = vehicle_unit::Model { version: before.version + 1, updated_at: now, ..after };
    let change = vehicle_unit::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(vehicle_unit::Column::Id.eq(before.id))
        .filter(vehicle_unit::Column::Version.eq(before.version));
    tx.put_one(change);
    let moved = if before.physical_status == after.physical_status {
        (before.commercial_status.to_string(), after.commercial_status.to_string())
    } else {
        (before.physical_status.to_string(), after.physical_status.to_string())
    };
    tx.insert([history(after.id, kind, moved, actor, now)]);
    if let Some(moved) = Moved::of(Some(before), &after) {
        tx.happened(moved);
    }
    if let Some(claimed) = Claimed::of(Some(before), &after) {
        tx.happened(claimed);
    }
    tx.emit(events::status_changed(&after, before.store_id));
    after
}

/// Moves the commercial state of a locked car, and writes it with its history. The car as it is written.
///
/// # Errors
/// When its state has no such step; nothing is written then.
pub fn change(
    tx: &mut Tx,
    actor: &str,
    car: vehicle_unit::Model,
    action: CommercialAction,
    kind: VehicleEventKind,
) -> Result<vehicle_unit::Model, IllegalTransition<CommercialStatus, CommercialAction>> {
    let (from, version) = (car.commercial_status, car.version);
    let to = move_commercial(from, action)?;
    let car = vehicle_unit::Model { commercial_status: to, version: version + 1, updated_at: tx.now(), ..car };
    let changed = vehicle_unit::ActiveModel {
        commercial_status: Set(car.commercial_status),
        version: Set(car.version),
        updated_at: Set(car.updated_at),
        ..Default::default()
    };
    let locked = vehicle_unit::Entity::update_many()
        .set(changed)
        .filter(vehicle_unit::Column::Id.eq(car.id))
        .filter(vehicle_unit::Column::Version.eq(version));
    tx.put_one(locked);
    tx.insert([history(car.id, kind, (from.to_string(), to.to_string()), actor, tx.now())]);
    Ok(car)
}

/// Ends a hold of a locked car: the allocation, the car's state, its history, and the event. The car as it is written.
///
/// # Errors
/// As [`change`].
pub fn release(
    tx: &mut Tx,
    actor: &str,
    car: vehicle_unit::Model,
    hold: allocation::Model,
) -> Result<vehicle_unit::Model, IllegalTransition<CommercialStatus, CommercialAction>> {
    let car = change(tx, actor, car, CommercialAction::Release, VehicleEventKind::Released)?;
    let ended = allocation::Model { released_at: Some(tx.now()), ..hold };
    end(tx, &ended);
    tx.emit(events::hold_changed(EventKind::VehicleReleased, &car, &ended));
    Ok(car)
}

fn history(
    car: VehicleUnitId,
    kind: VehicleEventKind,
    (from, to): (String, String),
    actor: &str,
    now: DateTime<Utc>,
) -> vehicle_event::ActiveModel {
    vehicle_event::ActiveModel {
        id: Set(VehicleEventId::generate()),
        vehicle_id: Set(car),
        kind: Set(kind),
        from_status: Set(Some(from)),
        to_status: Set(Some(to)),
        actor: Set(actor.to_owned()),
        occurred_at: Set(now),
    }
}

/// Gives a locked car to an order that was locked before it, for mutations and events alike: a hold of the car ends, the
/// allocation is made, both rows and their histories say so. `active` is the car's allocation in force. The car as it will be;
/// saving the revision is the caller's.
///
/// # Errors
/// When the store fails. What stands in the way is the inner error; nothing is written then.
pub async fn give(
    tx: &mut Tx,
    revision: &mut Revision,
    car: &vehicle_unit::Model,
    active: Option<allocation::Model>,
    at: DateTime<Utc>,
) -> Result<Result<vehicle_unit::Model, Obstacle>, DbErr> {
    let commercial_status = match may_give(&revision.order, car, active.as_ref()) {
        Ok(status) => status,
        Err(obstacle) => return Ok(Err(obstacle)),
    };
    if let Some(hold) = active {
        let ended = allocation::Model { released_at: Some(tx.now()), ..hold };
        let next = vehicle_unit::Model { version: car.version + 1, commercial_status, ..car.clone() };
        tx.emit(events::hold_changed(EventKind::VehicleReleased, &next, &ended));
        end(tx, &ended);
        // Of a car one allocation at a time is in force.
        tx.flush().await?;
    }
    let made = allocation::Model {
        id: AllocationId::generate(),
        vehicle_id: car.id,
        order_id: Some(revision.order.id),
        store_id: Some(revision.order.delivery_store_id),
        kind: AllocationKind::Hard,
        actor: revision.actor().to_owned(),
        expires_at: None,
        released_at: None,
        created_at: tx.now(),
    };
    tx.insert([made.into_active_model().reset_all()]);
    revision.order.vehicle_id = Some(car.id);
    revision.vehicle_changed(at, None);
    let after = vehicle_unit::Model { commercial_status, ..car.clone() };
    Ok(Ok(save(tx, revision.actor(), car, after, VehicleEventKind::Allocated)))
}

/// Takes a locked car back from its order, which was locked before it; `own` is the allocation. The car as it will be; none
/// when its state has no such step, and nothing is written then.
pub fn take(
    tx: &mut Tx,
    revision: &mut Revision,
    car: &vehicle_unit::Model,
    own: &allocation::Model,
    (at, reason): (DateTime<Utc>, Option<String>),
) -> Option<vehicle_unit::Model> {
    let commercial_status = move_commercial(car.commercial_status, CommercialAction::Deallocate).ok()?;
    end(tx, own);
    tx.happened(WishOver::lost(car, &revision.order, revision.actor()));
    revision.order.vehicle_id = None;
    revision.vehicle_changed(at, reason);
    let after = vehicle_unit::Model { commercial_status, ..car.clone() };
    Some(save(tx, revision.actor(), car, after, VehicleEventKind::Deallocated))
}

/// The allocation in force of a locked car.
///
/// # Errors
/// When the store fails.
pub async fn active(tx: &Tx, car: VehicleUnitId) -> Result<Option<allocation::Model>, DbErr> {
    allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(car))
        .filter(allocation::Column::ReleasedAt.is_null())
        .one(tx.conn())
        .await
}

/// Whether an allocation in force makes a car this order's.
pub fn is_own(active: &allocation::Model, order: OrderId) -> bool {
    active.kind == AllocationKind::Hard && active.order_id == Some(order)
}

/// Ends a hold of a locked car that is to be had by nobody any more, and writes both. The car as it will be.
pub fn let_go(tx: &mut Tx, actor: &str, car: &vehicle_unit::Model, hold: allocation::Model) -> vehicle_unit::Model {
    let ended = allocation::Model { released_at: Some(tx.now()), ..hold };
    end(tx, &ended);
    let free = move_commercial(car.commercial_status, CommercialAction::Release);
    let after = vehicle_unit::Model { commercial_status: free.unwrap_or(car.commercial_status), ..car.clone() };
    let after = save(tx, actor, car, after, VehicleEventKind::Released);
    tx.emit(events::hold_changed(EventKind::VehicleReleased, &after, &ended));
    after
}

fn end(tx: &mut Tx, held: &allocation::Model) {
    let ended = allocation::ActiveModel { released_at: Set(Some(tx.now())), ..Default::default() };
    tx.put_one(allocation::Entity::update_many().set(ended).filter(allocation::Column::Id.eq(held.id)));
}

/// Sets the car of an order free that is called off, if it has one; sold or not. The order is locked already: one order of
/// locks for all. `actor` is named in the car's history.
///
/// # Errors
/// When the store fails.
pub async fn set_free(tx: &mut Tx, actor: &str, revision: &mut Revision) -> Result<(), DbErr> {
    let Some(vehicle) = revision.order.vehicle_id.take() else { return Ok(()) };
    revision.vehicle_changed(tx.now(), None);
    let Some(car) = Lock::row(vehicle_unit::Entity::find_by_id(vehicle)).take(tx.conn()).await? else { return Ok(()) };
    if let Some(own) = active(tx, vehicle).await?.filter(|held| is_own(held, revision.order.id)) {
        end(tx, &own);
        tx.happened(WishOver::lost(&car, &revision.order, actor));
    }
    if let Some(commercial_status) = freed(car.physical_status, car.commercial_status) {
        let after = vehicle_unit::Model { commercial_status, ..car.clone() };
        save(tx, actor, &car, after, VehicleEventKind::Deallocated);
    }
    Ok(())
}

/// Whether an order's car can be handed over: it is the order's, and there. The order is locked already, as with [`set_free`], and the
/// car stays locked.
///
/// # Errors
/// When the store fails.
pub async fn may_hand_over(tx: &Tx, vehicle: VehicleUnitId, order: OrderId) -> Result<bool, DbErr> {
    let own = of_their_orders(tx, &[(order, vehicle)]).await?;
    Ok(own.get(&order).is_some_and(|car| handed_over(car.physical_status, car.commercial_status).is_some()))
}

/// Cars that were handed over, whoever says so: they are DELIVERED and SOLD, unless no way leads there from where they were last seen.
/// Those that are their orders' come back, as they are now. The orders are locked already.
///
/// # Errors
/// When the store fails.
pub async fn hand_over(
    tx: &mut Tx,
    actor: &str,
    cars: &[(OrderId, VehicleUnitId)],
) -> Result<HashMap<OrderId, vehicle_unit::Model>, DbErr> {
    let mut own = of_their_orders(tx, cars).await?;
    for (order, car) in &mut own {
        let told = told_handed_over(car.physical_status, car.resume_to, car.commercial_status);
        let Some((moved, commercial_status)) = told else { continue };
        let after = vehicle_unit::Model {
            physical_status: moved.to,
            resume_to: moved.resume_to,
            held_upstream: false,
            commercial_status,
            ..car.clone()
        };
        if after != *car {
            tx.happened(WishOver::handed_over(car, *order, actor));
            *car = save(tx, actor, car, after, VehicleEventKind::StatusChanged);
        }
    }
    Ok(own)
}

/// Cars that were not handed over after all: they are READY again, and their orders'.
///
/// # Errors
/// When the store fails.
pub async fn undo_hand_over(tx: &mut Tx, actor: &str, cars: &[(OrderId, VehicleUnitId)]) -> Result<(), DbErr> {
    for car in of_their_orders(tx, cars).await?.into_values() {
        if let Some((physical_status, commercial_status)) = not_handed_over(car.physical_status, car.commercial_status)
        {
            let (physical_status, resume_to) = held_if_open(tx, car.id, physical_status).await?;
            let after = vehicle_unit::Model { physical_status, resume_to, commercial_status, ..car.clone() };
            save(tx, actor, &car, after, VehicleEventKind::StatusChanged);
        }
    }
    Ok(())
}

/// Where a car that comes back stands: held, with an open case of damage, until that is closed.
async fn held_if_open(
    tx: &Tx,
    car: VehicleUnitId,
    to: PhysicalStatus,
) -> Result<(PhysicalStatus, Option<PhysicalStatus>), DbErr> {
    let open = with_open_cases(tx.conn(), vec![car]).await?;
    Ok(if open.is_empty() { (to, None) } else { (PhysicalStatus::QualityHold, Some(to)) })
}

/// Takes the car of an order back that was handed over, here or as another system has recorded it: it is free and stands at `store`, in stock
/// with `restock`, else RETURNED; one that was registered is no new one any more. Its allocation ends. The car as it will be; none where the order has none. The order is
/// locked already.
///
/// # Errors
/// When the store fails.
pub async fn take_back(
    tx: &mut Tx,
    revision: &mut Revision,
    store: &store::Model,
    (registered, restock): (bool, bool),
) -> Result<Option<vehicle_unit::Model>, DbErr> {
    let Some(vehicle) = revision.order.vehicle_id.take() else { return Ok(None) };
    let now = tx.now();
    revision.vehicle_changed(now, None);
    let Some(car) = Lock::row(vehicle_unit::Entity::find_by_id(vehicle)).take(tx.conn()).await? else {
        return Ok(None);
    };
    if let Some(own) = active(tx, vehicle).await?.filter(|held| is_own(held, revision.order.id)) {
        end(tx, &own);
        tx.happened(WishOver::lost(&car, &revision.order, revision.actor()));
    }
    let back = told_taken_back(car.physical_status, car.resume_to, car.commercial_status);
    let Some((returned, commercial_status)) = back else {
        // Held without an end, or lost: it stays so, and is promised to nobody.
        return Ok(Some(match freed(car.physical_status, car.commercial_status) {
            Some(commercial_status) => {
                let after = vehicle_unit::Model { commercial_status, ..car.clone() };
                save(tx, revision.actor(), &car, after, VehicleEventKind::Deallocated)
            }
            None => car,
        }));
    };
    let in_stock = move_physical(returned, None, VehicleAction::Restock).ok().filter(|_| restock);
    let (physical_status, resume_to) = held_if_open(tx, car.id, in_stock.map_or(returned, |moved| moved.to)).await?;
    let stock_type = if registered { StockType::Cpo } else { StockType::StoreStock };
    let point = Point::new(store.latitude, store.longitude).map_err(|_| DbErr::Custom("a store nowhere".into()))?;
    let [unit_x, unit_y, unit_z] = point.unit_vector();
    let after = vehicle_unit::Model {
        physical_status,
        resume_to,
        commercial_status,
        stock_type,
        store_id: Some(store.id),
        city_code: store.city_code.clone(),
        latitude: store.latitude,
        longitude: store.longitude,
        unit_x,
        unit_y,
        unit_z,
        received_at: Some(now),
        stock_since: now,
        ..car.clone()
    };
    Ok(Some(save(tx, revision.actor(), &car, after, VehicleEventKind::Deallocated)))
}

/// The cars of these that are their orders', locked: of several the smaller id first.
async fn of_their_orders(
    tx: &Tx,
    cars: &[(OrderId, VehicleUnitId)],
) -> Result<HashMap<OrderId, vehicle_unit::Model>, DbErr> {
    if cars.is_empty() {
        return Ok(HashMap::new());
    }
    let backend = tx.conn().get_database_backend();
    let select = vehicle_unit::Entity::find()
        .filter(among(backend, vehicle_unit::Column::Id, cars.iter().map(|(_, car)| *car)))
        .order_by_asc(vehicle_unit::Column::Id);
    let locked = Lock::row(select).all(tx.conn()).await?;
    let held = allocation::Entity::find()
        .filter(among(backend, allocation::Column::VehicleId, cars.iter().map(|(_, car)| *car)))
        .filter(allocation::Column::Kind.eq(AllocationKind::Hard))
        .filter(allocation::Column::ReleasedAt.is_null())
        .by_place(tx.conn())
        .await?;
    let own = locked.into_iter().filter_map(|car| {
        let order = held.iter().find(|held| held.vehicle_id == car.id)?.order_id?;
        cars.contains(&(order, car.id)).then_some((order, car))
    });
    Ok(own.collect())
}
