//! What an audit of money found, and is not so any more: money that has come or gone is in the books, whatever is said of it, and when.

use chrono::TimeDelta;
use entity::order::{order, payment, refund};
use entity::{
    MilestoneCode, MilestoneState, OrderId, OrderPaymentStatus, OrderStatus, PaymentId, PaymentState, RefundId,
    RefundState,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::{self, REFUND, all_back, cancel, reach, refunds, request};
use super::handover::confirm::{CONFIRM, whole};
use super::handover::{car_there, code_and_field, pickup, state};
use super::pay as counter;
use super::provider::{PAYMENT, asked, deed, filled_in, initiate, order_of, ordered, row, until, watchful};
use super::returned::yuan;
use super::{key, order_row, record};
use crate::harness::{self, Client, Server};
use crate::ingest::{event, results, words};

async fn update_order(server: &Server, id: OrderId, change: order::ActiveModel) {
    order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
}

async fn payments(server: &Server, id: OrderId) -> Vec<payment::Model> {
    let of = payment::Entity::find().filter(payment::Column::OrderId.eq(id)).order_by_asc(payment::Column::CreatedAt);
    of.order_by_asc(payment::Column::Id).all(server.db().conn()).await.unwrap()
}

async fn deposit_asked(server: &Server) -> (Value, Value) {
    let order = ordered(server).await;
    let begun = initiate(&server.customer(), &asked(&order, 1, "EARNEST_DEPOSIT", None)).await;
    assert_eq!(begun["userErrors"], json!([]));
    (order, begun["payment"].clone())
}

fn id_of(value: &Value) -> OrderId {
    value["id"].as_str().unwrap().parse().unwrap()
}

/// What order management says of money, without the gateway's number.
fn said(order: &Value, reference: &str, amount: i64, more: Value) -> Value {
    let mut data = json!({ "orderNumber": order["number"], "reference": reference, "purpose": "EARNEST_DEPOSIT",
        "method": "WECHAT_PAY", "amountMinor": amount });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data
}

async fn told(server: &Server, data: Value) -> String {
    words(&results(&server.system(), &[event(&key(), PAYMENT, None, data)]).await).remove(0)
}

/// The provider is away for whoever asks about one thing.
async fn away(server: &Server, payment: &Value, of: &str, seconds: u16) {
    let page = reqwest::Url::parse(payment["checkout"]["url"].as_str().unwrap()).unwrap();
    let outage = page.join("/outage").unwrap();
    assert_eq!(filled_in(server, outage.as_str(), &format!("seconds={seconds}&of={of}")).await, 204);
}

#[tokio::test]
async fn a_clock_that_is_behind_or_ahead_loses_no_money() {
    let server = Server::start().await;
    for off in [TimeDelta::seconds(-40), TimeDelta::hours(2)] {
        let (order, payment) = deposit_asked(&server).await;
        let made = order_of(&server, &order).await.created_at;
        let more = json!({ "paymentId": payment["id"], "capturedAt": (made + off).to_rfc3339() });
        assert_eq!(told(&server, said(&order, &key(), 500_000, more)).await, "applied", "{off}");
        let (paid, now) = (row(&server, &payment).await, order_of(&server, &order).await);
        assert_eq!((paid.state, now.status, now.paid_minor), (PaymentState::Captured, OrderStatus::Placed, 500_000));
        let captured = paid.captured_at.unwrap();
        assert!(made <= captured && captured <= server.app().clock.now(), "{made} {captured}");
        if off < TimeDelta::zero() {
            assert_eq!(captured, made);
        }
    }
}

#[tokio::test]
async fn what_was_asked_for_at_another_price_is_told_to_the_end() {
    let server = Server::start().await;
    let (order, payment) = deposit_asked(&server).await;
    deed(&server, &payment, "pay", "once").await;
    let paid = until(&server, &payment, PaymentState::Captured).await;
    let id = id_of(&order);
    // A fifth of it is less than the deposit.
    update_order(&server, id, order::ActiveModel { total_minor: Set(2_000_000), ..Default::default() }).await;
    let reference = paid.provider_reference.unwrap();
    let more = json!({ "paymentId": payment["id"], "refundedMinor": 500_000 });
    assert_eq!(told(&server, said(&order, &reference, 500_000, more)).await, "applied");
    assert_eq!(row(&server, &payment).await.state, PaymentState::Refunded);
    assert_eq!(order_row(&server, id).await.paid_minor, 0);
    let before = payments(&server, id).await;
    assert_eq!(
        told(&server, said(&order, "UNKNOWN", 500_000, json!({}))).await,
        "refused",
        "of one that nobody asked for"
    );
    assert_eq!(payments(&server, id).await, before);
}

#[tokio::test]
async fn a_surplus_leaves_out_what_is_on_its_way_back() {
    let server = Server::start().await;
    let id = back_out::ordered(&server, "PLACED").await;
    let now = order_row(&server, id).await;
    let left = now.total_minor - now.paid_minor;
    let order = json!({ "id": id.to_string(), "number": now.number });
    back_out::pay(&server, &order, now.version, "BALANCE", Some(&yuan(left))).await;
    let balance = payments(&server, id).await.pop().unwrap().id.to_string();
    let twice = |reference: &str| said(&order, reference, left, json!({ "paymentId": balance, "purpose": "BALANCE" }));
    assert_eq!(told(&server, twice("SECOND")).await, "applied");
    let dearer = now.total_minor + 100_000;
    update_order(&server, id, order::ActiveModel { total_minor: Set(dearer), ..Default::default() }).await;
    assert_eq!(told(&server, twice("THIRD")).await, "applied");
    let mut due: Vec<_> = refunds(&server, id).await.iter().map(|row| row.amount_minor).collect();
    due.sort_unstable();
    assert_eq!(due, [left - 100_000, left], "the dearer price is paid, and no more");
}

/// Money that has to go back on a payment.
async fn owed(server: &Server, of: &payment::Model, amount_minor: i64) -> RefundId {
    let now = server.app().clock.now();
    let row = refund::Model {
        id: RefundId::generate(),
        order_id: of.order_id,
        change_request_id: None,
        payment_id: Some(of.id),
        amount_minor,
        until_minor: amount_minor,
        waits_for_red: false,
        state: RefundState::Created,
        reference: None,
        failure: None,
        checked_at: None,
        created_at: now,
        done_at: None,
    };
    let insert = refund::Entity::insert(row.clone().into_active_model().reset_all());
    insert.exec_without_returning(server.db().conn()).await.unwrap();
    row.id
}

async fn by_hand(server: &Server, id: RefundId) {
    let input = json!({ "idempotencyKey": key(), "refundId": id.to_string(), "reference": key() });
    let recorded = server.manager().payload(REFUND, json!({ "input": input })).await;
    assert_eq!(recorded["userErrors"], json!([]), "{recorded}");
}

async fn refund_is(server: &Server, id: RefundId, state: RefundState) -> refund::Model {
    let read = || async { refund::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap() };
    harness::until(read, |row| row.state == state).await
}

#[tokio::test]
async fn what_was_paid_back_by_hand_holds_nothing_up() {
    let server = watchful().start().await;
    // The provider takes none that ends in 31 fen: more than the rest, less than it, and paid by hand after the rest.
    for (first, early) in [(300_031, true), (1_031, true), (1_031, false)] {
        let id = back_out::ordered(&server, "PLACED").await;
        let paid = payments(&server, id).await.pop().unwrap();
        let declined = owed(&server, &paid, first).await;
        let failed = refund_is(&server, declined, RefundState::Failed).await;
        assert_eq!(failed.failure.as_deref(), Some("ACCOUNT_CLOSED"));
        if early {
            by_hand(&server, declined).await;
        }
        let asked = cancel(&server.customer(), &server, id).await;
        assert_eq!(asked["userErrors"], json!([]), "{asked}");
        all_back(&server, id).await;
        if !early {
            by_hand(&server, declined).await;
        }
        let (now, paid) = (order_row(&server, id).await, payments(&server, id).await.pop().unwrap());
        assert_eq!((paid.state, paid.refunded_minor), (PaymentState::Refunded, 500_000), "{first}");
        assert_eq!(paid.refunded_elsewhere_minor, first);
        assert_eq!((now.paid_minor, now.payment_status), (0, OrderPaymentStatus::Refunded));
        assert!(refunds(&server, id).await.iter().all(|row| row.state == RefundState::Done));
        assert_eq!(request(&server, id).await.refund_minor, 500_000 - first);
    }
}

#[tokio::test]
async fn a_car_whose_money_went_back_is_neither_ready_nor_handed_over() {
    use MilestoneCode::*;
    let server = Server::start().await;
    let id = server.demo.order;
    let now = order_row(&server, id).await;
    let order = json!({ "id": id.to_string(), "number": now.number });
    let pay_the_rest = async || {
        let now = order_row(&server, id).await;
        let left = yuan(now.total_minor - now.paid_minor);
        back_out::pay(&server, &order, now.version, "BALANCE", Some(&left)).await;
        assert_eq!(order_row(&server, id).await.payment_status, OrderPaymentStatus::Full);
        assert_eq!(state(&server, id, BalancePaid).await, MilestoneState::Done);
    };
    // The bank takes some of it back, without anybody here.
    let charged_back = async || {
        let paid = payments(&server, id).await.pop().unwrap();
        let more = json!({ "paymentId": paid.id, "purpose": "BALANCE", "refundedMinor": 100 });
        let data = said(&order, paid.provider_reference.as_ref().unwrap(), paid.amount_minor, more);
        assert_eq!(told(&server, data).await, "applied");
        assert_eq!(order_row(&server, id).await.payment_status, OrderPaymentStatus::Partial);
        assert_eq!(state(&server, id, BalancePaid).await, MilestoneState::Done, "a step that was made stays");
    };
    assert_eq!(now.payment_status, OrderPaymentStatus::Full, "paid before the gateway had a provider");
    car_there(&server, id).await;
    reach(&server, id, &[BalancePaid, Arrived, PdiDone, Invoiced, Insured, PlateReady]).await;
    charged_back().await;
    let before = order_row(&server, id).await;
    let refused = record(&server.consultant(), id, before.version, Ready, MilestoneState::Done).await;
    assert_ne!(refused["userErrors"], json!([]), "not ready");
    assert_eq!(order_row(&server, id).await, before);
    pay_the_rest().await;
    reach(&server, id, &[Ready]).await;
    charged_back().await;
    let before = order_row(&server, id).await;
    let input = whole(&server, id, &pickup::code(&server, id).await).await;
    let refused = server.consultant().payload(CONFIRM, input).await;
    assert_eq!(code_and_field(&refused), json!(["NOT_ELIGIBLE", ["input", "orderId"]]), "{refused}");
    assert_eq!(
        refused["userErrors"][0]["message"],
        "The order is not paid: money of its balance has gone back, or is missing."
    );
    assert_eq!(order_row(&server, id).await, before);
    pay_the_rest().await;
    let input = whole(&server, id, &pickup::code(&server, id).await).await;
    assert_eq!(server.consultant().payload(CONFIRM, input).await["userErrors"], json!([]));
}

#[tokio::test]
async fn payments_that_nobody_answers_for_hold_up_no_other() {
    let server = watchful().start().await;
    let mut begun = Vec::new();
    for _ in 0..5 {
        begun.push(deposit_asked(&server).await.1);
    }
    let (stuck, fine) = begun.split_at(4);
    for payment in stuck {
        away(&server, payment, payment["id"].as_str().unwrap(), 600).await;
        deed(&server, payment, "pay", "never").await;
    }
    deed(&server, &fine[0], "pay", "never").await;
    until(&server, &fine[0], PaymentState::Captured).await;
    for payment in stuck {
        assert_eq!(row(&server, payment).await.state, PaymentState::Pending);
        away(&server, payment, payment["id"].as_str().unwrap(), 0).await;
    }
    for payment in stuck {
        until(&server, payment, PaymentState::Captured).await;
    }
}

#[tokio::test]
async fn refunds_that_nobody_answers_for_hold_up_no_other_payments_and_keep_their_order() {
    let server = watchful().start().await;
    let (order, payment) = deposit_asked(&server).await;
    deed(&server, &payment, "pay", "once").await;
    let paid = until(&server, &payment, PaymentState::Captured).await;
    let other = back_out::ordered(&server, "PLACED").await;
    let other = payments(&server, other).await.pop().unwrap();
    // Owed in one order, asked for in that order.
    let (first, second) = (RefundId::generate(), 20_000);
    away(&server, &payment, &first.to_string(), 600).await;
    let now = server.app().clock.now();
    let mut rows = Vec::new();
    for (id, amount_minor, until_minor) in [(first, 10_000, 10_000), (RefundId::generate(), second, 30_000)] {
        rows.push(refund::Model {
            id,
            order_id: paid.order_id,
            change_request_id: None,
            payment_id: Some(paid.id),
            amount_minor,
            until_minor,
            waits_for_red: false,
            state: RefundState::Created,
            reference: None,
            failure: None,
            checked_at: None,
            created_at: now,
            done_at: None,
        });
    }
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    refund::Entity::insert_many(rows).exec_without_returning(server.db().conn()).await.unwrap();
    let elsewhere = owed(&server, &other, 5_000).await;
    refund_is(&server, elsewhere, RefundState::Done).await;
    let own = refunds(&server, paid.order_id).await;
    assert!(own.iter().all(|row| row.state != RefundState::Done), "what stands behind waits: {own:?}");
    away(&server, &payment, &first.to_string(), 0).await;
    harness::until(|| refunds(&server, id_of(&order)), |all| all.iter().all(|row| row.state == RefundState::Done))
        .await;
    assert_eq!(row(&server, &payment).await.refunded_minor, 30_000);
}

async fn recorded(client: &Client, server: &Server, order: &Value, payment: &Value, reference: &str) -> Value {
    let version = order_of(server, order).await.version;
    counter::pay(client, payment, version, reference).await
}

#[tokio::test]
async fn what_a_customer_can_pay_at_the_provider_is_called_off_before_other_money_counts() {
    let server = watchful().start().await;
    let (order, payment) = deposit_asked(&server).await;
    let before = row(&server, &payment).await;
    let refused = recorded(&server.consultant(), &server, &order, &payment, "CASH-1").await;
    assert_eq!(code_and_field(&refused), json!(["NOT_ELIGIBLE", ["input", "paymentId"]]));
    let seen = |row: payment::Model| payment::Model { checked_at: None, ..row };
    assert_eq!(seen(row(&server, &payment).await), seen(before));
    // Whoever answers for it may, and it is called off there.
    let taken = recorded(&server.manager(), &server, &order, &payment, "CASH-1").await;
    assert_eq!(taken["userErrors"], json!([]), "{taken}");
    let closed = harness::until(|| row(&server, &payment), |row| !row.left_open).await;
    assert_eq!((closed.state, closed.provider_reference.as_deref()), (PaymentState::Captured, Some("CASH-1")));
    deed(&server, &payment, "pay", "never").await;
    let page = server.http().get(payment["checkout"]["url"].as_str().unwrap()).send().await.unwrap();
    assert!(page.text().await.unwrap().contains(">CANCELLED<"));
    assert_eq!(payments(&server, id_of(&order)).await.len(), 1);
}

#[tokio::test]
async fn money_that_came_twice_for_one_payment_goes_back_at_the_provider() {
    let server = Server::start().await;
    let (order, payment) = deposit_asked(&server).await;
    // Paid there, which nobody hears; and order management speaks of other money.
    deed(&server, &payment, "pay", "never").await;
    assert_eq!(told(&server, said(&order, "OMS-1", 500_000, json!({}))).await, "applied");
    let id = id_of(&order);
    let all = harness::until(
        || payments(&server, id),
        |all| all.len() == 2 && all[1].state == PaymentState::Refunded && !all[0].left_open,
    )
    .await;
    let own: PaymentId = payment["id"].as_str().unwrap().parse().unwrap();
    assert_eq!((all[0].id, all[0].state, all[0].refunded_minor), (own, PaymentState::Captured, 0));
    assert_eq!(all[1].provider_payment_id, Some(own));
    let now = order_row(&server, id).await;
    assert_eq!((now.paid_minor, now.payment_status), (500_000, OrderPaymentStatus::DepositPaid));
    let due: Vec<_> = refunds(&server, id).await.iter().map(|row| (row.payment_id, row.state)).collect();
    assert_eq!(due, [(Some(all[1].id), RefundState::Done)]);
}
