//! `cn.milepost.inventory.allocation.v1` (C079, C102). The milestone ALLOCATED does not follow: a system that reports its own
//! allocations reports its own milestones.

use chrono::{DateTime, Utc};
use entity::inventory::vehicle_unit;
use entity::{CommercialStatus, InboundCode, VehicleEventKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::quality::store::has_disclosure;
use super::super::rules::allocation::Obstacle;
use super::super::rules::status::{CommercialAction, move_commercial};
use super::super::store as kept;
use super::car;
use super::vehicle::subject;
use crate::graph::Result;
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::order::rules::handover::ownership;
use crate::order::upstream::{open, subject as order_subject};
use crate::order::{car_is_invoiced, follow_handovers};

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
        /// Of a car that is sold with a damage, that the customer was told and takes it. Nobody gets it otherwise.
        pub damage_disclosed: Option<bool>,
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
            damage_disclosed: None,
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
    let active = kept::active(desk.tx, car.id).await?;
    let own = active.as_ref().filter(|held| kept::is_own(held, revision.order.id)).cloned();
    let at = data.occurred_at.or(item.time).unwrap_or(desk.tx.now()).min(desk.tx.now());
    let verdict = match (data.state, own) {
        (AllocationState::Allocated, Some(_)) => Verdict::DONE,
        (AllocationState::Allocated, None)
            if data.damage_disclosed != Some(true) && has_disclosure(desk.tx.conn(), car.id).await? =>
        {
            Reason::new(InboundCode::NotEligible, "allocation-damaged").at("damageDisclosed").into()
        }
        (AllocationState::Allocated, None) => match kept::give(desk.tx, &mut revision, &car, active, at).await? {
            Ok(_) => {
                // Its hand-over was reported before.
                if ownership(revision.before(), &revision.order).is_some() {
                    desk.tx.flush().await?;
                    follow_handovers(desk.tx, &desk.app.vault, &mut [&mut revision], None).await?;
                }
                Verdict::DONE
            }
            Err(obstacle) => in_the_way(obstacle, &car, data),
        },
        // Its allocation may be on its way.
        (AllocationState::Released | AllocationState::Sold, None) => {
            let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-allocation").at("state");
            Verdict::Held(reason, order_subject(&data.order_number))
        }
        // Its invoice names the car; the red letter wakes it.
        (AllocationState::Released, Some(_)) if car_is_invoiced(desk.tx.conn(), revision.order.id).await? => {
            let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-red").at("state");
            return Ok(Verdict::Held(reason, order_subject(&data.order_number)));
        }
        (AllocationState::Released, Some(own)) => match kept::take(desk.tx, &mut revision, &car, &own, (at, None)) {
            Some(_) => Verdict::DONE,
            None => no_step(&car, data),
        },
        (AllocationState::Sold, Some(_)) if car.commercial_status == CommercialStatus::Sold => Verdict::DONE,
        (AllocationState::Sold, Some(_)) => {
            let Some(after) = moved(&car, CommercialAction::Sell) else { return Ok(no_step(&car, data)) };
            car::save(desk, &car, after, VehicleEventKind::StatusChanged);
            Verdict::DONE
        }
    };
    revision.save(desk.tx);
    Ok(verdict)
}

/// What is said of an allocation that cannot be: the release of what stands now may be on its way.
fn in_the_way(obstacle: Obstacle, car: &vehicle_unit::Model, data: &AllocationData) -> Verdict {
    let waits = |field: &str| Reason::new(InboundCode::WaitsForState, "ingest-waits-release").at(field);
    match obstacle {
        Obstacle::OrderEnded => Reason::new(InboundCode::NotEligible, "ingest-order-ended").at("orderNumber").into(),
        Obstacle::CarTaken => Verdict::Held(waits("vin"), subject(&data.vin)),
        Obstacle::OrderHasAnother => Verdict::Held(waits("orderNumber"), order_subject(&data.order_number)),
        Obstacle::OtherTrim => Reason::new(InboundCode::NotEligible, "ingest-other-trim").at("vin").into(),
        Obstacle::NotForSale => no_step(car, data),
    }
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
