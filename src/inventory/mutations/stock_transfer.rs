//! `stockTransferRequest`, `…Approve`, `…Cancel`, `…Ship`, `…Receive` (C103). The order that has the car is locked first, then the car, then
//! the transfer. A car that is on an order goes to the store that hands it over, and the order's milestones follow it (C082).

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use entity::inventory::{transfer, vehicle_unit};
use entity::order::order;
use entity::place::store;
use entity::{
    CommercialStatus, OrderId, StockTransferId, StockTransferState, StoreId, VehicleEventKind, VehicleUnitId,
};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::{
    StockTransferApproveInput, StockTransferRequestInput, StockTransferShipInput, StockTransferStepInput,
};
use super::super::links::{StockTransferById, VehicleUnitById};
use super::super::policy::{self, Sight};
use super::super::quality::store::{Standing, lock};
use super::super::quota::policy as quotas;
use super::super::quota::rules::place::place;
use super::super::quota::{Full, Inbound, promise};
use super::super::rules::status::{VehicleAction, move_physical};
use super::super::rules::transfer::{Claim, TransferAction, can_go, move_transfer};
use super::super::store::transfer::{arrived, claims, meant_for, open, save};
use super::super::store::{self as kept};
use super::super::types::{StockTransfer, VehicleUnit};
use super::{hold, note};
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::order::rules::status::takes_milestones;
use crate::order::{Revision, Step as Way, travelled};
use crate::store::{Lock, Tx};
use crate::values::{calendar, machine};

/// What came of it.
#[derive(SimpleObject)]
pub struct StockTransferPayload {
    /// The transfer as it is now.
    pub transfer: Option<StockTransfer>,
    /// The car, as the caller sees it now.
    pub vehicle: Option<VehicleUnit>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    transfer: StockTransferId,
    vehicle: VehicleUnitId,
}

async fn payload(ctx: &Context<'_>, written: Result<Outcome, Vec<UserError>>) -> Result<StockTransferPayload> {
    let call = ctx.call();
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok(StockTransferPayload { transfer: None, vehicle: None, user_errors }),
    };
    let transfer = call.link::<StockTransferById>().one(outcome.transfer).await?;
    if let Some(transfer) = &transfer {
        below(ctx, call, "transfer", transfer).await?;
    }
    let vehicle = call.link::<VehicleUnitById>().one(outcome.vehicle).await?;
    if let Some(car) = &vehicle {
        below(ctx, call, "vehicle", car).await?;
    }
    Ok(StockTransferPayload { transfer, vehicle, user_errors: Vec::new() })
}

struct Asked {
    vehicle: VehicleUnitId,
    expected_version: i32,
    /// The order that has the car, if it is the viewer's to have brought.
    order: Option<OrderId>,
    to: StoreId,
    /// The car that goes out for it.
    out: Option<VehicleUnitId>,
    reason: Option<String>,
}

