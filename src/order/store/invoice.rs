//! Invoices: how one is drawn up, and what follows when it goes on (C074).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::catalog::{model, trim};
use entity::inventory::vehicle_unit;
use entity::order::{finance_application, invoice, milestone, order, payment, price_line};
use entity::place::{organization, store};
use entity::{
    EventId, InvoiceCover, InvoiceState, InvoiceType, MilestoneCode, MilestoneState, OrderId, OrganizationKind,
    PrefixedId, Sealed, VehicleUnitId,
};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QueryTrait,
};

use super::super::rules::invoice::{
    InvoicePaper, InvoicePaperLine, Money, OVER, cover_of, covered, issued_by_maker, lacks_invoice as lacking,
    money_in, vat_minor,
};
use super::super::rules::paper::hash;
use super::super::rules::purchase_tax::{Facts, tax_due};
use super::super::rules::status::{is_ended, takes_milestones};
use super::firm::done;
use super::{Report, Revision, record_milestone};
use crate::customer::rules::invoice_title::Title;
use crate::graph::Error;
use crate::store::rows::among;
use crate::store::{Tx, Vault};
use crate::values::calendar;

const LABEL: &[u8] = b"invoice";

/// The code of why an invoice is not issued whose order came to its end before.
pub const ORDER_ENDED: &str = "ORDER_ENDED";

/// What an invoice says as it is kept, and the hash of it.
pub fn seal_invoice(vault: &Vault, paper: &InvoicePaper) -> (Sealed, String) {
    let plain = serde_json::to_string(paper).expect("a paper is plain JSON");
    (Sealed(vault.seal_bytes(LABEL, plain.as_bytes())), hash(&plain))
}

/// What an invoice says.
///
/// # Errors
/// When it was sealed under a key that is gone.
pub fn invoice_paper(vault: &Vault, row: &invoice::Model) -> Result<InvoicePaper, Error> {
    let plain = vault.open_bytes(LABEL, &row.snapshot.0)?;
    serde_json::from_slice(&plain).map_err(|error| Error::hidden(format!("an invoice's snapshot: {error}")))
}

/// The invoices of an order, oldest first.
///
/// # Errors
/// When the store fails.
pub async fn invoices_of(conn: &impl ConnectionTrait, order: OrderId) -> Result<Vec<invoice::Model>, DbErr> {
    invoice::Entity::find()
        .filter(invoice::Column::OrderId.eq(order))
        .order_by_asc(invoice::Column::CreatedAt)
        .order_by_asc(invoice::Column::Id)
        .all(conn)
        .await
}

/// Whether an order was invoiced: by another system, which told so by the milestone alone, and here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoiced {
    pub elsewhere: bool,
    /// An invoice of the order stands.
    pub here: bool,
}

/// See [`Invoiced`].
///
/// # Errors
/// When the store fails.
pub async fn invoiced(conn: &impl ConnectionTrait, order: OrderId) -> Result<Invoiced, DbErr> {
    let reached = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order))
        .filter(milestone::Column::Code.eq(MilestoneCode::Invoiced))
        .filter(milestone::Column::State.eq(MilestoneState::Done));
    let own = invoice::Entity::find()
        .filter(invoice::Column::OrderId.eq(order))
        .filter(invoice::Column::State.is_not_in(OVER));
    // One that was made red later was ours too: the milestone may stand on, where others stand on it.
    let own_car = invoice::Entity::find()
        .filter(invoice::Column::OrderId.eq(order))
        .filter(invoice::Column::Covers.eq(InvoiceCover::Car))
        .filter(
            Condition::any()
                .add(invoice::Column::State.ne(InvoiceState::Failed))
                .add(invoice::Column::IssuedAt.is_not_null()),
        );
    // One look for all three.
    let is = |rows| Expr::case(Expr::exists(rows), 1).finally(0);
    let select = Query::select()
        .expr(is(reached.into_query()))
        .expr(is(own_car.into_query()))
        .expr(is(own.into_query()))
        .to_owned();
    let row = conn.query_one(&select).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the outcome of a look".into()))?;
    let is = |at: usize| row.try_get_by::<i32, _>(at).map(|is| is == 1);
    let (reached, own_car) = (is(0)?, is(1)?);
    Ok(Invoiced { elsewhere: reached && !own_car, here: is(2)? })
}

