//! `orderCancelRequest` (C075): to call an order off. What it means is quoted before (`orderCancelQuote`); where all money goes
//! back anyway it is done at once, else somebody decides (`orderChangeDecide`).

use async_graphql::{Context, SimpleObject};
use entity::order::change_request;
use entity::{ChangeKind, ChangeRequestId, ChangeState, Fault, OrderId, OrderPaymentStatus, OrderStatus};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::OrderCancelRequestInput;
use super::super::policy;
use super::super::rules::refund::granted_at_once;
use super::super::rules::status::OrderMove;
use super::super::store::{Revision, cancel_stage, carry_out, consequences};
use super::super::types::{CancellationConsequences, ChangeRequest, EarnestDepositTreatment, Order};
use super::{MAX_NOTE, bad_text, may_move, request_shown, shown};
use crate::graph::money::Money;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::text;

/// Most requests of one order: what its page is reckoned with.
const MAX_REQUESTS: u64 = 10;

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderCancelRequestPayload {
    /// The order.
    pub order: Option<Order>,
    /// The request; `DONE` or `EXECUTING` when it was granted at once.
    pub change_request: Option<ChangeRequest>,
    /// What becomes of the money when the request is granted and the fault is the customer's.
    pub consequences: Option<CancellationConsequences>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    order: OrderId,
    /// None of an outcome that was kept before requests were.
    #[serde(default)]
    request: Option<ChangeRequestId>,
    treatment: EarnestDepositTreatment,
    refund_minor: i64,
    forfeited_minor: i64,
    needs_red_invoice: bool,
}

pub async fn run(ctx: &Context<'_>, input: OrderCancelRequestInput) -> Result<OrderCancelRequestPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(request(tx, call, input))).await?;
    call.app.ports.wake.all();
    Ok(match written {
        Ok(outcome) => {
            let order = shown(ctx, outcome.order).await?;
            let change_request = match outcome.request {
                Some(request) => request_shown(ctx, order.as_ref(), request).await?,
                None => None,
            };
            let consequences = CancellationConsequences {
                earnest_deposit: outcome.treatment,
                refund: Money::fen(outcome.refund_minor),
                forfeited: Money::fen(outcome.forfeited_minor),
                compensation: Money::fen(0),
                needs_red_invoice: outcome.needs_red_invoice,
            };
            OrderCancelRequestPayload {
                order,
                change_request,
                consequences: Some(consequences),
                user_errors: Vec::new(),
            }
        }
        Err(user_errors) => {
            OrderCancelRequestPayload { order: None, change_request: None, consequences: None, user_errors }
        }
    })
}

async fn request(tx: &mut Tx, call: &Call, input: OrderCancelRequestInput) -> Result<Outcome, Refusal> {
    let reason = text::note(&input.reason, MAX_NOTE).map_err(|e| bad_text(call, "reason", e, MAX_NOTE))?;
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let Some(mut revision) = Revision::open(tx, rows, id, call.viewer.actor()).await? else {
        return Err(UserError::not_found(call, "orderId").into());
    };
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    let from = revision.order.status;
    // Of a draft nobody has paid, and nobody is asked.
    let action = if from == OrderStatus::Draft { OrderMove::Cancel } else { OrderMove::RequestCancellation };
    let to = may_move(call, from, action)?;
    let before = change_request::Entity::find().filter(change_request::Column::OrderId.eq(id)).count(tx.conn()).await?;
    if before >= MAX_REQUESTS {
        let code = UserErrorCode::LimitReached;
        return Err(UserError::coded(call, code, "orderId", "order-many-requests", &[]).into());
    }
    let (now, fault) = (tx.now(), Fault::Customer);
    let quote = consequences(tx.conn(), revision.before(), from, fault, now).await?;
    let quote = quote.map_err(|_| Error::hidden("the table lets an order be called off that has no refund rule"))?;
    if input.expected_refund_minor.is_some_and(|expected| expected.0 != quote.refund_minor) {
        let args = [("refund", crate::values::money::Money::from_minor(quote.refund_minor).to_string().into())];
        let code = UserErrorCode::PriceChanged;
        return Err(UserError::coded(call, code, "expectedRefundMinor", "order-refund-changed", &args).into());
    }
    revision.order.cancel_reason = Some(reason.clone());
    revision.order.has_open_change_request = true;
    if quote.refund_minor > 0 {
        revision.order.payment_status = OrderPaymentStatus::Refunding;
    }
    revision.set_status(to, now, Some(reason.clone()));
    let mut row = change_request::Model {
        id: ChangeRequestId::generate(),
        order_id: id,
        kind: ChangeKind::Cancel,
        state: ChangeState::Submitted,
        from_status: from,
        fault,
        reason,
        refund_minor: quote.refund_minor,
        forfeited_minor: quote.forfeited_minor,
        compensation_minor: quote.compensation_minor,
        red_invoice_number: None,
        requested_by: call.viewer.actor(),
        decided_by: None,
        decision_note: None,
        requested_at: now,
        decided_at: None,
        done_at: None,
    };
    let at_once = cancel_stage(revision.before(), from, now).is_some_and(|stage| granted_at_once(stage, fault));
    if at_once && !quote.needs_red_invoice {
        row.decided_by = Some("rule".to_owned());
        row.decided_at = Some(now);
        row = carry_out(tx, &mut revision, row, "rule").await?;
    }
    let request = row.id;
    tx.insert([row.into_active_model().reset_all()]);
    revision.save(tx);
    Ok(Outcome {
        order: id,
        request: Some(request),
        treatment: quote.treatment.into(),
        refund_minor: quote.refund_minor,
        forfeited_minor: quote.forfeited_minor,
        needs_red_invoice: quote.needs_red_invoice,
    })
}