pub async fn request(ctx: &Context<'_>, input: StockTransferRequestInput) -> Result<StockTransferPayload> {
    let call = ctx.call();
    policy::transfers(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let order = order_with(call, &input).await?;
    if order.is_none() && !policy::may_request_transfers(&call.viewer) {
        return Err(call.viewer.refused());
    }
    let asked = match read(call, &input, order).await? {
        Ok(asked) => asked,
        Err(errors) => return payload(ctx, Err(errors)).await,
    };
    let sight = policy::sight(call).await?;
    let written = write(ctx, Some(key), move |tx, call| Box::pin(ask(tx, call, sight, asked))).await?;
    payload(ctx, written).await
}

/// The order that has the car, if it is one of the viewer's stores'. A car of another order is seen by nobody else, and so asked for in vain.
async fn order_with(call: &Call, input: &StockTransferRequestInput) -> Result<Option<order::Model>> {
    let Ok(vehicle) = input.vehicle_id.parse::<VehicleUnitId>() else { return Ok(None) };
    let orders = policy::orders_to_bring(&call.viewer).or_refuse(&call.viewer)?;
    let own = order::Entity::find().filter(order::Column::VehicleId.eq(vehicle)).filter(orders);
    Ok(own.one(call.db()).await?)
}

async fn read(
    call: &Call,
    input: &StockTransferRequestInput,
    order: Option<order::Model>,
) -> Result<Result<Asked, Vec<UserError>>> {
    let mut errors = Vec::new();
    let vehicle = UserError::parse_id(call, "vehicleId", &input.vehicle_id).map_err(|error| errors.push(error)).ok();
    let reason = note(call, "reason", input.reason.as_deref(), &mut errors);
    let forbidden = |key| UserError::coded(call, UserErrorCode::Forbidden, "toStoreId", key, &[]);
    let own = order.as_ref().map(|order| order.delivery_store_id).or(call.viewer.store());
    let to = match (&input.to_store_id, own) {
        (None, own) => own.ok_or_else(|| UserError::coded(call, UserErrorCode::Required, "toStoreId", "required", &[])),
        (Some(id), own) => match UserError::parse_id::<StoreId>(call, "toStoreId", id) {
            Ok(to) if own.is_some_and(|own| own != to) && order.is_some() => {
                Err(UserError::coded(call, UserErrorCode::NotEligible, "toStoreId", "transfer-order-elsewhere", &[]))
            }
            Ok(to) if own.is_some_and(|own| own != to) => Err(forbidden("transfer-for-others")),
            Ok(to) if store::Entity::find_by_id(to).one(call.db()).await?.is_none() => {
                Err(UserError::not_found(call, "toStoreId"))
            }
            read => read,
        },
    };
    let to = to.map_err(|error| errors.push(error)).ok();
    let out = match &input.out_vehicle_id {
        Some(id) => UserError::parse_id(call, "outVehicleId", id).map_err(|error| errors.push(error)).ok(),
        None => None,
    };
    if let Some((id, to)) = out.zip(to) {
        let named = call.link::<VehicleUnitById>().one(id).await?;
        // Another store's car is not theirs to name, seen or not.
        if named.is_none_or(|named| place(&named.row).is_none_or(|place| place.store != to)) {
            errors.push(UserError::not_found(call, "outVehicleId"));
        }
    }
    let order = order.map(|order| order.id);
    Ok(match (vehicle, to) {
        (Some(vehicle), Some(to)) if errors.is_empty() => {
            Ok(Asked { vehicle, expected_version: input.expected_version, order, to, out, reason })
        }
        _ => Err(errors),
    })
}

async fn ask(tx: &mut Tx, call: &Call, sight: Arc<Sight>, asked: Asked) -> Result<Outcome, Refusal> {
    let (car, claim) = match asked.order {
        Some(order) => of_order(tx, call, &asked, order).await?,
        None => in_sight(tx, call, &sight, &asked).await?,
    };
    let from = car.store_id.ok_or_else(|| not_eligible(call, "vehicleId", "transfer-no-store"))?;
    if from == asked.to {
        return Err(not_eligible(call, "vehicleId", "transfer-own").into());
    }
    if !can_go(car.physical_status, car.commercial_status, claim.map(|claim| claim.hands_over), asked.to) {
        return Err(UserError::vehicle_unavailable(call, "vehicleId", car.id).into());
    }
    // Who asks learns at once that there is no place; it is given with the approval.
    let inbound = Inbound { car: &car, to: asked.to, named: asked.out };
    fits(call, "vehicleId", asked.to, promise(tx, inbound, None).await?)?;
    let row = transfer::Model {
        id: StockTransferId::generate(),
        vehicle_id: car.id,
        from_store_id: from,
        to_store_id: asked.to,
        state: StockTransferState::Requested,
        reason: asked.reason,
        answer: None,
        requested_by: call.viewer.actor(),
        requested_at: tx.now(),
        decided_by: None,
        decided_at: None,
        expected_at: None,
        shipped_at: None,
        received_at: None,
        version: 1,
        out_vehicle_id: asked.out,
        order_id: None,
        order_store_id: None,
    };
    let row = meant_for(row, claim.as_ref());
    let outcome = Outcome { transfer: row.id, vehicle: car.id };
    if !open(tx, &row).await? {
        return Err(UserError::coded(call, UserErrorCode::Duplicate, "vehicleId", "transfer-open", &[]).into());
    }
    Ok(outcome)
}

/// The car of an order of the viewer's stores, locked after the order. What they see of it by the policies does not matter.
async fn of_order(
    tx: &Tx,
    call: &Call,
    asked: &Asked,
    order: OrderId,
) -> Result<(vehicle_unit::Model, Option<Claim>), Refusal> {
    let gone = || UserError::vehicle_unavailable(call, "vehicleId", asked.vehicle);
    let standing = lock(tx, call.viewer.actor(), asked.vehicle, Condition::all()).await?.map_err(|_| gone())?;
    let of = standing.order.as_ref().map(Revision::before).filter(|of| of.id == order).ok_or_else(gone)?;
    if !takes_milestones(of.status) {
        return Err(not_eligible(call, "vehicleId", "transfer-order-state").into());
    }
    hold::check_version(call, &standing.car, asked.expected_version)?;
    let claim = claim_of(of, true);
    Ok((standing.car, Some(claim)))
}

/// A car that the policies let the viewer ask for, locked. One that is held may be so for an order that their store hands over.
async fn in_sight(
    tx: &mut Tx,
    call: &Call,
    sight: &Sight,
    asked: &Asked,
) -> Result<(vehicle_unit::Model, Option<Claim>), Refusal> {
    let found = hold::lock(tx, call, sight, asked.vehicle).await?;
    if !found.shown.may_request_transfer {
        return Err(UserError::coded(call, UserErrorCode::Forbidden, "vehicleId", "forbidden", &[]).into());
    }
    let read = found.row.version;
    let car = hold::free_expired(tx, call, found.row).await?;
    let claim = held_for(tx, &car).await?;
    hold::check_read(call, &car, read, asked.expected_version)?;
    Ok((car, claim))
}

/// The order for which a locked car is held, if it is.
async fn held_for(tx: &Tx, car: &vehicle_unit::Model) -> Result<Option<Claim>, Refusal> {
    if car.commercial_status != CommercialStatus::Reserved {
        return Ok(None);
    }
    Ok(claims(tx.conn(), vec![car.id]).await?.remove(&car.id))
}

fn claim_of(order: &order::Model, is_firm: bool) -> Claim {
    Claim { order: order.id, seller: order.store_id, hands_over: order.delivery_store_id, is_firm }
}

fn not_eligible(call: &Call, field: &str, key: &str) -> UserError {
    UserError::coded(call, UserErrorCode::NotEligible, field, key, &[])
}

/// The transfer that the client has read, and what is said with the step.
struct Step {
    transfer: StockTransferId,
    expected_version: i32,
    action: TransferAction,
    answer: Option<String>,
    expected_at: Option<DateTime<Utc>>,
}

impl Step {
    fn of(transfer: StockTransferId, expected_version: i32, action: TransferAction) -> Self {
        Self { transfer, expected_version, action, answer: None, expected_at: None }
    }
}

pub async fn approve(ctx: &Context<'_>, input: StockTransferApproveInput) -> Result<StockTransferPayload> {
    let call = ctx.call();
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut errors = Vec::new();
    let answer = note(call, "note", input.note.as_deref(), &mut errors);
    let action = if input.approve { TransferAction::Approve } else { TransferAction::Reject };
    let step = UserError::parse_id(call, "transferId", &input.transfer_id)
        .map(|id| Step { answer, ..Step::of(id, input.expected_version, action) });
    take(ctx, key, step, errors).await
}

pub async fn simple(
    ctx: &Context<'_>,
    input: StockTransferStepInput,
    action: TransferAction,
) -> Result<StockTransferPayload> {
    let call = ctx.call();
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let id = UserError::parse_id(call, "transferId", &input.transfer_id);
    take(ctx, key, id.map(|id| Step::of(id, input.expected_version, action)), Vec::new()).await
}

pub async fn ship(ctx: &Context<'_>, input: StockTransferShipInput) -> Result<StockTransferPayload> {
    let call = ctx.call();
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut errors = Vec::new();
    if input.expected_at.is_some_and(|at| !calendar::lies_ahead(at, call.now)) {
        errors.push(UserError::invalid(
            call,
            "expectedAt",
            "moment-ahead",
            &[("days", calendar::MOST_AHEAD_DAYS.into())],
        ));
    }
    let step = UserError::parse_id(call, "transferId", &input.transfer_id).map(|id| Step {
        expected_at: input.expected_at,
        ..Step::of(id, input.expected_version, TransferAction::Ship)
    });
    take(ctx, key, step, errors).await
}

async fn take(
    ctx: &Context<'_>,
    key: Key,
    step: Result<Step, UserError>,
    mut errors: Vec<UserError>,
) -> Result<StockTransferPayload> {
    let call = ctx.call();
    policy::transfers(&call.viewer).or_refuse(&call.viewer)?;
    let step = match step {
        Ok(step) if errors.is_empty() => step,
        step => {
            errors.splice(0..0, step.err());
            return payload(ctx, Err(errors)).await;
        }
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(go(tx, call, step))).await?;
    payload(ctx, written).await
}

async fn go(tx: &mut Tx, call: &Call, step: Step) -> Result<Outcome, Refusal> {
    let own = policy::transfers(&call.viewer).or_refuse(&call.viewer)?;
    let find = || transfer::Entity::find_by_id(step.transfer).filter(own.clone());
    let none = || UserError::not_found(call, "transferId");
    // Which car it is never changes.
    let vehicle = find().one(tx.conn()).await?.ok_or_else(none)?.vehicle_id;
    // The order that has the car, the car, the transfer: one order of locks for all.
    let standing = lock(tx, call.viewer.actor(), vehicle, Condition::all()).await?;
    let standing = standing.map_err(|_| UserError::vehicle_unavailable(call, "transferId", vehicle))?;
    let before = Lock::row(find()).take(tx.conn()).await?.ok_or_else(none)?;
    if !policy::may_move(&call.viewer, &before, step.action) {
        return Err(UserError::coded(call, UserErrorCode::Forbidden, "transferId", "forbidden", &[]).into());
    }
    let state = move_transfer(before.state, step.action).map_err(|illegal| {
        let allowed = illegal.allowed.iter().filter(|action| policy::may_move(&call.viewer, &before, **action));
        UserError::transition(call, before.state, machine::code(&step.action), allowed.map(machine::code))
    })?;
    if before.version != step.expected_version {
        return Err(UserError::version(call, before.id, before.version).into());
    }
    let after = transfer::Model { state, version: before.version + 1, ..before.clone() };
    let after = follow(tx, call, &step, standing, after).await?;
    save(tx, &before, &after);
    Ok(Outcome { transfer: after.id, vehicle })
}

/// What a step means for the transfer's row, for its car, and for the order that has it.
async fn follow(
    tx: &mut Tx,
    call: &Call,
    step: &Step,
    Standing { order, car, .. }: Standing,
    after: transfer::Model,
) -> Result<transfer::Model, Refusal> {
    let now = tx.now();
    let car = match step.action {
        TransferAction::Approve | TransferAction::Ship => hold::free_expired(tx, call, car).await?,
        _ => car,
    };
    let claim = match &order {
        Some(order) => Some(claim_of(order.before(), true)),
        None => held_for(tx, &car).await?,
    };
    let meant = claim.map(|claim| claim.hands_over);
    let stands = car.store_id == Some(after.from_store_id)
        && can_go(car.physical_status, car.commercial_status, meant, after.to_store_id);
    let order = order.filter(|_| meant == Some(after.to_store_id));
    let gone = || UserError::vehicle_unavailable(call, "transferId", car.id);
    let decided = (Some(call.viewer.actor()), Some(now));
    let (decided_by, decided_at) = match step.action {
        TransferAction::Approve | TransferAction::Reject => decided,
        _ => (after.decided_by.clone(), after.decided_at),
    };
    let after =
        transfer::Model { decided_by, decided_at, answer: step.answer.clone().or(after.answer.clone()), ..after };
    match step.action {
        TransferAction::Approve if !stands => Err(gone().into()),
        TransferAction::Approve => {
            let inbound = Inbound { car: &car, to: after.to_store_id, named: after.out_vehicle_id };
            fits(call, "transferId", after.to_store_id, promise(tx, inbound, Some(after.id)).await?)?;
            Ok(after)
        }
        TransferAction::Reject | TransferAction::Cancel => Ok(after),
        TransferAction::Ship => {
            if !stands {
                return Err(gone().into());
            }
            let leaving = moved(call, &car, VehicleAction::StartTransfer)?;
            let leaving = vehicle_unit::Model {
                expected_at: step.expected_at,
                transfer_to_store_id: Some(after.to_store_id),
                ..leaving
            };
            kept::save(tx, &call.viewer.actor(), &car, leaving, VehicleEventKind::StatusChanged);
            if let Some(order) = order {
                leaves(tx, call, order).await?;
            }
            Ok(transfer::Model { shipped_at: Some(now), expected_at: step.expected_at, ..after })
        }
        TransferAction::Receive => {
            if car.transfer_to_store_id != Some(after.to_store_id) {
                return Err(gone().into());
            }
            let to = store::Entity::find_by_id(after.to_store_id).one(tx.conn()).await?;
            let to = to.ok_or_else(|| Error::hidden("a transfer to no store"))?;
            let come = arrived(moved(call, &car, VehicleAction::Receive)?, &to, now);
            let come = come.map_err(|_| Error::hidden("a store without a place"))?;
            kept::save(tx, &call.viewer.actor(), &car, come, VehicleEventKind::StatusChanged);
            if let Some(mut order) = order {
                // That it is there is a fact; where the graph does not let it have ARRIVED, that waits for what comes before.
                travelled(tx, &mut order, Way::Came).await?.map_err(|_| not_yet(call))?;
                order.save(tx);
            }
            Ok(transfer::Model { received_at: Some(now), ..after })
        }
    }
}

/// A car leaves for its order: not while somebody decides about that order, nor before the balance where the city wants it first. Why is
/// the business of the order's stores, and not told to who has the car.
async fn leaves(tx: &mut Tx, call: &Call, mut order: Revision) -> Result<(), Refusal> {
    if !takes_milestones(order.before().status) {
        return Err(not_yet(call).into());
    }
    travelled(tx, &mut order, Way::Left).await?.map_err(|_| not_yet(call))?;
    order.save(tx);
    Ok(())
}

fn not_yet(call: &Call) -> UserError {
    not_eligible(call, "transferId", "transfer-order-not-yet")
}

/// Whether there is a place for the car in the store that asks (C099). Its cars are its own business: who gives one is not told which
/// of them ought to go out.
fn fits(call: &Call, field: &str, to: StoreId, given: Result<(), Full>) -> Result<(), UserError> {
    given.map_err(|full| {
        let oldest = full.oldest.filter(|_| quotas::sees(&call.viewer, to));
        UserError::quota_full(call, field, full.quota, oldest)
    })
}

/// The car after a physical step.
fn moved(call: &Call, car: &vehicle_unit::Model, action: VehicleAction) -> Result<vehicle_unit::Model, UserError> {
    let step = move_physical(car.physical_status, car.resume_to, action).map_err(|illegal| {
        UserError::transition(
            call,
            car.physical_status,
            machine::code(&action),
            illegal.allowed.iter().map(machine::code),
        )
    })?;
    Ok(vehicle_unit::Model { physical_status: step.to, resume_to: step.resume_to, ..car.clone() })
}
