//! What one may do about changes: a file for each mutation.

mod cancel;
mod decide;
mod refund_record;
mod request;
pub(super) mod wish;

use async_graphql::{Context, Object};
use entity::ChangeRequestId;

use super::inputs::{
    OrderCancelRequestInput, OrderChangeDecideInput, OrderChangeRequestInput, OrderChangeWithdrawInput,
    RefundRecordInput,
};
use super::links::RequestById;
use super::types::ChangeRequest;
use crate::graph::answer::below;
use crate::graph::{CallExt, Result};
use crate::order::types::Order;

pub use cancel::OrderCancelRequestPayload;
pub use decide::{OrderChangeDecidePayload, OrderChangeWithdrawPayload};
pub use refund_record::RefundRecordPayload;
pub use request::OrderChangeRequestPayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "OrderChangeMutations")]
impl Mutations {
    /// Asks to change an order that is under way, for its customer and staff of its stores: to call it off, or another configuration,
    /// buyer, store or date. What has nothing against it is done at once; else a manager or an operator decides. Of one order one
    /// request at a time is open.
    async fn order_change_request(
        &self,
        ctx: &Context<'_>,
        input: OrderChangeRequestInput,
    ) -> Result<OrderChangeRequestPayload> {
        request::run(ctx, input).await
    }

    /// Asks to call off an order, and says what becomes of the money. Before the deposit, and in the hours after it in which all
    /// of it goes back, that is done at once; else a manager or an operator decides.
    #[graphql(deprecation = "Since 2026-11-30, until 2027-06-01: ask for `orderChangeRequest`.")]
    async fn order_cancel_request(
        &self,
        ctx: &Context<'_>,
        input: OrderCancelRequestInput,
    ) -> Result<OrderCancelRequestPayload> {
        cancel::run(ctx, input).await
    }

    /// Decides a request to change an order, for managers of its stores and operators. A cancellation that is granted sets the
    /// car free, and money goes back by the matrix of stage and fault; then `refunds` say how far it is.
    async fn order_change_decide(
        &self,
        ctx: &Context<'_>,
        input: OrderChangeDecideInput,
    ) -> Result<OrderChangeDecidePayload> {
        decide::decide(ctx, input).await
    }

    /// Takes a request back that waits for a decision; the order is again what it was.
    async fn order_change_withdraw(
        &self,
        ctx: &Context<'_>,
        input: OrderChangeWithdrawInput,
    ) -> Result<OrderChangeWithdrawPayload> {
        decide::withdraw(ctx, input).await
    }

    /// Records that money went back by another way than the payment provider's, for managers of the order's stores and
    /// operators: where the provider could not, or what the car maker pays on top.
    async fn refund_record(&self, ctx: &Context<'_>, input: RefundRecordInput) -> Result<RefundRecordPayload> {
        refund_record::run(ctx, input).await
    }
}

/// The request of a payload, read under the rights of now; none without its order, which the caller may not see any more.
async fn request_shown(ctx: &Context<'_>, order: Option<&Order>, id: ChangeRequestId) -> Result<Option<ChangeRequest>> {
    if order.is_none() || !ctx.look_ahead().field("changeRequest").exists() {
        return Ok(None);
    }
    let call = ctx.call();
    let request = call.link::<RequestById>().one(id).await?;
    if let Some(request) = &request {
        below(ctx, call, "changeRequest", request).await?;
    }
    Ok(request)
}
