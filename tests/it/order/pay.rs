//! `paymentRecord`.

use serde_json::{Value, json};

use super::place::{PLACE, input, priced};
use super::{key, record};
use crate::harness::{Client, Server};

const PAY: &str = "mutation($input: PaymentRecordInput!) { paymentRecord(input: $input) {
    order { id version status paymentStatus paid { minorUnits } placedAt contractStartedAt lockDeadline
        milestones { code state } timeline { kind toStatus milestone } }
    payment { id state capturedAt providerReference }
    userErrors { __typename code field ... on InvalidTransition { from action allowed } } } }";

async fn ordered(server: &Server, stage: &str) -> Value {
    let customer = server.customer();
    let mut input = priced(&customer, input(server).await).await;
    input["stage"] = json!(stage);
    customer.payload(PLACE, json!({ "input": input })).await
}

/// Somebody at the counter has taken the money.
pub async fn pay(client: &Client, payment: &Value, version: i32, reference: &str) -> Value {
    let input = json!({ "idempotencyKey": key(), "paymentId": payment["id"], "expectedVersion": version,
        "providerReference": reference });
    client.payload(PAY, json!({ "input": input })).await
}

#[tokio::test]
async fn a_deposit_makes_an_order_firm_and_then_it_takes_milestones() {
    let server = Server::start().await;
    let placed = ordered(&server, "PLACED").await;
    let consultant = server.consultant();
    let paid = pay(&consultant, &placed["payment"], 1, "POS-1").await;
    assert_eq!(paid["userErrors"], json!([]));
    let order = &paid["order"];
    assert_eq!((&order["status"], &order["paymentStatus"]), (&json!("PLACED"), &json!("DEPOSIT_PAID")));
    assert_eq!((&order["version"], &order["paid"]["minorUnits"]), (&json!(2), &json!(500_000)));
    assert!(order["contractStartedAt"].is_string() && order["lockDeadline"].is_string());
    assert_eq!(order["placedAt"], order["contractStartedAt"]);
    assert_eq!(super::state_of(order, "ORDER_PLACED"), "DONE");
    let kinds: Vec<_> = order["timeline"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["PLACED", "PAYMENT_CHANGED", "STATUS_CHANGED", "MILESTONE_CHANGED"]);
    assert_eq!(paid["payment"]["state"], "CAPTURED");
    let id = order["id"].as_str().unwrap().parse().unwrap();
    let said = record(&consultant, id, 2, entity::MilestoneCode::ConfigLocked, entity::MilestoneState::Done).await;
    assert_eq!(said["userErrors"][0]["code"], "NOT_ELIGIBLE", "by a word nothing is locked: {said}");
    let locked = consultant.payload(LOCK, of_order(order, 2)).await;
    assert_eq!(locked["order"]["status"], "LOCKED", "{locked}");

    let again = pay(&consultant, &placed["payment"], 3, "POS-2").await;
    assert_eq!(again["userErrors"][0]["from"], "CAPTURED");
    assert_eq!(again["userErrors"][0]["action"], "CAPTURE");
}

#[tokio::test]
async fn an_intention_is_no_firm_order_and_a_number_counts_once() {
    let server = Server::start().await;
    let consultant = server.consultant();
    let first = ordered(&server, "INTENTION").await;
    let paid = pay(&consultant, &first["payment"], 1, "POS-1").await;
    assert_eq!(
        (&paid["order"]["status"], &paid["order"]["paymentStatus"]),
        (&json!("INTENTION"), &json!("INTENTION_PAID"))
    );
    assert_eq!(paid["order"]["placedAt"], json!(null));
    assert_eq!(super::state_of(&paid["order"], "ORDER_PLACED"), "PENDING");
    let second = ordered(&server, "INTENTION").await;
    let doubled = pay(&consultant, &second["payment"], 1, "POS-1").await;
    assert_eq!(doubled["userErrors"][0]["code"], "DUPLICATE");
    let stale = pay(&consultant, &second["payment"], 9, "POS-2").await;
    assert_eq!(stale["userErrors"][0]["code"], "VERSION_CONFLICT");
    let input = json!({ "idempotencyKey": key(), "paymentId": second["payment"]["id"], "expectedVersion": 1,
        "providerReference": "POS-3" });
    assert_eq!(server.customer().code(PAY, json!({ "input": input })).await, "FORBIDDEN");
}

pub const CONFIRM: &str = "mutation($input: OrderConfirmInput!) { orderConfirm(input: $input) {
    order { version status payments { purpose state } } payment { id purpose amount { minorUnits } }
    userErrors { code field ... on InvalidTransition { from action allowed } } } }";

const LOCK: &str = "mutation($input: OrderLockConfigurationInput!) { orderLockConfiguration(input: $input) {
    order { version status eta { likely latest promisedBy } milestones { code state } allowedActions }
    userErrors { code field ... on InvalidTransition { from action allowed } } } }";

pub fn of_order(order: &Value, version: i32) -> Value {
    json!({ "input": { "idempotencyKey": key(), "orderId": order["id"], "expectedVersion": version } })
}

#[tokio::test]
async fn an_intention_is_confirmed_paid_and_locked_by_its_customer() {
    let server = Server::start().await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let placed = ordered(&server, "INTENTION").await;
    let order = &placed["order"];
    pay(&consultant, &placed["payment"], 1, "POS-1").await;
    let confirmed = customer.payload(CONFIRM, of_order(order, 2)).await;
    assert_eq!(confirmed["userErrors"], json!([]));
    assert_eq!((&confirmed["order"]["status"], &confirmed["order"]["version"]), (&json!("INTENTION"), &json!(3)));
    assert_eq!(confirmed["payment"]["purpose"], "EARNEST_DEPOSIT");
    assert_eq!(confirmed["payment"]["amount"]["minorUnits"], 500_000);
    let again = customer.payload(CONFIRM, of_order(order, 3)).await;
    assert_eq!(again["payment"]["id"], confirmed["payment"]["id"], "one deposit to pay");
    let early = customer.payload(LOCK, of_order(order, 3)).await;
    assert_eq!(
        (&early["userErrors"][0]["from"], &early["userErrors"][0]["action"]),
        (&json!("INTENTION"), &json!("LOCK"))
    );
    let paid = pay(&consultant, &confirmed["payment"], 3, "POS-2").await;
    assert_eq!(paid["order"]["status"], "PLACED");
    assert_eq!(paid["order"]["paid"]["minorUnits"], 509_900);
    let locked = customer.payload(LOCK, of_order(order, 4)).await;
    assert_eq!(locked["userErrors"], json!([]));
    let order_now = &locked["order"];
    assert_eq!((&order_now["status"], &order_now["version"]), (&json!("LOCKED"), &json!(5)));
    assert_eq!(order_now["eta"]["promisedBy"], order_now["eta"]["latest"]);
    assert_eq!(super::state_of(order_now, "CONFIG_LOCKED"), "DONE");
    assert!(!order_now["allowedActions"].as_array().unwrap().contains(&json!("LOCK_CONFIGURATION")));
    let twice = customer.payload(CONFIRM, of_order(order, 5)).await;
    assert_eq!(twice["userErrors"][0]["action"], "PAY_DEPOSIT");
    assert_eq!(consultant.code(CONFIRM, of_order(order, 5)).await, "FORBIDDEN");
}
