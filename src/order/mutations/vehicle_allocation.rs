//! `vehicleAllocate`, `vehicleDeallocate` and `vehicleSwap` (C079, C101): cars given to orders, and taken back. Orders are locked
//! before cars, of several of a kind the smaller id first: one order of locks for all.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject};
use entity::inventory::{allocation, vehicle_unit};
use entity::order::order;
use entity::{OrderId, VehicleUnitId};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::super::inputs::{VehicleAllocateInput, VehicleDeallocateInput, VehicleSwapInput};
use super::super::policy;
use super::super::rules::car::takes_car;
use super::super::store::{NotMoved, Progress, Revision, assign, car_is_invoiced, unassign};
use super::super::types::Order;
use super::{MAX_NOTE, bad_text, graph_refusal, shown};
use crate::access::ViewerKind;
use crate::graph::answer::below;
use crate::graph::user_error::{UserErrorCode, VersionConflict, path};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::inventory::policy::{self as sights, Sight};
use crate::inventory::quality::store::has_disclosure;
use crate::inventory::rules::allocation::{is_sold_as, yields};
use crate::inventory::rules::matching::{is_new, unlike};
use crate::inventory::{Obstacle, VehicleUnit, VehicleUnitById, active, is_own, lock_seen};
use crate::store::{Lock, Tx};
use crate::values::text;

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleAllocatePayload {
    /// The order, with its car.
    pub order: Option<Order>,
    /// The car, as the caller sees it now.
    pub vehicle: Option<VehicleUnit>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleDeallocatePayload {
    /// The order, which waits for a car again.
    pub order: Option<Order>,
    /// The car that it had, as the caller sees it now.
    pub vehicle: Option<VehicleUnit>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleSwapPayload {
    /// The order, with its new car.
    pub order: Option<Order>,
    /// The order with which it exchanged cars, if it was one.
    pub other_order: Option<Order>,
    /// The car that the order has now, as the caller sees it.
    pub vehicle: Option<VehicleUnit>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What is left behind: orders and a car.
#[derive(Serialize, Deserialize)]
pub struct Moved {
    /// The order.
    pub order: OrderId,
    other: Option<OrderId>,
    vehicle: VehicleUnitId,
}

/// The parts of a payload, read under the rights of now.
struct Parts {
    order: Option<Order>,
    other: Option<Order>,
    vehicle: Option<VehicleUnit>,
    user_errors: Vec<UserError>,
}

async fn parts(ctx: &Context<'_>, written: std::result::Result<Moved, Vec<UserError>>) -> Result<Parts> {
    let moved = match written {
        Ok(moved) => moved,
        Err(user_errors) => return Ok(Parts { order: None, other: None, vehicle: None, user_errors }),
    };
    let order = shown(ctx, moved.order).await?;
    let other = match moved.other {
        Some(other) => super::shown_in(ctx, "otherOrder", other).await?,
        None => None,
    };
    let call = ctx.call();
    let vehicle = call.link::<VehicleUnitById>().one(moved.vehicle).await?;
    if let Some(car) = &vehicle {
        below(ctx, call, "vehicle", car).await?;
    }
    Ok(Parts { order, other, vehicle, user_errors: Vec::new() })
}

pub async fn allocate(ctx: &Context<'_>, input: VehicleAllocateInput) -> Result<VehicleAllocatePayload> {
    let call = ctx.call();
    policy::recordable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let sight = sights::sight(call).await?;
    let written = write(ctx, Some(key), move |tx, call| Box::pin(give_one(tx, call, sight, input))).await?;
    let Parts { order, vehicle, user_errors, .. } = parts(ctx, written).await?;
    Ok(VehicleAllocatePayload { order, vehicle, user_errors })
}

pub async fn deallocate(ctx: &Context<'_>, input: VehicleDeallocateInput) -> Result<VehicleDeallocatePayload> {
    let call = ctx.call();
    policy::decidable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(take_back(tx, call, input))).await?;
    let Parts { order, vehicle, user_errors, .. } = parts(ctx, written).await?;
    Ok(VehicleDeallocatePayload { order, vehicle, user_errors })
}

pub async fn swap(ctx: &Context<'_>, input: VehicleSwapInput) -> Result<VehicleSwapPayload> {
    let call = ctx.call();
    policy::decidable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let sight = sights::sight(call).await?;
    let written = match read(call, &input) {
        Ok(asked) => write(ctx, Some(key), move |tx, call| Box::pin(exchange(tx, call, sight, asked))).await?,
        Err(errors) => Err(errors),
    };
    let Parts { order, other, vehicle, user_errors } = parts(ctx, written).await?;
    Ok(VehicleSwapPayload { order, other_order: other, vehicle, user_errors })
}

/// A swap as it was asked for.
struct Swap {
    order: (OrderId, i32),
    with: With,
    reason: String,
    accepts: bool,
    accepts_damage: bool,
}

/// What an order's car is swapped with.
enum With {
    Car(VehicleUnitId),
    Order(OrderId, i32),
}

fn read(call: &Call, input: &VehicleSwapInput) -> std::result::Result<Swap, Vec<UserError>> {
    let mut errors = Vec::new();
    let order = UserError::parse_id(call, "orderId", &input.order_id).map_err(|error| errors.push(error)).ok();
    let reason = text::note(&input.reason, MAX_NOTE);
    let reason = reason.map_err(|invalid| errors.push(bad_text(call, "reason", invalid, MAX_NOTE))).ok();
    let with = match (&input.vehicle_id, &input.other_order_id, input.other_expected_version) {
        (Some(car), None, None) => UserError::parse_id(call, "vehicleId", car).map(With::Car),
        (None, Some(other), Some(version)) => {
            UserError::parse_id(call, "otherOrderId", other).and_then(|other| match Some(other) == order {
                false => Ok(With::Order(other, version)),
                true => Err(UserError::invalid(call, "otherOrderId", "swap-itself", &[])),
            })
        }
        (None, Some(_), None) => {
            Err(UserError::coded(call, UserErrorCode::Required, "otherExpectedVersion", "swap-version", &[]))
        }
        _ => Err(UserError::coded(call, UserErrorCode::Required, "vehicleId", "swap-with", &[])),
    };
    let with = with.map_err(|error| errors.push(error)).ok();
    let accepts = accepts(call, input.accept_differences).map_err(|error| errors.push(error)).ok();
    match (order, with, reason, accepts) {
        (Some(order), Some(with), Some(reason), Some(accepts)) if errors.is_empty() => {
            let accepts_damage = input.accept_damage.unwrap_or_default();
            Ok(Swap { order: (order, input.expected_version), with, reason, accepts, accepts_damage })
        }
        _ => Err(errors),
    }
}

/// Whether differences are taken, which only operators may.
fn accepts(call: &Call, asked: Option<bool>) -> std::result::Result<bool, UserError> {
    let asked = asked.unwrap_or(false);
    if asked && !matches!(call.viewer.kind, ViewerKind::Operator(_)) {
        let code = UserErrorCode::Forbidden;
        return Err(UserError::coded(call, code, "acceptDifferences", "allocation-operators", &[]));
    }
    Ok(asked)
}

/// Refuses an order that takes no car now.
fn may_take(call: &Call, revision: &Revision, field: &str) -> std::result::Result<(), UserError> {
    let status = revision.before().status;
    if takes_car(status) {
        return Ok(());
    }
    let args = [("status", status.to_string().into())];
    Err(UserError::coded(call, UserErrorCode::NotEligible, field, "allocation-order-state", &args))
}

/// Refuses a car that is not what was ordered, or not new; `field` is where it was named.
fn fits(
    call: &Call,
    order: &order::Model,
    car: &vehicle_unit::Model,
    accepts: bool,
    field: &str,
) -> std::result::Result<(), UserError> {
    let not = |key: &str, args: &[_]| Err(UserError::coded(call, UserErrorCode::NotEligible, field, key, args));
    if car.trim_id != order.trim_id {
        return not("ingest-other-trim", &[]);
    }
    if !is_new(car.stock_type) {
        return not("allocation-not-new", &[]);
    }
    if !is_sold_as(order, car) {
        return not("allocation-sold-otherwise", &[]);
    }
    let different = unlike(&order.option_codes.0, &car.option_codes.0);
    if !accepts && !different.is_empty() {
        return not("allocation-differs", &[("options", different.join(", ").into())]);
    }
    Ok(())
}

/// Refuses a car that is sold with a damage, unless the customer was told and takes it; `field` is where it was named.
async fn disclosed(tx: &Tx, call: &Call, car: &vehicle_unit::Model, accepts: bool, field: &str) -> Result<(), Refusal> {
    if accepts || !has_disclosure(tx.conn(), car.id).await? {
        return Ok(());
    }
    Err(UserError::coded(call, UserErrorCode::NotEligible, field, "allocation-damaged", &[]).into())
}

/// Why a car did not move, in words for people.
fn not_moved(call: &Call, why: NotMoved, field: &str, car: VehicleUnitId) -> UserError {
    let not = |key: &str| UserError::coded(call, UserErrorCode::NotEligible, field, key, &[]);
    match why {
        NotMoved::Graph(refusal) => graph_refusal(call, &refusal),
        NotMoved::Obstacle(Obstacle::CarTaken | Obstacle::NotForSale) => {
            UserError::vehicle_unavailable(call, field, car)
        }
        NotMoved::Obstacle(Obstacle::OtherTrim) => not("ingest-other-trim"),
        NotMoved::Obstacle(Obstacle::OrderEnded) => not("ingest-order-ended"),
        NotMoved::Obstacle(Obstacle::OrderHasAnother) => not("allocation-has-car"),
    }
}

/// Locks a car of the caller's sight that a staff's policies let them dispose of, with its allocation.
async fn lock_to_give(
    tx: &Tx,
    call: &Call,
    sight: &Sight,
    id: VehicleUnitId,
    order: &order::Model,
) -> Result<(vehicle_unit::Model, Option<allocation::Model>), Refusal> {
    let found = lock_seen(tx, call, sight, id).await?;
    if !found.shown.may_reserve && !matches!(call.viewer.kind, ViewerKind::Operator(_)) {
        return Err(UserError::coded(call, UserErrorCode::Forbidden, "vehicleId", "forbidden", &[]).into());
    }
    let held = active(tx, id).await?;
    if held.as_ref().is_some_and(|held| !yields(held, order, tx.now())) {
        return Err(UserError::vehicle_unavailable(call, "vehicleId", id).into());
    }
    Ok((found.row, held))
}

/// Opens an order of these rows in the version that was read.
async fn open(tx: &Tx, call: &Call, rows: Condition, (id, version): (&ID, i32)) -> Result<Revision, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", id)?;
    let revision = Revision::open(tx, rows, id, call.viewer.actor()).await?;
    let revision = revision.ok_or_else(|| UserError::not_found(call, "orderId"))?;
    if revision.version() != version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    Ok(revision)
}

/// Gives one car to one order; also of many.
///
/// # Errors
/// What the user can put right, or when the store fails.
pub async fn give_one(
    tx: &mut Tx,
    call: &Call,
    sight: Arc<Sight>,
    input: VehicleAllocateInput,
) -> Result<Moved, Refusal> {
    let vehicle: VehicleUnitId = UserError::parse_id(call, "vehicleId", &input.vehicle_id)?;
    let accepts = accepts(call, input.accept_differences)?;
    let rows = policy::recordable(&call.viewer).or_nothing();
    let mut revision = open(tx, call, rows, (&input.order_id, input.expected_version)).await?;
    may_take(call, &revision, "orderId")?;
    if revision.before().vehicle_id.is_some() {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "allocation-has-car", &[]).into());
    }
    let (car, held) = lock_to_give(tx, call, &sight, vehicle, revision.before()).await?;
    fits(call, revision.before(), &car, accepts, "vehicleId")?;
    disclosed(tx, call, &car, input.accept_damage.unwrap_or_default(), "vehicleId").await?;
    let mut progress = Progress::of(tx.conn(), revision.before()).await?;
    assign(tx, (&mut revision, &mut progress), &car, held)
        .await?
        .map_err(|why| not_moved(call, why, "vehicleId", vehicle))?;
    let order = revision.order.id;
    progress.save(tx);
    revision.save(tx);
    Ok(Moved { order, other: None, vehicle })
}

