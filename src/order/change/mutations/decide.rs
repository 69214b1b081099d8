//! `orderChangeDecide` and `orderChangeWithdraw` (C075): what becomes of a request to change an order.

use async_graphql::{Context, SimpleObject};
use entity::order::change_request;
use entity::{ChangeRequestId, ChangeState, OrderId};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

use super::super::inputs::{ChangeDecision, OrderChangeDecideInput, OrderChangeWithdrawInput};
use super::super::kinds::{Asked, Case, Findings, Not, Refused, role};
use super::super::rules::table::waits_in;
use super::super::store::{end, save};
use super::super::types::ChangeRequest;
use super::request::json;
use super::request_shown;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::order::mutations::{MAX_NOTE, bad_text, shown};
use crate::order::policy;
use crate::order::store::{Revision, invoiced};
use crate::order::types::Order;
use crate::store::Tx;
use crate::values::text;

/// Longest number of an invoice, characters.
const MAX_INVOICE: u32 = 20;

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderChangeDecidePayload {
    /// The order.
    pub order: Option<Order>,
    /// The request.
    pub change_request: Option<ChangeRequest>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderChangeWithdrawPayload {
    /// The order, which is again what it was.
    pub order: Option<Order>,
    /// The request.
    pub change_request: Option<ChangeRequest>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    order: OrderId,
    request: ChangeRequestId,
}

pub async fn decide(ctx: &Context<'_>, input: OrderChangeDecideInput) -> Result<OrderChangeDecidePayload> {
    let call = ctx.call();
    policy::decidable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(decided(tx, call, input))).await?;
    call.app.ports.wake.all();
    let (order, change_request, user_errors) = payload(ctx, written).await?;
    Ok(OrderChangeDecidePayload { order, change_request, user_errors })
}

/// The field that names the request.
const REQUEST: &str = "changeRequestId";

pub async fn withdraw(ctx: &Context<'_>, input: OrderChangeWithdrawInput) -> Result<OrderChangeWithdrawPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(withdrawn(tx, call, input))).await?;
    let (order, change_request, user_errors) = payload(ctx, written).await?;
    Ok(OrderChangeWithdrawPayload { order, change_request, user_errors })
}

async fn payload(
    ctx: &Context<'_>,
    written: std::result::Result<Outcome, Vec<UserError>>,
) -> Result<(Option<Order>, Option<ChangeRequest>, Vec<UserError>)> {
    match written {
        Ok(outcome) => {
            let order = shown(ctx, outcome.order).await?;
            let request = request_shown(ctx, order.as_ref(), outcome.request).await?;
            Ok((order, request, Vec::new()))
        }
        Err(user_errors) => Ok((None, None, user_errors)),
    }
}

/// The request that an input names, with its order locked, if it waits for a decision.
async fn open(
    tx: &Tx,
    call: &Call,
    rows: sea_orm::sea_query::Condition,
    (id, version): (&async_graphql::ID, i32),
) -> Result<(Revision, change_request::Model), Refusal> {
    let id: ChangeRequestId = UserError::parse_id(call, REQUEST, id)?;
    let unknown = || UserError::not_found(call, REQUEST);
    let order = change_request::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    if revision.version() != version {
        return Err(UserError::version(call, order, revision.version()).into());
    }
    // Read under the order's lock: whoever writes requests holds it.
    let request = change_request::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    if request.state != ChangeState::Submitted {
        return Err(UserError::transition(call, request.state, "DECIDE", [""; 0]).into());
    }
    Ok((revision, request))
}

/// What was said with a decision.
#[derive(Clone, Copy)]
struct Said {
    sum: bool,
    inspection: bool,
}

impl Said {
    /// Where whoever decides puts it right: what they said themselves, else the request.
    fn place(self, not: &Not) -> &'static str {
        match not.key {
            "order-refund-most" | "order-refund-sum" if self.sum => "refundMinor",
            "return-too-far" if self.inspection => "inspection.odometerKm",
            key if key.starts_with("return-") && self.inspection => "inspection.ground",
            _ => REQUEST,
        }
    }
}

