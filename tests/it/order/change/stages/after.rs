//! What holds of an order after a change was carried out, and of all that hangs on it.

use entity::inventory::{allocation, vehicle_unit};
use entity::order::{change_request, contract, handover_appointment, invoice, order, refund};
use entity::*;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use super::super::super::back_out::refunds;
use super::super::super::handover::recorded::{car, settled};
use super::super::super::handover::{standing, state};
use super::super::super::model::is_whole;
use super::super::super::order_row;
use super::super::{lines_minor, remembered, told};
use super::Try;
use super::table::Granted;
use crate::harness::{Server, until};

/// An order and what hangs on it.
#[derive(Debug)]
pub struct Whole {
    pub order: order::Model,
    contracts: Vec<contract::Model>,
    invoices: Vec<invoice::Model>,
    appointments: Vec<handover_appointment::Model>,
    car: Option<vehicle_unit::Model>,
    settled_minor: i64,
}

impl Whole {
    pub async fn of(server: &Server, id: OrderId) -> Self {
        let db = server.db().conn();
        let order = order_row(server, id).await;
        let contracts =
            contract::Entity::find().filter(contract::Column::OrderId.eq(id)).order_by_asc(contract::Column::Id);
        let invoices =
            invoice::Entity::find().filter(invoice::Column::OrderId.eq(id)).order_by_asc(invoice::Column::CreatedAt);
        Self {
            contracts: contracts.all(db).await.unwrap(),
            invoices: invoices.all(db).await.unwrap(),
            appointments: standing(server, id).await,
            car: match order.vehicle_id {
                Some(id) => Some(car(server, id).await),
                None => None,
            },
            settled_minor: settled(server, id).await,
            order,
        }
    }
}

/// Allocations in force of a car, by order.
async fn held(server: &Server, id: VehicleUnitId) -> Vec<Option<OrderId>> {
    let of = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(id))
        .filter(allocation::Column::ReleasedAt.is_null());
    of.all(server.db().conn()).await.unwrap().iter().map(|row| row.order_id).collect()
}

fn minor(means: &Value, what: &str) -> i64 {
    means[what]["minorUnits"].as_i64().unwrap_or_default()
}

/// All is as it was quoted, and nothing else has changed.
pub async fn is_as_quoted(
    server: &Server,
    before: &Whole,
    of: &Try,
    request: ChangeRequestId,
    means: &Value,
    at: &str,
) {
    let id = before.order.id;
    is_whole(server, id).await;
    let now = Whole::of(server, id).await;
    let row = request_is_kept(server, &before.order, of, request, means, at).await;
    money_is_as_quoted(server, before, &now, of, means, at).await;
    let over = matches!(now.order.status, OrderStatus::Cancelled | OrderStatus::Returned);
    assert_eq!(now.order.status, of.says.to.unwrap_or(before.order.status), "{at}");
    assert!(!now.order.has_open_change_request, "{at}");

    car_is_whose_it_should_be(server, before, &now, of, at).await;
    contracts_are_as_they_must(server, before, &now, of, at).await;
    // What was invoiced is red before its money goes back; a discount is invoiced anew.
    if of.says.needs_red_invoice {
        for invoice in &before.invoices {
            until(|| state_of(server, invoice.id), |state| *state == InvoiceState::RedIssued).await;
        }
        let anew = now.invoices.len() - before.invoices.len();
        assert_eq!(anew, usize::from(of.kind == ChangeKind::Refund), "{at}");
        for invoice in &now.invoices[before.invoices.len()..] {
            until(|| state_of(server, invoice.id), |state| *state == InvoiceState::Issued).await;
        }
    } else {
        assert_eq!(now.invoices, before.invoices, "{at}");
    }
    let stand = if of.says.loses_appointment || over { Vec::new() } else { before.appointments.clone() };
    assert_eq!(now.appointments, stand, "{at}");
    // An order that is over brings a store nothing.
    if over {
        assert_eq!(now.settled_minor, 0, "{at}");
    } else if of.kind != ChangeKind::StoreChange {
        assert_eq!(now.settled_minor, before.settled_minor, "{at}");
    }
    match means["expectedAfter"].as_str() {
        Some(day) => assert_eq!(now.order.eta_likely.unwrap().to_string(), day, "{at}"),
        None if !over => assert_eq!(now.order.eta_likely, before.order.eta_likely, "{at}"),
        None => {}
    }
    kind_is_done(server, before, &now, of.kind, row.new_order_id, at).await;
}

/// None waits for signatures of an order that is over; one that says what is not so any more is undone, and nothing is signed then.
async fn contracts_are_as_they_must(server: &Server, before: &Whole, now: &Whole, of: &Try, at: &str) {
    assert_eq!(now.contracts.len(), before.contracts.len(), "{at}: none is drawn up by itself");
    for was in &before.contracts {
        let over = now.order.status == OrderStatus::Cancelled;
        let state = match was.state {
            ContractState::Completed if of.says.needs_contract && of.kind != ChangeKind::Exchange => {
                ContractState::Rescinded
            }
            // The provider is asked next.
            ContractState::Draft | ContractState::Signing if over => ContractState::Revoked,
            state => state,
        };
        let read = async || contract::Entity::find_by_id(was.id).one(server.db().conn()).await.unwrap().unwrap().state;
        until(read, |now| *now == state).await;
    }
    let over = matches!(now.order.status, OrderStatus::Cancelled | OrderStatus::Returned);
    if of.says.needs_contract && !over {
        assert_eq!(
            state(server, now.order.id, MilestoneCode::ContractSigned).await,
            MilestoneState::RolledBack,
            "{at}"
        );
    }
    if of.says.loses_car && !over {
        assert_eq!(state(server, now.order.id, MilestoneCode::Allocated).await, MilestoneState::RolledBack, "{at}");
    }
}

