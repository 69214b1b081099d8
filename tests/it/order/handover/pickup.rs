//! The pickup code (C093).

use std::collections::BTreeSet;

use entity::order::delivery;
use entity::{OrderId, OrderStatus};
use futures_util::future::join_all;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::super::{order_row, other_store, staff_of};
use super::confirm::{CONFIRM, whole};
use super::{about, arrived, code_and_field, ready, told};
use crate::harness::{Client, Server};

const CODE: &str = "query($id: ID!) { order(id: $id) { delivery { pickupCode pickupCodeLocked } } }";

const RENEW: &str = "mutation($input: PickupCodeRenewInput!) { pickupCodeRenew(input: $input) {
    order { version delivery { pickupCode pickupCodeLocked } } userErrors { code field } } }";

async fn seen(client: &Client, id: OrderId) -> Value {
    client.data(CODE, json!({ "id": id.to_string() })).await["order"]["delivery"].clone()
}

pub async fn code(server: &Server, id: OrderId) -> String {
    seen(&server.customer(), id).await["pickupCode"].as_str().expect("a code").to_owned()
}

/// Another than this.
fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn tries(server: &Server, id: OrderId) -> i32 {
    delivery::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().map_or(0, |row| row.wrong_tries)
}

#[tokio::test]
async fn the_code_is_the_customers_alone_and_another_can_be_had() {
    let server = Server::start().await;
    let customer = server.customer();
    let id = arrived(&server).await;
    assert_eq!(seen(&customer, id).await, json!({ "pickupCode": null, "pickupCodeLocked": false }), "not ready");
    let early = customer.payload(RENEW, about(&server, id, json!({})).await).await;
    assert_eq!(code_and_field(&early), json!(["NOT_ELIGIBLE", ["input", "orderId"]]));
    ready(&server).await;
    let first = code(&server, id).await;
    assert!(first.len() == 6 && first.bytes().all(|byte| byte.is_ascii_digit()), "{first}");
    assert_eq!(code(&server, id).await, first, "the same whenever it is asked for");
    for other in [server.consultant(), server.manager(), server.operator()] {
        assert_eq!(seen(&other, id).await, json!({ "pickupCode": null, "pickupCodeLocked": false }));
        assert_eq!(other.code(RENEW, about(&server, id, json!({})).await).await, "FORBIDDEN");
    }
    let input = about(&server, id, json!({})).await;
    let renewed = customer.payload(RENEW, input.clone()).await;
    assert_eq!(renewed["userErrors"], json!([]));
    let second = renewed["order"]["delivery"]["pickupCode"].as_str().unwrap();
    assert_ne!(second, first);
    assert_eq!(customer.payload(RENEW, input).await, renewed, "the same key");
    let stranger = super::foreign(&server).await;
    let foreign = customer.payload(RENEW, about(&server, stranger.id, json!({})).await).await;
    assert_eq!(code_and_field(&foreign), json!(["NOT_FOUND", ["input", "orderId"]]));
    // The one of before opens nothing.
    let old = server.consultant().payload(CONFIRM, whole(&server, id, &first).await).await;
    assert_eq!(code_and_field(&old), json!(["INVALID", ["input", "pickupCode"]]));
    assert_eq!(told(&server, id).await, ["PICKUP_CODE_RENEWED"]);
    // No code stands anywhere in the store.
    let row = format!("{:?}", delivery::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap());
    assert!(!row.contains(second) && !row.contains(&first), "{row}");
}

#[tokio::test]
async fn five_wrong_codes_lock_it_though_each_of_them_is_refused() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let code = code(&server, id).await;
    let version = order_row(&server, id).await.version;
    // What is no code is nobody's guess, and who may not try does not count.
    let short = consultant.payload(CONFIRM, whole(&server, id, "12345").await).await;
    assert_eq!(code_and_field(&short), json!(["INVALID", ["input", "pickupCode"]]));
    let stranger = staff_of(&server, other_store(&server, &order_row(&server, id).await).await).await;
    let foreign = stranger.payload(CONFIRM, whole(&server, id, &wrong(&code)).await).await;
    assert_eq!(code_and_field(&foreign), json!(["NOT_FOUND", ["input", "orderId"]]));
    assert_eq!(tries(&server, id).await, 0);
    for n in 1..=5 {
        // With a stale version, a used key or none: each guess counts.
        let mut input = whole(&server, id, &wrong(&code)).await;
        input["input"]["expectedVersion"] = json!(if n == 2 { 1 } else { version });
        let refused = consultant.clone().language("en").payload(CONFIRM, input).await;
        assert_eq!(code_and_field(&refused), json!(["INVALID", ["input", "pickupCode"]]), "{n}");
        let message = refused["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains(&format!("{} tries", 5 - n)), "{message}");
        assert_eq!(tries(&server, id).await, n);
    }
    let locked = consultant.payload(CONFIRM, whole(&server, id, &code).await).await;
    assert_eq!(code_and_field(&locked), json!(["LIMIT_REACHED", ["input", "pickupCode"]]));
    assert_eq!(order_row(&server, id).await.status, OrderStatus::ReadyForDelivery);
    assert_eq!(tries(&server, id).await, 5);
    assert_eq!(seen(&customer, id).await, json!({ "pickupCode": null, "pickupCodeLocked": true }));
    assert_eq!(seen(&consultant, id).await["pickupCodeLocked"], true);
    let renewed = customer.payload(RENEW, about(&server, id, json!({})).await).await;
    let fresh = renewed["order"]["delivery"]["pickupCode"].as_str().unwrap().to_owned();
    assert_eq!(renewed["order"]["delivery"]["pickupCodeLocked"], false);
    assert_eq!(tries(&server, id).await, 0);
    let done = consultant.payload(CONFIRM, whole(&server, id, &fresh).await).await;
    assert_eq!(done["userErrors"], json!([]));
    assert_eq!(told(&server, id).await, ["PICKUP_CODE_LOCKED", "PICKUP_CODE_RENEWED", "CONFIRMED"]);
}

#[tokio::test]
async fn of_two_hundred_guesses_at_once_five_are_looked_at() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let code = code(&server, id).await;
    let consultant = server.consultant();
    let mut inputs = Vec::new();
    for n in 1..=200_u32 {
        let guess = format!("{:06}", (code.parse::<u32>().unwrap() + n) % 1_000_000);
        inputs.push(whole(&server, id, &guess).await);
    }
    let answers = join_all(inputs.into_iter().map(|input| consultant.query(CONFIRM, input))).await;
    let codes: Vec<String> = answers
        .iter()
        .map(|answer| answer.data["deliveryHandoverConfirm"]["userErrors"][0]["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes.iter().filter(|code| *code == "INVALID").count(), 5);
    assert_eq!(codes.iter().filter(|code| *code == "LIMIT_REACHED").count(), 195);
    let words: BTreeSet<_> = told(&server, id).await.into_iter().collect();
    assert_eq!(words, BTreeSet::from(["PICKUP_CODE_LOCKED".to_owned()]));
    assert_eq!((tries(&server, id).await, told(&server, id).await.len()), (5, 1));
}
