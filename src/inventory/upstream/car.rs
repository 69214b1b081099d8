//! One car under a change: locked, changed, written with its history and its event.

use entity::inventory::{event as vehicle_event, vehicle_unit};
use entity::place::store;
use entity::{VehicleEventId, VehicleEventKind};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::events;
use super::vehicle::subject;
use crate::graph::Result;
use crate::ingest::keys::waits;
use crate::ingest::{Desk, Verdict};
use crate::store::Lock;

/// Locks a car by its VIN; the outer error is the store's. Refused when the sender speaks for neither its owner nor the
/// store that has it.
pub async fn lock(desk: &Desk<'_>, vin: &str) -> Result<Result<vehicle_unit::Model, Verdict>> {
    let conn = desk.tx.conn();
    let select = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(vin));
    let Some(car) = Lock::row(select).take(conn).await? else { return Ok(Err(waits("vin", subject(vin)))) };
    if desk.sender.reaches(car.owner_organization_id) {
        return Ok(Ok(car));
    }
    let custodian = match car.store_id {
        Some(id) => store::Entity::find_by_id(id).one(conn).await?,
        None => None,
    };
    let reached = custodian.is_some_and(|store| desk.sender.reaches(store.organization_id));
    if reached {
        return Ok(Ok(car));
    }
    Ok(desk.sender.check(car.owner_organization_id, "vin").map(|()| car).map_err(Verdict::from))
}

/// Writes a locked car that has changed, under its next version, and notes it in its history.
pub fn save(desk: &mut Desk<'_>, before: &vehicle_unit::Model, after: vehicle_unit::Model, kind: VehicleEventKind) {
    let now = desk.tx.now();
    let after = vehicle_unit::Model { version: before.version + 1, updated_at: now, ..after };
    let change = vehicle_unit::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(vehicle_unit::Column::Id.eq(before.id))
        .filter(vehicle_unit::Column::Version.eq(before.version));
    desk.tx.put_one(change);
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
        actor: Set(desk.sender.actor.clone()),
        occurred_at: Set(now),
    };
    desk.tx.insert([history]);
    desk.tx.emit(events::status_changed(&after, before.store_id));
}
