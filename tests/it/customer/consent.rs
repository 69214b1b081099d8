//! `consentGrant` and `consentWithdraw`.

use entity::customer::consent;
use entity::{ConsentId, ConsentPurpose, CustomerId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::newcomer;
use crate::harness::{Client, Server};

const GRANT: &str = "mutation($input: ConsentGrantInput!) { consentGrant(input: $input) {
    consent { id purpose documentVersion withdrawnAt } userErrors { code field } } }";
const WITHDRAW: &str = "mutation($input: ConsentWithdrawInput!) { consentWithdraw(input: $input) {
    consent { id purpose withdrawnAt } userErrors { code field message } } }";

async fn grant(client: &Client, key: &str, purpose: &str, version: &str) -> Value {
    let input = json!({ "idempotencyKey": key, "purpose": purpose, "documentVersion": version });
    client.payload(GRANT, json!({ "input": input })).await
}

async fn withdraw(client: &Client, key: &str, mut input: Value) -> Value {
    input["idempotencyKey"] = key.into();
    client.payload(WITHDRAW, json!({ "input": input })).await
}

async fn rows(server: &Server, customer: CustomerId, purpose: ConsentPurpose) -> Vec<consent::Model> {
    consent::Entity::find()
        .filter(consent::Column::CustomerId.eq(customer))
        .filter(consent::Column::Purpose.eq(purpose))
        .all(server.db().conn())
        .await
        .expect("consents")
}

#[tokio::test]
async fn granting_twice_is_granting_once_and_a_new_text_replaces() {
    let server = Server::start().await;
    let id = newcomer(&server, "T1").await;
    let customer = server.customer_with(id);
    let first = grant(&customer, "k1", "CROSS_BORDER", "v1").await["consent"].clone();
    assert_eq!(first["withdrawnAt"], Value::Null);
    for key in ["k1", "k2"] {
        assert_eq!(grant(&customer, key, "CROSS_BORDER", "v1").await["consent"], first);
    }
    let second = grant(&customer, "k3", "CROSS_BORDER", "v2").await["consent"].clone();
    assert_ne!(second["id"], first["id"]);
    let rows = rows(&server, id, ConsentPurpose::CrossBorder).await;
    let open: Vec<String> = rows.iter().filter(|r| r.withdrawn_at.is_none()).map(|r| r.id.to_string()).collect();
    assert_eq!((rows.len(), open), (2, vec![second["id"].as_str().expect("an id").to_owned()]));
    assert_eq!(grant(&customer, "k4", "MARKETING", &"v".repeat(41)).await["userErrors"][0]["code"], "INVALID");
    assert_eq!(grant(&customer, "k5", "MARKETING", " ").await["userErrors"][0]["code"], "REQUIRED");
}

#[tokio::test]
async fn many_grants_at_once_make_one_row() {
    let server = Server::start().await;
    let id = newcomer(&server, "T1").await;
    let customer = server.customer_with(id);
    let keys: Vec<String> = (0..20).map(|n| format!("k{n}")).collect();
    let all = futures_util::future::join_all(keys.iter().map(|key| grant(&customer, key, "MARKETING", "v1"))).await;
    assert!(all.iter().all(|payload| payload["consent"]["id"] == all[0]["consent"]["id"]));
    assert_eq!(rows(&server, id, ConsentPurpose::Marketing).await.len(), 1);
}

#[tokio::test]
async fn withdrawing_is_as_easy_and_counts_once() {
    let server = Server::start().await;
    let id = newcomer(&server, "T1").await;
    let customer = server.customer_with(id);
    assert_eq!(
        withdraw(&customer, "k0", json!({ "purpose": "MARKETING" })).await,
        json!({ "consent": null, "userErrors": [] })
    );
    let granted = grant(&customer, "k1", "MARKETING", "v1").await["consent"]["id"].clone();
    let first = withdraw(&customer, "k2", json!({ "purpose": "MARKETING" })).await["consent"].clone();
    assert_eq!(first["id"], granted);
    assert!(first["withdrawnAt"].is_string());
    for (key, input) in [
        ("k2", json!({ "purpose": "MARKETING" })),
        ("k3", json!({ "purpose": "MARKETING" })),
        ("k4", json!({ "consentId": granted })),
    ] {
        assert_eq!(withdraw(&customer, key, input).await["consent"], first, "with {key}");
    }
    let again = grant(&customer, "k5", "MARKETING", "v1").await["consent"]["id"].clone();
    assert_ne!(again, granted);
    // The old consent's withdrawal is over; the new one stays.
    assert_eq!(withdraw(&customer, "k6", json!({ "consentId": granted })).await["consent"], first);
    assert_eq!(withdraw(&customer, "k7", json!({ "consentId": again })).await["consent"]["id"], again);
    assert!(rows(&server, id, ConsentPurpose::Marketing).await.iter().all(|row| row.withdrawn_at.is_some()));
}

#[tokio::test]
async fn the_account_waits_for_an_open_order() {
    let server = Server::start().await;
    let payload = withdraw(&server.customer(), "k1", json!({ "purpose": "ACCOUNT" })).await;
    let error = &payload["userErrors"][0];
    assert_eq!((&error["code"], &error["field"]), (&json!("NOT_ELIGIBLE"), &json!(["input", "purpose"])));
    assert_eq!(payload["consent"], Value::Null);
    assert!(
        rows(&server, server.demo.customer, ConsentPurpose::Account).await.iter().any(|row| row.withdrawn_at.is_none())
    );
    let free = server.customer_with(newcomer(&server, "T1").await);
    grant(&free, "k1", "ACCOUNT", "v1").await;
    let payload = withdraw(&free, "k2", json!({ "purpose": "ACCOUNT" })).await;
    assert!(payload["consent"]["withdrawnAt"].is_string());
}

#[tokio::test]
async fn consents_are_ones_own() {
    let server = Server::start().await;
    let input = json!({ "input": { "idempotencyKey": "k", "purpose": "MARKETING", "documentVersion": "v1" } });
    assert_eq!(server.anonymous().code(GRANT, input.clone()).await, "UNAUTHENTICATED");
    for client in [server.consultant(), server.operator(), server.system()] {
        assert_eq!(client.code(GRANT, input.clone()).await, "FORBIDDEN");
        let input = json!({ "input": { "idempotencyKey": "k", "purpose": "MARKETING" } });
        assert_eq!(client.code(WITHDRAW, input).await, "FORBIDDEN");
    }
    let stranger = server.customer_with(newcomer(&server, "T1").await);
    let foreign = rows(&server, server.demo.customer, ConsentPurpose::Account).await[0].id;
    for (input, code) in [
        (json!({ "consentId": foreign.to_string() }), "NOT_FOUND"),
        (json!({ "consentId": ConsentId::generate().to_string() }), "NOT_FOUND"),
        (json!({ "consentId": "ord_1" }), "INVALID_ID"),
        (json!({}), "REQUIRED"),
        (json!({ "purpose": "MARKETING", "consentId": foreign.to_string() }), "REQUIRED"),
    ] {
        assert_eq!(withdraw(&stranger, "k1", input.clone()).await["userErrors"][0]["code"], code, "of {input}");
    }
}
