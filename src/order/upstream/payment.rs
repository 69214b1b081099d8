//! `cn.milepost.order.payment.v1` (C064, C065, C067).

use chrono::{DateTime, Utc};
use entity::order::{order, payment};
use entity::{InboundCode, OrderPaymentStatus, PaymentMethod, PaymentPurpose, PaymentState};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::change::rules::refund::surplus_minor;
use super::super::change::{Books, Went, payments_of, tell_done};
use super::super::mutations::deposit;
use super::super::rules::payment::{Back, Paid, check_earnest, has_arrived, is_left_open};
use super::super::rules::payment_word::{after_word, back_after_word};
use super::super::rules::status::is_ended;
use super::super::store::{Attempt, Revision, balance_paid, become_firm, capture};
use super::find::{self, clamped, open};
use crate::graph::Result;
use crate::ingest::keys::{MAX_MINOR, line, number, optional_line};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// How a payment of an order is: its money has arrived, or went back, or it failed (payment provider, order management).
    /// A deposit that arrives makes its order INTENTION or PLACED. Said twice, late or in another order it means the same:
    /// money that is here stays here until it goes back.
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
        /// How much of it went back, fen; 0 when left out. Never less than before. With `paymentId` what its provider gave back
        /// itself, to which comes what was recorded by hand; else all.
        pub refunded_minor: Option<i64>,
        /// When it arrived; the event's `time` when left out. A clock that is behind or ahead loses no money: what lies before the
        /// order counts as of when that was made, and what lies in the future as of now.
        pub captured_at: Option<DateTime<Utc>>,
        /// The gateway's id of the payment, when it was the gateway that asked for it.
        pub payment_id: Option<String>,
        /// `AUTHORIZED`, `FAILED`, `CANCELLED` or `EXPIRED` where no money has come; else, and when left out, what follows
        /// from `refundedMinor`.
        pub state: Option<PaymentState>,
        /// The provider's code of why it failed, with `FAILED`.
        pub failure: Option<String>,
    }
}

/// A payment reported.
pub struct PaymentReported;

/// Characters of a provider's number.
const MAX_REFERENCE: u32 = 64;

impl Inbound for PaymentReported {
    const TYPE: &'static str = "cn.milepost.order.payment.v1";
    const DOMAIN: &'static str = "order";
    /// The rule gives the same whatever the order of words, and late money has to be in the books.
    const IN_ORDER: bool = false;
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
            payment_id: None,
            state: None,
            failure: None,
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
                Ok(revision) => record(desk, revision, item, item.data.payment_id.is_some()).await?,
                Err(verdict) => verdict,
            };
            verdicts.push(verdict);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

