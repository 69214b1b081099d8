//! What making and ending a hold share.

use async_graphql::Context;
use entity::inventory::{allocation, vehicle_unit};
use entity::{AllocationId, Columns, CommercialStatus, VehicleEventKind, VehicleUnitId};
use sea_orm::{ColumnTrait, EntityTrait};
use serde::{Deserialize, Serialize};

use super::super::links::{VehicleUnitById, shown};
use super::super::policy::{self, Sight};
use super::super::rules::reservation::{HoldState, allocation_state};
use super::super::rules::status::CommercialAction;
use super::super::store;
use super::super::types::{Allocation, VehicleUnit};
use super::VehicleHoldPayload;
use crate::graph::answer::below;
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::rows::rows;
use crate::store::{Lock, Tx};
use crate::values::machine::{self, IllegalTransition};

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
    check_read(call, car, car.version, expected)
}

/// As [`check_version`], of a car whose hold that ran out was ended since it was read under its lock.
pub fn check_read(call: &Call, car: &vehicle_unit::Model, read: i32, expected: i32) -> Result<(), UserError> {
    if read == expected { Ok(()) } else { Err(UserError::version(call, car.id, read)) }
}

/// Ends a hold: the allocation, the car's state, its history, and the event.
pub fn release(
    tx: &mut Tx,
    call: &Call,
    car: vehicle_unit::Model,
    hold: allocation::Model,
) -> Result<vehicle_unit::Model, Refusal> {
    Ok(store::release(tx, &call.viewer.actor(), car, hold).map_err(|illegal| refused(call, &illegal))?)
}

/// A locked car whose hold has run out, set free, and written already; any other as it is.
pub async fn free_expired(tx: &mut Tx, call: &Call, car: vehicle_unit::Model) -> Result<vehicle_unit::Model, Refusal> {
    if car.commercial_status != CommercialStatus::Reserved {
        return Ok(car);
    }
    let held = store::active(tx, car.id).await?;
    let Some(held) = held.filter(|held| allocation_state(held, tx.now()) == HoldState::Expired) else { return Ok(car) };
    let car = release(tx, call, car, held)?;
    // The car may be written once more.
    tx.flush().await?;
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
    Ok(store::change(tx, &call.viewer.actor(), car, action, kind).map_err(|illegal| refused(call, &illegal))?)
}

fn refused(call: &Call, illegal: &IllegalTransition<CommercialStatus, CommercialAction>) -> UserError {
    let allowed = illegal.allowed.iter().map(machine::code);
    UserError::transition(call, illegal.from, machine::code(&illegal.action), allowed)
}