/// The locked car of an order, and the allocation that makes it so.
async fn own_car(
    tx: &Tx,
    call: &Call,
    revision: &Revision,
    field: &str,
) -> Result<(vehicle_unit::Model, allocation::Model), Refusal> {
    let none = || UserError::coded(call, UserErrorCode::NotEligible, field, "allocation-none", &[]);
    let order = revision.before();
    let id = order.vehicle_id.ok_or_else(none)?;
    let car = Lock::row(vehicle_unit::Entity::find_by_id(id)).take(tx.conn()).await?.ok_or_else(none)?;
    let own = active(tx, id).await?.filter(|held| is_own(held, order.id)).ok_or_else(none)?;
    if car_is_invoiced(tx.conn(), order.id).await? {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, field, "allocation-invoiced", &[]).into());
    }
    Ok((car, own))
}

async fn take_back(tx: &mut Tx, call: &Call, input: VehicleDeallocateInput) -> Result<Moved, Refusal> {
    let reason = text::note(&input.reason, MAX_NOTE).map_err(|e| bad_text(call, "reason", e, MAX_NOTE))?;
    let rows = policy::decidable(&call.viewer).or_nothing();
    let mut revision = open(tx, call, rows, (&input.order_id, input.expected_version)).await?;
    may_take(call, &revision, "orderId")?;
    let (car, own) = own_car(tx, call, &revision, "orderId").await?;
    let mut progress = Progress::of(tx.conn(), revision.before()).await?;
    unassign(tx, (&mut revision, &mut progress), (&car, &own), &reason, false)
        .map_err(|why| not_moved(call, why, "orderId", car.id))?;
    let order = revision.order.id;
    progress.save(tx);
    revision.save(tx);
    Ok(Moved { order, other: None, vehicle: car.id })
}

