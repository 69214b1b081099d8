//! Where cars are kept: one that is locked is changed, and written with its history and its event. For what arrives from
//! outside, and for orders.

use entity::inventory::{allocation, event as vehicle_event, vehicle_unit};
use entity::{
    AllocationKind, CommercialStatus, OrderId, PhysicalStatus, VehicleEventId, VehicleEventKind, VehicleUnitId,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

use super::events;
use super::rules::status::{CommercialAction, handed_over, move_commercial};
use crate::store::{Lock, Tx};

/// Writes a locked car that has changed, under its next version, and notes it in its history.
pub fn save(
    tx: &mut Tx,
    actor: &str,
    before: &vehicle_unit::Model,
    after: vehicle_unit::Model,
    kind: VehicleEventKind,
) {
    let now = tx.now();
    let after = vehicle_unit::Model { version: before.version + 1, updated_at: now, ..after };
    let change = vehicle_unit::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(vehicle_unit::Column::Id.eq(before.id))
        .filter(vehicle_unit::Column::Version.eq(before.version));
    tx.put_one(change);
    let (from, to) = if before.physical_status == after.physical_status {
        (before.commercial_status.to_string(), after.commercial_status.to_string())
    } else {
        (before.physical_status.to_string(), after.physical_status.to_string())
    };
    let history = vehicle_event::ActiveModel {
        id: Set(VehicleEventId::generate()),
        vehicle_id: Set(after.id),
        kind: Set(kind),
        from_status: Set(Some(from)),
        to_status: Set(Some(to)),
        actor: Set(actor.to_owned()),
        occurred_at: Set(now),
    };
    tx.insert([history]);
    tx.emit(events::status_changed(&after, before.store_id));
}

/// Takes an order's car from it, if it has it. The order is locked already: one order of locks for all.
///
/// # Errors
/// When the store fails.
pub async fn set_free(tx: &mut Tx, actor: &str, vehicle: VehicleUnitId, order: OrderId) -> Result<(), DbErr> {
    let Some(car) = Lock::row(vehicle_unit::Entity::find_by_id(vehicle)).take(tx.conn()).await? else { return Ok(()) };
    let own = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(vehicle))
        .filter(allocation::Column::OrderId.eq(order))
        .filter(allocation::Column::Kind.eq(AllocationKind::Hard))
        .filter(allocation::Column::ReleasedAt.is_null())
        .one(tx.conn())
        .await?;
    if let Some(own) = own {
        let ended = allocation::ActiveModel { released_at: Set(Some(tx.now())), ..Default::default() };
        tx.put_one(allocation::Entity::update_many().set(ended).filter(allocation::Column::Id.eq(own.id)));
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
