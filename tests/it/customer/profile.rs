//! `customerProfileUpdate`.

use entity::log::event;
use entity::{EventKind, StoreId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{newcomer, row_of};
use crate::harness::{Client, Server};

const UPDATE: &str = "mutation($input: CustomerProfileUpdateInput!) { customerProfileUpdate(input: $input) {
    customer { id version displayName realName email address gender birthMonth homeCityCode homeCity { code }
      preferredStore { id } preferredLocale profileCompleteness { percent missing } loyalty { balance } }
    userErrors { code field message ... on VersionConflict { currentVersion currentId } } } }";

async fn update(client: &Client, key: &str, mut input: Value) -> Value {
    input["idempotencyKey"] = key.into();
    client.payload(UPDATE, json!({ "input": input })).await
}

fn codes(payload: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    payload["userErrors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| {
            (
                error["field"].as_array().map_or(String::new(), |f| f.iter().map(text).collect::<Vec<_>>().join(".")),
                text(&error["code"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_wrong_field_is_named_and_nothing_changes() {
    let server = Server::start().await;
    let before = row_of(&server, server.demo.customer).await;
    let payload = update(
        &server.customer(),
        "k",
        json!({
            "displayName": "x".repeat(5000), "realName": "***", "email": "nobody", "address": "a\u{202e}b",
            "birthMonth": 13, "homeCityCode": "990000", "preferredStoreId": StoreId::generate().to_string(),
        }),
    )
    .await;
    let wrong = [
        ("input.displayName", "INVALID"),
        ("input.realName", "INVALID"),
        ("input.email", "INVALID"),
        ("input.address", "INVALID"),
        ("input.birthMonth", "INVALID"),
        ("input.homeCityCode", "INVALID"),
        ("input.preferredStoreId", "NOT_FOUND"),
    ];
    assert_eq!(codes(&payload), wrong.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(payload["customer"], Value::Null);
    assert_eq!(payload["userErrors"][0]["message"], "At most 60 characters.");
    assert_eq!(row_of(&server, server.demo.customer).await, before);

    let payload = update(&server.customer(), "k2", json!({ "displayName": null, "preferredStoreId": "cus_1" })).await;
    let wrong = [("input.displayName", "REQUIRED"), ("input.preferredStoreId", "INVALID_ID")];
    assert_eq!(codes(&payload), wrong.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(row_of(&server, server.demo.customer).await, before);
}

#[tokio::test]
async fn named_fields_change_null_clears_and_the_rest_stays() {
    let server = Server::start().await;
    let customer = server.customer();
    let before = row_of(&server, server.demo.customer).await;
    let input = json!({
        "displayName": " 阿丰 ", "realName": "张三丰", "email": "San@Example.COM", "gender": "MALE", "birthMonth": 2,
        "homeCityCode": "310115", "preferredStoreId": server.demo.store.to_string(), "preferredLocale": "EN",
    });
    let payload = update(&customer, "k1", input.clone()).await;
    assert_eq!(codes(&payload), []);
    let changed = &payload["customer"];
    assert_eq!(changed["version"], before.version + 1);
    assert_eq!(changed["displayName"], "阿丰");
    assert_eq!(changed["email"], "San@example.com");
    assert_eq!(changed["homeCityCode"], "310100");
    assert_eq!(changed["preferredStore"]["id"], server.demo.store.to_string());
    assert_eq!(changed["preferredLocale"], "EN");

    // The same again is the same answer; the key with another input is refused, be it only null for absent.
    let again = customer
        .query(
            UPDATE,
            json!({ "input": { "idempotencyKey": "k1", "displayName": " 阿丰 ", "realName": "张三丰",
        "email": "San@Example.COM", "gender": "MALE", "birthMonth": 2, "homeCityCode": "310115",
        "preferredStoreId": server.demo.store.to_string(), "preferredLocale": "EN" } }),
        )
        .await;
    assert_eq!(again.json["extensions"]["idempotency"]["replayed"], true);
    assert_eq!(again.data["customerProfileUpdate"]["customer"]["version"], before.version + 1);
    let mut other = input;
    other["address"] = Value::Null;
    assert_eq!(codes(&update(&customer, "k1", other).await)[0].1, "IDEMPOTENCY_KEY_REUSED");

    let payload = update(&customer, "k2", json!({ "email": null, "birthMonth": null, "gender": null })).await;
    let changed = &payload["customer"];
    assert_eq!((&changed["email"], &changed["birthMonth"]), (&Value::Null, &Value::Null));
    assert_eq!((&changed["gender"], &changed["realName"]), (&json!("UNKNOWN"), &json!("张三丰")));
    assert_eq!(changed["version"], before.version + 2);
    assert_eq!(update(&customer, "k3", json!({})).await["customer"]["version"], before.version + 2);

    let logged = event::Entity::find()
        .filter(event::Column::Stream.eq(format!("customer:{}", server.demo.customer)))
        .filter(event::Column::Kind.eq(EventKind::CustomerProfileChanged))
        .order_by_desc(event::Column::Sequence)
        .one(server.db().conn())
        .await
        .expect("an answer")
        .expect("an event");
    assert_eq!(logged.payload, json!({ "fields": ["email", "gender", "birthMonth"] }));
    assert_eq!(logged.aggregate_version, before.version + 2);
}

#[tokio::test]
async fn a_version_that_has_passed_is_a_conflict() {
    let server = Server::start().await;
    let customer = server.customer();
    let version = row_of(&server, server.demo.customer).await.version;
    let input = json!({ "displayName": "A", "expectedVersion": version });
    assert_eq!(codes(&update(&customer, "k1", input.clone()).await), []);
    let payload = update(&customer, "k2", input).await;
    let error = &payload["userErrors"][0];
    assert_eq!((&error["code"], &error["currentVersion"]), (&json!("VERSION_CONFLICT"), &json!(version + 1)));
    assert_eq!(error["currentId"], server.demo.customer.to_string());
    assert_eq!(row_of(&server, server.demo.customer).await.version, version + 1);
}

#[tokio::test]
async fn a_complete_profile_earns_its_points_once() {
    let server = Server::start().await;
    let id = newcomer(&server, "T1").await;
    super::known_as(&server, id, "+8613800009999").await;
    let customer = server.customer_with(id);
    let rest = json!({ "gender": "FEMALE", "birthMonth": 5, "homeCityCode": "310100", "preferredStoreId": server.demo.store.to_string() });
    let payload = update(&customer, "k1", rest).await;
    assert_eq!(payload["customer"]["profileCompleteness"], json!({ "percent": 100, "missing": [] }));
    assert_eq!(payload["customer"]["loyalty"]["balance"], 200);
    let payload = update(&customer, "k2", json!({ "birthMonth": null })).await;
    assert_eq!(payload["customer"]["profileCompleteness"], json!({ "percent": 85, "missing": ["birthMonth"] }));
    let payload = update(&customer, "k3", json!({ "birthMonth": 5 })).await;
    assert_eq!(payload["customer"]["loyalty"]["balance"], 200);
}

#[tokio::test]
async fn nobody_changes_another_ones_profile() {
    let server = Server::start().await;
    let input = json!({ "input": { "idempotencyKey": "k", "displayName": "A" } });
    assert_eq!(server.anonymous().code(UPDATE, input.clone()).await, "UNAUTHENTICATED");
    for client in [server.consultant(), server.manager(), server.operator(), server.system()] {
        assert_eq!(client.code(UPDATE, input.clone()).await, "FORBIDDEN");
    }
}
