//! `orderPlace`.

use std::collections::BTreeSet;

use entity::catalog::configuration;
use entity::customer::consent;
use entity::order::order;
use entity::place::store;
use entity::{ConsentPurpose, CustomerId, OrderId, SalesModel};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{key, order_in, order_row};
use crate::harness::{Client, Server};

pub const PLACE: &str = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) {
    order { id number status paymentStatus version buyerName total { minorUnits } placedAt contractStartedAt
        customer { id } store { id } salesModel fulfillmentMode city { code } optionCodes
        milestones { code state plannedAt } eta { earliest likely latest confidence revisions { reason } }
        priceBreakdown { payable { minorUnits } } payments { purpose state } timeline { kind toStatus } }
    payment { id purpose method state amount { minorUnits } }
    userErrors { __typename code message field
        ... on PriceChanged { oldTotal { minorUnits } newTotal { minorUnits amount } }
        ... on ConfigurationBlocked { ruleCodes } } } }";

/// An input that the demo customer can order with, but for its total.
pub async fn input(server: &Server) -> Value {
    let db = server.db().conn();
    let order = order_row(server, server.demo.order).await;
    let consent = consent::Entity::find()
        .filter(consent::Column::CustomerId.eq(server.demo.customer))
        .filter(consent::Column::Purpose.eq(ConsentPurpose::ShareWithDealer))
        .filter(consent::Column::WithdrawnAt.is_null())
        .one(db)
        .await
        .unwrap()
        .expect("a consent");
    json!({ "idempotencyKey": key(), "configurationId": order.configuration_id.to_string(),
        "storeId": server.demo.store.to_string(), "cityCode": order.city_code, "stage": "PLACED",
        "expectedTotalMinor": 0, "consentIds": [consent.id.to_string()] })
}

/// The same with the total that the server says.
pub async fn priced(client: &Client, mut input: Value) -> Value {
    let payload = client.payload(PLACE, json!({ "input": input })).await;
    let error = &payload["userErrors"][0];
    assert_eq!(error["__typename"], "PriceChanged", "{payload:#}");
    assert_eq!(error["oldTotal"]["minorUnits"], 0);
    input["expectedTotalMinor"] = error["newTotal"]["minorUnits"].clone();
    input["idempotencyKey"] = json!(key());
    input
}