async fn decided(tx: &mut Tx, call: &Call, input: OrderChangeDecideInput) -> Result<Outcome, Refusal> {
    let note = input.note.as_deref().map(|note| text::note(note, MAX_NOTE)).transpose();
    let note = note.map_err(|e| bad_text(call, "note", e, MAX_NOTE))?;
    let red_invoice = input.red_invoice_number.as_deref().map(|number| text::line(number, MAX_INVOICE)).transpose();
    let red_invoice = red_invoice.map_err(|e| bad_text(call, "redInvoiceNumber", e, MAX_INVOICE))?;
    let rows = policy::decidable(&call.viewer).or_nothing();
    let named = (&input.change_request_id, input.expected_version);
    let (mut revision, mut request) = open(tx, call, rows, named).await?;
    let (now, actor) = (tx.now(), call.viewer.actor());
    request.decided_by = Some(actor.clone());
    request.decided_at = Some(now);
    request.decision_note = note;
    request = match input.decision {
        ChangeDecision::Reject => end(tx, &mut revision, request, ChangeState::Rejected).await?,
        ChangeDecision::Approve => {
            let fault = input.fault.unwrap_or(request.fault);
            let said = Said { sum: input.refund_minor.is_some(), inspection: input.inspection.is_some() };
            let findings = Findings::read(call, input.inspection, input.refund_minor)?;
            let asked = Asked::of(&request)?.found(call, findings)?;
            request.asked = Some(json(&asked)?);
            // One that waits is judged by where it stood; one that goes on by where it stands.
            let waits = waits_in(request.kind).is_some();
            let status = if waits { request.from_status } else { revision.before().status };
            let (order, at) = (revision.before(), request.requested_at);
            let case = Case { conn: tx.conn(), order, status, fault, who: role(&call.viewer), at, now };
            let quoted = asked.quote(&case).await;
            let (quote, _) = quoted.map_err(|refused| match refused {
                Refused::Not(_) => refused.placed(|not| said.place(not)).refusal(call, None),
                other => other.refusal(call, Some(REQUEST)),
            })?;
            // What was issued here is made red here.
            let red = waits || quote.consequences.red_invoice;
            let elsewhere = red && invoiced(tx.conn(), request.order_id).await?.elsewhere;
            if elsewhere && red_invoice.is_none() {
                let code = UserErrorCode::Required;
                return Err(UserError::coded(call, code, "redInvoiceNumber", "order-red-invoice", &[]).into());
            }
            let means = &quote.consequences;
            request.fault = fault;
            request.red_invoice_number = red_invoice;
            request.refund_minor = means.refund_minor;
            request.forfeited_minor = means.forfeited_minor;
            request.compensation_minor = means.compensation_minor;
            request.consequences = Some(json(means)?);
            let request = asked.carry_out(tx, call, &mut revision, request, &quote).await?;
            revision.order.has_open_change_request = false;
            revision.request_changed(&request, now);
            request
        }
    };
    save(tx, &request);
    let outcome = Outcome { order: request.order_id, request: request.id };
    revision.save(tx);
    Ok(outcome)
}

async fn withdrawn(tx: &mut Tx, call: &Call, input: OrderChangeWithdrawInput) -> Result<Outcome, Refusal> {
    let rows = policy::readable(&call.viewer).or_nothing();
    let (mut revision, request) = open(tx, call, rows, (&input.change_request_id, input.expected_version)).await?;
    let viewer = &call.viewer;
    let own = request.requested_by == viewer.actor() || viewer.customer() == Some(revision.before().customer_id);
    if !own && !policy::decides(viewer) {
        let code = UserErrorCode::Forbidden;
        return Err(UserError::coded(call, code, REQUEST, "order-change-not-own", &[]).into());
    }
    let request = end(tx, &mut revision, request, ChangeState::Withdrawn).await?;
    save(tx, &request);
    let outcome = Outcome { order: request.order_id, request: request.id };
    revision.save(tx);
    Ok(outcome)
}