/// Whether an invoice of the order's car stands, or is asked for: it names the car.
///
/// # Errors
/// When the store fails.
pub async fn car_is_invoiced(conn: &impl ConnectionTrait, order: OrderId) -> Result<bool, DbErr> {
    let standing = invoice::Entity::find()
        .filter(invoice::Column::OrderId.eq(order))
        .filter(invoice::Column::Covers.eq(InvoiceCover::Car))
        .filter(invoice::Column::State.is_not_in(OVER));
    Ok(standing.one(conn).await?.is_some())
}

/// Whether an invoice of another order that stands, or is asked for, names a car: of one car there is one. A car is free as soon as its
/// order is called off, and the red letter may come later.
///
/// # Errors
/// When the store fails.
pub async fn named_elsewhere(conn: &impl ConnectionTrait, car: VehicleUnitId, order: OrderId) -> Result<bool, DbErr> {
    let standing = invoice::Entity::find()
        .filter(invoice::Column::VehicleId.eq(car))
        .filter(invoice::Column::OrderId.ne(order))
        .filter(invoice::Column::Covers.eq(InvoiceCover::Car))
        .filter(invoice::Column::State.is_not_in(OVER));
    Ok(standing.one(conn).await?.is_some())
}

/// Whether it lacks the car's invoice (see [`rules::invoice::lacks_invoice`](super::super::rules::invoice::lacks_invoice)).
///
/// # Errors
/// When the store fails.
pub async fn lacks_invoice(tx: &Tx, order: OrderId) -> Result<bool, DbErr> {
    Ok(lacking(invoices_of(tx.conn(), order).await?.iter()))
}

/// What of an order's money decides whether it can be invoiced.
///
/// # Errors
/// When the store fails.
pub async fn money_of(tx: &Tx, order: &order::Model) -> Result<Money, DbErr> {
    let reached = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order.id))
        .filter(milestone::Column::State.eq(MilestoneState::Done))
        .all(tx.conn())
        .await?;
    let loans = finance_application::Entity::find()
        .filter(finance_application::Column::OrderId.eq(order.id))
        .all(tx.conn())
        .await?;
    let payments = payment::Entity::find().filter(payment::Column::OrderId.eq(order.id)).all(tx.conn()).await?;
    Ok(money_in(order, |code| reached.iter().any(|row| row.code == code), loans.iter(), payments.iter()))
}

/// What an invoice of an order will say, and who issues it. The inner error is the key of why there is none.
///
/// # Errors
/// When the store fails, or something that the order names is gone.
pub async fn draw_up_invoice(
    tx: &Tx,
    order: &order::Model,
    kind: InvoiceType,
    title: Title,
) -> Result<Result<(InvoicePaper, organization::Model), &'static str>, Error> {
    let conn = tx.conn();
    let gone = || Error::hidden("something that an order names is gone");
    let cover = cover_of(kind);
    let vin = match (cover, order.vehicle_id) {
        (InvoiceCover::Services, _) => None,
        (InvoiceCover::Car, None) => return Ok(Err("invoice-no-car")),
        (InvoiceCover::Car, Some(car)) => {
            let car = vehicle_unit::Entity::find_by_id(car).one(conn).await?.ok_or_else(gone)?;
            let Some(vin) = car.vin else { return Ok(Err("invoice-no-car")) };
            Some(vin)
        }
    };
    let lines = price_line::Entity::find()
        .filter(price_line::Column::OrderId.eq(order.id))
        .order_by_asc(price_line::Column::Position)
        .all(conn)
        .await?;
    let lines = lines.into_iter().filter(|row| covered(row.kind, &row.code) == Some(cover));
    let lines: Vec<InvoicePaperLine> = lines
        .map(|row| InvoicePaperLine {
            kind: row.kind,
            code: row.code,
            label: row.label_zh,
            amount_minor: row.amount_minor,
        })
        .collect();
    let amount_minor = lines.iter().map(|line| line.amount_minor).sum();
    if amount_minor <= 0 {
        return Ok(Err("invoice-nothing"));
    }
    let trim = trim::Entity::find_by_id(order.trim_id).one(conn).await?.ok_or_else(gone)?;
    let model = model::Entity::find_by_id(trim.model_id).one(conn).await?.ok_or_else(gone)?;
    let issuer = issuer_of(tx, order).await?.ok_or_else(gone)?;
    let paper = InvoicePaper {
        order_number: order.number.clone(),
        kind,
        issuer_code: issuer.code.clone(),
        issuer: issuer.name_zh.clone(),
        title,
        vin,
        model: format!("{} {}", model.name_zh, trim.name_zh),
        lines,
        amount_minor,
        tax_minor: vat_minor(amount_minor),
        salt: EventId::generate().uuid().simple().to_string(),
    };
    Ok(Ok((paper, issuer)))
}

