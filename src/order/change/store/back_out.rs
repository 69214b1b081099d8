//! Backing out of an order: what it means, and how it is done (C075; domain.md 3.2).

use chrono::{DateTime, Duration, Utc};
use entity::order::{change_request, contract, finance_application, order, payment};
use entity::{ChangeRequestId, ChangeState, ContractState, Fault, OrderId, OrderStatus, PaymentPurpose, PaymentState};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::super::rules::cancel::{CancelQuote, CancelRequest, CancelStage, NotCancellable, quote, stage};
use super::super::rules::refund::{Kept, shares};
use super::Books;
use crate::graph::Error;
use crate::inventory::set_free;
use crate::loyalty;
use crate::order::rules::payment::Paid;
use crate::order::store::{Attempt, Revision, call_off_invoices, contracts_of, go_on, invoiced, save_contract};
use crate::store::Tx;

/// How long after the earnest deposit it comes back in full; invented (domain.md 3.2 leaves it to configuration).
const COOLING: Duration = Duration::hours(24);

/// Share of the earnest deposit that the contract template returns between cooling and lock, basis points; invented.
const TEMPLATE_RETURN_BP: u16 = 5_000;

/// Whether the cooling hours of an order are not over.
fn cooling(order: &order::Model, now: DateTime<Utc>) -> bool {
    order.contract_started_at.is_some_and(|start| now < start + COOLING)
}

/// How far an order has come for the matrix; `status` is the one before a cancellation was asked for.
pub fn cancel_stage(order: &order::Model, status: OrderStatus, now: DateTime<Utc>) -> Option<CancelStage> {
    stage(status, cooling(order, now))
}

/// What it means to call an order off, which was in `status` before that was asked for.
///
/// # Errors
/// When the store fails; the inner error when there is no rule for the state.
pub async fn consequences(
    conn: &impl ConnectionTrait,
    order: &order::Model,
    status: OrderStatus,
    fault: Fault,
    now: DateTime<Utc>,
) -> Result<Result<CancelQuote, NotCancellable>, DbErr> {
    let payments = payment::Entity::find().filter(payment::Column::OrderId.eq(order.id)).all(conn).await?;
    // What is on its way back already does not go back again.
    let books = Books::on(conn, order).await?;
    let payments: Vec<Paid> = payments.iter().map(|row| books.staying(row)).collect();
    let invoiced = invoiced(conn, order.id).await?;
    Ok(quote(&CancelRequest {
        status,
        fault,
        within_cooling: cooling(order, now),
        price_minor: order.total_minor,
        template_return_bp: TEMPLATE_RETURN_BP,
        payments: &payments,
        invoice_issued: invoiced.elsewhere || invoiced.here,
    }))
}

/// Does what was granted: the order is called off. The request as it stands then.
///
/// # Errors
/// When the store fails.
pub async fn carry_out(
    tx: &mut Tx,
    revision: &mut Revision,
    request: change_request::Model,
) -> Result<change_request::Model, Error> {
    let off = Off {
        to: OrderStatus::Cancelled,
        request: Some(request.id),
        by: request.decided_by.clone(),
        forfeited_minor: request.forfeited_minor,
        compensation_minor: request.compensation_minor,
        note: request.decision_note.clone(),
    };
    let done = !call_off(tx, revision, off).await?;
    Ok(change_request::Model {
        state: if done { ChangeState::Done } else { ChangeState::Executing },
        done_at: done.then_some(tx.now()),
        ..request
    })
}

/// Lets an order run out that nobody made firm in time (C064): as when its customer calls it off, of which nobody has asked.
///
/// # Errors
/// When the store fails.
pub async fn let_run_out(tx: &mut Tx, revision: &mut Revision, to: OrderStatus) -> Result<(), Error> {
    let (order, now) = (&revision.order, tx.now());
    let quote = consequences(tx.conn(), order, order.status, Fault::Customer, now).await?;
    let quote = quote.map_err(|_| Error::hidden("an order that is beyond running out"))?;
    let off = Off {
        to,
        request: None,
        by: None,
        forfeited_minor: quote.forfeited_minor,
        compensation_minor: quote.compensation_minor,
        note: None,
    };
    call_off(tx, revision, off).await?;
    Ok(())
}

/// How an order comes to its end before its car was handed over.
struct Off {
    to: OrderStatus,
    request: Option<ChangeRequestId>,
    /// Who decided; none where that is who changes it.
    by: Option<String>,
    forfeited_minor: i64,
    compensation_minor: i64,
    note: Option<String>,
}

