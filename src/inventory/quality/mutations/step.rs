//! `qualityDamageAssess`, `…ConfirmLiability`, `…Repair`, `…Reinspect`, `…Downgrade` and `…Close` (C101): the steps of a case that leave the
//! car to its order.

use async_graphql::{Context, ID};
use chrono::{DateTime, Utc};
use entity::inventory::quality_case;
use entity::{QualityDamageCaseId, QualityDamageLiability, QualityDamageSeverity, QualityDamageState};
use sea_orm::{EntityTrait, QueryFilter};

use super::super::inputs::{
    QualityDamageAssessInput, QualityDamageCloseInput, QualityDamageConfirmLiabilityInput, QualityDamageDowngradeInput,
    QualityDamageReinspectInput, QualityDamageRepairInput,
};
use super::super::policy;
use super::super::rules::case::{QualityMove, is_ended, move_case};
use super::super::store::{self, Standing, Word};
use super::super::types::action;
use super::{MAX_DESCRIPTION, MAX_NOTE, Outcome, QualityDamagePayload, needed, not_locked, optional_line, payload};
use crate::graph::money;
use crate::graph::scalars::Decimal;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::ingest::keys::{MAX_MINOR, MAX_NAME};
use crate::inventory::mutations::note;
use crate::order::{delay_for_damage, end_delay_for_damage};
use crate::store::Tx;
use crate::values::calendar;
use crate::values::error::Invalid;

/// Which case, as the client has read it.
pub struct Which {
    pub id: ID,
    pub version: i32,
}

/// What is done with it.
enum Doing {
    Assess { severity: QualityDamageSeverity, cost_minor: i64, expected_at: Option<DateTime<Utc>> },
    ConfirmLiability { liability: QualityDamageLiability, party: Option<String> },
    Repair { what: String },
    Reinspect { passed: bool, cost_minor: Option<i64> },
    Downgrade { disclosure: String, customer_accepts: bool },
    Close,
}

impl Doing {
    fn step(&self) -> QualityMove {
        match self {
            Self::Assess { .. } => QualityMove::Assess,
            Self::ConfirmLiability { .. } => QualityMove::ConfirmLiability,
            Self::Repair { .. } => QualityMove::Repair,
            Self::Reinspect { passed: true, .. } => QualityMove::Pass,
            Self::Reinspect { passed: false, .. } => QualityMove::Fail,
            Self::Downgrade { .. } => QualityMove::Downgrade,
            Self::Close => QualityMove::Close,
        }
    }
}

/// A step as it was read, or what is wrong with it.
type Said = Result<(Doing, Option<String>), Vec<UserError>>;

fn said(doing: Doing, note: Option<String>, errors: Vec<UserError>) -> Said {
    if errors.is_empty() { Ok((doing, note)) } else { Err(errors) }
}

/// What a repair costs.
fn cost(call: &Call, given: Decimal, errors: &mut Vec<UserError>) -> i64 {
    let within = |minor: &i64| (0..=MAX_MINOR).contains(minor);
    match money::minor(given) {
        Ok(minor) if within(&minor) => minor,
        Ok(_) => {
            errors.push(UserError::refused(call, "cost", Invalid::rule("money")));
            0
        }
        Err(invalid) => {
            errors.push(UserError::refused(call, "cost", invalid));
            0
        }
    }
}

pub async fn assess(ctx: &Context<'_>, input: QualityDamageAssessInput) -> Result<QualityDamagePayload> {
    let (key, call) = (Key::new(ctx, &input.idempotency_key, &input), ctx.call());
    let mut errors = Vec::new();
    let cost_minor = cost(call, input.cost, &mut errors);
    if input.expected_at.is_some_and(|at| !calendar::lies_ahead(at, call.now)) {
        errors.push(UserError::invalid(
            call,
            "expectedAt",
            "moment-ahead",
            &[("days", calendar::MOST_AHEAD_DAYS.into())],
        ));
    }
    let note = note(call, "note", input.note.as_deref(), &mut errors);
    let doing = Doing::Assess { severity: input.severity, cost_minor, expected_at: input.expected_at };
    act(ctx, key, Which { id: input.case_id, version: input.expected_version }, said(doing, note, errors)).await
}

pub async fn confirm_liability(
    ctx: &Context<'_>,
    input: QualityDamageConfirmLiabilityInput,
) -> Result<QualityDamagePayload> {
    let (key, call) = (Key::new(ctx, &input.idempotency_key, &input), ctx.call());
    let mut errors = Vec::new();
    let party = optional_line(call, "liableParty", input.liable_party.as_deref(), MAX_NAME, &mut errors);
    let note = note(call, "note", input.note.as_deref(), &mut errors);
    let doing = Doing::ConfirmLiability { liability: input.liability, party };
    act(ctx, key, Which { id: input.case_id, version: input.expected_version }, said(doing, note, errors)).await
}

pub async fn repair(ctx: &Context<'_>, input: QualityDamageRepairInput) -> Result<QualityDamagePayload> {
    let (key, call) = (Key::new(ctx, &input.idempotency_key, &input), ctx.call());
    let mut errors = Vec::new();
    let what = needed(call, "repairNote", &input.repair_note, MAX_NOTE, &mut errors);
    let doing = Doing::Repair { what: what.clone() };
    act(ctx, key, Which { id: input.case_id, version: input.expected_version }, said(doing, Some(what), errors)).await
}

