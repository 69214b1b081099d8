//! `orderChangeRequest` (C075): what is asked to be changed. What it means is quoted before (`orderChangeQuote`); what has nothing
//! against it is done at once, else somebody decides (`orderChangeDecide`).

use async_graphql::{Context, ID, SimpleObject};
use entity::order::change_request;
use entity::{ChangeKind, ChangeRequestId, ChangeState, Fault, OrderId, OrderPaymentStatus, OrderStatus};
use serde::{Deserialize, Serialize};

use super::super::inputs::OrderChangeRequestInput;
use super::super::kinds::{BY_RULE, Case, Quote, role};
use super::super::rules::table::waits_in;
use super::super::store::{insert, requests_before};
use super::super::types::ChangeRequest;
use super::request_shown;
use super::wish::{self, Wish};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::order::mutations::{MAX_NOTE, bad_text, may_move, shown};
use crate::order::policy;
use crate::order::rules::status::OrderMove;
use crate::order::store::Revision;
use crate::order::types::Order;
use crate::store::Tx;
use crate::values::{money, text};

/// Most requests of one order: what its page is reckoned with. The last ones are for backing out, which has to be possible.
const MAX_REQUESTS: u64 = 20;
const MAX_CHANGES: u64 = 14;

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderChangeRequestPayload {
    /// The order.
    pub order: Option<Order>,
    /// The request, whose `consequences` say what it means; `DONE` or `EXECUTING` when it was granted at once.
    pub change_request: Option<ChangeRequest>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    order: OrderId,
    request: ChangeRequestId,
}

/// What is asked for.
pub struct Wanted {
    pub order_id: ID,
    pub expected_version: i32,
    pub wish: Wish,
    pub fault: Fault,
    pub reason: String,
    pub expected_refund_minor: Option<i64>,
    pub expected_total_minor: Option<i64>,
}

pub async fn run(ctx: &Context<'_>, input: OrderChangeRequestInput) -> Result<OrderChangeRequestPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(request(tx, call, input))).await?;
    call.app.ports.wake.all();
    Ok(match written {
        Ok(outcome) => {
            let order = shown(ctx, outcome.order).await?;
            let change_request = request_shown(ctx, order.as_ref(), outcome.request).await?;
            OrderChangeRequestPayload { order, change_request, user_errors: Vec::new() }
        }
        Err(user_errors) => OrderChangeRequestPayload { order: None, change_request: None, user_errors },
    })
}

async fn request(tx: &mut Tx, call: &Call, input: OrderChangeRequestInput) -> Result<Outcome, Refusal> {
    let wanted = Wanted {
        order_id: input.order_id,
        expected_version: input.expected_version,
        wish: wish::read(call, input.change).map_err(|refused| refused.refusal(call, None))?,
        fault: input.fault.unwrap_or(Fault::Customer),
        reason: input.reason,
        expected_refund_minor: input.expected_refund_minor.map(|minor| minor.0),
        expected_total_minor: input.expected_total_minor.map(|minor| minor.0),
    };
    let (row, _) = ask(tx, call, wanted).await?;
    Ok(Outcome { order: row.order_id, request: row.id })
}

