//! `paymentInitiate` (C064, C065, C067): a payment is handed to the provider, and the caller gets where to pay.
//!
//! The provider is asked between two transactions, never within one. The first makes the payment, under the caller's key; the
//! second notes what the provider said. What breaks in between is made up for by asking again: the provider knows a payment by
//! its id.

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{order, payment};
use entity::{OrderId, PaymentMethod, PaymentOutcome, PaymentPurpose, PaymentState, PaymentStep};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::change::payments_of;
use super::super::inputs::PaymentInitiateInput;
use super::super::policy;
use super::super::rules::payment::{OPEN, PaymentAction, check_earnest, move_payment, takes_balance};
use super::super::rules::status::OrderMove;
use super::super::store::{Attempt, Revision};
use super::super::types::{Order, Payment};
use super::order_place::{EARNEST_MINOR, INTENTION_MINOR, deposit};
use super::{PaidOrder, may_move, paid};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError, money};
use crate::ports::PortError;
use crate::ports::payment::{Checkout, Submission};
use crate::store::Tx;
use crate::values::money::{CURRENCY, Money};

/// Most payments of one order: what its page is reckoned with.
const MAX_PAYMENTS: usize = 20;

/// What came of it.
#[derive(SimpleObject)]
pub struct PaymentInitiatePayload {
    /// The order.
    pub order: Option<Order>,
    /// The payment; its `checkout` says where to pay.
    pub payment: Option<Payment>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: PaymentInitiateInput) -> Result<PaymentInitiatePayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    if call.app.ports.payments.is_none() {
        return Err(Error::shown(Code::Unavailable, "payment-no-provider"));
    }
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut written = write(ctx, Some(key), move |tx, call| Box::pin(begin(tx, call, input))).await?;
    let mut declined = None;
    if let Ok(asked) = &written {
        match hand_over(ctx, asked).await? {
            Ok(code) => declined = code,
            Err(errors) => written = Err(errors),
        }
    }
    let (order, payment, mut user_errors) = paid(ctx, written).await?;
    if let Some(code) = declined {
        let args = [("code", code.into())];
        user_errors.push(UserError::coded(call, UserErrorCode::PaymentDeclined, "method", "payment-declined", &args));
    }
    Ok(PaymentInitiatePayload { order, payment, user_errors })
}

/// Makes the payment, or finds the one that is open.
async fn begin(tx: &mut Tx, call: &Call, input: PaymentInitiateInput) -> Result<PaidOrder, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let unknown = || UserError::not_found(call, "orderId");
    let mut revision = Revision::open(tx, rows, id, call.viewer.actor()).await?.ok_or_else(unknown)?;
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    let others = match input.method {
        PaymentMethod::LoanDisbursement => Some("payment-by-lender"),
        PaymentMethod::CarriedOver => Some("payment-carried"),
        _ => None,
    };
    if let Some(key) = others {
        return Err(UserError::coded(call, UserErrorCode::NotEligible, "method", key, &[]).into());
    }
    may_be_paid(call, &revision.order, input.purpose)?;
    let amount_minor = amount(call, &revision.order, &input)?;
    let now = tx.now();
    let expires_at = now + call.app.ports.terms.expire_after;
    let payments = payments_of(tx, id).await?;
    let open = payments.iter().rev().find(|payment| payment.purpose == input.purpose && OPEN.contains(&payment.state));
    let row = match open {
        // Handed over, or about to be: its provider may have it. One that has run out is closed by whoever looks after it.
        Some(open) if open.expires_at.is_some_and(|end| now < end) => {
            if open.method == input.method && open.amount_minor == amount_minor {
                return Ok(PaidOrder { order: id, payment: open.id });
            }
            let code = UserErrorCode::InvalidTransition;
            return Err(UserError::coded(call, code, "purpose", "payment-open", &[]).into());
        }
        Some(open) if open.state == PaymentState::Created && open.expires_at.is_none() => {
            let asked =
                payment::Model { method: input.method, amount_minor, expires_at: Some(expires_at), ..open.clone() };
            let change = asked.clone().into_active_model().reset_all();
            tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(asked.id)));
            asked
        }
        _ => {
            if payments.len() >= MAX_PAYMENTS {
                let code = UserErrorCode::LimitReached;
                return Err(UserError::coded(call, code, "orderId", "payment-many", &[]).into());
            }
            // One that the provider was never reached for, in all its time.
            if let Some(stale) = open.filter(|open| open.state == PaymentState::Created) {
                let stale = payment::Model { state: PaymentState::Expired, ..stale.clone() };
                let change = payment::ActiveModel { state: Set(stale.state), ..Default::default() };
                tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(stale.id)));
                tx.insert(Attempt::that_led_to(&stale, now).map(Attempt::row));
                revision.payment_changed(&stale, now);
            }
            let asked = deposit(id, input.purpose, input.method, amount_minor, now);
            let asked = payment::Model { expires_at: Some(expires_at), ..asked };
            tx.insert([asked.clone().into_active_model().reset_all()]);
            asked
        }
    };
    tx.insert([Attempt::of(&row, PaymentStep::Submit, PaymentOutcome::Request, now).row()]);
    revision.payment_changed(&row, now);
    revision.save(tx);
    Ok(PaidOrder { order: id, payment: row.id })
}

