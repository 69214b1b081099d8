//! Payments through a provider, the sandbox that stands beside a gateway of development.

use std::time::Duration;

use entity::order::{milestone, order, payment, payment_attempt, refund};
use entity::upstream::inbound_event;
use entity::{
    EventKind, MilestoneCode, MilestoneState, OrderId, OrderPaymentStatus, OrderStatus, PaymentId, PaymentState,
};
use futures_util::future::join_all;
use milepost::events::log;
use milepost::sandbox::SOURCE;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::place::{PLACE, input, priced};
use super::{key, order_row, record};
use crate::harness::{self, Client, Server, Setup};
use crate::ingest::{event, results, words};

pub const INITIATE: &str = "mutation($input: PaymentInitiateInput!) { paymentInitiate(input: $input) {
    order { id version status paymentStatus paid { minorUnits } }
    payment { id state method amount { minorUnits } failure checkout { url token expiresAt }
        attempts { step outcome code } }
    userErrors { __typename code message field ... on InvalidTransition { from action } } } }";

const CANCEL: &str = "mutation($input: PaymentCancelInput!) { paymentCancel(input: $input) {
    payment { id state attempts { step outcome } }
    userErrors { code field ... on InvalidTransition { from action } } } }";

pub const PAYMENT: &str = "cn.milepost.order.payment.v1";

/// One that asks about payments each second.
pub fn watchful() -> Setup {
    Server::setup().setting("MILEPOST_PAYMENTS__CHECK_SECONDS", "1")
}

pub async fn ordered(server: &Server) -> Value {
    let customer = server.customer();
    let input = priced(&customer, input(server).await).await;
    customer.payload(PLACE, json!({ "input": input })).await["order"].clone()
}

pub fn asked(order: &Value, version: i32, purpose: &str, amount: Option<&str>) -> Value {
    json!({ "idempotencyKey": key(), "orderId": order["id"], "expectedVersion": version, "purpose": purpose,
        "method": "WECHAT_PAY", "amount": amount })
}

pub async fn initiate(client: &Client, input: &Value) -> Value {
    client.payload(INITIATE, json!({ "input": input })).await
}

/// Sends a form; answers the status.
pub async fn filled_in(server: &Server, url: &str, form: &str) -> u16 {
    let form =
        server.http().post(url).header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
    form.send().await.unwrap().status().as_u16()
}

/// What somebody does on the payment's page, and how the gateway is to hear of it.
pub async fn deed(server: &Server, payment: &Value, deed: &str, told: &str) {
    let url = payment["checkout"]["url"].as_str().expect("a page");
    assert_eq!(filled_in(server, url, &format!("deed={deed}&told={told}")).await, 200, "{url}");
}

