//! `vehicleRelease` (C102).

use std::sync::Arc;

use async_graphql::Context;
use entity::{AllocationKind, VehicleUnitId};

use super::super::inputs::VehicleReleaseInput;
use super::super::policy::{self, Sight};
use super::VehicleHoldPayload;
use super::hold::{self, Outcome};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

pub async fn run(ctx: &Context<'_>, input: VehicleReleaseInput) -> Result<VehicleHoldPayload> {
    let call = ctx.call();
    call.viewer.staff_or_refuse()?;
    let vehicle = match UserError::parse_id(call, "vehicleId", &input.vehicle_id) {
        Ok(vehicle) => vehicle,
        Err(error) => return hold::payload(ctx, Err(vec![error])).await,
    };
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let expected = input.expected_version;
    let sight = policy::sight(call).await?;
    let written = write(ctx, Some(key), move |tx, call| Box::pin(release(tx, call, sight, vehicle, expected))).await?;
    hold::payload(ctx, written).await
}

async fn release(
    tx: &mut Tx,
    call: &Call,
    sight: Arc<Sight>,
    vehicle: VehicleUnitId,
    expected: i32,
) -> Result<Outcome, Refusal> {
    let car = hold::lock(tx, call, &sight, vehicle).await?.row;
    hold::check_version(call, &car, expected)?;
    let none = || UserError::coded(call, UserErrorCode::NotEligible, "vehicleId", "hold-none", &[]);
    let held = hold::active(tx, vehicle).await?.ok_or_else(none)?;
    if held.kind == AllocationKind::Hard {
        return Err(none().into());
    }
    if !policy::may_release(&call.viewer, &held) {
        return Err(UserError::coded(call, UserErrorCode::Forbidden, "vehicleId", "hold-foreign", &[]).into());
    }
    let allocation = held.id;
    hold::release(tx, call, car, held)?;
    Ok(Outcome { vehicle, allocation })
}