async fn exchange(tx: &mut Tx, call: &Call, sight: Arc<Sight>, asked: Swap) -> Result<Moved, Refusal> {
    match asked.with {
        With::Car(car) => another_car(tx, call, &sight, &asked, car).await,
        With::Order(other, version) => each_others(tx, call, &asked, (other, version)).await,
    }
}

/// What is said of a version that was read before another change; `order` is the field that names the order.
fn stale(call: &Call, revision: &Revision, order: &str) -> UserError {
    let error = UserError::version(call, revision.before().id, revision.version());
    match error {
        UserError::Version(conflict) if order == "otherOrderId" => {
            UserError::Version(VersionConflict { field: path(["otherExpectedVersion"]), ..conflict })
        }
        error => error,
    }
}

/// Locks orders that the viewer decides on, the smaller id first, and finds them as they were named; each in the version that
/// was read.
async fn open_all(tx: &Tx, call: &Call, named: [(OrderId, i32, &str); 2]) -> Result<[Revision; 2], Refusal> {
    let select = order::Entity::find()
        .filter(order::Column::Id.is_in(named.map(|(id, ..)| id)))
        .filter(policy::decidable(&call.viewer).or_nothing())
        .order_by_asc(order::Column::Id);
    let mut found = Lock::row(select).all(tx.conn()).await?;
    let mut errors = Vec::new();
    let mut opened = named.map(|(id, version, field)| {
        let Some(at) = found.iter().position(|order| order.id == id) else {
            errors.push(UserError::not_found(call, field));
            return None;
        };
        let revision = Revision::of(tx, found.swap_remove(at), call.viewer.actor());
        if revision.version() != version {
            errors.push(stale(call, &revision, field));
        } else if let Err(error) = may_take(call, &revision, field) {
            errors.push(error);
        }
        Some(revision)
    });
    match (errors.is_empty(), opened[0].take(), opened[1].take()) {
        (true, Some(one), Some(other)) => Ok([one, other]),
        _ => Err(errors.into()),
    }
}

