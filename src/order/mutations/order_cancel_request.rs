//! `orderCancelRequest` (C075).

use async_graphql::{Context, Enum, SimpleObject};
use chrono::Duration;
use entity::OrderId;
use entity::order::{milestone, payment};
use entity::{MilestoneCode, MilestoneState, OrderPaymentStatus};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::OrderCancelRequestInput;
use super::super::policy;
use super::super::rules::cancel::{CancelQuote, CancelRequest, EarnestTreatment, Fault, quote};
use super::super::rules::payment::Paid;
use super::super::rules::status::{OrderFacts, OrderMove, OrderRefusal, move_order};
use super::super::store::Revision;
use super::super::types::Order;
use super::{MAX_NOTE, bad_text, input_id, shown};
use crate::graph::money::Money;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::text;

/// How long after the earnest deposit it comes back in full; invented (domain.md 3.2 leaves it to configuration).
const COOLING: Duration = Duration::hours(24);

/// Share of the earnest deposit that the contract template returns between cooling and lock, basis points; invented.
const TEMPLATE_RETURN_BP: u16 = 5_000;

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderCancelRequestPayload {
    /// The order.
    pub order: Option<Order>,
    /// What becomes of the money when the request is granted and the fault is the customer's or nobody else's.
    pub consequences: Option<CancellationConsequences>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What a cancellation means.
#[derive(SimpleObject, Clone, Debug)]
pub struct CancellationConsequences {
    /// What becomes of the earnest deposit.
    pub earnest_deposit: EarnestDepositTreatment,
    /// Of what was paid, what goes back.
    pub refund: Money,
    /// Of what was paid, what is kept.
    pub forfeited: Money,
    /// Whether the invoice must be reversed first.
    pub needs_red_invoice: bool,
}

/// What becomes of an earnest deposit; everything else that was paid goes back in full.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EarnestDepositTreatment {
    /// All of it goes back.
    Returned,
    /// The share of the contract's template goes back.
    ByTemplate,
    /// None of it goes back.
    Forfeited,
    /// It goes back twice.
    Doubled,
}

impl From<EarnestTreatment> for EarnestDepositTreatment {
    fn from(treatment: EarnestTreatment) -> Self {
        match treatment {
            EarnestTreatment::Returned => Self::Returned,
            EarnestTreatment::ByTemplate => Self::ByTemplate,
            EarnestTreatment::Forfeited => Self::Forfeited,
            EarnestTreatment::Doubled => Self::Doubled,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    order: OrderId,
    treatment: EarnestDepositTreatment,
    refund_minor: i64,
    forfeited_minor: i64,
    needs_red_invoice: bool,
}

pub async fn run(ctx: &Context<'_>, input: OrderCancelRequestInput) -> Result<OrderCancelRequestPayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(request(tx, call, input))).await?;
    Ok(match written {
        Ok(outcome) => OrderCancelRequestPayload {
            order: shown(ctx, outcome.order).await?,
            consequences: Some(CancellationConsequences {
                earnest_deposit: outcome.treatment,
                refund: Money::fen(outcome.refund_minor),
                forfeited: Money::fen(outcome.forfeited_minor),
                needs_red_invoice: outcome.needs_red_invoice,
            }),
            user_errors: Vec::new(),
        },
        Err(user_errors) => OrderCancelRequestPayload { order: None, consequences: None, user_errors },
    })
}

async fn request(tx: &mut Tx, call: &Call, input: OrderCancelRequestInput) -> Result<Outcome, Refusal> {
    let reason = text::note(&input.reason, MAX_NOTE).map_err(|e| bad_text(call, "reason", e, MAX_NOTE))?;
    let id: OrderId = input_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let Some(mut revision) = Revision::open(tx, rows, id, call.viewer.actor()).await? else {
        return Err(UserError::not_found(call, "orderId").into());
    };
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    let from = revision.order.status;
    let to = move_order(from, OrderMove::RequestCancellation, &OrderFacts::default()).map_err(|refusal| {
        let allowed = match refusal {
            OrderRefusal::Illegal(illegal) => illegal.allowed,
            OrderRefusal::Unmet(_) => Vec::new(),
        };
        UserError::transition(call, from, OrderMove::RequestCancellation, allowed)
    })?;
    let quote = consequences(tx, &revision).await?;
    let now = tx.now();
    revision.order.cancel_reason = Some(reason.clone());
    if quote.refund_minor > 0 {
        revision.order.payment_status = OrderPaymentStatus::Refunding;
    }
    revision.set_status(to, now, Some(reason));
    revision.save(tx);
    Ok(Outcome {
        order: id,
        treatment: quote.treatment.into(),
        refund_minor: quote.refund_minor,
        forfeited_minor: quote.forfeited_minor,
        needs_red_invoice: quote.needs_red_invoice,
    })
}

/// What the refund matrix says when nobody but the customer is at fault.
async fn consequences(tx: &Tx, revision: &Revision) -> Result<CancelQuote, Refusal> {
    let order = revision.before();
    let payments = payment::Entity::find().filter(payment::Column::OrderId.eq(order.id)).all(tx.conn()).await?;
    let payments: Vec<Paid> = payments.iter().map(Paid::from).collect();
    let invoiced = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order.id))
        .filter(milestone::Column::Code.eq(MilestoneCode::Invoiced))
        .filter(milestone::Column::State.eq(MilestoneState::Done))
        .count(tx.conn())
        .await?;
    let request = CancelRequest {
        status: order.status,
        fault: Fault::Customer,
        within_cooling: order.contract_started_at.is_some_and(|start| tx.now() < start + COOLING),
        price_minor: order.total_minor,
        template_return_bp: TEMPLATE_RETURN_BP,
        payments: &payments,
        invoice_issued: invoiced > 0,
    };
    Ok(quote(&request).map_err(|_| Error::hidden("the table lets an order be called off that has no refund rule"))?)
}