/// Who sells an order's car: the organisation of its store, or the car maker's that stands above it, or else the only one there is.
async fn issuer_of(tx: &Tx, order: &order::Model) -> Result<Option<organization::Model>, DbErr> {
    let conn = tx.conn();
    let Some(store) = store::Entity::find_by_id(order.store_id).one(conn).await? else { return Ok(None) };
    let own = organization::Entity::find_by_id(store.organization_id).one(conn).await?;
    let own_is_maker = own.as_ref().is_some_and(|own| own.kind == OrganizationKind::Oem);
    if own_is_maker || !issued_by_maker(order.sales_model) {
        return Ok(own);
    }
    organization::Entity::find()
        .filter(organization::Column::Kind.eq(OrganizationKind::Oem))
        .order_by_asc(organization::Column::CreatedAt)
        .order_by_asc(organization::Column::Id)
        .one(conn)
        .await
}

/// Notes that an invoice has gone on: its order's milestone INVOICED is reached with the car's invoice, and taken back with its red
/// letter where nothing stands on it; what is issued for an order at its end is to be made red at once; what waits for a red letter
/// is handed over next. Saving the invoice and the revision is the caller's.
///
/// # Errors
/// When the store fails.
pub async fn follow_invoice(
    tx: &mut Tx,
    revision: &mut Revision,
    was: InvoiceState,
    row: invoice::Model,
    at: DateTime<Utc>,
) -> Result<invoice::Model, Error> {
    let mut row = invoice::Model { updated_at: tx.now(), ..row };
    revision.invoice_changed(&row, at);
    if was == row.state {
        return Ok(row);
    }
    if row.state == InvoiceState::Issued && is_ended(revision.order.status) {
        row = to_be_red(row, tx.now(), None);
        revision.invoice_changed(&row, tx.now());
    }
    if row.state == InvoiceState::RedIssued {
        let next = invoice::ActiveModel { checked_at: Set(Some(DateTime::UNIX_EPOCH)), ..Default::default() };
        tx.put(
            invoice::Entity::update_many()
                .set(next)
                .filter(invoice::Column::RedOfId.eq(row.id))
                .filter(invoice::Column::State.eq(InvoiceState::Requested)),
        );
    }
    if row.covers == InvoiceCover::Car && row.state == InvoiceState::Issued && tax_differs(tx, revision, &row).await? {
        revision.tax_differs(at);
    }
    if row.covers == InvoiceCover::Car && takes_milestones(revision.order.status) {
        let report = match row.state {
            InvoiceState::Issued => reached(&row),
            InvoiceState::RedIssued => taken_back(&row),
            _ => return Ok(row),
        };
        // Where staff have recorded otherwise, or something stands on it, theirs stays.
        let _otherwise = record_milestone(tx, revision, &report).await?;
    }
    Ok(row)
}

/// Whether the purchase tax by the car's invoice is another than what was agreed (`rules::purchase_tax`).
async fn tax_differs(tx: &Tx, revision: &Revision, row: &invoice::Model) -> Result<bool, DbErr> {
    let order = &revision.order;
    let Some(trim) = trim::Entity::find_by_id(order.trim_id).one(tx.conn()).await? else { return Ok(false) };
    let lines = price_line::Entity::find().filter(price_line::Column::OrderId.eq(order.id)).all(tx.conn()).await?;
    let facts = Facts {
        status: order.status,
        invoiced_on: row.issued_at.map(calendar::day),
        invoiced_minor: Some(row.amount_minor),
        handed_over: order.delivered_at.is_some(),
        expected_on: None,
        today: calendar::day(tx.now()),
        in_catalog: trim.purchase_tax_catalog,
    };
    Ok(tax_due(&facts, lines.iter()).is_some_and(|due| due.differs()))
}

