//! `milestoneRecord` (C084-C087).

use async_graphql::{Context, SimpleObject};
use entity::order::order;
use entity::{MilestoneCode, MilestoneId, OrderId, OrderStatus};
use serde::{Deserialize, Serialize};

use super::super::inputs::{MilestoneRecordInput, MilestoneReport};
use super::super::links::MilestoneById;
use super::super::policy;
use super::super::rules::follows::Deed;
use super::super::rules::status::{Unmet, takes_milestones};
use super::super::store::{Report, Revision, follow_handovers, has_milestone, record_milestone, unready};
use super::super::types::{Milestone, Order};
use super::order_lock_configuration::still_valid;
use super::{MAX_NOTE, bad_text, graph_refusal, moment, shown};
use crate::graph::text::text;
use crate::graph::user_error::{InvalidTransition, UserErrorCode, path};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::{self, calendar};

/// What came of it.
#[derive(SimpleObject)]
pub struct MilestoneRecordPayload {
    /// The order.
    pub order: Option<Order>,
    /// The milestones that changed: the recorded one first, then those that follow from it. Empty when it was so already.
    pub milestones: Vec<Milestone>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What is left behind.
#[derive(Serialize, Deserialize)]
pub struct Recorded {
    /// The order.
    pub order: OrderId,
    /// The milestones that changed.
    changed: Vec<MilestoneId>,
}

pub async fn run(ctx: &Context<'_>, input: MilestoneRecordInput) -> Result<MilestoneRecordPayload> {
    let call = ctx.call();
    policy::recordable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(record(tx, call, input))).await?;
    Ok(match written {
        Ok(outcome) => {
            let milestones = call.link::<MilestoneById>().many(outcome.changed).await?;
            MilestoneRecordPayload {
                order: shown(ctx, outcome.order).await?,
                milestones: milestones.into_iter().flatten().collect(),
                user_errors: Vec::new(),
            }
        }
        Err(user_errors) => MilestoneRecordPayload { order: None, milestones: Vec::new(), user_errors },
    })
}

/// Records one; also of many.
///
/// # Errors
/// What the user can put right, or when the store fails.
pub async fn record(tx: &mut Tx, call: &Call, input: MilestoneRecordInput) -> Result<Recorded, Refusal> {
    let note = match input.note.as_deref() {
        Some(note) => Some(values::text::note(note, MAX_NOTE).map_err(|e| bad_text(call, "note", e, MAX_NOTE))?),
        None => None,
    };
    let forecast = input.forecast.map(|forecast| (forecast.p50, forecast.p90));
    let in_order = forecast.is_none_or(|(p50, p90)| p90.is_none_or(|p90| p50 <= p90));
    if !in_order || (forecast.is_some() && input.state != MilestoneReport::Delayed) {
        return Err(UserError::invalid(call, "forecast", "order-forecast", &[]).into());
    }
    for (field, at) in
        [("forecast.p50", forecast.map(|both| both.0)), ("forecast.p90", forecast.and_then(|both| both.1))]
    {
        if at.is_some_and(|at| !calendar::lies_ahead(at, call.now)) {
            let days = calendar::MOST_AHEAD_DAYS.into();
            return Err(UserError::invalid(call, field, "moment-ahead", &[("days", days)]).into());
        }
    }
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::recordable(&call.viewer).or_nothing();
    let Some(mut revision) = Revision::open(tx, rows, id, call.viewer.actor()).await? else {
        return Err(UserError::not_found(call, "orderId").into());
    };
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    if !takes_milestones(revision.order.status) {
        return Err(not_under_way(call, revision.order.status, &input).into());
    }
    let at = revision.order.delivery_store_id;
    if let Some(deed) = policy::left_to_deed(&call.viewer, at, input.code, input.state.into()) {
        return Err(UserError::coded(call, UserErrorCode::NotEligible, "code", instead(deed), &[]).into());
    }
    if input.state == MilestoneReport::Done {
        has_what_it_takes(tx, call, &revision.order, input.code).await?;
    }
    let occurred_at = moment(call, "occurredAt", input.occurred_at, revision.order.created_at)?;
    let report = Report { code: input.code, state: input.state.into(), occurred_at, note, forecast };
    let changed = record_milestone(tx, &mut revision, &report).await?.map_err(|r| graph_refusal(call, &r))?;
    if changed.is_empty() && !has_milestone(tx.conn(), id, input.code).await? {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "code", "order-milestone-left-out", &[]).into());
    }
    follow_handovers(tx, &call.app.vault, &mut [&mut revision], None).await?;
    revision.save(tx);
    Ok(Recorded { order: id, changed })
}

/// What has to be so before a milestone is reached, whoever says that it was.
async fn has_what_it_takes(tx: &Tx, call: &Call, order: &order::Model, code: MilestoneCode) -> Result<(), Refusal> {
    match code {
        MilestoneCode::ConfigLocked if order.status == OrderStatus::Placed => {
            if order.has_open_change_request {
                let code = UserErrorCode::NotEligible;
                return Err(UserError::coded(call, code, "code", "order-request-open", &[]).into());
            }
            still_valid(tx, call, order).await
        }
        MilestoneCode::Ready => {
            let unmet = unready(tx, order).await?;
            if unmet.is_empty() {
                return Ok(());
            }
            Err(unmet.into_iter().map(|unmet| not_ready(call, unmet)).collect::<Vec<_>>().into())
        }
        _ => Ok(()),
    }
}

/// What a store does instead.
fn instead(deed: Deed) -> &'static str {
    match deed {
        Deed::Deposit => "milestone-by-deposit",
        Deed::Lock => "milestone-by-lock",
        Deed::Signing => "milestone-by-signing",
        Deed::Loan => "milestone-by-loan",
        Deed::Payment => "milestone-by-payment",
        Deed::Invoice => "milestone-by-invoice",
        Deed::Handover => "handover-by-confirmation",
    }
}

/// Something that is missing before a car is ready.
fn not_ready(call: &Call, unmet: Unmet) -> UserError {
    let key = match unmet {
        Unmet::PaidOrFinanced => "order-ready-unpaid",
        Unmet::InvoiceIssued => "order-ready-not-invoiced",
        _ => "order-ready-no-car",
    };
    UserError::coded(call, UserErrorCode::NotEligible, "state", key, &[])
}

fn not_under_way(call: &Call, status: OrderStatus, input: &MilestoneRecordInput) -> UserError {
    UserError::Transition(InvalidTransition {
        code: UserErrorCode::InvalidTransition,
        message: text(call.locale, "order-not-under-way", &[("status", status.to_string().into())]),
        field: path(["orderId"]),
        from: status.to_string(),
        action: input.code.to_string(),
        allowed: Vec::new(),
    })
}