async fn another_car(
    tx: &mut Tx,
    call: &Call,
    sight: &Sight,
    asked: &Swap,
    vehicle: VehicleUnitId,
) -> Result<Moved, Refusal> {
    let (id, version) = asked.order;
    let rows = policy::decidable(&call.viewer).or_nothing();
    let mut revision = open(tx, call, rows, (&ID(id.to_string()), version)).await?;
    may_take(call, &revision, "orderId")?;
    if revision.before().vehicle_id == Some(vehicle) {
        return Err(UserError::invalid(call, "vehicleId", "swap-itself", &[]).into());
    }
    let own_first = revision.before().vehicle_id.is_some_and(|own| own < vehicle);
    let mut own = None;
    if own_first {
        own = Some(own_car(tx, call, &revision, "orderId").await?);
    }
    let (car, held) = lock_to_give(tx, call, sight, vehicle, revision.before()).await?;
    let (before, allocation) = match own {
        Some(own) => own,
        None => own_car(tx, call, &revision, "orderId").await?,
    };
    fits(call, revision.before(), &car, asked.accepts, "vehicleId")?;
    disclosed(tx, call, &car, asked.accepts_damage, "vehicleId").await?;
    let mut progress = Progress::of(tx.conn(), revision.before()).await?;
    unassign(tx, (&mut revision, &mut progress), (&before, &allocation), &asked.reason, true)
        .map_err(|why| not_moved(call, why, "orderId", before.id))?;
    // Of an order one allocation at a time is in force.
    tx.flush().await?;
    assign(tx, (&mut revision, &mut progress), &car, held)
        .await?
        .map_err(|why| not_moved(call, why, "vehicleId", vehicle))?;
    progress.save(tx);
    revision.save(tx);
    Ok(Moved { order: id, other: None, vehicle })
}