/// Records what is said of a payment in its order, which is then saved. `asked_for_here`: it is money that the gateway asked
/// for, and not what order management has dealt with.
pub(super) async fn record(
    desk: &mut Desk<'_>,
    mut revision: Revision,
    item: &Item<PaymentData>,
    asked_for_here: bool,
) -> Result<Verdict> {
    let data = &item.data;
    let used = payment::Entity::find().filter(payment::Column::ProviderReference.eq(&data.reference));
    let used = used.one(desk.tx.conn()).await?;
    let order = revision.order.id;
    let payments = payments_of(desk.tx, order).await?;
    let (row, at) = match row(desk, &revision, &payments, used, item) {
        Ok(row) => row,
        Err(reason) => return Ok(reason.into()),
    };
    let known = payments.iter().find(|payment| payment.id == row.id);
    let mut books = Books::of(desk.tx, revision.before()).await?;
    if known == Some(&row) && !books.makes_more(&row) {
        return Ok(Verdict::DONE);
    }
    let arrived_now = row.captured_at.is_some() && known.is_none_or(|known| known.captured_at.is_none());
    let went_back = row.refunded_minor > known.map_or(0, |known| known.refunded_minor) || books.makes_more(&row);
    let others: Vec<payment::Model> = payments.iter().filter(|payment| payment.id != row.id).cloned().collect();
    let surplus_minor = surplus(&revision, &row, &others, (&books, asked_for_here));
    let mut all = others;
    all.push(row.clone());
    books.sum(&mut revision.order, &all);
    let terms = desk.app.orders;
    if arrived_now
        && let Err(refusal) = become_firm(desk.tx, &mut revision, data.purpose, at, asked_for_here, terms).await?
    {
        let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("purpose");
        return Ok(reason.with("from", refusal.from.to_string()).with("action", refusal.code.to_string()).into());
    }
    if went_back {
        let over = books.went_back(desk.tx, &Went::On(row.clone()));
        tell_done(desk.tx, &mut revision, &over).await?;
    }
    if arrived_now && surplus_minor > 0 {
        books.owe(desk.tx, order, Some(&row), surplus_minor, None);
    }
    if surplus_minor > 0 || row.left_open {
        desk.app.ports.wake.all();
    }
    books.sum(&mut revision.order, &all);
    if went_back && (asked_for_here || revision.before().payment_status == OrderPaymentStatus::Refunding) {
        // What was on its way back was all that held it up. What has just been reached is read again.
        desk.tx.flush().await?;
        balance_paid(desk.tx, &mut revision, at).await?;
    }
    revision.payment_changed(&row, at);
    let tried = Attempt::that_led_to(&row, at);
    if known.is_some() {
        let change = payment::ActiveModel {
            method: Set(row.method),
            state: Set(row.state),
            refunded_minor: Set(row.refunded_minor),
            refunded_elsewhere_minor: Set(row.refunded_elsewhere_minor),
            provider_reference: Set(row.provider_reference.clone()),
            captured_at: Set(row.captured_at),
            failure: Set(row.failure.clone()),
            checked_at: if row.left_open { Set(Some(DateTime::UNIX_EPOCH)) } else { NotSet },
            left_open: Set(row.left_open),
            ..Default::default()
        };
        desk.tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(row.id)));
    } else {
        desk.tx.insert([row.into_active_model().reset_all()]);
    }
    desk.tx.insert(tried.map(Attempt::row));
    revision.save(desk.tx);
    Ok(Verdict::DONE)
}

/// How much of money that arrives has to go back again, beside what is on its way back already. What order management reports of an
/// order that goes on is its own to decide.
fn surplus(
    revision: &Revision,
    row: &payment::Model,
    others: &[payment::Model],
    (books, asked_for_here): (&Books, bool),
) -> i64 {
    let order = revision.before();
    if !asked_for_here && !is_ended(order.status) {
        return 0;
    }
    let others: Vec<Paid> = others.iter().map(|row| books.staying(row)).collect();
    surplus_minor(order.status, order.total_minor, &Paid::from(row), &others)
}