pub async fn reinspect(ctx: &Context<'_>, input: QualityDamageReinspectInput) -> Result<QualityDamagePayload> {
    let (key, call) = (Key::new(ctx, &input.idempotency_key, &input), ctx.call());
    let mut errors = Vec::new();
    let cost_minor = input.cost.map(|given| cost(call, given, &mut errors));
    let before = errors.len();
    let note = note(call, "note", input.note.as_deref(), &mut errors);
    if !input.passed && note.is_none() && errors.len() == before {
        errors.push(UserError::coded(call, UserErrorCode::Required, "note", "required", &[]));
    }
    let doing = Doing::Reinspect { passed: input.passed, cost_minor };
    act(ctx, key, Which { id: input.case_id, version: input.expected_version }, said(doing, note, errors)).await
}

pub async fn downgrade(ctx: &Context<'_>, input: QualityDamageDowngradeInput) -> Result<QualityDamagePayload> {
    let (key, call) = (Key::new(ctx, &input.idempotency_key, &input), ctx.call());
    let mut errors = Vec::new();
    let disclosure = needed(call, "disclosure", &input.disclosure, MAX_DESCRIPTION, &mut errors);
    let doing = Doing::Downgrade {
        disclosure: disclosure.clone(),
        customer_accepts: input.customer_accepts.unwrap_or_default(),
    };
    let which = Which { id: input.case_id, version: input.expected_version };
    act(ctx, key, which, said(doing, Some(disclosure), errors)).await
}

pub async fn close(ctx: &Context<'_>, input: QualityDamageCloseInput) -> Result<QualityDamagePayload> {
    let (key, call) = (Key::new(ctx, &input.idempotency_key, &input), ctx.call());
    let mut errors = Vec::new();
    let note = note(call, "note", input.note.as_deref(), &mut errors);
    act(ctx, key, Which { id: input.case_id, version: input.expected_version }, said(Doing::Close, note, errors)).await
}

async fn act(ctx: &Context<'_>, key: Key, which: Which, said: Said) -> Result<QualityDamagePayload> {
    let call = ctx.call();
    policy::cars(&call.viewer).or_refuse(&call.viewer)?;
    let written = match said {
        Ok((doing, note)) => write(ctx, Some(key), move |tx, call| Box::pin(go(tx, call, which, doing, note))).await?,
        Err(errors) => Err(errors),
    };
    payload(ctx, written).await
}

/// Locks the car of a case, its order and the case, in the version that was read, for who may make this step of it. The case as it is,
/// and the state after it.
pub async fn opened(
    tx: &Tx,
    call: &Call,
    which: &Which,
    step: QualityMove,
) -> Result<(Standing, quality_case::Model, QualityDamageState), Refusal> {
    let id: QualityDamageCaseId = UserError::parse_id(call, "caseId", &which.id)?;
    let none = || UserError::not_found(call, "caseId");
    let seen = policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let found = quality_case::Entity::find_by_id(id).filter(seen).one(tx.conn()).await?.ok_or_else(none)?;
    let forbidden = || UserError::coded(call, UserErrorCode::Forbidden, "caseId", "forbidden", &[]);
    if !policy::may(&call.viewer, action(step)) {
        return Err(forbidden().into());
    }
    let cars = policy::cars(&call.viewer).or_refuse(&call.viewer)?;
    let standing = store::lock(tx, call.viewer.actor(), found.vehicle_id, cars).await?;
    let standing = standing.map_err(|why| match why {
        // Another store has it, though its order is the caller's.
        store::NotLocked::Absent => forbidden(),
        why => not_locked(call, "caseId", why),
    })?;
    let case = store::lock_case(tx, id).await?.ok_or_else(none)?;
    let to = move_case(case.state, step)
        .map_err(|refused| UserError::transition(call, refused.from, refused.action, refused.allowed))?;
    if case.version != which.version {
        return Err(UserError::version(call, id, case.version).into());
    }
    Ok((standing, case, to))
}

async fn go(tx: &mut Tx, call: &Call, which: Which, doing: Doing, note: Option<String>) -> Result<Outcome, Refusal> {
    let (mut standing, before, state) = opened(tx, call, &which, doing.step()).await?;
    let on_order = before.order_id.is_some()
        && standing.order.as_ref().is_some_and(|order| Some(order.before().id) == before.order_id);
    if let Doing::Downgrade { customer_accepts: false, .. } = doing
        && on_order
    {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "customerAccepts", "quality-customer-accepts", &[]).into());
    }
    let delayed = match &doing {
        Doing::Assess { expected_at, .. } => expected_at.filter(|_| on_order),
        _ => None,
    };
    let after = quality_case::Model { state, ..changed(before.clone(), doing) };
    let actor = call.viewer.actor();
    let after = store::save(tx, &mut standing, &before, after, Word { actor: &actor, note });
    let is_well = is_ended(after.state) && store::release(tx, &actor, &standing.car, &after).await?;
    if let Some(mut order) = standing.order {
        if let Some(until) = delayed {
            delay_for_damage(tx, &mut order, after.id, until).await?;
        }
        if is_well {
            end_delay_for_damage(tx, &mut order).await?;
        }
        order.save(tx);
    }
    Ok(Outcome { case: after.id, vehicle: after.vehicle_id })
}

/// The case as the step leaves it, but for its state.
fn changed(case: quality_case::Model, doing: Doing) -> quality_case::Model {
    match doing {
        Doing::Assess { severity, cost_minor, expected_at } => {
            quality_case::Model { severity, cost_minor: Some(cost_minor), expected_at, ..case }
        }
        Doing::ConfirmLiability { liability, party } => {
            quality_case::Model { liability: Some(liability), liable_party: party, ..case }
        }
        Doing::Repair { what } => quality_case::Model { repair_note: Some(what), ..case },
        Doing::Reinspect { cost_minor, .. } => {
            quality_case::Model { cost_minor: cost_minor.or(case.cost_minor), ..case }
        }
        Doing::Downgrade { disclosure, .. } => quality_case::Model { disclosure: Some(disclosure), ..case },
        Doing::Close => case,
    }
}
