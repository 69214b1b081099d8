//! Backing out of an order (C075): what it means at each stage, who decides, and the money that goes back.

use entity::inventory::vehicle_unit;
use entity::order::{change_request, order, payment, refund};
use entity::{
    ChangeState, CommercialStatus, LotState, MilestoneCode, MilestoneState, OrderId, OrderPaymentStatus, OrderStatus,
    PaymentState, RefundState,
};
use milepost::order::rules::follows::left_to;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::handover::confirm::lots;
use super::handover::recorded::points_come_out;
use super::place::{PLACE, input, priced};
use super::provider::{INITIATE, asked, deed, until, watchful};
use super::{key, order_row, record};
use crate::harness::{Client, Server};

const QUOTE: &str = "query($id: ID!, $fault: Fault) { orderCancelQuote(orderId: $id, fault: $fault) {
    earnestDeposit refund { minorUnits } forfeited { minorUnits } compensation { minorUnits } needsRedInvoice } }";

const CANCEL: &str = "mutation($input: OrderCancelRequestInput!) { orderCancelRequest(input: $input) {
    order { id version status paymentStatus hasOpenChangeRequest }
    changeRequest { id kind state fault refund { minorUnits } refunds { id state } }
    consequences { refund { minorUnits } } userErrors { code message field } } }";

const DECIDE: &str = "mutation($input: OrderChangeDecideInput!) { orderChangeDecide(input: $input) {
    order { id version status paymentStatus hasOpenChangeRequest cancelReason changeRequests { id state } }
    changeRequest { id state fault forfeited { minorUnits } compensation { minorUnits } decisionNote decidedBy
        refunds { id amount { minorUnits } state payment { purpose } } }
    userErrors { code field ... on InvalidTransition { from action } } } }";

const WITHDRAW: &str = "mutation($input: OrderChangeWithdrawInput!) { orderChangeWithdraw(input: $input) {
    order { id version status paymentStatus hasOpenChangeRequest cancelReason } changeRequest { state }
    userErrors { code field ... on InvalidTransition { from action } } } }";

pub const REFUND: &str = "mutation($input: RefundRecordInput!) { refundRecord(input: $input) {
    order { status paymentStatus } refund { id state reference } userErrors { code field ... on InvalidTransition { from action } } } }";

/// An order of the demo customer whose deposit is paid at the provider.
pub async fn ordered(server: &Server, stage: &str) -> OrderId {
    ordered_as(server, stage, json!({})).await
}

/// The same, with something different in its input.
pub async fn ordered_as(server: &Server, stage: &str, more: Value) -> OrderId {
    let customer = server.customer();
    let mut input = input(server).await;
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut input = priced(&customer, input).await;
    input["stage"] = json!(stage);
    let order = customer.payload(PLACE, json!({ "input": input })).await["order"].clone();
    let purpose = if stage == "PLACED" { "EARNEST_DEPOSIT" } else { "INTENTION_DEPOSIT" };
    pay(server, &order, 1, purpose, None).await;
    order["id"].as_str().unwrap().parse().unwrap()
}

pub async fn pay(server: &Server, order: &Value, version: i32, purpose: &str, amount: Option<&str>) {
    let input = asked(order, version, purpose, amount);
    let asked = server.customer().payload(INITIATE, json!({ "input": input })).await;
    assert_eq!(asked["userErrors"], json!([]));
    let payment = asked["payment"].clone();
    deed(server, &payment, "pay", "once").await;
    until(server, &payment, PaymentState::Captured).await;
}

/// The order's cooling hours are over.
pub async fn cool_off(server: &Server, id: OrderId) {
    let past = server.app().clock.now() - chrono::TimeDelta::hours(25);
    let change = order::ActiveModel { contract_started_at: Set(Some(past)), ..Default::default() };
    let of = order::Column::Id.eq(id);
    order::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
}

/// Reaches milestones by hand: an operator those that follow from a deed, the store the others.
pub async fn reach(server: &Server, id: OrderId, codes: &[MilestoneCode]) {
    for code in codes {
        let version = order_row(server, id).await.version;
        let by_deed = left_to(*code, MilestoneState::Done).is_some();
        let client = if by_deed { server.operator() } else { server.consultant() };
        let done = record(&client, id, version, *code, MilestoneState::Done).await;
        assert_eq!(done["userErrors"], json!([]), "{code}");
    }
}