/// The payment as it is now, and since when: the one of this number, else the one that it names, else one that was asked for
/// and is open, else a new one.
fn row(
    desk: &Desk<'_>,
    revision: &Revision,
    payments: &[payment::Model],
    used: Option<payment::Model>,
    item: &Item<PaymentData>,
) -> Result<(payment::Model, DateTime<Utc>), Reason> {
    let data = &item.data;
    let reference = line("reference", &data.reference, MAX_REFERENCE)?;
    if data.method == PaymentMethod::CarriedOver {
        return Err(Reason::new(InboundCode::NotEligible, "payment-carried").at("method"));
    }
    let failure = optional_line("failure", data.failure.as_deref(), MAX_REFERENCE)?;
    let amount = number("amountMinor", data.amount_minor, 1, MAX_MINOR)?;
    let refunded = number("refundedMinor", data.refunded_minor.unwrap_or(0), 0, amount)?;
    let at = clamped(desk, data.captured_at.or(item.time), revision.order.created_at);
    let said = said(data.state, refunded, amount)?;
    if let Some(used) = &used
        && (used.order_id != revision.order.id || used.amount_minor != amount || used.purpose != data.purpose)
    {
        return Err(Reason::new(InboundCode::Duplicate, "order-reference-used").at("reference"));
    }
    let named = named(payments, data, amount)?;
    let open = |payment: &&payment::Model| {
        data.payment_id.is_none()
            && payment.purpose == data.purpose
            && payment.amount_minor == amount
            && payment.provider_reference.is_none()
            && (payment.method == PaymentMethod::LoanDisbursement) == (data.method == PaymentMethod::LoanDisbursement)
            && capture(payment.state).is_ok()
    };
    // Of a payment that has a number already, another number is another payment: somebody paid twice.
    let other = named.filter(|named| named.provider_reference.is_some());
    if let (None, Some(other), false) = (&used, other, has_arrived(said)) {
        // And of no money there is nothing to note.
        return Ok((other.clone(), at));
    }
    let named = named.filter(|named| named.provider_reference.is_none());
    let before = used.or_else(|| named.or_else(|| payments.iter().find(open)).cloned());
    let Some(before) = before else {
        if above_the_cap(data, &revision.order) {
            return Err(Reason::new(InboundCode::NotEligible, "order-deposit-cap").at("amountMinor"));
        }
        let row = payment::Model {
            state: said,
            refunded_minor: refunded,
            provider_reference: Some(reference),
            captured_at: has_arrived(said).then_some(at),
            failure: failure.filter(|_| said == PaymentState::Failed),
            provider_payment_id: other.map(|other| other.provider_payment_id.unwrap_or(other.id)),
            ..deposit(revision.order.id, data.purpose, data.method, amount, at)
        };
        return Ok((row, at));
    };
    let was = Back::of(&before);
    if has_arrived(said) && refunded < was.provider_minor {
        let reason = Reason::invalid("refundedMinor", "ingest-number");
        return Err(reason.with("min", was.provider_minor).with("max", amount));
    }
    let by_provider = data.payment_id.is_some();
    let back = back_after_word(was, refunded, amount, by_provider);
    let word = if has_arrived(said) { arrived(back.all_minor(), amount) } else { said };
    let state = after_word(before.state, word);
    if state == before.state && back == was {
        return Ok((before, at));
    }
    let row = payment::Model {
        method: data.method,
        state,
        refunded_minor: back.all_minor(),
        refunded_elsewhere_minor: back.elsewhere_minor,
        // Its provider does not know that it is over.
        left_open: before.left_open || (!by_provider && is_left_open(&before, state)),
        provider_reference: Some(reference),
        captured_at: before.captured_at.or(Some(at)).filter(|_| has_arrived(state)),
        failure: failure.filter(|_| state == PaymentState::Failed),
        ..before
    };
    Ok((row, at))
}

/// Whether it is a deposit that was not to be asked for at the order's price. Only of one that nobody here knows: of one that was asked
/// for here the price of then counts, and what becomes of it is told to the end.
fn above_the_cap(data: &PaymentData, order: &order::Model) -> bool {
    data.purpose == PaymentPurpose::EarnestDeposit
        && data.payment_id.is_none()
        && check_earnest(data.amount_minor, order.total_minor).is_err()
}

/// What is said of the payment.
fn said(state: Option<PaymentState>, refunded: i64, amount: i64) -> Result<PaymentState, Reason> {
    use PaymentState::{Authorized, Cancelled, Captured, Expired, Failed, PartiallyRefunded, Refunded};
    match state {
        None | Some(Captured | PartiallyRefunded | Refunded) => Ok(arrived(refunded, amount)),
        Some(word @ (Authorized | Failed | Cancelled | Expired)) if refunded == 0 => Ok(word),
        Some(_) => Err(Reason::invalid("state", "ingest-payment-state")),
    }
}

/// The state of a payment whose money has arrived, and of which so much went back.
fn arrived(refunded: i64, amount: i64) -> PaymentState {
    match refunded {
        0 => PaymentState::Captured,
        part if part < amount => PaymentState::PartiallyRefunded,
        _ => PaymentState::Refunded,
    }
}

/// The payment that the data names by the gateway's id.
fn named<'p>(
    payments: &'p [payment::Model],
    data: &PaymentData,
    amount: i64,
) -> Result<Option<&'p payment::Model>, Reason> {
    let Some(id) = &data.payment_id else { return Ok(None) };
    let named = payments.iter().find(|payment| payment.id.to_string() == *id && payment.purpose == data.purpose);
    let named = named.ok_or_else(|| Reason::invalid("paymentId", "not-found"))?;
    if named.amount_minor != amount {
        let reason = Reason::invalid("amountMinor", "ingest-number");
        return Err(reason.with("min", named.amount_minor).with("max", named.amount_minor));
    }
    Ok(Some(named))
}
