//! What making and ending a hold share.

use async_graphql::Context;
use entity::inventory::{allocation, event as vehicle_event, vehicle_unit};
use entity::{AllocationId, Columns, CommercialStatus, EventKind, VehicleEventId, VehicleEventKind, VehicleUnitId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::links::{VehicleUnitById, shown};
use super::super::policy::{self, Sight};
use super::super::rules::status::{CommercialAction, move_commercial};
use super::super::store;
use super::super::types::{Allocation, VehicleUnit};
use super::VehicleHoldPayload;
use crate::graph::answer::below;
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::rows::rows;
use crate::store::{Lock, Tx};
use crate::values::machine;

/// What a hold's mutation leaves behind.
#[derive(Serialize, Deserialize)]
pub struct Outcome {
    pub vehicle: VehicleUnitId,
    pub allocation: AllocationId,
}

/// Reads the payload under the rights of now.
pub async fn payload(
    ctx: &Context<'_>,
    written: std::result::Result<Outcome, Vec<UserError>>,
) -> Result<VehicleHoldPayload> {
    let call = ctx.call();
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok(VehicleHoldPayload { vehicle: None, allocation: None, user_errors }),
    };
    let vehicle = call.link::<VehicleUnitById>().one(outcome.vehicle).await?;
    if let Some(car) = &vehicle {
        below(ctx, call, "vehicle", car).await?;
    }
    let allocation = allocation::Entity::find_by_id(outcome.allocation).one(call.db()).await?.map(Allocation);
    Ok(VehicleHoldPayload { vehicle, allocation, user_errors: Vec::new() })
}

/// Locks the car, if the viewer sees it. The caller has read the sight before it opened the transaction.
pub async fn lock(tx: &Tx, call: &Call, sight: &Sight, id: VehicleUnitId) -> Result<VehicleUnit, Refusal> {
    let mut select = rows::<vehicle_unit::Model>();
    select.and_where(vehicle_unit::Column::Id.eq(id)).cond_where(policy::listed(call, sight).or_refuse(&call.viewer)?);
    let car = Lock::of(select, vehicle_unit::Model::read).take(tx.conn()).await?;
    car.and_then(|car| shown(call, sight, car, false, None))
        .ok_or_else(|| UserError::not_found(call, "vehicleId").into())
}

/// The allocation in force of a locked car.
pub async fn active(tx: &Tx, car: VehicleUnitId) -> Result<Option<allocation::Model>, Refusal> {
    Ok(store::active(tx, car).await?)
}

/// Refuses a client that has read an older version.
pub fn check_version(call: &Call, car: &vehicle_unit::Model, expected: i32) -> Result<(), UserError> {
    if car.version == expected { Ok(()) } else { Err(UserError::version(call, car.id, car.version)) }
}

/// Ends a hold: the allocation, the car's state, its history, and the event.
pub fn release(
    tx: &mut Tx,
    call: &Call,
    car: vehicle_unit::Model,
    hold: allocation::Model,
) -> Result<vehicle_unit::Model, Refusal> {
    let ended = allocation::Model { released_at: Some(tx.now()), ..hold };
    let change_of_hold = allocation::ActiveModel { released_at: Set(ended.released_at), ..Default::default() };
    tx.put_one(allocation::Entity::update_many().set(change_of_hold).filter(allocation::Column::Id.eq(ended.id)));
    let car = change(tx, call, car, CommercialAction::Release, VehicleEventKind::Released)?;
    tx.emit(events::hold_changed(EventKind::VehicleReleased, &car, &ended));
    Ok(car)
}

/// Moves the commercial state of a locked car and writes its history.
pub fn change(
    tx: &mut Tx,
    call: &Call,
    car: vehicle_unit::Model,
    action: CommercialAction,
    kind: VehicleEventKind,
) -> Result<vehicle_unit::Model, Refusal> {
    let (from, version) = (car.commercial_status, car.version);
    let to = move_commercial(from, action).map_err(|illegal| {
        UserError::transition(call, from, machine::code(&action), illegal.allowed.iter().map(machine::code))
    })?;
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
    history(tx, call, car.id, kind, from, to);
    Ok(car)
}

fn history(
    tx: &mut Tx,
    call: &Call,
    vehicle_id: VehicleUnitId,
    kind: VehicleEventKind,
    from: CommercialStatus,
    to: CommercialStatus,
) {
    let row = vehicle_event::ActiveModel {
        id: Set(VehicleEventId::generate()),
        vehicle_id: Set(vehicle_id),
        kind: Set(kind),
        from_status: Set(Some(from.to_string())),
        to_status: Set(Some(to.to_string())),
        actor: Set(call.viewer.actor()),
        occurred_at: Set(tx.now()),
    };
    tx.insert([row]);
}
