//! `orderCancelRequest` (C075): to call an order off, as it was asked for before there were other changes.

use async_graphql::{Context, SimpleObject};
use entity::{ChangeRequestId, Fault, OrderId};
use serde::{Deserialize, Serialize};

use super::super::inputs::OrderCancelRequestInput;
use super::super::kinds::{Asked, Cancel};
use super::super::types::{CancellationConsequences, ChangeRequest, EarnestDepositTreatment};
use super::request::{Wanted, ask};
use super::request_shown;
use crate::graph::money::Money;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::order::mutations::shown;
use crate::order::policy;
use crate::order::types::Order;
use crate::store::Tx;

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
    let wanted = Wanted {
        order_id: input.order_id,
        expected_version: input.expected_version,
        wish: Asked::Cancel(Cancel {}).into(),
        fault: Fault::Customer,
        reason: input.reason,
        expected_refund_minor: input.expected_refund_minor.map(|minor| minor.0),
        expected_total_minor: None,
    };
    let (row, quote) = ask(tx, call, wanted).await?;
    let treatment = quote.consequences.earnest.ok_or_else(|| Error::hidden("a cancellation that treats no deposit"))?;
    Ok(Outcome {
        order: row.order_id,
        request: Some(row.id),
        treatment: treatment.into(),
        refund_minor: quote.consequences.refund_minor,
        forfeited_minor: quote.consequences.forfeited_minor,
        needs_red_invoice: quote.consequences.red_invoice,
    })
}
