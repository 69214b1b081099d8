//! `refundRecord` (C075): money that went back by another way than the payment provider's, as a bank transfer does.

use async_graphql::{Context, SimpleObject};
use entity::order::{payment, refund};
use entity::{OrderId, RefundId, RefundState};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::RefundRecordInput;
use super::super::store::{Books, Went, payments_of, tell_done, waits_for_red};
use super::super::types::Refund;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::order::mutations::{bad_text, shown};
use crate::order::policy;
use crate::order::rules::payment::{Paid, RefundRefusal, refund as give_back};
use crate::order::store::{Attempt, Revision, balance_paid};
use crate::order::types::Order;
use crate::store::{Lock, Tx};
use crate::values::text;

/// Characters of a bank's number.
const MAX_REFERENCE: u32 = 64;

/// What came of it.
#[derive(SimpleObject)]
pub struct RefundRecordPayload {
    /// The order.
    pub order: Option<Order>,
    /// The refund.
    pub refund: Option<Refund>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    order: OrderId,
    refund: RefundId,
}

pub async fn run(ctx: &Context<'_>, input: RefundRecordInput) -> Result<RefundRecordPayload> {
    let call = ctx.call();
    policy::decidable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(record(tx, call, input))).await?;
    Ok(match written {
        Ok(outcome) => {
            let order = shown(ctx, outcome.order).await?;
            let row = refund::Entity::find_by_id(outcome.refund).one(call.db()).await?;
            let refund = row.filter(|_| order.is_some()).map(Refund);
            RefundRecordPayload { order, refund, user_errors: Vec::new() }
        }
        Err(user_errors) => RefundRecordPayload { order: None, refund: None, user_errors },
    })
}

async fn record(tx: &mut Tx, call: &Call, input: RefundRecordInput) -> Result<Outcome, Refusal> {
    let reference =
        text::line(&input.reference, MAX_REFERENCE).map_err(|e| bad_text(call, "reference", e, MAX_REFERENCE))?;
    let id: RefundId = UserError::parse_id(call, "refundId", &input.refund_id)?;
    let unknown = || UserError::not_found(call, "refundId");
    let order = refund::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let rows = policy::decidable(&call.viewer).or_nothing();
    let mut revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = Lock::row(refund::Entity::find_by_id(id)).take(tx.conn()).await?.ok_or_else(unknown)?;
    // One that the provider is asked for, or may have made, is its own to end.
    let by_hand = row.payment_id.is_none() || call.app.ports.payments.is_none();
    if row.state != RefundState::Failed && !(by_hand && row.state == RefundState::Created) {
        return Err(UserError::transition(call, row.state, "RECORD", [""; 0]).into());
    }
    // As the watch waits.
    let waits = refund::Entity::find_by_id(id).filter(waits_for_red());
    if waits.count(tx.conn()).await? > 0 {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "refundId", "order-red-first", &[]).into());
    }
    let used = refund::Entity::find().filter(refund::Column::Reference.eq(&reference));
    if used.count(tx.conn()).await? > 0 {
        let code = UserErrorCode::Duplicate;
        return Err(UserError::coded(call, code, "reference", "order-reference-used", &[]).into());
    }
    let now = tx.now();
    let mut payments = payments_of(tx, order).await?;
    let mut books = Books::of(tx, revision.before()).await?;
    if let Some(of) = row.payment_id {
        let own = payments.iter_mut().find(|payment| payment.id == of).ok_or_else(unknown)?;
        let (state, refunded_minor) =
            give_back(&Paid::from(&*own), row.amount_minor).map_err(|refusal| match refusal {
                RefundRefusal::Illegal(illegal) => {
                    UserError::transition(call, illegal.from, illegal.action, illegal.allowed)
                }
                RefundRefusal::Amount { .. } => UserError::transition(call, own.state, "REFUND", [""; 0]),
            })?;
        own.state = state;
        own.refunded_minor = refunded_minor;
        own.refunded_elsewhere_minor += row.amount_minor;
        let own = own.clone();
        let change = payment::ActiveModel {
            state: Set(own.state),
            refunded_minor: Set(own.refunded_minor),
            refunded_elsewhere_minor: Set(own.refunded_elsewhere_minor),
            ..Default::default()
        };
        tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(own.id)));
        tx.insert(Attempt::that_led_to(&own, now).map(Attempt::row));
        let over = books.went_back(tx, &Went::By(id, reference, Some(own.clone())));
        tell_done(tx, &mut revision, &over).await?;
        books.sum(&mut revision.order, &payments);
        revision.payment_changed(&own, now);
    } else {
        let over = books.went_back(tx, &Went::By(id, reference, None));
        tell_done(tx, &mut revision, &over).await?;
        books.sum(&mut revision.order, &payments);
        revision.refund_made(id, row.amount_minor, now);
    }
    // What was on its way back was all that held it up.
    balance_paid(tx, &mut revision, now).await?;
    revision.save(tx);
    Ok(Outcome { order, refund: id })
}