async fn state_of(server: &Server, id: InvoiceId) -> InvoiceState {
    invoice::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap().state
}

/// The request says who granted it and what came of it; history, log and subscribers know each step.
async fn request_is_kept(
    server: &Server,
    before: &order::Model,
    of: &Try,
    id: ChangeRequestId,
    means: &Value,
    at: &str,
) -> change_request::Model {
    let all = change_request::Entity::find().filter(change_request::Column::OrderId.eq(before.id));
    let mut all = all.all(server.db().conn()).await.unwrap();
    assert_eq!(all.len(), 1, "{at}");
    let row = all.remove(0);
    assert_eq!((row.id, row.kind, row.state, row.fault), (id, of.kind, ChangeState::Done, of.fault), "{at}");
    assert_eq!(row.from_status, before.status, "{at}");
    let by = if of.says.granted == Granted::AtOnce { "rule".to_owned() } else { server.demo.manager.to_string() };
    assert_eq!(row.decided_by, Some(by), "{at}");
    assert!(row.decided_at.is_some() && row.done_at >= row.decided_at, "{at}");
    assert_eq!(
        (row.refund_minor, row.forfeited_minor, row.compensation_minor),
        (minor(means, "refund"), minor(means, "forfeited"), minor(means, "compensation")),
        "{at}"
    );
    let steps: &[&str] = match refunds(server, before.id).await.is_empty() {
        true => &["SUBMITTED", "DONE"],
        false => &["SUBMITTED", "EXECUTING", "DONE"],
    };
    assert_eq!(told(server, before.id).await, steps, "{at}");
    assert_eq!(remembered(server, before.id).await, steps.len(), "{at}");
    row
}

/// Money in is money out and what is here.
async fn money_is_as_quoted(server: &Server, before: &Whole, now: &Whole, of: &Try, means: &Value, at: &str) {
    let (back, carried, on_top) = (minor(means, "refund"), minor(means, "carriedOver"), minor(means, "compensation"));
    assert_eq!(now.order.paid_minor, before.order.paid_minor - back - carried, "{at}");
    let due = refunds(server, before.order.id).await;
    assert!(due.iter().all(|row| row.state == RefundState::Done), "{at}: {due:?}");
    let sum = |on_payments: bool| -> i64 {
        let of = |row: &&refund::Model| row.payment_id.is_some() == on_payments;
        due.iter().filter(of).map(|row| row.amount_minor).sum()
    };
    assert_eq!((sum(true), sum(false)), (back, on_top), "{at}");
    let price = means["priceAfter"]["minorUnits"].as_i64().filter(|_| of.kind != ChangeKind::Exchange);
    let price = price.unwrap_or(before.order.total_minor);
    assert_eq!((now.order.total_minor, lines_minor(server, now.order.id).await), (price, price), "{at}");
    if now.order.paid_minor == 0 {
        let was = if before.order.paid_minor == 0 { OrderPaymentStatus::None } else { OrderPaymentStatus::Refunded };
        assert_eq!(now.order.payment_status, was, "{at}");
    }
    assert_ne!(now.order.payment_status, OrderPaymentStatus::Refunding, "{at}: all is back");
}

/// The car is free, or still its order's by one allocation.
async fn car_is_whose_it_should_be(server: &Server, before: &Whole, now: &Whole, of: &Try, at: &str) {
    let Some(was) = &before.car else {
        assert_eq!(now.order.vehicle_id, None, "{at}");
        return;
    };
    let is = car(server, was.id).await;
    if of.says.loses_car {
        assert_eq!((now.order.vehicle_id, is.commercial_status), (None, CommercialStatus::Free), "{at}");
        assert_eq!(held(server, was.id).await, [], "{at}");
    } else {
        assert_eq!(now.order.vehicle_id, Some(was.id), "{at}");
        assert_eq!((is.commercial_status, is.physical_status), (was.commercial_status, was.physical_status), "{at}");
        assert_eq!(held(server, was.id).await, [Some(before.order.id)], "{at}");
    }
}

/// What is a kind's own.
async fn kind_is_done(server: &Server, before: &Whole, now: &Whole, kind: ChangeKind, new: Option<OrderId>, at: &str) {
    let (was, is) = (&before.order, &now.order);
    assert_eq!(new.is_some(), kind == ChangeKind::Exchange, "{at}");
    assert_eq!(
        (is.trim_id, &is.option_codes) != (was.trim_id, &was.option_codes),
        kind == ChangeKind::Reconfigure,
        "{at}"
    );
    assert_eq!(is.buyer_name != was.buyer_name, kind == ChangeKind::BuyerChange, "{at}");
    assert_eq!(is.store_id != was.store_id, kind == ChangeKind::StoreChange, "{at}");
    assert_eq!(is.deferred_until != was.deferred_until, kind == ChangeKind::DeliveryDefer, "{at}");
    assert_eq!(is.cancel_reason.is_some(), kind == ChangeKind::Cancel, "{at}");
    if let Some(new) = new {
        is_whole(server, new).await;
        let made = order_row(server, new).await;
        assert_eq!(
            (made.status, made.customer_id, made.vehicle_id),
            (OrderStatus::Placed, was.customer_id, None),
            "{at}"
        );
        let gone = refunds(server, was.id).await.iter().map(|row| row.amount_minor).sum::<i64>();
        assert_eq!(was.paid_minor, gone + is.paid_minor + made.paid_minor, "{at}: over both");
    }
}