fn reached(row: &invoice::Model) -> Report {
    let at = row.issued_at.unwrap_or(row.updated_at);
    Report { note: row.number.clone(), ..done(MilestoneCode::Invoiced, at) }
}

fn taken_back(row: &invoice::Model) -> Report {
    let at = row.red_issued_at.unwrap_or(row.updated_at);
    Report { state: MilestoneState::RolledBack, ..done(MilestoneCode::Invoiced, at) }
}

/// An invoice in force that is to be reversed; the provider is asked next.
pub fn to_be_red(row: invoice::Model, now: DateTime<Utc>, reason: Option<String>) -> invoice::Model {
    invoice::Model {
        state: InvoiceState::RedRequested,
        red_reason: reason,
        red_requested_at: Some(now),
        checked_at: Some(DateTime::UNIX_EPOCH),
        updated_at: now,
        ..row
    }
}

/// Puts off the write of an invoice that is there already.
pub fn save_invoice(tx: &mut Tx, row: &invoice::Model) {
    let change = row.clone().into_active_model().reset_all();
    tx.put_one(invoice::Entity::update_many().set(change).filter(invoice::Column::Id.eq(row.id)));
}

/// What becomes of the invoices of an order that is called off: what nobody else has is over, what is in force is to be made red,
/// and of the rest the provider is asked next.
///
/// # Errors
/// When the store fails.
pub async fn call_off_invoices(tx: &mut Tx, revision: &mut Revision) -> Result<(), Error> {
    let now = tx.now();
    for row in invoices_of(tx.conn(), revision.order.id).await? {
        let row = match row.state {
            // It waited for the red letter of another.
            InvoiceState::Requested if row.checked_at.is_none() => {
                let failure = Some(ORDER_ENDED.to_owned());
                invoice::Model { state: InvoiceState::Failed, failure, updated_at: now, ..row }
            }
            InvoiceState::Issued => to_be_red(row, now, None),
            InvoiceState::Requested | InvoiceState::Issuing | InvoiceState::RedRequested => {
                save_invoice(tx, &invoice::Model { checked_at: Some(DateTime::UNIX_EPOCH), ..row });
                continue;
            }
            InvoiceState::Failed | InvoiceState::RedIssued => continue,
        };
        revision.invoice_changed(&row, now);
        save_invoice(tx, &row);
    }
    Ok(())
}

/// The milestone that the car's invoices of an order speak for; none where they speak for none.
///
/// # Errors
/// When the store fails.
pub async fn invoice_report(tx: &Tx, order: OrderId) -> Result<Option<Report>, DbErr> {
    let cars: Vec<_> = invoices_of(tx.conn(), order).await?;
    let mut cars = cars.iter().filter(|row| row.covers == InvoiceCover::Car);
    let issued = cars.clone().find(|row| row.state == InvoiceState::Issued);
    let red = cars.rfind(|row| row.state == InvoiceState::RedIssued);
    Ok(issued.map(reached).or_else(|| red.map(taken_back)))
}

/// Of which of these orders the car's invoice is in force: what INVOICED is reached with once the graph has come as far.
///
/// # Errors
/// When the store fails.
pub async fn issued_cars(
    conn: &impl ConnectionTrait,
    orders: impl IntoIterator<Item = OrderId>,
) -> Result<HashMap<OrderId, Report>, DbErr> {
    let rows = invoice::Entity::find()
        .filter(among(conn.get_database_backend(), invoice::Column::OrderId, orders))
        .filter(invoice::Column::Covers.eq(InvoiceCover::Car))
        .filter(invoice::Column::State.eq(InvoiceState::Issued))
        .all(conn)
        .await?;
    Ok(rows.iter().map(|row| (row.order_id, reached(row))).collect())
}
