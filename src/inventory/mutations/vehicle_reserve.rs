//! `vehicleReserve` (C102).

use std::sync::Arc;

use async_graphql::Context;
use chrono::TimeDelta;
use entity::inventory::allocation;
use entity::{AllocationId, AllocationKind, EventKind, OrderId, VehicleEventKind, VehicleUnitId};

use super::super::events;
use super::super::inputs::VehicleReserveInput;
use super::super::policy::{self, Sight};
use super::super::rules::reservation::ttl;
use super::super::rules::status::{CommercialAction, may_reserve};
use super::VehicleHoldPayload;
use super::hold::{self, Outcome};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::order::OrderById;
use crate::store::Tx;

pub async fn run(ctx: &Context<'_>, input: VehicleReserveInput) -> Result<VehicleHoldPayload> {
    let call = ctx.call();
    call.viewer.staff_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let asked = match parse(call, &input).await? {
        Ok(asked) => asked,
        Err(errors) => return hold::payload(ctx, Err(errors)).await,
    };
    let sight = policy::sight(call).await?;
    let written = write(ctx, Some(key), move |tx, call| Box::pin(reserve(tx, call, sight, asked))).await?;
    hold::payload(ctx, written).await
}

struct Asked {
    vehicle: VehicleUnitId,
    expected_version: i32,
    ttl: TimeDelta,
    order: Option<OrderId>,
}

async fn parse(call: &Call, input: &VehicleReserveInput) -> Result<Result<Asked, Vec<UserError>>> {
    let mut errors = Vec::new();
    let vehicle = UserError::parse_id(call, "vehicleId", &input.vehicle_id).map_err(|error| errors.push(error)).ok();
    let ttl = ttl(input.ttl_minutes.map(|minutes| TimeDelta::minutes(minutes.into())));
    let ttl = ttl.map_err(|refused| {
        let bounds = [("min", refused.min.num_minutes().into()), ("max", refused.max.num_minutes().into())];
        errors.push(UserError::invalid(call, "ttlMinutes", "hold-minutes", &bounds));
    });
    let mut order = None;
    if let Some(id) = &input.order_id {
        match UserError::parse_id::<OrderId>(call, "orderId", id) {
            Ok(id) if call.link::<OrderById>().one(id).await?.is_some() => order = Some(id),
            Ok(_) => errors.push(UserError::not_found(call, "orderId")),
            Err(error) => errors.push(error),
        }
    }
    Ok(match (vehicle, ttl) {
        (Some(vehicle), Ok(ttl)) if errors.is_empty() => {
            Ok(Asked { vehicle, expected_version: input.expected_version, ttl, order })
        }
        _ => Err(errors),
    })
}

async fn reserve(tx: &mut Tx, call: &Call, sight: Arc<Sight>, asked: Asked) -> Result<Outcome, Refusal> {
    let found = hold::lock(tx, call, &sight, asked.vehicle).await?;
    if !found.shown.may_reserve {
        return Err(UserError::coded(call, UserErrorCode::Forbidden, "vehicleId", "forbidden", &[]).into());
    }
    let read = found.row.version;
    let car = hold::free_expired(tx, call, found.row).await?;
    if !may_reserve(car.physical_status, car.commercial_status) {
        return Err(UserError::vehicle_unavailable(call, "vehicleId", car.id).into());
    }
    hold::check_read(call, &car, read, asked.expected_version)?;
    let car = hold::change(tx, call, car, CommercialAction::Reserve, VehicleEventKind::Reserved)?;
    let made = allocation::Model {
        id: AllocationId::generate(),
        vehicle_id: car.id,
        order_id: asked.order,
        store_id: call.viewer.store(),
        kind: AllocationKind::Soft,
        actor: call.viewer.actor(),
        expires_at: Some(tx.now() + asked.ttl),
        released_at: None,
        created_at: tx.now(),
    };
    tx.emit(events::hold_changed(EventKind::VehicleReserved, &car, &made));
    let outcome = Outcome { vehicle: car.id, allocation: made.id };
    tx.insert([allocation::ActiveModel::from(made)]);
    Ok(outcome)
}
