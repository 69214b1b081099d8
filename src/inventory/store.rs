//! Where cars are kept: one that is locked is changed, and written with its history and its event; and the one place where a
//! car becomes an order's, or is so no more. For what arrives from outside, and for orders.

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, event as vehicle_event, vehicle_unit};
use entity::{
    AllocationId, AllocationKind, CommercialStatus, EventKind, OrderId, PhysicalStatus, VehicleEventId,
    VehicleEventKind, VehicleUnitId,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

pub mod alert;
pub mod hold;
pub mod policy;
pub mod transfer;

use super::events;
use super::quality::store::CarLost;
use super::quota::Moved;
use super::rules::allocation::{Obstacle, may_give};
use super::rules::status::{CommercialAction, handed_over, move_commercial};
use crate::order::Revision;
use crate::store::{Lock, Tx};
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
    tx.happened(CarLost::of(car, &revision.order, revision.actor()));
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
        tx.happened(CarLost::of(&car, &revision.order, actor));
    }
    // One that is handed over stays its buyer's; a step that the table does not have changes nothing.
    let step = match car.commercial_status {
        CommercialStatus::Sold if car.physical_status != PhysicalStatus::Delivered => CommercialAction::TakeBack,
        _ => CommercialAction::Deallocate,
    };
    if let Ok(commercial_status) = move_commercial(car.commercial_status, step) {
        let after = vehicle_unit::Model { commercial_status, ..car.clone() };
        save(tx, actor, &car, after, VehicleEventKind::Deallocated);
    }
    Ok(())
}

/// Hands an order's car over: it is DELIVERED and SOLD. None when it is not the order's, or not there to be handed over. The order
/// is locked already, as with [`set_free`].
///
/// # Errors
/// When the store fails.
pub async fn hand_over(
    tx: &mut Tx,
    actor: &str,
    vehicle: VehicleUnitId,
    order: OrderId,
) -> Result<Option<vehicle_unit::Model>, DbErr> {
    let Some(car) = Lock::row(vehicle_unit::Entity::find_by_id(vehicle)).take(tx.conn()).await? else {
        return Ok(None);
    };
    let own = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(vehicle))
        .filter(allocation::Column::OrderId.eq(order))
        .filter(allocation::Column::Kind.eq(AllocationKind::Hard))
        .filter(allocation::Column::ReleasedAt.is_null())
        .one(tx.conn())
        .await?;
    let moved = handed_over(car.physical_status, car.commercial_status).filter(|_| own.is_some());
    let Some((physical_status, commercial_status)) = moved else { return Ok(None) };
    let after = vehicle_unit::Model { physical_status, commercial_status, ..car.clone() };
    if after != car {
        save(tx, actor, &car, after.clone(), VehicleEventKind::StatusChanged);
    }
    Ok(Some(after))
}
