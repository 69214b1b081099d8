//! `paymentCancel` (C067): a payment that waits for its customer is called off. That it can be is noted under the key; then the
//! provider is asked, outside any transaction, and what comes of it is noted. A key that comes again asks again only while the
//! payment is as it was.

use async_graphql::{Context, SimpleObject};
use entity::order::payment;
use entity::{PaymentId, PaymentOutcome, PaymentState, PaymentStep};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::PaymentCancelInput;
use super::super::policy;
use super::super::rules::payment::{PAYMENT, PaymentAction, has_failed, move_payment};
use super::super::store::{Attempt, Revision};
use super::super::types::{Order, Payment};
use super::{PaidOrder, paid};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError};
use crate::ports::PortError;
use crate::store::Tx;
use crate::values::machine;

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

/// What is kept under the key: that the payment may be called off, and as what it was seen.
#[derive(Serialize, Deserialize)]
struct Intent {
    paid: PaidOrder,
    seen: PaymentState,
}

pub async fn run(ctx: &Context<'_>, input: PaymentCancelInput) -> Result<PaymentCancelPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let meant = write(ctx, Some(key), move |tx, call| Box::pin(intend(tx, call, input))).await?;
    let written = match meant {
        Ok(Intent { paid, seen }) => call_off(ctx, paid.payment, seen).await?.map(|()| paid),
        Err(errors) => Err(errors),
    };
    let (order, payment, user_errors) = paid(ctx, written).await?;
    Ok(PaymentCancelPayload { order, payment, user_errors })
}

/// The payment, read under its order's lock.
async fn locked(tx: &Tx, call: &Call, id: PaymentId) -> Result<(Revision, payment::Model), Refusal> {
    let unknown = || UserError::not_found(call, "paymentId");
    let order = payment::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let rows = policy::readable(&call.viewer).or_nothing();
    let revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = payment::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    Ok((revision, row))
}

/// Whether it can be called off, before anybody else is asked.
async fn intend(tx: &mut Tx, call: &Call, input: PaymentCancelInput) -> Result<Intent, Refusal> {
    let id: PaymentId = UserError::parse_id(call, "paymentId", &input.payment_id)?;
    let (_, row) = locked(tx, call, id).await?;
    move_payment(row.state, PaymentAction::Cancel)
        .map_err(|illegal| UserError::transition(call, illegal.from, illegal.action, illegal.allowed))?;
    Ok(Intent { paid: PaidOrder { order: row.order_id, payment: id }, seen: row.state })
}

/// Calls it off at the provider, where it is handed over, unless it has gone on since that was meant; then here.
async fn call_off(
    ctx: &Context<'_>,
    id: PaymentId,
    seen: PaymentState,
) -> Result<std::result::Result<(), Vec<UserError>>> {
    let call = ctx.call();
    let found = payment::Entity::find_by_id(id).one(call.db()).await?;
    let Some(row) = found.filter(|row| row.state == seen) else { return Ok(Ok(())) };
    // Handed over, or about to be: the answer may have been lost.
    if let (Some(provider), Some(_)) = (&call.app.ports.payments, row.expires_at) {
        match provider.cancel(id).await {
            Ok(None) => {}
            Ok(Some(standing)) if has_failed(standing.state) => {}
            // It is paid, or on its way: how it ends is told as ever.
            Ok(Some(standing)) => return Ok(Err(vec![refused(call, standing.state)])),
            Err(PortError::Declined(code)) => {
                let args = [("code", code.into())];
                let code = UserErrorCode::PaymentDeclined;
                return Ok(Err(vec![UserError::coded(call, code, "paymentId", "payment-declined", &args)]));
            }
            Err(error) => {
                tracing::warn!(%error, payment = %id, "a payment was not called off");
                return Err(Error::shown(Code::Unavailable, "payment-provider-away"));
            }
        }
    }
    write(ctx, None, move |tx, call| Box::pin(note(tx, call, id))).await
}

fn refused(call: &Call, state: PaymentState) -> UserError {
    UserError::transition(call, state, PaymentAction::Cancel, machine::allowed(PAYMENT, state))
}

/// Notes that it was called off; nothing where its provider has said meanwhile that no money will come of it.
async fn note(tx: &mut Tx, call: &Call, id: PaymentId) -> Result<(), Refusal> {
    let (mut revision, row) = locked(tx, call, id).await?;
    if has_failed(row.state) {
        return Ok(());
    }
    let state = move_payment(row.state, PaymentAction::Cancel).map_err(|illegal| refused(call, illegal.from))?;
    let now = tx.now();
    let row = payment::Model { state, ..row };
    let change = payment::ActiveModel { state: Set(state), ..Default::default() };
    tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(id)));
    tx.insert([Attempt::of(&row, PaymentStep::Cancel, PaymentOutcome::Success, now).row()]);
    revision.payment_changed(&row, now);
    revision.save(tx);
    Ok(())
}
