//! `cn.milepost.order.payment.v1` (C064, C065, C067).

use chrono::{DateTime, Utc};
use entity::order::payment;
use entity::{InboundCode, PaymentId, PaymentMethod, PaymentPurpose, PaymentState};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::rules::payment::{Paid, check_earnest, order_payment_status, paid_minor};
use super::super::store::{Revision, become_firm, capture};
use super::find::{self, moment, open};
use crate::graph::Result;
use crate::ingest::keys::{line, number};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// Money of an order has arrived, or went back (payment provider, order management). A deposit makes its order
    /// INTENTION or PLACED.
    pub struct PaymentData {
        /// Number of the order.
        pub order_number: String,
        /// The provider's number of the payment, unique.
        pub reference: String,
        /// What it is for.
        pub purpose: PaymentPurpose,
        /// How it was paid.
        pub method: PaymentMethod,
        /// How much, fen.
        pub amount_minor: i64,
        /// How much of it went back, fen; 0 when left out. Never less than before.
        pub refunded_minor: Option<i64>,
        /// When it arrived; the event's `time` when left out.
        pub captured_at: Option<DateTime<Utc>>,
    }
}

/// A payment reported.
pub struct PaymentReported;

/// Characters of a provider's number.
const MAX_REFERENCE: u32 = 64;

impl Inbound for PaymentReported {
    const TYPE: &'static str = "cn.milepost.order.payment.v1";
    const DOMAIN: &'static str = "order";
    type Data = PaymentData;

    fn example() -> PaymentData {
        PaymentData {
            order_number: "YC2511249001".into(),
            reference: "4200001234202611240987654321".into(),
            purpose: PaymentPurpose::EarnestDeposit,
            method: PaymentMethod::WechatPay,
            amount_minor: 500_000,
            refunded_minor: None,
            captured_at: "2025-11-24T03:00:00Z".parse().ok(),
        }
    }

    fn subject(data: &PaymentData) -> String {
        format!("payment/{}", data.reference)
    }

    fn wakes(data: &PaymentData) -> Vec<String> {
        vec![find::subject(&data.order_number)]
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<PaymentData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let verdict = match open(desk, &item.data.order_number).await? {
                Ok(revision) => record(desk, revision, item).await?,
                Err(verdict) => verdict,
            };
            verdicts.push(verdict);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn record(desk: &mut Desk<'_>, mut revision: Revision, item: &Item<PaymentData>) -> Result<Verdict> {
    let data = &item.data;
    let used = payment::Entity::find().filter(payment::Column::ProviderReference.eq(&data.reference));
    let used = used.one(desk.tx.conn()).await?;
    let order = revision.order.id;
    let payments = payment::Entity::find().filter(payment::Column::OrderId.eq(order)).all(desk.tx.conn()).await?;
    let (row, captured_at) = match row(desk, &revision, &payments, used, item) {
        Ok(row) => row,
        Err(reason) => return Ok(reason.into()),
    };
    let known = payments.iter().find(|payment| payment.id == row.id);
    if known == Some(&row) {
        return Ok(Verdict::DONE);
    }
    let arrived_now = known.is_none_or(|known| known.captured_at.is_none());
    let mut all: Vec<payment::Model> = payments.iter().filter(|payment| payment.id != row.id).cloned().collect();
    all.push(row.clone());
    let paid: Vec<Paid> = all.iter().map(Paid::from).collect();
    revision.order.paid_minor = paid_minor(&paid);
    revision.order.payment_status = order_payment_status(revision.order.total_minor, 0, &paid);
    revision.payment_changed(captured_at);
    if arrived_now && let Err(refusal) = become_firm(desk.tx, &mut revision, data.purpose, captured_at).await? {
        let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("purpose");
        return Ok(reason.with("from", refusal.from.to_string()).with("action", refusal.code.to_string()).into());
    }
    if known.is_some() {
        let change = row.clone().into_active_model().reset_all();
        desk.tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(row.id)));
    } else {
        desk.tx.insert([row.into_active_model().reset_all()]);
    }
    revision.save(desk.tx);
    Ok(Verdict::DONE)
}

/// The payment as it is now: the one of this number, else one that was asked for and is open, else a new one.
fn row(
    desk: &Desk<'_>,
    revision: &Revision,
    payments: &[payment::Model],
    used: Option<payment::Model>,
    item: &Item<PaymentData>,
) -> Result<(payment::Model, DateTime<Utc>), Reason> {
    let data = &item.data;
    let reference = line("reference", &data.reference, MAX_REFERENCE)?;
    let amount = number("amountMinor", data.amount_minor, 1, crate::ingest::keys::MAX_MINOR)?;
    let refunded = number("refundedMinor", data.refunded_minor.unwrap_or(0), 0, amount)?;
    let captured_at = moment(desk, "capturedAt", data.captured_at.or(item.time), revision.order.created_at)?;
    if data.purpose == PaymentPurpose::EarnestDeposit && check_earnest(amount, revision.order.total_minor).is_err() {
        return Err(Reason::new(InboundCode::NotEligible, "order-deposit-cap").at("amountMinor"));
    }
    if let Some(used) = &used
        && (used.order_id != revision.order.id || used.amount_minor != amount || used.purpose != data.purpose)
    {
        return Err(Reason::new(InboundCode::Duplicate, "order-reference-used").at("reference"));
    }
    let open = |payment: &&payment::Model| {
        payment.purpose == data.purpose
            && payment.amount_minor == amount
            && payment.provider_reference.is_none()
            && capture(payment.state).is_ok()
    };
    let before = used.or_else(|| payments.iter().find(open).cloned());
    let state = match refunded {
        0 => PaymentState::Captured,
        part if part < amount => PaymentState::PartiallyRefunded,
        _ => PaymentState::Refunded,
    };
    if let Some(before) = &before {
        if refunded < before.refunded_minor {
            let reason = Reason::invalid("refundedMinor", "ingest-number");
            return Err(reason.with("min", before.refunded_minor).with("max", amount));
        }
        let arrived =
            matches!(before.state, PaymentState::Captured | PaymentState::PartiallyRefunded | PaymentState::Refunded);
        if !arrived && capture(before.state).is_err() {
            let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("reference");
            return Err(reason.with("from", before.state.to_string()).with("action", state.to_string()));
        }
    }
    let row = payment::Model {
        id: before.as_ref().map_or_else(PaymentId::generate, |row| row.id),
        order_id: revision.order.id,
        purpose: data.purpose,
        method: data.method,
        state,
        amount_minor: amount,
        refunded_minor: refunded,
        provider_reference: Some(reference),
        captured_at: before.as_ref().and_then(|row| row.captured_at).or(Some(captured_at)),
        created_at: before.as_ref().map_or(captured_at, |row| row.created_at),
    };
    Ok((row, captured_at))
}
