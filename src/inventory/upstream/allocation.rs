//! `cn.milepost.inventory.allocation.v1` (C079, C102).

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, vehicle_unit};
use entity::{AllocationId, AllocationKind, CommercialStatus, EventKind, InboundCode, VehicleEventKind};
use schemars::JsonSchema;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::rules::status::{CommercialAction, can_be_promised, move_commercial};
use super::car;
use super::vehicle::subject;
use crate::graph::Result;
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::order::Revision;
use crate::order::rules::status::is_ended;
use crate::order::upstream::{open, subject as order_subject};

data! {
    /// A car has been given to an order, taken from it, or sold with it (order management, dealer management).
    pub struct AllocationData {
        /// The car.
        pub vin: String,
        /// Number of the order.
        pub order_number: String,
        /// What became of it.
        pub state: AllocationState,
        /// When; the event's `time` when left out.
        pub occurred_at: Option<DateTime<Utc>>,
    }
}

/// What became of a car's allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AllocationState {
    /// It is the order's. A hold of the car ends.
    Allocated,
    /// It is the order's no more.
    Released,
    /// It was sold with the order.
    Sold,
}

/// An allocation reported.
pub struct AllocationReported;

impl Inbound for AllocationReported {
    const TYPE: &'static str = "cn.milepost.inventory.allocation.v1";
    const DOMAIN: &'static str = "inventory";
    type Data = AllocationData;

    fn example() -> AllocationData {
        AllocationData {
            vin: "L00C5D1E7TX900001".into(),
            order_number: "YC2511249001".into(),
            state: AllocationState::Allocated,
            occurred_at: "2025-11-24T04:00:00Z".parse().ok(),
        }
    }

    fn subject(data: &AllocationData) -> String {
        format!("{}/allocation/{}", subject(&data.vin), data.order_number)
    }

    fn wakes(data: &AllocationData) -> Vec<String> {
        vec![subject(&data.vin), order_subject(&data.order_number)]
    }

    fn moment(data: &AllocationData) -> Option<DateTime<Utc>> {
        data.occurred_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<AllocationData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, item).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn one(desk: &mut Desk<'_>, item: &Item<AllocationData>) -> Result<Verdict> {
    let data = &item.data;
    // The order first, then the car: one order of locks for all.
    let mut revision = match open(desk, &data.order_number).await? {
        Ok(revision) => revision,
        Err(verdict) => return Ok(verdict),
    };
    let car = match car::lock(desk, &data.vin).await? {
        Ok(car) => car,
        Err(verdict) => return Ok(verdict),
    };
    let active = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(car.id))
        .filter(allocation::Column::ReleasedAt.is_null())
        .one(desk.tx.conn())
        .await?;
    let own = active
        .as_ref()
        .is_some_and(|held| held.kind == AllocationKind::Hard && held.order_id == Some(revision.order.id));
    let at = data.occurred_at.or(item.time).unwrap_or(desk.tx.now()).min(desk.tx.now());
    match data.state {
        AllocationState::Allocated if own => Ok(Verdict::DONE),
        AllocationState::Allocated => {
            let verdict = allocate(desk, &mut revision, car, active, data, at).await?;
            revision.save(desk.tx);
            Ok(verdict)
        }
        // Its allocation may be on its way.
        AllocationState::Released | AllocationState::Sold if !own => {
            let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-allocation").at("state");
            Ok(Verdict::Held(reason, order_subject(&data.order_number)))
        }
        AllocationState::Released => {
            let Some(after) = moved(&car, CommercialAction::Deallocate) else { return Ok(no_step(&car, data)) };
            release(desk, active);
            revision.order.vehicle_id = None;
            revision.vehicle_changed(at);
            revision.save(desk.tx);
            car::save(desk, &car, after, VehicleEventKind::Deallocated);
            Ok(Verdict::DONE)
        }
        AllocationState::Sold if car.commercial_status == CommercialStatus::Sold => Ok(Verdict::DONE),
        AllocationState::Sold => {
            let Some(after) = moved(&car, CommercialAction::Sell) else { return Ok(no_step(&car, data)) };
            car::save(desk, &car, after, VehicleEventKind::StatusChanged);
            Ok(Verdict::DONE)
        }
    }
}

async fn allocate(
    desk: &mut Desk<'_>,
    revision: &mut Revision,
    car: vehicle_unit::Model,
    active: Option<allocation::Model>,
    data: &AllocationData,
    at: DateTime<Utc>,
) -> Result<Verdict> {
    let subject = subject(&data.vin);
    if is_ended(revision.order.status) {
        return Ok(Reason::new(InboundCode::NotEligible, "ingest-order-ended").at("orderNumber").into());
    }
    // Another order's: its release may be on its way.
    if active.as_ref().is_some_and(|held| held.kind == AllocationKind::Hard) {
        let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-release").at("vin");
        return Ok(Verdict::Held(reason, subject));
    }
    if revision.order.vehicle_id.is_some_and(|other| other != car.id) {
        let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-release").at("orderNumber");
        return Ok(Verdict::Held(reason, order_subject(&data.order_number)));
    }
    if car.trim_id != revision.order.trim_id {
        return Ok(Reason::new(InboundCode::NotEligible, "ingest-other-trim").at("vin").into());
    }
    let step = moved(&car, CommercialAction::Allocate).filter(|_| can_be_promised(car.physical_status));
    let Some(after) = step else { return Ok(no_step(&car, data)) };
    if let Some(hold) = active {
        let ended = allocation::Model { released_at: Some(desk.tx.now()), ..hold.clone() };
        let next = vehicle_unit::Model { version: car.version + 1, ..car.clone() };
        desk.tx.emit(events::hold_changed(EventKind::VehicleReleased, &next, &ended));
        release(desk, Some(hold));
        desk.tx.flush().await?;
    }
    let made = allocation::Model {
        id: AllocationId::generate(),
        vehicle_id: car.id,
        order_id: Some(revision.order.id),
        store_id: Some(revision.order.delivery_store_id),
        kind: AllocationKind::Hard,
        actor: desk.sender.actor.clone(),
        expires_at: None,
        released_at: None,
        created_at: desk.tx.now(),
    };
    desk.tx.insert([made.into_active_model().reset_all()]);
    revision.order.vehicle_id = Some(car.id);
    revision.vehicle_changed(at);
    car::save(desk, &car, after, VehicleEventKind::Allocated);
    Ok(Verdict::DONE)
}

fn moved(car: &vehicle_unit::Model, action: CommercialAction) -> Option<vehicle_unit::Model> {
    let commercial_status = move_commercial(car.commercial_status, action).ok()?;
    Some(vehicle_unit::Model { commercial_status, ..car.clone() })
}

fn no_step(car: &vehicle_unit::Model, data: &AllocationData) -> Verdict {
    let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("state");
    let action = crate::values::machine::code(&data.state);
    reason.with("from", car.commercial_status.to_string()).with("action", action).into()
}

fn release(desk: &mut Desk<'_>, held: Option<allocation::Model>) {
    let Some(held) = held else { return };
    let ended = allocation::ActiveModel { released_at: Set(Some(desk.tx.now())), ..Default::default() };
    desk.tx.put_one(allocation::Entity::update_many().set(ended).filter(allocation::Column::Id.eq(held.id)));
}
