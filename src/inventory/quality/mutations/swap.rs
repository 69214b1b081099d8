//! `qualitySwapRequest` and `qualitySwapDecline` (C101): the customer's wish for another car. That the cars were swapped is noted where an
//! order loses its car, whatever way (`store::WishOver`).

use async_graphql::{Context, SimpleObject};
use entity::inventory::quality_case;
use entity::order::order;
use entity::{OrderId, QualityDamageAction, QualityDamageCaseId, QualitySwapState};
use sea_orm::sea_query::Condition;
use sea_orm::{EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::{QualitySwapDeclineInput, QualitySwapRequestInput};
use super::super::policy;
use super::super::rules::swap::{may_request, waits};
use super::super::store::{self, Standing, Word};
use super::{MAX_NOTE, Outcome, QualityDamagePayload, needed, not_locked, payload};
use crate::access::Access;
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::inventory::mutations::note;
use crate::order::{Order, OrderById, policy as orders};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct QualitySwapRequestPayload {
    /// The order; its `qualityCases` say how it stands.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Asked {
    order: OrderId,
}

pub async fn request(ctx: &Context<'_>, input: QualitySwapRequestInput) -> Result<QualitySwapRequestPayload> {
    let call = ctx.call();
    orders::own(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut errors = Vec::new();
    let said = note(call, "note", input.note.as_deref(), &mut errors);
    let id = UserError::parse_id(call, "caseId", &input.case_id).map_err(|error| errors.push(error)).ok();
    let version = input.expected_version;
    let written = match id {
        Some(id) if errors.is_empty() => {
            write(ctx, Some(key), move |tx, call| Box::pin(ask(tx, call, (id, version), said))).await?
        }
        _ => Err(errors),
    };
    let asked = match written {
        Ok(asked) => asked,
        Err(user_errors) => return Ok(QualitySwapRequestPayload { order: None, user_errors }),
    };
    let order = call.link::<OrderById>().one(asked.order).await?;
    if let Some(order) = &order {
        below(ctx, call, "order", order).await?;
    }
    Ok(QualitySwapRequestPayload { order, user_errors: Vec::new() })
}

pub async fn decline(ctx: &Context<'_>, input: QualitySwapDeclineInput) -> Result<QualityDamagePayload> {
    let call = ctx.call();
    if !policy::may(&call.viewer, QualityDamageAction::DeclineSwap) {
        return Err(call.viewer.refused());
    }
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut errors = Vec::new();
    let answer = needed(call, "answer", &input.answer, MAX_NOTE, &mut errors);
    let id = UserError::parse_id(call, "caseId", &input.case_id).map_err(|error| errors.push(error)).ok();
    let version = input.expected_version;
    let written = match id {
        Some(id) if errors.is_empty() => {
            write(ctx, Some(key), move |tx, call| Box::pin(say_no(tx, call, (id, version), answer))).await?
        }
        _ => Err(errors),
    };
    payload(ctx, written).await
}

/// Locks a case with its car and its order, which has to be one of these and have the car still.
async fn opened(
    tx: &Tx,
    call: &Call,
    (id, version): (QualityDamageCaseId, i32),
    rows: Access,
) -> Result<(Standing, quality_case::Model, OrderId), Refusal> {
    let none = || UserError::not_found(call, "caseId");
    let found = quality_case::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(none)?;
    let order = found.order_id.ok_or_else(none)?;
    let own = order::Entity::find_by_id(order).filter(rows.or_nothing());
    own.one(tx.conn()).await?.ok_or_else(none)?;
    let standing = store::lock(tx, call.viewer.actor(), found.vehicle_id, Condition::all()).await?;
    let standing = standing.map_err(|why| not_locked(call, "caseId", why))?;
    let case = store::lock_case(tx, id).await?.ok_or_else(none)?;
    if case.version != version {
        return Err(UserError::version(call, id, case.version).into());
    }
    Ok((standing, case, order))
}

fn has_car(standing: &Standing, order: OrderId) -> bool {
    let own = standing.order.as_ref().map(crate::order::Revision::before);
    own.is_some_and(|own| own.id == order && own.delivered_at.is_none())
}

async fn ask(
    tx: &mut Tx,
    call: &Call,
    which: (QualityDamageCaseId, i32),
    said: Option<String>,
) -> Result<Asked, Refusal> {
    let (mut standing, case, order) = opened(tx, call, which, orders::own(&call.viewer)).await?;
    if !may_request(case.state, case.swap_state, has_car(&standing, order)) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "caseId", "quality-swap-over", &[]).into());
    }
    let after = quality_case::Model {
        swap_state: Some(QualitySwapState::Requested),
        swap_requested_at: Some(tx.now()),
        ..case.clone()
    };
    store::save(tx, &mut standing, &case, after, Word { actor: &call.viewer.actor(), note: said });
    if let Some(order) = standing.order {
        order.save(tx);
    }
    Ok(Asked { order })
}

async fn say_no(
    tx: &mut Tx,
    call: &Call,
    which: (QualityDamageCaseId, i32),
    answer: String,
) -> Result<Outcome, Refusal> {
    let (mut standing, case, _) = opened(tx, call, which, orders::decidable(&call.viewer)).await?;
    if !waits(case.swap_state) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "caseId", "quality-swap-none", &[]).into());
    }
    let after = quality_case::Model {
        swap_state: Some(QualitySwapState::Declined),
        swap_answer: Some(answer.clone()),
        ..case.clone()
    };
    store::save(tx, &mut standing, &case, after, Word { actor: &call.viewer.actor(), note: Some(answer) });
    if let Some(order) = standing.order {
        order.save(tx);
    }
    Ok(Outcome { case: case.id, vehicle: case.vehicle_id })
}