async fn each_others(
    tx: &mut Tx,
    call: &Call,
    asked: &Swap,
    (other, version): (OrderId, i32),
) -> Result<Moved, Refusal> {
    let (id, own_version) = asked.order;
    let [mut one, mut two] =
        open_all(tx, call, [(id, own_version, "orderId"), (other, version, "otherOrderId")]).await?;
    let own_first = one.before().vehicle_id <= two.before().vehicle_id;
    let (first, second) = match own_first {
        true => ((&one, "orderId"), (&two, "otherOrderId")),
        false => ((&two, "otherOrderId"), (&one, "orderId")),
    };
    let lower = own_car(tx, call, first.0, first.1).await?;
    let upper = own_car(tx, call, second.0, second.1).await?;
    let ((car_of_one, of_one), (car_of_two, of_two)) = if own_first { (lower, upper) } else { (upper, lower) };
    fits(call, one.before(), &car_of_two, asked.accepts, "otherOrderId")?;
    fits(call, two.before(), &car_of_one, asked.accepts, "otherOrderId")?;
    disclosed(tx, call, &car_of_two, asked.accepts_damage, "otherOrderId").await?;
    disclosed(tx, call, &car_of_one, asked.accepts_damage, "orderId").await?;
    let mut progress = Progress::of_all(tx.conn(), [one.before(), two.before()].into_iter()).await?;
    let gone = || crate::graph::Error::hidden("an order without store or configuration");
    let mut way_of_one = progress.remove(&id).ok_or_else(gone)?;
    let mut way_of_two = progress.remove(&other).ok_or_else(gone)?;
    let freed_by_one = unassign(tx, (&mut one, &mut way_of_one), (&car_of_one, &of_one), &asked.reason, true)
        .map_err(|why| not_moved(call, why, "orderId", car_of_one.id))?;
    let freed_by_two = unassign(tx, (&mut two, &mut way_of_two), (&car_of_two, &of_two), &asked.reason, true)
        .map_err(|why| not_moved(call, why, "otherOrderId", car_of_two.id))?;
    // Of an order, and of a car, one allocation at a time is in force.
    tx.flush().await?;
    assign(tx, (&mut one, &mut way_of_one), &freed_by_two, None)
        .await?
        .map_err(|why| not_moved(call, why, "otherOrderId", freed_by_two.id))?;
    assign(tx, (&mut two, &mut way_of_two), &freed_by_one, None)
        .await?
        .map_err(|why| not_moved(call, why, "orderId", freed_by_one.id))?;
    way_of_one.save(tx);
    way_of_two.save(tx);
    one.save(tx);
    two.save(tx);
    Ok(Moved { order: id, other: Some(other), vehicle: freed_by_two.id })
}