#[tokio::test]
async fn an_order_is_made_whole() {
    let server = Server::start().await;
    let customer = server.customer();
    let input = priced(&customer, input(&server).await).await;
    let payload = customer.payload(PLACE, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"], json!([]));
    let order = &payload["order"];
    assert_eq!(order["status"], "DRAFT", "until the deposit has arrived");
    assert_eq!((&order["paymentStatus"], &order["version"]), (&json!("NONE"), &json!(1)));
    assert_eq!((&order["placedAt"], &order["contractStartedAt"]), (&json!(null), &json!(null)));
    assert_eq!(order["total"]["minorUnits"], input["expectedTotalMinor"]);
    assert_eq!(order["priceBreakdown"]["payable"]["minorUnits"], input["expectedTotalMinor"]);
    assert_eq!(order["customer"]["id"], server.demo.customer.to_string());
    assert_eq!(order["fulfillmentMode"], "BUILD_TO_ORDER");
    assert!(!order["buyerName"].as_str().unwrap().contains('*'));
    let milestones = order["milestones"].as_array().unwrap();
    assert_eq!(milestones.len(), 24);
    assert!(milestones.iter().all(|milestone| milestone["state"] == "PENDING"));
    let ready = milestones.iter().find(|milestone| milestone["code"] == "READY").unwrap();
    assert!(ready["plannedAt"].is_string());
    assert_eq!(order["eta"]["confidence"], "LOW");
    assert_eq!(order["eta"]["revisions"], json!([{ "reason": "INITIAL" }]));
    assert_eq!(order["timeline"], json!([{ "kind": "PLACED", "toStatus": "DRAFT" }]));
    let payment = &payload["payment"];
    assert_eq!((&payment["purpose"], &payment["state"]), (&json!("EARNEST_DEPOSIT"), &json!("CREATED")));
    assert_eq!(payment["amount"]["minorUnits"], 500_000);
    let day = milepost::values::calendar::day(server.app().clock.now());
    assert!(order["number"].as_str().unwrap().starts_with(&format!("YC{}", day.format("%y%m%d"))));
    let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
    for stream in
        [format!("order:{id}"), format!("store:{}", server.demo.store), format!("customer:{}", server.demo.customer)]
    {
        let events = milepost::events::log::read(server.db().conn(), &stream, 0, 10_000).await.unwrap();
        let last = events.last().unwrap();
        assert_eq!((last.kind, last.aggregate_id.as_str()), (entity::EventKind::OrderPlaced, id.to_string().as_str()));
    }
}

#[tokio::test]
async fn an_intention_has_its_small_deposit_and_a_stock_car_no_production() {
    let server = Server::start().await;
    let customer = server.customer();
    let mut input = priced(&customer, input(&server).await).await;
    input["stage"] = json!("INTENTION");
    input["fulfillmentMode"] = json!("BUILD_TO_STOCK");
    input["paymentMethod"] = json!("ALIPAY");
    input["buyerName"] = json!("欧阳娜娜");
    let payload = customer.payload(PLACE, json!({ "input": input })).await;
    assert_eq!(payload["payment"]["amount"]["minorUnits"], 9_900, "{payload}");
    assert_eq!(payload["payment"]["method"], "ALIPAY");
    assert_eq!(payload["order"]["buyerName"], "欧阳娜娜");
    assert_eq!(super::state_of(&payload["order"], "OFF_LINE"), "SKIPPED");
}

#[tokio::test]
async fn a_key_orders_once() {
    let server = Server::start().await;
    let customer = server.customer();
    let input = priced(&customer, input(&server).await).await;
    let count = || async { order::Entity::find().count(server.db().conn()).await.unwrap() };
    let before = count().await;
    let answers = join_all((0..5).map(|_| customer.query(PLACE, json!({ "input": input })))).await;
    let ids: BTreeSet<String> = answers.iter().map(|a| a.data["orderPlace"]["order"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{answers:#?}");
    assert_eq!(answers.iter().filter(|a| a.json["extensions"]["idempotency"]["replayed"] == true).count(), 4);
    assert_eq!(count().await, before + 1);
    let mut other = input.clone();
    other["stage"] = json!("INTENTION");
    let payload = customer.payload(PLACE, json!({ "input": other })).await;
    assert_eq!(payload["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn twenty_at_once_have_twenty_numbers() {
    let server = Server::start().await;
    let customer = server.customer();
    let input = priced(&customer, input(&server).await).await;
    let answers = join_all((0..20).map(|_| {
        let mut input = input.clone();
        input["idempotencyKey"] = json!(key());
        let customer = customer.clone();
        async move { customer.payload(PLACE, json!({ "input": input })).await }
    }))
    .await;
    let numbers: BTreeSet<String> = answers
        .iter()
        .map(|payload| payload["order"]["number"].as_str().unwrap_or_else(|| panic!("{payload:#}")).to_owned())
        .collect();
    assert_eq!(numbers.len(), 20);
    let counter = |number: &String| number[8..].parse::<u32>().unwrap();
    let (first, last) = (numbers.first().map(counter).unwrap(), numbers.last().map(counter).unwrap());
    assert_eq!(last - first, 19, "without gaps");
}

#[tokio::test]
async fn every_error_of_an_input_comes_at_once() {
    let server = Server::start().await;
    let mut input = input(&server).await;
    let store = entity::StoreId::generate().to_string();
    input["configurationId"] = json!("cfg_nonsense");
    input["storeId"] = json!(store);
    input["buyerName"] = json!("  ");
    input["consentIds"] = json!([entity::ConsentId::generate().to_string(), "x"]);
    let payload = server.customer().payload(PLACE, json!({ "input": input })).await;
    let errors: Vec<(String, String)> = payload["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let path: Vec<_> = e["field"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
            (e["code"].as_str().unwrap().to_owned(), path[1..].join("."))
        })
        .collect();
    let wanted = [
        ("INVALID_ID", "configurationId"),
        ("NOT_FOUND", "storeId"),
        ("REQUIRED", "buyerName"),
        ("NOT_FOUND", "consentIds.0"),
        ("INVALID_ID", "consentIds.1"),
    ];
    assert_eq!(errors, wanted.map(|(code, field)| (code.to_owned(), field.to_owned())));
}

#[tokio::test]
async fn what_is_not_ones_own_cannot_be_ordered_and_only_customers_order() {
    let server = Server::start().await;
    let customer = server.customer();
    let good = priced(&customer, input(&server).await).await;
    let foreign = configuration::Entity::find()
        .filter(configuration::Column::CustomerId.is_not_null())
        .filter(configuration::Column::CustomerId.ne(server.demo.customer))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let mut other = good.clone();
    other["configurationId"] = json!(foreign.id.to_string());
    let payload = customer.payload(PLACE, json!({ "input": other })).await;
    assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND");
    let mut nowhere = good.clone();
    nowhere["cityCode"] = json!("999999");
    let payload = customer.payload(PLACE, json!({ "input": nowhere })).await;
    assert_eq!(payload["userErrors"][0]["field"], json!(["input", "cityCode"]));
    assert_eq!(server.consultant().code(PLACE, json!({ "input": good })).await, "FORBIDDEN");
    assert_eq!(server.anonymous().code(PLACE, json!({ "input": good })).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_agent_or_dealer_needs_a_consent_of_its_own() {
    let server = Server::start().await;
    let agent = store::Entity::find()
        .filter(store::Column::SalesModel.ne(SalesModel::Direct))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let customer = server.customer();
    let mut input = priced(&customer, input(&server).await).await;
    input["storeId"] = json!(agent.id.to_string());
    let consents = input["consentIds"].take();
    input["consentIds"] = json!([]);
    let payload = customer.payload(PLACE, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"][0]["code"], "CONSENT_REQUIRED");
    input["consentIds"] = consents;
    let payload = customer.payload(PLACE, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["order"]["salesModel"], agent.sales_model.to_string());
    // Another customer's consent is no consent.
    let stranger: CustomerId = order_in(&server, entity::OrderStatus::Placed).await.customer_id;
    let theirs = consent::Entity::find()
        .filter(consent::Column::CustomerId.eq(stranger))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    input["consentIds"] = json!([theirs.id.to_string()]);
    input["idempotencyKey"] = json!(key());
    let payload = customer.payload(PLACE, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"][0]["field"], json!(["input", "consentIds", "0"]));
}