/// Calls an order off: its car is free, what was earned with it is taken back, what waits to be paid is closed, what was invoiced is
/// made red, and then the money is on its way back. Whether any is.
async fn call_off(tx: &mut Tx, revision: &mut Revision, off: Off) -> Result<bool, Error> {
    let (now, order) = (tx.now(), revision.order.id);
    let mut payments = payments_of(tx, order).await?;
    let mut books = Books::of(tx, revision.before()).await?.without_request();
    let kept: Vec<_> = payments
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let kept_minor = Paid::from(row).kept_minor() - books.due_on_minor(row.id);
            Kept { payment: at, purpose: row.purpose, kept_minor }
        })
        .collect();
    let mut goes_back = false;
    for (at, minor) in shares(&kept, off.forfeited_minor) {
        books.owe(tx, order, Some(&payments[at]), minor, off.request);
        goes_back = true;
    }
    if off.compensation_minor > 0 {
        books.owe(tx, order, None, off.compensation_minor, off.request);
        goes_back = true;
    }
    books.sum(&mut revision.order, &payments);
    wind_up(tx, revision, &mut payments).await?;
    let by = off.by.unwrap_or_else(|| revision.actor().to_owned());
    set_free(tx, &by, revision).await?;
    // Points of the small deposit, which wait for a hand-over, go back with it (domain.md 3.3).
    if payments.iter().any(|row| row.purpose == PaymentPurpose::IntentionDeposit) {
        loyalty::orders_taken_back(tx, &[(revision.order.customer_id, order)], true).await?;
    }
    revision.order.has_open_change_request = false;
    revision.set_status(off.to, now, off.note);
    Ok(goes_back)
}

/// Closes what is open of an order that ends: payments that wait, contracts that nobody has signed, invoices, which are made red, and
/// applications for loans.
///
/// # Errors
/// When the store fails.
pub async fn wind_up(tx: &mut Tx, revision: &mut Revision, payments: &mut [payment::Model]) -> Result<(), Error> {
    let (now, order) = (tx.now(), revision.order.id);
    for open in payments {
        let change = match open.state {
            PaymentState::Created => {
                open.state = PaymentState::Cancelled;
                tx.insert(Attempt::that_led_to(open, now).map(Attempt::row));
                revision.payment_changed(open, now);
                payment::ActiveModel { state: Set(open.state), ..Default::default() }
            }
            // The provider is asked next, and closes it.
            PaymentState::Pending | PaymentState::Authorized if open.expires_at.is_some() => {
                payment::ActiveModel { checked_at: Set(Some(DateTime::UNIX_EPOCH)), ..Default::default() }
            }
            _ => continue,
        };
        tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(open.id)));
    }
    // Who lets contracts be signed is asked next; what nobody has seen to sign is called off here.
    for row in contracts_of(tx, order).await? {
        let now_or_next = match row.state {
            ContractState::Draft if row.checked_at.is_none() => {
                let row = go_on(tx, revision, row, (ContractState::Revoked, now), None).await?;
                save_contract(tx, &row);
                continue;
            }
            // The provider may have it, whatever came of the answer.
            ContractState::Draft => {
                let row = go_on(tx, revision, row, (ContractState::Signing, now), None).await?;
                contract::Model { checked_at: Some(DateTime::UNIX_EPOCH), ..row }
            }
            ContractState::Signing => contract::Model { checked_at: Some(DateTime::UNIX_EPOCH), ..row },
            _ => continue,
        };
        save_contract(tx, &now_or_next);
    }
    // Money waits until what was invoiced is red.
    call_off_invoices(tx, revision).await?;
    // The lender is asked next, and lets go of what is open.
    let at_once =
        finance_application::ActiveModel { checked_at: Set(Some(DateTime::UNIX_EPOCH)), ..Default::default() };
    tx.put(
        finance_application::Entity::update_many()
            .set(at_once)
            .filter(finance_application::Column::OrderId.eq(order))
            .filter(finance_application::Column::CheckedAt.is_not_null()),
    );
    Ok(())
}

/// The payments of an order, oldest first.
///
/// # Errors
/// When the store fails.
pub async fn payments_of(tx: &Tx, order: OrderId) -> Result<Vec<payment::Model>, DbErr> {
    payment::Entity::find()
        .filter(payment::Column::OrderId.eq(order))
        .order_by_asc(payment::Column::CreatedAt)
        .order_by_asc(payment::Column::Id)
        .all(tx.conn())
        .await
}