/// Asks for a change, and does what is granted at once. The request as it will be, and what it means.
///
/// # Errors
/// What the user can put right, or when the store fails.
pub async fn ask(tx: &mut Tx, call: &Call, wanted: Wanted) -> Result<(change_request::Model, Quote), Refusal> {
    let reason = text::note(&wanted.reason, MAX_NOTE).map_err(|e| bad_text(call, "reason", e, MAX_NOTE))?;
    let id: OrderId = UserError::parse_id(call, "orderId", &wanted.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let Some(mut revision) = Revision::open(tx, rows, id, call.viewer.actor()).await? else {
        return Err(UserError::not_found(call, "orderId").into());
    };
    if revision.version() != wanted.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    let asked = &wanted.wish.asked;
    let (from, kind, now) = (revision.order.status, asked.kind(), tx.now());
    let waits = waiting(call, kind, from)?;
    may_ask(tx, call, &revision, kind).await?;
    let (order, fault, who) = (revision.before(), wanted.fault, role(&call.viewer));
    let case = Case { conn: tx.conn(), order, status: from, fault, who, at: now, now };
    let (quote, at_once) = asked.quote(&case).await.map_err(|refused| refused.refusal(call, None))?;
    expected(call, &wanted, &quote)?;

    let means = &quote.consequences;
    let mut row = change_request::Model {
        id: ChangeRequestId::generate(),
        order_id: id,
        kind,
        state: ChangeState::Submitted,
        from_status: from,
        fault: wanted.fault,
        reason: reason.clone(),
        refund_minor: means.refund_minor,
        forfeited_minor: means.forfeited_minor,
        compensation_minor: means.compensation_minor,
        red_invoice_number: None,
        asked: Some(json(asked)?),
        buyer_name: wanted.wish.buyer_name.clone(),
        buyer_id_number: wanted.wish.buyer_id_number.clone(),
        consequences: Some(json(means)?),
        quoted_version: Some(revision.version()),
        new_order_id: None,
        requested_by: call.viewer.actor(),
        decided_by: None,
        decision_note: None,
        requested_at: now,
        decided_at: None,
        done_at: None,
    };
    revision.request_changed(&row, now);
    revision.order.has_open_change_request = true;
    if let Some(to) = waits {
        if kind == ChangeKind::Cancel {
            revision.order.cancel_reason = Some(reason.clone());
        }
        if means.refund_minor > 0 {
            revision.order.payment_status = OrderPaymentStatus::Refunding;
        }
        revision.set_status(to, now, Some(reason));
    }
    if at_once {
        row.decided_by = Some(BY_RULE.to_owned());
        row.decided_at = Some(now);
        row = asked.carry_out(tx, call, &mut revision, row, &quote).await?;
        revision.order.has_open_change_request = false;
        revision.request_changed(&row, now);
    }
    insert(tx, row.clone());
    revision.save(tx);
    Ok((row, quote))
}

/// As it is kept.
pub fn json(value: &impl Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value).map_err(|error| Error::hidden(format!("a request: {error}")))
}

/// The state in which the order waits for what comes of it; none where it goes on meanwhile.
fn waiting(call: &Call, kind: ChangeKind, from: OrderStatus) -> Result<Option<OrderStatus>, UserError> {
    // Of a draft nobody has paid, and nobody is asked.
    let action = match kind {
        ChangeKind::Cancel if from == OrderStatus::Draft => OrderMove::Cancel,
        ChangeKind::Cancel => OrderMove::RequestCancellation,
        ChangeKind::Return | ChangeKind::Exchange => OrderMove::RequestReturn,
        _ => return Ok(waits_in(kind)),
    };
    may_move(call, from, action).map(Some)
}

/// Whether there may be one more request.
async fn may_ask(tx: &Tx, call: &Call, revision: &Revision, kind: ChangeKind) -> Result<(), Refusal> {
    if revision.before().has_open_change_request {
        let code = UserErrorCode::InvalidTransition;
        return Err(UserError::coded(call, code, "orderId", "order-request-open", &[]).into());
    }
    let before = requests_before(tx, revision.before().id).await?;
    let most = if waits_in(kind).is_some() { MAX_REQUESTS } else { MAX_CHANGES };
    if before >= most {
        let code = UserErrorCode::LimitReached;
        return Err(UserError::coded(call, code, "orderId", "order-many-requests", &[]).into());
    }
    Ok(())
}

/// What was shown is what holds.
fn expected(call: &Call, wanted: &Wanted, quote: &Quote) -> Result<(), Vec<UserError>> {
    let means = &quote.consequences;
    let (refund, total) = (means.refund_minor, means.price.map(|(_, after)| after));
    let code = UserErrorCode::PriceChanged;
    let yuan = |minor| money::Money::from_minor(minor).to_string().into();
    let mut errors = Vec::new();
    if wanted.expected_refund_minor.is_some_and(|expected| expected != refund) {
        let args = [("refund", yuan(refund))];
        errors.push(UserError::coded(call, code, "expectedRefundMinor", "order-refund-changed", &args));
    }
    if let (Some(expected), Some(total)) = (wanted.expected_total_minor, total)
        && expected != total
    {
        let args = [("total", yuan(total))];
        errors.push(UserError::coded(call, code, "expectedTotalMinor", "order-total-changed", &args));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