/// Whether the order has come as far as this payment.
fn may_be_paid(call: &Call, order: &order::Model, purpose: PaymentPurpose) -> Result<(), Refusal> {
    let action = match purpose {
        PaymentPurpose::IntentionDeposit => OrderMove::PayIntention,
        PaymentPurpose::EarnestDeposit => OrderMove::PayDeposit,
        PaymentPurpose::Balance if takes_balance(order.status) => return Ok(()),
        PaymentPurpose::Balance => {
            let code = UserErrorCode::NotEligible;
            return Err(UserError::coded(call, code, "purpose", "payment-balance-state", &[]).into());
        }
    };
    may_move(call, order.status, action)?;
    if purpose == PaymentPurpose::EarnestDeposit && check_earnest(EARNEST_MINOR, order.total_minor).is_err() {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "order-deposit-cap", &[]).into());
    }
    Ok(())
}

/// How much: a deposit's own amount; of the balance what is asked for, or all that is left.
fn amount(call: &Call, order: &order::Model, input: &PaymentInitiateInput) -> Result<i64, Refusal> {
    let fixed = match input.purpose {
        PaymentPurpose::IntentionDeposit => Some(INTENTION_MINOR),
        PaymentPurpose::EarnestDeposit => Some(EARNEST_MINOR),
        PaymentPurpose::Balance => None,
    };
    let left = order.total_minor - order.paid_minor;
    let (least, most) = fixed.map_or((1, left), |fixed| (fixed, fixed));
    if left <= 0 && fixed.is_none() {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "purpose", "payment-nothing-left", &[]).into());
    }
    let asked = match input.amount {
        None => most,
        Some(yuan) => money::minor(yuan).map_err(|invalid| UserError::refused(call, "amount", invalid))?,
    };
    if !(least..=most).contains(&asked) {
        let bounds = [least, most].map(|minor| Money::from_minor(minor).to_string());
        let [min, max] = bounds.map(Into::into);
        return Err(UserError::invalid(call, "amount", "payment-amount", &[("min", min), ("max", max)]).into());
    }
    Ok(asked)
}

/// Hands a payment over that was made and not yet handed over; the provider's code when it declines.
async fn hand_over(
    ctx: &Context<'_>,
    asked: &PaidOrder,
) -> Result<std::result::Result<Option<String>, Vec<UserError>>> {
    let call = ctx.call();
    let gone = || Error::hidden("a payment or its order vanished");
    let row = payment::Entity::find_by_id(asked.payment).one(call.db()).await?.ok_or_else(gone)?;
    if row.state == PaymentState::Failed {
        return Ok(Ok(row.failure));
    }
    let (PaymentState::Created, Some(expires_at)) = (row.state, row.expires_at) else { return Ok(Ok(None)) };
    let order = order::Entity::find_by_id(asked.order).one(call.db()).await?.ok_or_else(gone)?;
    let provider = call.app.ports.payments.as_ref().ok_or_else(|| Error::hidden("no provider any more"))?;
    let submission = Submission {
        order_number: order.number,
        purpose: row.purpose,
        method: row.method,
        amount_minor: row.amount_minor,
        currency: CURRENCY.to_owned(),
        expires_at,
    };
    let said = match provider.submit(row.id, &submission).await {
        Ok(checkout) => Ok(checkout),
        Err(PortError::Declined(code)) => Err(code),
        Err(error) => {
            tracing::warn!(%error, payment = %row.id, "a payment was not handed over");
            return Err(Error::shown(Code::Unavailable, "payment-provider-away"));
        }
    };
    let code = said.as_ref().err().cloned();
    let (order, payment) = (asked.order, asked.payment);
    let noted = write(ctx, None, move |tx, call| {
        Box::pin(async move {
            note(tx, call, (order, payment), said).await?;
            Ok(())
        })
    });
    Ok(noted.await?.map(|()| code))
}

/// Notes what the provider said; nothing if the payment has moved on meanwhile.
async fn note(
    tx: &mut Tx,
    call: &Call,
    (order, payment): (OrderId, entity::PaymentId),
    said: Result<Checkout, String>,
) -> Result<(), Refusal> {
    let rows = policy::readable(&call.viewer).or_nothing();
    let unknown = || UserError::not_found(call, "orderId");
    let mut revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = payment::Entity::find_by_id(payment).one(tx.conn()).await?.ok_or_else(unknown)?;
    let now: DateTime<Utc> = tx.now();
    let (action, outcome) = match &said {
        Ok(_) => (PaymentAction::Submit, PaymentOutcome::Success),
        Err(_) => (PaymentAction::Fail, PaymentOutcome::Failure),
    };
    if row.state != PaymentState::Created {
        return Ok(());
    }
    let Ok(state) = move_payment(row.state, action) else { return Ok(()) };
    let row = payment::Model { state, failure: said.as_ref().err().cloned(), ..row };
    let (checkout_url, checkout_token) = said.map(|checkout| (checkout.url, checkout.token)).unwrap_or_default();
    let change = payment::ActiveModel {
        state: Set(row.state),
        failure: Set(row.failure.clone()),
        checkout_url: Set(checkout_url),
        checkout_token: Set(checkout_token),
        checked_at: Set(Some(now)),
        ..Default::default()
    };
    tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(payment)));
    tx.insert([Attempt::of(&row, PaymentStep::Submit, outcome, now).row()]);
    revision.payment_changed(&row, now);
    revision.save(tx);
    Ok(())
}
