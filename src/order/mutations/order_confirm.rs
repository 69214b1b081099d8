//! `orderConfirm` (C065): an intention becomes a firm order, once its earnest deposit has arrived.

use async_graphql::{Context, SimpleObject};
use entity::order::payment;
use entity::{OrderId, PaymentPurpose};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::inputs::OrderConfirmInput;
use super::super::policy;
use super::super::rules::payment::{OPEN, check_earnest};
use super::super::rules::status::OrderMove;
use super::super::store::Revision;
use super::super::types::{Order, Payment};
use super::order_place::{EARNEST_MINOR, deposit};
use super::{PaidOrder, may_move, paid};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderConfirmPayload {
    /// The order.
    pub order: Option<Order>,
    /// The earnest deposit to be paid.
    pub payment: Option<Payment>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: OrderConfirmInput) -> Result<OrderConfirmPayload> {
    let call = ctx.call();
    call.viewer.customer_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(confirm(tx, call, input))).await?;
    let (order, payment, user_errors) = paid(ctx, written).await?;
    Ok(OrderConfirmPayload { order, payment, user_errors })
}

async fn confirm(tx: &mut Tx, call: &Call, input: OrderConfirmInput) -> Result<PaidOrder, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let Some(mut revision) = Revision::open(tx, rows, id, call.viewer.actor()).await? else {
        return Err(UserError::not_found(call, "orderId").into());
    };
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    may_move(call, revision.order.status, OrderMove::PayDeposit)?;
    if check_earnest(EARNEST_MINOR, revision.order.total_minor).is_err() {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "order-deposit-cap", &[]).into());
    }
    // One that was asked for and not yet paid is the one to pay.
    let open = payment::Entity::find()
        .filter(payment::Column::OrderId.eq(id))
        .filter(payment::Column::Purpose.eq(PaymentPurpose::EarnestDeposit))
        .filter(payment::Column::State.is_in(OPEN))
        .one(tx.conn())
        .await?;
    if let Some(open) = open {
        return Ok(PaidOrder { order: id, payment: open.id });
    }
    let row = deposit(id, PaymentPurpose::EarnestDeposit, input.payment_method, EARNEST_MINOR, tx.now());
    let payment = row.id;
    revision.payment_changed(&row, tx.now());
    tx.insert([row.into_active_model()]);
    revision.save(tx);
    Ok(PaidOrder { order: id, payment })
}