pub async fn cancel(client: &Client, server: &Server, id: OrderId) -> Value {
    let version = order_row(server, id).await.version;
    let input =
        json!({ "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version, "reason": "Moving" });
    client.payload(CANCEL, json!({ "input": input })).await
}

pub async fn decide(client: &Client, server: &Server, id: OrderId, request: &Value, more: Value) -> Value {
    let version = order_row(server, id).await.version;
    let mut input = json!({ "idempotencyKey": key(), "changeRequestId": request["id"], "expectedVersion": version,
        "decision": "APPROVE" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.payload(DECIDE, json!({ "input": input })).await
}

pub async fn refunds(server: &Server, id: OrderId) -> Vec<refund::Model> {
    refund::Entity::find()
        .filter(refund::Column::OrderId.eq(id))
        .order_by_asc(refund::Column::Id)
        .all(server.db().conn())
        .await
        .unwrap()
}

pub async fn request(server: &Server, id: OrderId) -> change_request::Model {
    let found = change_request::Entity::find().filter(change_request::Column::OrderId.eq(id));
    found.one(server.db().conn()).await.unwrap().unwrap()
}

/// Waits until all that has to go back has.
pub async fn all_back(server: &Server, id: OrderId) -> order::Model {
    for _ in 0..200 {
        if request(server, id).await.state == ChangeState::Done {
            return order_row(server, id).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("not back: {:?}", refunds(server, id).await);
}

/// What came in, what went back, and what is here, fen.
pub async fn books(server: &Server, id: OrderId) -> (i64, i64, i64) {
    let rows = payment::Entity::find().filter(payment::Column::OrderId.eq(id)).all(server.db().conn()).await.unwrap();
    let came = |row: &&payment::Model| row.captured_at.is_some();
    let sum = |of: fn(&payment::Model) -> i64| rows.iter().filter(came).map(of).sum::<i64>();
    (sum(|row| row.amount_minor), sum(|row| row.refunded_minor), order_row(server, id).await.paid_minor)
}

#[tokio::test]
async fn while_all_goes_back_nobody_has_to_decide() {
    let server = watchful().start().await;
    for (stage, paid) in [("INTENTION", 9_900), ("PLACED", 500_000)] {
        let id = ordered(&server, stage).await;
        let quote = server.customer().data(QUOTE, json!({ "id": id.to_string() })).await;
        let quote = &quote["orderCancelQuote"];
        assert_eq!((&quote["earnestDeposit"], &quote["refund"]["minorUnits"]), (&json!("RETURNED"), &json!(paid)));
        let cancelled = cancel(&server.customer(), &server, id).await;
        assert_eq!(cancelled["userErrors"], json!([]));
        let order = &cancelled["order"];
        assert_eq!(order["status"], "CANCELLED", "{stage}");
        // The provider is quick, perhaps quicker than the answer.
        assert!(["REFUNDING", "REFUNDED"].contains(&order["paymentStatus"].as_str().unwrap()), "{stage}: {order}");
        let done = all_back(&server, id).await;
        assert_eq!((done.status, done.payment_status), (OrderStatus::Cancelled, OrderPaymentStatus::Refunded));
        assert_eq!(books(&server, id).await, (paid, paid, 0));
        assert_eq!(request(&server, id).await.decided_by.as_deref(), Some("rule"));
    }
}

#[tokio::test]
async fn the_matrix_decides_what_stays_at_each_stage_and_to_the_fen() {
    use MilestoneCode::*;
    let server = watchful().start().await;
    let stages: [(&[MilestoneCode], &str, i64); 4] = [
        (&[], "PLACED", 250_000),
        (&[ConfigLocked], "LOCKED", 500_000),
        (&[ConfigLocked, ContractSigned], "CONTRACTED", 500_000),
        (&[ConfigLocked, ContractSigned, PartsPreparing, Scheduled], "IN_FULFILLMENT", 500_000),
    ];
    for (codes, status, forfeited) in stages {
        let id = ordered(&server, "PLACED").await;
        let (order, version) = (json!({ "id": id.to_string() }), order_row(&server, id).await.version);
        pay(&server, &order, version, "BALANCE", Some("20000")).await;
        cool_off(&server, id).await;
        reach(&server, id, codes).await;
        assert_eq!(order_row(&server, id).await.status.to_string(), status);
        let asked = cancel(&server.customer(), &server, id).await;
        assert_eq!(
            (&asked["order"]["status"], &asked["changeRequest"]["state"]),
            (&json!("CANCELLATION_REQUESTED"), &json!("SUBMITTED")),
            "{status}"
        );
        let by_consultant = json!({ "input": { "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
            "expectedVersion": asked["order"]["version"], "decision": "APPROVE" } });
        assert_eq!(server.consultant().code(DECIDE, by_consultant).await, "FORBIDDEN");
        let decided =
            decide(&server.manager(), &server, id, &asked["changeRequest"], json!({ "note": "Granted" })).await;
        assert_eq!(decided["userErrors"], json!([]), "{status}");
        assert_eq!(decided["order"]["status"], "CANCELLED");
        assert_eq!(decided["changeRequest"]["forfeited"]["minorUnits"], forfeited);
        let done = all_back(&server, id).await;
        assert_eq!(books(&server, id).await, (2_500_000, 2_500_000 - forfeited, forfeited), "{status}");
        assert_eq!(done.paid_minor, forfeited);
        assert!(refunds(&server, id).await.iter().all(|row| row.state == RefundState::Done));
        // It was decided, and is not decided again.
        let again = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({})).await;
        assert_eq!(again["userErrors"][0]["from"], "DONE");
    }
}

#[tokio::test]
async fn a_maker_at_fault_returns_the_earnest_money_twice() {
    let server = watchful().start().await;
    let id = ordered(&server, "PLACED").await;
    cool_off(&server, id).await;
    reach(&server, id, &[MilestoneCode::ConfigLocked]).await;
    let asked = cancel(&server.customer(), &server, id).await;
    let decided = decide(&server.operator(), &server, id, &asked["changeRequest"], json!({ "fault": "MAKER" })).await;
    let request_now = &decided["changeRequest"];
    assert_eq!((&request_now["fault"], &request_now["compensation"]["minorUnits"]), (&json!("MAKER"), &json!(500_000)));
    let due = request_now["refunds"].as_array().unwrap();
    assert_eq!(due.len(), 2);
    let on_top = due.iter().find(|refund| refund["payment"].is_null()).unwrap();
    let input = |refund: &Value, reference: &str| json!({ "input": { "idempotencyKey": key(), "refundId": refund["id"], "reference": reference } });
    assert_eq!(server.customer().code(REFUND, input(on_top, "BANK-1")).await, "FORBIDDEN");
    let recorded = server.manager().payload(REFUND, input(on_top, "BANK-1")).await;
    assert_eq!((&recorded["refund"]["state"], &recorded["userErrors"]), (&json!("DONE"), &json!([])));
    let twice = server.manager().payload(REFUND, input(on_top, "BANK-2")).await;
    assert_eq!(twice["userErrors"][0]["from"], "DONE");
    let done = all_back(&server, id).await;
    assert_eq!(done.payment_status, OrderPaymentStatus::Refunded);
    assert_eq!(books(&server, id).await, (500_000, 500_000, 0));
}

#[tokio::test]
async fn a_request_that_comes_to_nothing_leaves_the_order_as_it_was() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    cool_off(&server, id).await;
    reach(&server, id, &[MilestoneCode::ConfigLocked]).await;
    let customer = server.customer();
    let asked = cancel(&customer, &server, id).await;
    let twice = cancel(&customer, &server, id).await;
    assert_eq!(twice["userErrors"][0]["code"], "INVALID_TRANSITION");
    let rejected = decide(
        &server.manager(),
        &server,
        id,
        &asked["changeRequest"],
        json!({ "decision": "REJECT", "note": "The car is on its way" }),
    )
    .await;
    let order = &rejected["order"];
    assert_eq!((&order["status"], &order["paymentStatus"]), (&json!("LOCKED"), &json!("DEPOSIT_PAID")));
    assert_eq!((&order["hasOpenChangeRequest"], &order["cancelReason"]), (&json!(false), &json!(null)));
    assert_eq!(rejected["changeRequest"]["state"], "REJECTED");

    let asked = cancel(&customer, &server, id).await;
    let version = order_row(&server, id).await.version;
    let input = json!({ "input": { "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
        "expectedVersion": version } });
    let other = super::other_store_of(&server, id).await;
    let stranger = super::staff_of(&server, other).await;
    assert_eq!(stranger.payload(WITHDRAW, input.clone()).await["userErrors"][0]["code"], "NOT_FOUND");
    let consultant = server.consultant().payload(WITHDRAW, input.clone()).await;
    assert_eq!(consultant["userErrors"][0]["code"], "FORBIDDEN");
    let withdrawn = customer.payload(WITHDRAW, input).await;
    assert_eq!(
        (&withdrawn["order"]["status"], &withdrawn["changeRequest"]["state"]),
        (&json!("LOCKED"), &json!("WITHDRAWN"))
    );
    assert_eq!(refunds(&server, id).await, []);
    assert_eq!(books(&server, id).await, (500_000, 0, 500_000));
}

#[tokio::test]
async fn a_car_is_free_again_and_what_the_provider_cannot_is_done_by_hand() {
    let server = watchful().start().await;
    // Paid before the gateway had a provider, so the provider knows nothing of it.
    let demo = order_row(&server, server.demo.order).await;
    let asked = cancel(&server.customer(), &server, demo.id).await;
    let decided = decide(&server.manager(), &server, demo.id, &asked["changeRequest"], json!({})).await;
    assert_eq!(decided["userErrors"], json!([]));
    let car =
        vehicle_unit::Entity::find_by_id(demo.vehicle_id.unwrap()).one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!(car.commercial_status, CommercialStatus::Free);
    assert_eq!(order_row(&server, demo.id).await.vehicle_id, None);
    // Nobody hands over what the points of the small deposit waited for.
    assert_eq!(lots(&server, demo.id).await, [("INTENTION_DEPOSIT".to_owned(), LotState::Reversed, 300)]);
    points_come_out(&server, demo.id).await;
    for _ in 0..100 {
        if refunds(&server, demo.id).await.iter().all(|row| row.state == RefundState::Failed) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let due = refunds(&server, demo.id).await;
    assert!(!due.is_empty());
    for (at, row) in due.iter().enumerate() {
        assert_eq!((row.state, row.failure.as_deref()), (RefundState::Failed, Some("NOT_FOUND")));
        let input = json!({ "input": { "idempotencyKey": key(), "refundId": row.id.to_string(), "reference": format!("BANK-{at}") } });
        let recorded = server.manager().payload(REFUND, input).await;
        assert_eq!(recorded["userErrors"], json!([]));
    }
    assert_eq!(request(&server, demo.id).await.state, ChangeState::Done);
    let (came, went, here) = books(&server, demo.id).await;
    assert_eq!(came - went, here);
    assert_eq!(here, request(&server, demo.id).await.forfeited_minor);
}

#[tokio::test]
async fn two_hundred_decisions_at_once_are_one() {
    let server = watchful().start().await;
    let id = ordered(&server, "PLACED").await;
    cool_off(&server, id).await;
    let asked = cancel(&server.customer(), &server, id).await;
    let version = order_row(&server, id).await.version;
    let manager = server.manager();
    let decisions = futures_util::future::join_all((0..200).map(|n| {
        let decision = if n % 3 == 0 { "REJECT" } else { "APPROVE" };
        let input = json!({ "input": { "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
            "expectedVersion": version, "decision": decision } });
        let manager = manager.clone();
        async move { manager.payload(DECIDE, input).await }
    }))
    .await;
    let done: Vec<_> = decisions.iter().filter(|payload| payload["userErrors"] == json!([])).collect();
    assert_eq!(done.len(), 1);
    let now = order_row(&server, id).await;
    assert_eq!(now.status.to_string(), done[0]["order"]["status"]);
    let expected = if now.status == OrderStatus::Cancelled { 1 } else { 0 };
    assert_eq!(refunds(&server, id).await.len(), expected);
}

#[tokio::test]
async fn what_was_shown_is_what_holds() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let shown = server.customer().data(QUOTE, json!({ "id": id.to_string() })).await["orderCancelQuote"].clone();
    cool_off(&server, id).await;
    let before = order_row(&server, id).await;
    let input = json!({ "input": { "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": before.version,
        "reason": "Moving", "expectedRefundMinor": shown["refund"]["minorUnits"] } });
    let refused = server.customer().payload(CANCEL, input).await;
    assert_eq!(refused["userErrors"][0]["code"], "PRICE_CHANGED");
    assert_eq!(refused["userErrors"][0]["message"], "What goes back is now 2500.00 yuan.");
    assert_eq!(order_row(&server, id).await, before);
    let maker = server.operator().data(QUOTE, json!({ "id": id.to_string(), "fault": "MAKER" })).await;
    assert_eq!(maker["orderCancelQuote"]["compensation"]["minorUnits"], 500_000);
    let other = super::order_in(&server, OrderStatus::Delivered).await;
    assert_eq!(server.operator().code(QUOTE, json!({ "id": other.id.to_string() })).await, "BAD_USER_INPUT");
    assert_eq!(
        server.customer_with(other.customer_id).code(QUOTE, json!({ "id": id.to_string() })).await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn an_invoice_that_was_issued_is_reversed_first() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    cool_off(&server, id).await;
    let version = order_row(&server, id).await.version;
    let left = order_row(&server, id).await.total_minor - 500_000;
    let order = json!({ "id": id.to_string() });
    pay(&server, &order, version, "BALANCE", Some(&format!("{}.{:02}", left / 100, left % 100))).await;
    use MilestoneCode::{ConfigLocked, ContractSigned, Invoiced};
    // The balance was paid before; signing reaches it.
    reach(&server, id, &[ConfigLocked, ContractSigned, Invoiced]).await;
    let asked = cancel(&server.customer(), &server, id).await;
    let before = order_row(&server, id).await;
    let refused = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({})).await;
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "redInvoiceNumber"]));
    assert_eq!(order_row(&server, id).await, before);
    let more = json!({ "redInvoiceNumber": "RED-1", "fault": "NEITHER" });
    let decided = decide(&server.manager(), &server, id, &asked["changeRequest"], more).await;
    assert_eq!(decided["order"]["status"], "CANCELLED", "{decided}");
    assert_eq!(request(&server, id).await.red_invoice_number.as_deref(), Some("RED-1"));
}

#[tokio::test]
async fn money_that_arrives_for_an_order_that_is_called_off_goes_back() {
    let server = watchful().start().await;
    let customer = server.customer();
    let id = ordered(&server, "PLACED").await;
    let version = order_row(&server, id).await.version;
    let order = json!({ "id": id.to_string() });
    let balance = asked(&order, version, "BALANCE", Some("700"));
    let balance = customer.payload(INITIATE, json!({ "input": balance })).await["payment"].clone();
    // Paid, and the gateway does not hear of it before the order is called off.
    deed(&server, &balance, "pay", "never").await;
    cancel(&customer, &server, id).await;
    for _ in 0..200 {
        let due = refunds(&server, id).await;
        if due.len() == 2 && due.iter().all(|row| row.state == RefundState::Done) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(books(&server, id).await, (570_000, 570_000, 0));
    let now = order_row(&server, id).await;
    assert_eq!((now.status, now.payment_status), (OrderStatus::Cancelled, OrderPaymentStatus::Refunded));
}

#[tokio::test]
async fn a_draft_is_called_off_and_nobody_pays_for_it() {
    let server = watchful().start().await;
    let customer = server.customer();
    let input = priced(&customer, input(&server).await).await;
    let order = customer.payload(PLACE, json!({ "input": input })).await["order"].clone();
    let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
    let input = asked(&order, 1, "EARNEST_DEPOSIT", None);
    let payment = customer.payload(INITIATE, json!({ "input": input })).await["payment"].clone();
    let cancelled = cancel(&customer, &server, id).await;
    assert_eq!(
        (&cancelled["order"]["status"], &cancelled["changeRequest"]["state"]),
        (&json!("CANCELLED"), &json!("DONE"))
    );
    until(&server, &payment, PaymentState::Expired).await;
    assert_eq!(books(&server, id).await, (0, 0, 0));
}

#[tokio::test]
async fn what_the_provider_is_at_nobody_does_by_hand() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    cancel(&server.customer(), &server, id).await;
    let due = refunds(&server, id).await[0].clone();
    let change = refund::ActiveModel { state: Set(RefundState::Pending), ..Default::default() };
    let of = refund::Column::Id.eq(due.id);
    refund::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
    let input = json!({ "input": { "idempotencyKey": key(), "refundId": due.id.to_string(), "reference": "BANK-9" } });
    let refused = server.manager().payload(REFUND, input).await;
    assert!(matches!(refused["userErrors"][0]["from"].as_str(), Some("PENDING" | "DONE")), "{refused}");
}
