//! One car under a change: locked, and written with its history and its event.

use entity::VehicleEventKind;
use entity::inventory::vehicle_unit;
use entity::place::store;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

use super::super::store as kept;
use super::vehicle::subject;
use crate::graph::Result;
use crate::ingest::keys::waits;
use crate::ingest::{Desk, Verdict};
use crate::store::Lock;

/// Locks a car by its VIN; the outer error is the store's. Refused when the sender speaks for neither its owner nor the
/// store that has it.
pub async fn lock(desk: &Desk<'_>, vin: &str) -> Result<Result<vehicle_unit::Model, Verdict>> {
    match Lock::row(of_vin(vin)).take(desk.tx.conn()).await? {
        Some(car) => spoken_for(desk, car).await,
        None => Ok(Err(waits("vin", subject(vin)))),
    }
}

/// As [`lock`], without the lock: for what locks the car's order before it.
pub async fn find(desk: &Desk<'_>, vin: &str) -> Result<Result<vehicle_unit::Model, Verdict>> {
    match of_vin(vin).one(desk.tx.conn()).await? {
        Some(car) => spoken_for(desk, car).await,
        None => Ok(Err(waits("vin", subject(vin)))),
    }
}

fn of_vin(vin: &str) -> Select<vehicle_unit::Entity> {
    vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(vin))
}

async fn spoken_for(desk: &Desk<'_>, car: vehicle_unit::Model) -> Result<Result<vehicle_unit::Model, Verdict>> {
    let conn = desk.tx.conn();
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
    let _written = kept::save(desk.tx, &desk.sender.actor, before, after, kind);
}
