//! `paymentCancel` (C067): a payment that waits for its customer is called off, at the provider first.

use async_graphql::{Context, SimpleObject};
use entity::order::payment;
use entity::{PaymentId, PaymentOutcome, PaymentState, PaymentStep};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::super::inputs::PaymentCancelInput;
use super::super::links::PaymentById;
use super::super::policy;
use super::super::rules::payment::{PaymentAction, move_payment};
use super::super::store::{Attempt, Revision};
use super::super::types::{Order, Payment};
use super::{PaidOrder, paid};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError};
use crate::ports::PortError;
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct PaymentCancelPayload {
    /// The order.
    pub order: Option<Order>,
    /// The payment.
    pub payment: Option<Payment>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: PaymentCancelInput) -> Result<PaymentCancelPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match call_off(ctx, &input).await? {
        Ok(id) => write(ctx, Some(key), move |tx, call| Box::pin(cancel(tx, call, id))).await?,
        Err(error) => Err(vec![error]),
    };
    let (order, payment, user_errors) = paid(ctx, written).await?;
    Ok(PaymentCancelPayload { order, payment, user_errors })
}

/// Calls it off at the provider, where it is handed over.
async fn call_off(ctx: &Context<'_>, input: &PaymentCancelInput) -> Result<std::result::Result<PaymentId, UserError>> {
    let call = ctx.call();
    let id: PaymentId = match UserError::parse_id(call, "paymentId", &input.payment_id) {
        Ok(id) => id,
        Err(error) => return Ok(Err(error)),
    };
    let Some(Payment(row)) = call.link::<PaymentById>().one(id).await? else {
        return Ok(Err(UserError::not_found(call, "paymentId")));
    };
    // Handed over, or about to be: the answer may have been lost.
    let open = matches!(row.state, PaymentState::Created | PaymentState::Pending | PaymentState::Authorized);
    let (true, Some(provider), Some(_)) = (open, &call.app.ports.payments, row.expires_at) else {
        return Ok(Ok(id));
    };
    use PaymentState::{Cancelled, Expired, Failed};
    match provider.cancel(id).await {
        Ok(None) => Ok(Ok(id)),
        Ok(Some(standing)) if matches!(standing.state, Cancelled | Expired | Failed) => Ok(Ok(id)),
        // It is paid, or on its way: how it ends is told as ever.
        Ok(Some(standing)) => Ok(Err(UserError::transition(call, standing.state, PaymentAction::Cancel, [""; 0]))),
        Err(PortError::Declined(code)) => {
            let args = [("code", code.into())];
            Ok(Err(UserError::coded(call, UserErrorCode::PaymentDeclined, "paymentId", "payment-declined", &args)))
        }
        Err(error) => {
            tracing::warn!(%error, payment = %id, "a payment was not called off");
            Err(Error::shown(Code::Unavailable, "payment-provider-away"))
        }
    }
}

async fn cancel(tx: &mut Tx, call: &Call, id: PaymentId) -> Result<PaidOrder, Refusal> {
    let unknown = || UserError::not_found(call, "paymentId");
    let order = payment::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let rows = policy::readable(&call.viewer).or_nothing();
    let mut revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = payment::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    let state = move_payment(row.state, PaymentAction::Cancel)
        .map_err(|illegal| UserError::transition(call, illegal.from, illegal.action, illegal.allowed))?;
    let now = tx.now();
    let row = payment::Model { state, ..row };
    let change = payment::ActiveModel { state: Set(state), ..Default::default() };
    tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(id)));
    tx.insert([Attempt::of(&row, PaymentStep::Cancel, PaymentOutcome::Success, now).row()]);
    revision.payment_changed(&row, now);
    revision.save(tx);
    Ok(PaidOrder { order, payment: id })
}
