//! `orderCancelRequest`.

use entity::OrderStatus;
use serde_json::{Value, json};

use super::{key, order_in, order_row};
use crate::harness::Server;

const CANCEL: &str = "mutation($input: OrderCancelRequestInput!) { orderCancelRequest(input: $input) {
    order { id status version cancelReason paymentStatus timeline { kind fromStatus toStatus note } }
    consequences { earnestDeposit refund { minorUnits } forfeited { minorUnits } needsRedInvoice }
    userErrors { __typename code field ... on InvalidTransition { from action allowed }
        ... on VersionConflict { currentVersion } } } }";

fn input(id: entity::OrderId, version: i32, reason: &str) -> Value {
    json!({ "input": { "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version, "reason": reason } })
}

#[tokio::test]
async fn a_customer_asks_to_call_an_order_off() {
    let server = Server::start().await;
    let order = order_in(&server, OrderStatus::Locked).await;
    let owner = server.customer_with(order.customer_id);
    let payload = owner.payload(CANCEL, input(order.id, order.version, "Another car")).await;
    assert_eq!(payload["userErrors"], json!([]));
    let shown = &payload["order"];
    assert_eq!((&shown["status"], &shown["cancelReason"]), (&json!("CANCELLATION_REQUESTED"), &json!("Another car")));
    assert_eq!(shown["version"], order.version + 1);
    let last = shown["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(
        *last,
        json!({ "kind": "CANCELLATION_REQUESTED", "fromStatus": "LOCKED",
        "toStatus": "CANCELLATION_REQUESTED", "note": "Another car" })
    );
    let consequences = &payload["consequences"];
    assert_eq!(consequences["earnestDeposit"], "FORFEITED");
    let sum = |part: &str| consequences[part]["minorUnits"].as_i64().unwrap();
    assert_eq!(sum("refund") + sum("forfeited"), order.paid_minor);
}

#[tokio::test]
async fn what_cannot_be_called_off_says_what_can_be_done() {
    let server = Server::start().await;
    let order = order_in(&server, OrderStatus::Delivered).await;
    let payload = server.operator().payload(CANCEL, input(order.id, order.version, "Too late")).await;
    assert_eq!(payload["order"], json!(null));
    let error = &payload["userErrors"][0];
    assert_eq!(error["from"], "DELIVERED");
    assert_eq!(error["action"], "REQUEST_CANCELLATION");
    assert_eq!(error["allowed"], json!(["COMPLETE", "REQUEST_RETURN"]));
    assert_eq!(order_row(&server, order.id).await, order);
}

#[tokio::test]
async fn refusals_name_what_is_wrong() {
    let server = Server::start().await;
    let order = order_row(&server, server.demo.order).await;
    let customer = server.customer();
    let code = |payload: Value| payload["userErrors"][0]["code"].clone();
    let stale = customer.payload(CANCEL, input(order.id, order.version + 1, "x")).await;
    assert_eq!(stale["userErrors"][0]["currentVersion"], order.version);
    assert_eq!(code(customer.payload(CANCEL, input(order.id, order.version, " ")).await), "REQUIRED");
    assert_eq!(code(customer.payload(CANCEL, input(order.id, order.version, &"x".repeat(501))).await), "INVALID");
    let foreign = order_in(&server, OrderStatus::Placed).await;
    assert_ne!(foreign.customer_id, order.customer_id);
    assert_eq!(code(customer.payload(CANCEL, input(foreign.id, foreign.version, "x")).await), "NOT_FOUND");
    let absent = entity::OrderId::generate();
    assert_eq!(code(customer.payload(CANCEL, input(absent, 1, "x")).await), "NOT_FOUND");
    assert_eq!(server.anonymous().code(CANCEL, input(order.id, order.version, "x")).await, "UNAUTHENTICATED");
    assert_eq!(order_row(&server, order.id).await, order);
}
