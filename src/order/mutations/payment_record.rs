//! `paymentRecord` (C064, C065, C067): the money of a payment has arrived.

use async_graphql::{Context, SimpleObject};
use chrono::DateTime;
use entity::order::payment;
use entity::{PaymentId, PaymentState};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::super::change::{Books, payments_of};
use super::super::inputs::PaymentRecordInput;
use super::super::policy;
use super::super::rules::payment::{Paid, is_left_open};
use super::super::rules::status::is_ended;
use super::super::store::{Attempt, Revision, become_firm, capture};
use super::super::types::{Order, Payment};
use super::{PaidOrder, bad_text, graph_refusal, moment, paid};
use crate::access::ViewerKind;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::text;

/// Characters of a provider's number.
const MAX_REFERENCE: u32 = 64;

/// What came of it.
#[derive(SimpleObject)]
pub struct PaymentRecordPayload {
    /// The order.
    pub order: Option<Order>,
    /// The payment.
    pub payment: Option<Payment>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: PaymentRecordInput) -> Result<PaymentRecordPayload> {
    let call = ctx.call();
    policy::recordable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(record(tx, call, input))).await?;
    let (order, payment, user_errors) = paid(ctx, written).await?;
    Ok(PaymentRecordPayload { order, payment, user_errors })
}

async fn record(tx: &mut Tx, call: &Call, input: PaymentRecordInput) -> Result<PaidOrder, Refusal> {
    let reference = text::line(&input.provider_reference, MAX_REFERENCE)
        .map_err(|e| bad_text(call, "providerReference", e, MAX_REFERENCE))?;
    let id: PaymentId = UserError::parse_id(call, "paymentId", &input.payment_id)?;
    let unknown = || UserError::not_found(call, "paymentId");
    let order = payment::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let rows = policy::recordable(&call.viewer).or_nothing();
    let mut revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, order, revision.version()).into());
    }
    // Read under the order's lock: whoever writes payments holds it.
    let mut payments = payments_of(tx, order).await?;
    let own = payments.iter_mut().find(|payment| payment.id == id).ok_or_else(unknown)?;
    // Its customer may pay it there at any moment.
    let at_provider = matches!(own.state, PaymentState::Pending | PaymentState::Authorized) && own.checked_at.is_some();
    if at_provider && matches!(call.viewer.kind, ViewerKind::Staff { manager: false, .. }) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "paymentId", "payment-at-provider", &[]).into());
    }
    let before = own.clone();
    let captured_at = moment(call, "capturedAt", input.captured_at, own.created_at)?;
    own.state = capture(own.state)
        .map_err(|illegal| UserError::transition(call, illegal.from, illegal.action, illegal.allowed))?;
    let used = payment::Entity::find().filter(payment::Column::ProviderReference.eq(&reference));
    if used.count(tx.conn()).await? > 0 {
        let code = UserErrorCode::Duplicate;
        return Err(UserError::coded(call, code, "providerReference", "order-reference-used", &[]).into());
    }
    own.provider_reference = Some(reference);
    own.captured_at = Some(captured_at);
    own.left_open = is_left_open(&before, own.state);
    let own = own.clone();
    let captured = payment::ActiveModel {
        state: Set(own.state),
        provider_reference: Set(own.provider_reference.clone()),
        captured_at: Set(own.captured_at),
        left_open: Set(own.left_open),
        checked_at: if own.left_open { Set(Some(DateTime::UNIX_EPOCH)) } else { NotSet },
        ..Default::default()
    };
    tx.put_one(payment::Entity::update_many().set(captured).filter(payment::Column::Id.eq(id)));

    let mut books = Books::of(tx, revision.before()).await?;
    // Only of an order that is at an end: what came otherwise staff have looked at.
    if is_ended(revision.before().status) {
        books.owe(tx, order, Some(&own), Paid::from(&own).kept_minor(), None);
    }
    books.sum(&mut revision.order, &payments);
    revision.payment_changed(&own, captured_at);
    tx.insert(Attempt::that_led_to(&own, captured_at).map(Attempt::row));
    let firm = become_firm(tx, &mut revision, own.purpose, captured_at, true, call.app.orders).await?;
    firm.map_err(|refusal| graph_refusal(call, &refusal))?;
    revision.save(tx);
    Ok(PaidOrder { order, payment: id })
}