pub async fn row(server: &Server, payment: &Value) -> payment::Model {
    let id: PaymentId = payment["id"].as_str().unwrap().parse().unwrap();
    payment::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

/// Waits for the payment to come to a state.
pub async fn until(server: &Server, payment: &Value, state: PaymentState) -> payment::Model {
    harness::until(|| row(server, payment), |row| row.state == state).await
}

/// Waits until the sandbox has told so often.
pub async fn heard(server: &Server, times: u64) {
    let told = || inbound_event::Entity::find().filter(inbound_event::Column::Source.eq(SOURCE));
    for _ in 0..200 {
        if told().count(server.db().conn()).await.unwrap() >= times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not told {times} times");
}

pub async fn order_of(server: &Server, order: &Value) -> order::Model {
    order_row(server, order["id"].as_str().unwrap().parse().unwrap()).await
}

async fn ledger(server: &Server, payment: &Value) -> Vec<String> {
    let lines = payment_attempt::Entity::find()
        .filter(payment_attempt::Column::PaymentId.eq(row(server, payment).await.id))
        .order_by_asc(payment_attempt::Column::OccurredAt)
        .order_by_asc(payment_attempt::Column::Id)
        .all(server.db().conn())
        .await
        .unwrap();
    lines.iter().map(|line| format!("{} {}", line.step, line.outcome)).collect()
}

/// The payment events on an order's stream.
async fn told(server: &Server, order: &Value) -> Vec<String> {
    let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
    let entries = log::read(server.db().conn(), &format!("order:{id}"), 0, 1000).await.unwrap();
    let payments = entries.iter().filter(|entry| entry.kind == EventKind::PaymentChanged);
    payments.map(|entry| entry.payload["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_deposit_is_paid_at_the_provider_and_counts_once_however_often_it_is_told() {
    let server = Server::start().await;
    let order = ordered(&server).await;
    let customer = server.customer();
    let first = asked(&order, 1, "EARNEST_DEPOSIT", None);
    let begun = initiate(&customer, &first).await;
    assert_eq!(begun["userErrors"], json!([]));
    let payment = &begun["payment"];
    assert_eq!((&payment["state"], &payment["amount"]["minorUnits"]), (&json!("PENDING"), &json!(500_000)));
    assert!(payment["checkout"]["token"].as_str().unwrap().contains("prepay_id"), "{payment}");
    assert_eq!(
        payment["attempts"],
        json!([{ "step": "SUBMIT", "outcome": "REQUEST", "code": null },
            { "step": "SUBMIT", "outcome": "SUCCESS", "code": null }])
    );
    // The same again, and another of the same kind: it is the one to pay.
    assert_eq!(initiate(&customer, &first).await["payment"], *payment);
    let version = begun["order"]["version"].as_i64().unwrap() as i32;
    let again = initiate(&customer, &asked(&order, version, "EARNEST_DEPOSIT", None)).await;
    assert_eq!((&again["payment"], &again["order"]["version"]), (payment, &json!(version)));

    deed(&server, payment, "pay", "twice").await;
    let paid = until(&server, payment, PaymentState::Captured).await;
    // Whoever comes back to the page tells it once more.
    deed(&server, payment, "decline", "once").await;
    heard(&server, 3).await;
    let now = order_of(&server, &order).await;
    assert_eq!((now.status, now.payment_status), (OrderStatus::Placed, OrderPaymentStatus::DepositPaid));
    assert_eq!((now.paid_minor, now.placed_at), (500_000, paid.captured_at));
    assert_eq!(row(&server, payment).await, paid);
    assert_eq!(ledger(&server, payment).await, ["SUBMIT REQUEST", "SUBMIT SUCCESS", "CAPTURE SUCCESS"]);
    assert_eq!(told(&server, &order).await, ["CREATED", "PENDING", "CAPTURED"]);
}

#[tokio::test]
async fn what_the_provider_said_and_nobody_heard_is_asked_for() {
    let server = watchful().start().await;
    let order = ordered(&server).await;
    let payment = initiate(&server.customer(), &asked(&order, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    deed(&server, &payment, "pay", "never").await;
    until(&server, &payment, PaymentState::Captured).await;
    assert_eq!(order_of(&server, &order).await.status, OrderStatus::Placed);
    assert_eq!(ledger(&server, &payment).await, ["SUBMIT REQUEST", "SUBMIT SUCCESS", "CAPTURE SUCCESS"]);
    // The provider's own word after all that changes nothing.
    deed(&server, &payment, "pay", "once").await;
    heard(&server, 1).await;
    assert_eq!(told(&server, &order).await, ["CREATED", "PENDING", "CAPTURED"]);
}

#[tokio::test]
async fn a_no_is_told_with_its_code_and_the_next_try_is_another_payment() {
    let server = Server::start().await;
    let order = ordered(&server).await;
    let customer = server.customer();
    let first = initiate(&customer, &asked(&order, 1, "EARNEST_DEPOSIT", None)).await;
    deed(&server, &first["payment"], "decline", "once").await;
    let failed = until(&server, &first["payment"], PaymentState::Failed).await;
    assert_eq!(failed.failure.as_deref(), Some("CARD_DECLINED"));
    let now = order_of(&server, &order).await;
    assert_eq!((now.status, now.paid_minor), (OrderStatus::Draft, 0));
    let second = initiate(&customer, &asked(&order, now.version, "EARNEST_DEPOSIT", None)).await;
    assert_ne!(second["payment"]["id"], first["payment"]["id"]);
    deed(&server, &second["payment"], "pay", "once").await;
    until(&server, &second["payment"], PaymentState::Captured).await;

    // Of the balance an amount that the provider declines at once.
    let now = order_of(&server, &order).await;
    let asked_for = asked(&order, now.version, "BALANCE", Some("1000.13"));
    let declined = initiate(&customer, &asked_for).await;
    assert_eq!(declined["userErrors"][0]["code"], "PAYMENT_DECLINED");
    assert_eq!(declined["userErrors"][0]["message"], "The payment was declined (INSUFFICIENT_FUNDS).");
    assert_eq!((&declined["payment"]["state"], &declined["payment"]["checkout"]), (&json!("FAILED"), &json!(null)));
    assert_eq!(declined["payment"]["failure"], "INSUFFICIENT_FUNDS");
    assert_eq!(ledger(&server, &declined["payment"]).await, ["SUBMIT REQUEST", "SUBMIT FAILURE"]);
}

#[tokio::test]
async fn the_balance_is_paid_in_parts_and_to_the_last_fen() {
    let server = Server::start().await;
    let order = ordered(&server).await;
    let customer = server.customer();
    let early = initiate(&customer, &asked(&order, 1, "BALANCE", None)).await;
    assert_eq!((&early["userErrors"][0]["code"], &early["payment"]), (&json!("NOT_ELIGIBLE"), &json!(null)));
    let deposit = initiate(&customer, &asked(&order, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    deed(&server, &deposit, "pay", "once").await;
    until(&server, &deposit, PaymentState::Captured).await;
    let version = order_of(&server, &order).await.version;
    let left = order_of(&server, &order).await.total_minor - 500_000;
    for wrong in ["0", "-1", "0.001", "99999999"] {
        let refused = initiate(&customer, &asked(&order, version, "BALANCE", Some(wrong))).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["input", "amount"]), "{wrong}: {refused}");
    }
    assert_eq!(order_of(&server, &order).await.version, version, "nothing has changed");
    let part = initiate(&customer, &asked(&order, version, "BALANCE", Some("50000"))).await;
    let other = asked(&order, part["order"]["version"].as_i64().unwrap() as i32, "BALANCE", Some("60000"));
    let refused = initiate(&customer, &other).await;
    assert_eq!((&refused["userErrors"][0]["code"], &refused["payment"]), (&json!("INVALID_TRANSITION"), &json!(null)));
    deed(&server, &part["payment"], "pay", "once").await;
    until(&server, &part["payment"], PaymentState::Captured).await;
    let now = order_of(&server, &order).await;
    assert_eq!(now.payment_status, OrderPaymentStatus::Partial);
    for code in [MilestoneCode::ConfigLocked, MilestoneCode::ContractSigned] {
        let version = order_of(&server, &order).await.version;
        let reached = record(&server.operator(), now.id, version, code, MilestoneState::Done).await;
        assert_eq!(reached["userErrors"], json!([]));
    }
    let now = order_of(&server, &order).await;
    let rest = initiate(&customer, &asked(&order, now.version, "BALANCE", None)).await;
    assert_eq!(rest["payment"]["amount"]["minorUnits"], left - 5_000_000);
    deed(&server, &rest["payment"], "pay", "once").await;
    until(&server, &rest["payment"], PaymentState::Captured).await;
    let now = order_of(&server, &order).await;
    assert_eq!((now.payment_status, now.paid_minor), (OrderPaymentStatus::Full, now.total_minor));
    let balance = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(now.id))
        .filter(milestone::Column::Code.eq(MilestoneCode::BalancePaid))
        .one(server.db().conn())
        .await
        .unwrap();
    assert_eq!(balance.unwrap().state, MilestoneState::Done);
    let more = initiate(&customer, &asked(&order, now.version, "BALANCE", None)).await;
    assert_eq!(more["userErrors"][0]["message"], "All of the order is paid.");
}

#[tokio::test]
async fn a_payment_is_called_off_unless_its_money_is_here() {
    let server = watchful().start().await;
    let order = ordered(&server).await;
    let customer = server.customer();
    let first = initiate(&customer, &asked(&order, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    let cancel = |payment: &Value| json!({ "input": { "idempotencyKey": key(), "paymentId": payment["id"] } });
    let cancelled = customer.payload(CANCEL, cancel(&first)).await;
    assert_eq!((&cancelled["payment"]["state"], &cancelled["userErrors"]), (&json!("CANCELLED"), &json!([])));
    // Its page is of no use any more.
    deed(&server, &first, "pay", "once").await;
    heard(&server, 1).await;
    assert_eq!(row(&server, &first).await.state, PaymentState::Cancelled);
    let twice = customer.payload(CANCEL, cancel(&first)).await;
    assert_eq!(twice["userErrors"][0]["from"], "CANCELLED");

    let version = order_of(&server, &order).await.version;
    let second = initiate(&customer, &asked(&order, version, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    deed(&server, &second, "pay", "late").await;
    let late = customer.payload(CANCEL, cancel(&second)).await;
    assert_eq!(late["userErrors"][0]["from"], "CAPTURED", "{late}");
    until(&server, &second, PaymentState::Captured).await;
    assert_eq!(order_of(&server, &order).await.status, OrderStatus::Placed);
}

#[tokio::test]
async fn a_key_that_was_used_calls_no_other_payment_off() {
    let server = watchful().start().await;
    let customer = server.customer();
    let (one, other) = (ordered(&server).await, ordered(&server).await);
    let one = initiate(&customer, &asked(&one, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    let other = initiate(&customer, &asked(&other, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    let same = key();
    let cancel = |payment: &Value| json!({ "input": { "idempotencyKey": same, "paymentId": payment["id"] } });
    let first = customer.payload(CANCEL, cancel(&one)).await;
    assert_eq!(first["payment"]["state"], "CANCELLED");
    let reused = customer.payload(CANCEL, cancel(&other)).await;
    assert_eq!(reused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(customer.payload(CANCEL, cancel(&one)).await, first, "the same again");
    // The provider still takes it.
    deed(&server, &other, "pay", "once").await;
    until(&server, &other, PaymentState::Captured).await;
}

#[tokio::test]
async fn while_the_provider_is_away_nothing_is_lost_and_nothing_doubled() {
    let server = Server::start().await;
    let customer = server.customer();
    let order = ordered(&server).await;
    // Where the sandbox is.
    let known = initiate(&customer, &asked(&order, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    let page = reqwest::Url::parse(known["checkout"]["url"].as_str().unwrap()).unwrap();
    let away = page.join("/outage").unwrap();
    let second = ordered(&server).await;
    assert_eq!(filled_in(&server, away.as_str(), "seconds=60").await, 204);
    let input = asked(&second, 1, "EARNEST_DEPOSIT", None);
    assert_eq!(customer.code(INITIATE, json!({ "input": input })).await, "UNAVAILABLE");
    assert_eq!(filled_in(&server, away.as_str(), "seconds=0").await, 204);
    let begun = initiate(&customer, &input).await;
    assert_eq!((&begun["payment"]["state"], &begun["userErrors"]), (&json!("PENDING"), &json!([])));
    let order_id: OrderId = second["id"].as_str().unwrap().parse().unwrap();
    let all = || payment::Entity::find().filter(payment::Column::OrderId.eq(order_id)).all(server.db().conn());
    assert_eq!(all().await.unwrap().len(), 1);

    // Away for longer than the customer had.
    let third = ordered(&server).await;
    assert_eq!(filled_in(&server, away.as_str(), "seconds=60").await, 204);
    let input = asked(&third, 1, "EARNEST_DEPOSIT", None);
    assert_eq!(customer.code(INITIATE, json!({ "input": input })).await, "UNAVAILABLE");
    let past = server.app().clock.now() - chrono::TimeDelta::seconds(1);
    let change = payment::ActiveModel { expires_at: sea_orm::ActiveValue::Set(Some(past)), ..Default::default() };
    let id: OrderId = third["id"].as_str().unwrap().parse().unwrap();
    let of = payment::Column::OrderId.eq(id);
    payment::Entity::update_many().set(change).filter(of.clone()).exec(server.db().conn()).await.unwrap();
    assert_eq!(filled_in(&server, away.as_str(), "seconds=0").await, 204);
    let version = order_of(&server, &third).await.version;
    let begun = initiate(&customer, &asked(&third, version, "EARNEST_DEPOSIT", None)).await;
    assert_eq!(begun["payment"]["state"], "PENDING", "{begun}");
    let rows = payment::Entity::find().filter(of).order_by_asc(payment::Column::CreatedAt).all(server.db().conn());
    let states: Vec<PaymentState> = rows.await.unwrap().iter().map(|row| row.state).collect();
    assert_eq!(states, [PaymentState::Expired, PaymentState::Pending]);
}

#[tokio::test]
async fn what_runs_out_is_closed_and_money_that_comes_later_is_in_the_books() {
    let server = watchful().start().await;
    let order = ordered(&server).await;
    let customer = server.customer();
    let payment = initiate(&customer, &asked(&order, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    let past = server.app().clock.now() - chrono::TimeDelta::seconds(1);
    let change = payment::ActiveModel { expires_at: sea_orm::ActiveValue::Set(Some(past)), ..Default::default() };
    let of = payment::Column::Id.eq(row(&server, &payment).await.id);
    payment::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
    until(&server, &payment, PaymentState::Expired).await;
    assert_eq!(ledger(&server, &payment).await.last().unwrap(), "EXPIRE SUCCESS");
    let data = |reference: &str| {
        json!({ "orderNumber": order["number"], "paymentId": payment["id"], "reference": reference,
            "purpose": "EARNEST_DEPOSIT", "method": "WECHAT_PAY", "amountMinor": 500_000 })
    };
    let reference = row(&server, &payment).await.provider_reference.unwrap();
    // It happened before the last word of it.
    let early = server.app().clock.now() - chrono::TimeDelta::minutes(2);
    let early = (early > order_of(&server, &order).await.created_at).then_some(early);
    let taken = results(&server.system(), &[event("late", PAYMENT, early, data(&reference))]).await;
    assert_eq!(words(&taken), ["applied"], "{taken:?}");
    assert_eq!(row(&server, &payment).await.state, PaymentState::Captured);
    assert_eq!(order_of(&server, &order).await.status, OrderStatus::Placed);
    // Paid a second time, under another number: it is there, and has to go back.
    results(&server.system(), &[event("double", PAYMENT, None, data("SECOND"))]).await;
    let now = order_of(&server, &order).await;
    assert_eq!((now.paid_minor, now.status), (1_000_000, OrderStatus::Placed));
    assert_eq!(now.payment_status, OrderPaymentStatus::Refunding);
    let due = refund::Entity::find().filter(refund::Column::OrderId.eq(now.id)).all(server.db().conn()).await.unwrap();
    assert_eq!(due.iter().map(|row| row.amount_minor).collect::<Vec<_>>(), [500_000]);
    assert_ne!(due[0].payment_id, Some(row(&server, &payment).await.id));
    let shown = "query($id: ID!) { order(id: $id) { refunds { id amount { minorUnits } payment { state } } changeRequests { id } } }";
    let shown = customer.data(shown, json!({ "id": order["id"] })).await["order"].clone();
    assert_eq!(shown["refunds"][0]["id"], due[0].id.to_string());
    assert_eq!(shown["changeRequests"], json!([]));
}

#[tokio::test]
async fn two_hundred_words_at_once_have_one_effect() {
    let server = Server::start().await;
    let order = ordered(&server).await;
    let payment = initiate(&server.customer(), &asked(&order, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    let system = server.system();
    let word = |n: usize| {
        let state = ["CAPTURED", "FAILED", "EXPIRED", "CAPTURED", "CANCELLED"][n % 5];
        let data = json!({ "orderNumber": order["number"], "paymentId": payment["id"], "reference": "ONE",
            "purpose": "EARNEST_DEPOSIT", "method": "WECHAT_PAY", "amountMinor": 500_000, "state": state });
        event(&format!("word-{n}"), PAYMENT, None, data)
    };
    let heard = join_all((0..200).map(|n| {
        let (system, word) = (system.clone(), word(n));
        async move { words(&results(&system, &[word]).await)[0].clone() }
    }))
    .await;
    assert!(heard.iter().all(|word| word == "applied"), "{heard:?}");
    let paid = row(&server, &payment).await;
    assert_eq!((paid.state, paid.refunded_minor), (PaymentState::Captured, 0));
    let now = order_of(&server, &order).await;
    assert_eq!((now.status, now.paid_minor), (OrderStatus::Placed, 500_000));
    let lines = ledger(&server, &payment).await;
    assert_eq!(lines.iter().filter(|line| *line == "CAPTURE SUCCESS").count(), 1, "{lines:?}");
    // At most one word of another kind came first.
    assert!(lines.len() <= 4, "{lines:?}");
    let told = told(&server, &order).await;
    assert_eq!(told.iter().filter(|state| *state == "CAPTURED").count(), 1, "{told:?}");
}

#[tokio::test]
async fn payments_are_their_orders() {
    let server = Server::start().await;
    let order = ordered(&server).await;
    let input = asked(&order, 1, "EARNEST_DEPOSIT", None);
    assert_eq!(server.anonymous().code(INITIATE, json!({ "input": input })).await, "UNAUTHENTICATED");
    let other = super::other_store_of(&server, order["id"].as_str().unwrap().parse().unwrap()).await;
    let stranger = super::staff_of(&server, other).await;
    let refused = initiate(&stranger, &input).await;
    assert_eq!((&refused["userErrors"][0]["code"], &refused["order"]), (&json!("NOT_FOUND"), &json!(null)));
    // Staff of the store at the counter.
    let begun = initiate(&server.consultant(), &input).await;
    assert_eq!(begun["payment"]["state"], "PENDING");
    let cancel = json!({ "input": { "idempotencyKey": key(), "paymentId": begun["payment"]["id"] } });
    assert_eq!(stranger.payload(CANCEL, cancel).await["userErrors"][0]["code"], "NOT_FOUND");
    let lender = json!({ "input": { "idempotencyKey": key(), "orderId": order["id"],
        "expectedVersion": begun["order"]["version"], "purpose": "EARNEST_DEPOSIT", "method": "LOAN_DISBURSEMENT" } });
    let refused = server.customer().payload(INITIATE, lender).await;
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "method"]));
}

#[tokio::test]
async fn whoever_waits_for_a_payment_hears_of_it() {
    let server = Server::start().await;
    let order = ordered(&server).await;
    let document = "subscription($id: ID!, $after: String) { paymentStatusChanged(orderId: $id, after: $after) {
        cursor replayed order { id } payment { id state checkout { url } } } }";
    let customer = server.customer();
    let variables = json!({ "id": order["id"] });
    let mut live = customer.subscribe_sse(document, variables.clone()).await;
    let first = live.data().await["paymentStatusChanged"].clone();
    assert_eq!((&first["payment"]["state"], &first["replayed"]), (&json!("CREATED"), &json!(false)));
    let payment = initiate(&customer, &asked(&order, 1, "EARNEST_DEPOSIT", None)).await["payment"].clone();
    deed(&server, &payment, "pay", "twice").await;
    loop {
        let news = live.data().await["paymentStatusChanged"].clone();
        assert_eq!(news["payment"]["id"], payment["id"]);
        if news["payment"]["state"] == "CAPTURED" {
            break;
        }
    }
    // Who comes back hears the rest, with what is so by now.
    let back = json!({ "id": order["id"], "after": first["cursor"] });
    let mut again = customer.subscribe_ws(document, back).await;
    for _ in 0..3 {
        let news = again.data().await["paymentStatusChanged"].clone();
        assert_eq!((&news["payment"]["state"], &news["replayed"]), (&json!("CAPTURED"), &json!(true)));
    }
    let other = super::other_store_of(&server, order["id"].as_str().unwrap().parse().unwrap()).await;
    let mut refused = super::staff_of(&server, other).await.subscribe_sse(document, variables).await;
    assert_eq!(refused.next().await["errors"][0]["extensions"]["code"], "NOT_FOUND");
}
