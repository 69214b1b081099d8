//! `qualityDamageScrap` (C101): a car is written off, and its order waits for another.

use async_graphql::Context;
use entity::inventory::{quality_case, vehicle_unit};
use entity::{AllocationKind, QualityDamageState, QualitySwapState, VehicleEventKind};

use super::super::super::store as kept;
use super::super::inputs::QualityDamageScrapInput;
use super::super::policy;
use super::super::rules::case::QualityMove;
use super::super::rules::hold::{Ended, released};
use super::super::rules::swap::waits;
use super::super::store::{self, Standing, Word};
use super::step::{Which, opened};
use super::{MAX_NOTE, Outcome, QualityDamagePayload, needed, payload};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::order::{NotMoved, Progress, car_is_invoiced, unassign};
use crate::store::Tx;

pub async fn run(ctx: &Context<'_>, input: QualityDamageScrapInput) -> Result<QualityDamagePayload> {
    let (key, call) = (Key::new(ctx, &input.idempotency_key, &input), ctx.call());
    policy::cars(&call.viewer).or_refuse(&call.viewer)?;
    let mut errors = Vec::new();
    let reason = needed(call, "reason", &input.reason, MAX_NOTE, &mut errors);
    let which = Which { id: input.case_id, version: input.expected_version };
    let written = if errors.is_empty() {
        write(ctx, Some(key), move |tx, call| Box::pin(scrap(tx, call, which, reason))).await?
    } else {
        Err(errors)
    };
    payload(ctx, written).await
}

async fn scrap(tx: &mut Tx, call: &Call, which: Which, reason: String) -> Result<Outcome, Refusal> {
    let (mut standing, case, _) = opened(tx, call, &which, QualityMove::Scrap).await?;
    let actor = call.viewer.actor();
    let mut cases = store::lock_others(tx, &case).await?;
    let (id, vehicle) = (case.id, case.vehicle_id);
    cases.insert(0, case);
    let mut ended = Vec::with_capacity(cases.len());
    for before in cases {
        let swap_state = match before.swap_state {
            swap if waits(swap) => Some(QualitySwapState::Done),
            swap => swap,
        };
        let after = quality_case::Model { state: QualityDamageState::Scrapped, swap_state, ..before.clone() };
        let note = (before.id == id).then(|| reason.clone());
        ended.push(store::save(tx, &mut standing, &before, after, Word { actor: &actor, note }));
    }
    let car = set_down(tx, call, &mut standing, &reason).await?;
    if let Some(order) = standing.order {
        order.save(tx);
    }
    // The car was written as nobody's, and its cases are not to be looked at again.
    tx.flush().await?;
    let moved = released(car.physical_status, car.resume_to, Ended::Lost, 0);
    if let Some(moved) = moved {
        let lost = vehicle_unit::Model { physical_status: moved.to, resume_to: moved.resume_to, ..car.clone() };
        kept::save(tx, &actor, &car, lost, VehicleEventKind::StatusChanged);
    }
    Ok(Outcome { case: id, vehicle })
}

/// Takes the car from its order, or ends its hold. The car as it will be.
async fn set_down(
    tx: &mut Tx,
    call: &Call,
    standing: &mut Standing,
    reason: &str,
) -> Result<vehicle_unit::Model, Refusal> {
    let car = standing.car.clone();
    let Some(active) = standing.active.clone() else { return Ok(car) };
    if active.kind != AllocationKind::Hard {
        return Ok(kept::let_go(tx, &call.viewer.actor(), &car, active));
    }
    let order = standing.order.as_mut().ok_or_else(|| Error::hidden("an allocation without an order"))?;
    let not = |key: &str| UserError::coded(call, UserErrorCode::NotEligible, "caseId", key, &[]);
    if car_is_invoiced(tx.conn(), order.before().id).await? {
        return Err(not("allocation-invoiced").into());
    }
    let mut progress = Progress::of(tx.conn(), order.before()).await?;
    let freed = unassign(tx, (order, &mut progress), (&car, &active), reason, false).map_err(|why| match why {
        NotMoved::Graph(_) => not("quality-order-ready"),
        NotMoved::Obstacle(_) => not("quality-order-sold"),
    })?;
    progress.save(tx);
    Ok(freed)
}
