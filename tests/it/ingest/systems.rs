//! Registered systems: for which organisations and types each may speak, keys that change, and events tried once more.

use chrono::TimeDelta;
use entity::order::order;
use entity::place::{organization, store};
use milepost::identity::signature::of_text;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{MILESTONE, Signed, VEHICLE, ago, demo_order, event, fingerprint, milestones, result, results, words};
use crate::harness::Server;

const REGISTER: &str = "mutation($input: UpstreamSystemRegisterInput!) { upstreamSystemRegister(input: $input) {
    system { id code source eventTypes active version } secret userErrors { code field } } }";

pub async fn register(server: &Server, code: &str, organization: Option<&str>, types: &[&str]) -> (String, Vec<u8>) {
    let input = json!({
        "idempotencyKey": format!("register-{code}"), "code": code, "name": code, "organizationCode": organization,
        "source": format!("urn:test:{code}"), "eventTypes": types,
    });
    let payload = server.operator().payload(REGISTER, json!({ "input": input })).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    let secret = of_text(payload["secret"].as_str().unwrap()).unwrap();
    assert_eq!(secret.len(), 32);
    // The same key does not tell the secret again.
    let again = server.operator().payload(REGISTER, json!({ "input": input })).await;
    assert_eq!((&again["system"]["id"], &again["secret"]), (&payload["system"]["id"], &Value::Null));
    (payload["system"]["id"].as_str().unwrap().to_owned(), secret)
}

pub fn of(code: &str, mut event: Value) -> Value {
    event["source"] = format!("urn:test:{code}").into();
    event
}

/// Sends a signed event; answers the result.
pub async fn signed(server: &Server, code: &str, secret: &[u8], event: Value) -> Value {
    let body = Value::from(vec![event]).to_string().into_bytes();
    let request = Signed { system: code, secret, at: server.app().clock.now(), id: "m" };
    let answer = request.send(server, &body, &body).await;
    assert_eq!(answer.status, 200, "{:#}", answer.json);
    answer.json["results"][0].clone()
}

#[tokio::test]
async fn a_system_speaks_for_its_own_organisation_source_and_types_alone() {
    let server = Server::start().await;
    let db = server.db().conn();
    let order = demo_order(&server).await;
    let own_store = store::Entity::find_by_id(order.store_id).one(db).await.unwrap().unwrap();
    let foreign = order::Entity::find()
        .filter(order::Column::StoreId.ne(order.store_id))
        .filter(order::Column::DeliveryStoreId.ne(order.store_id))
        .filter(order::Column::Status.eq(entity::OrderStatus::InFulfillment))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let own = organization::Entity::find_by_id(own_store.organization_id).one(db).await.unwrap().unwrap();
    let (_, secret) = register(&server, "dms", Some(&own.code), &["cn.milepost.order.*"]).await;
    let arrived = |number: &str| json!({ "orderNumber": number, "code": "ARRIVED", "state": "DONE" });

    let before = fingerprint(&server).await;
    let stranger = of("dms", event("m-1", MILESTONE, Some(ago(&server, 60)), arrived(&foreign.number)));
    let answer = signed(&server, "dms", &secret, stranger).await;
    let told = (answer["outcome"].as_str(), answer["code"].as_str(), answer["field"].as_str());
    assert_eq!(told, (Some("refused"), Some("FOREIGN_ORGANIZATION"), Some("data.orderNumber")));
    let car = of("dms", event("v-1", VEHICLE, None, json!({})));
    assert_eq!(signed(&server, "dms", &secret, car).await["code"], "TYPE_NOT_ALLOWED");
    let other = event("m-2", MILESTONE, None, arrived(&order.number));
    let answer = signed(&server, "dms", &secret, other).await;
    assert_eq!((answer["code"].as_str(), answer["field"].as_str()), (Some("SOURCE_NOT_ALLOWED"), Some("source")));
    assert_eq!(fingerprint(&server).await, before);

    let answer = signed(
        &server,
        "dms",
        &secret,
        of("dms", event("m-3", MILESTONE, Some(ago(&server, 60)), arrived(&order.number))),
    )
    .await;
    assert_eq!(answer["outcome"], "applied", "{answer:#}");
    // Nobody's identity was used up by who may not use it.
    let answer = result(&server.system(), event("m-2", MILESTONE, None, arrived(&order.number))).await;
    assert_eq!(answer["outcome"], "applied", "{answer:#}");
}

#[tokio::test]
async fn keys_change_with_an_overlap_and_a_system_is_switched_off() {
    let server = Server::start().await;
    let operator = server.operator();
    let (id, old) = register(&server, "oms", None, &["*"]).await;
    let rotate = "mutation($input: UpstreamSystemRotateSecretInput!) { upstreamSystemRotateSecret(input: $input) {
        system { version previousSecretUntil } secret userErrors { code field } } }";
    let input = json!({ "idempotencyKey": "r-1", "systemId": id, "expectedVersion": 1, "overlapHours": 1 });
    let payload = operator.payload(rotate, json!({ "input": input })).await;
    assert_eq!((&payload["userErrors"], &payload["system"]["version"]), (&json!([]), &json!(2)));
    let new = of_text(payload["secret"].as_str().unwrap()).unwrap();
    assert_ne!(new, old);
    let try_with = async |server: &Server, secret: &[u8]| {
        let request = Signed { system: "oms", secret, at: server.app().clock.now(), id: "m" };
        request.send(server, b"[]", b"[]").await.status
    };
    assert_eq!((try_with(&server, &old).await, try_with(&server, &new).await), (200, 200));
    let later = Server::setup().beside(&server).clock(TimeDelta::minutes(61)).start().await;
    assert_eq!((try_with(&later, &old).await, try_with(&later, &new).await), (401, 200));

    let update = "mutation($input: UpstreamSystemUpdateInput!) { upstreamSystemUpdate(input: $input) {
        system { active version } userErrors { code field } } }";
    let input = |key: &str, version: i32| json!({ "idempotencyKey": key, "systemId": id, "expectedVersion": version, "active": false });
    let stale = operator.payload(update, json!({ "input": input("u-1", 1) })).await;
    assert_eq!(stale["userErrors"][0]["code"], "VERSION_CONFLICT");
    let off = operator.payload(update, json!({ "input": input("u-2", 2) })).await;
    assert_eq!(off["system"], json!({ "active": false, "version": 3 }));
    assert_eq!(try_with(&server, &new).await, 401);
}

#[tokio::test]
async fn only_operators_register_and_what_is_taken_or_unknown_is_named() {
    let server = Server::start().await;
    let input = |code: &str, source: &str, types: &[&str]| {
        json!({ "input": { "idempotencyKey": format!("{code}{source}"), "code": code, "name": "n", "source": source,
            "eventTypes": types } })
    };
    let before = fingerprint(&server).await;
    for client in [server.customer(), server.consultant(), server.manager(), server.system()] {
        assert_eq!(client.code(REGISTER, input("a", "b", &["*"])).await, "FORBIDDEN");
    }
    for (code, source, types, error, field) in [
        ("demo-oms", "urn:x", &["*"][..], "DUPLICATE", "code"),
        ("x", "urn:yaocen:demo-oms", &["*"], "DUPLICATE", "source"),
        ("x", "urn:x", &["cn.milepost.order.*", "cn.milepost.ord.*"], "NOT_FOUND", "eventTypes"),
        ("", "urn:x", &["*"], "REQUIRED", "code"),
    ] {
        let payload = server.operator().payload(REGISTER, input(code, source, types)).await;
        let first = &payload["userErrors"][0];
        assert_eq!((first["code"].as_str(), first["field"][1].as_str()), (Some(error), Some(field)), "{payload:#}");
        assert_eq!((&payload["system"], &payload["secret"]), (&Value::Null, &Value::Null));
    }
    assert_eq!(fingerprint(&server).await, before);
}

#[tokio::test]
async fn an_operator_sees_what_was_not_done_and_sends_it_through_again() {
    let server = Server::start().await;
    let (operator, system) = (server.operator(), server.system());
    let order = demo_order(&server).await;
    let ready = json!({ "orderNumber": order.number, "code": "READY", "state": "DONE" });
    let unknown = event("x-1", "cn.milepost.nothing.v1", None, json!({}));
    let found = results(&system, &[event("m-1", MILESTONE, Some(ago(&server, 60)), ready), unknown]).await;
    assert_eq!(words(&found), ["held", "refused"]);
    assert_eq!(found[0]["code"], "WAITS_FOR_MILESTONE");
    let list = "query($state: InboundState) { inboundEvents(state: $state, first: 10) { totalCount { value } nodes {
        id reference kind subject state code message field waitsFor attempts system { code } } } }";
    let held = operator.data(list, json!({ "state": "HELD" })).await["inboundEvents"].clone();
    assert_eq!(held["totalCount"]["value"], 1);
    let held = &held["nodes"][0];
    assert_eq!((held["reference"].as_str(), held["system"]["code"].as_str()), (Some("m-1"), Some("demo-oms")));
    assert_eq!(held["message"], found[0]["message"]);
    assert!(held["message"].as_str().unwrap().contains("PDI_DONE"), "{held:#}");
    let refused = operator.data(list, json!({ "state": "REFUSED" })).await["inboundEvents"]["nodes"][0].clone();
    assert_eq!((refused["code"].as_str(), refused["field"].as_str()), (Some("UNKNOWN_TYPE"), Some("type")));

    let replay = "mutation($input: InboundEventReplayInput!) { inboundEventReplay(input: $input) {
        events { reference state attempts code } userErrors { code } } }";
    let input = json!({ "idempotencyKey": "r", "ids": [held["id"], refused["id"]] });
    assert_eq!(system.code(replay, json!({ "input": input })).await, "FORBIDDEN");
    let before = fingerprint(&server).await;
    let tried = operator.payload(replay, json!({ "input": input })).await;
    let states: Vec<_> =
        tried["events"].as_array().unwrap().iter().map(|row| (row["state"].clone(), row["attempts"].clone())).collect();
    assert_eq!(states, [(json!("HELD"), json!(2)), (json!("REFUSED"), json!(2))]);
    // Trying changes nothing of what the events are about; the key of the mutation is kept.
    let after = fingerprint(&server).await;
    let changed: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
    assert_eq!(changed, ["idempotency_record"]);

    // What it waits for comes, and it is done by itself.
    let reached = |id: &str, code: &str, state: &str| {
        event(
            id,
            MILESTONE,
            Some(ago(&server, 50)),
            json!({ "orderNumber": order.number, "code": code, "state": state }),
        )
    };
    let open: Vec<_> = milestones(&server, order.id)
        .await
        .into_iter()
        .filter(|row| row.2.is_none())
        .map(|row| row.0.to_string())
        .collect();
    for (at, code) in ["ARRIVED", "BALANCE_PAID", "PDI_DONE", "INVOICED"].iter().enumerate() {
        if open.iter().any(|open| open == code) {
            let done = result(&system, reached(&format!("w-{at}"), code, "DONE")).await;
            assert_eq!(done["outcome"], "applied", "{done:#}");
        }
    }
    let held = operator.data(list, json!({ "state": "HELD" })).await["inboundEvents"]["nodes"].clone();
    assert_eq!(held, json!([]), "{held:#}");
    assert_eq!(demo_order(&server).await.status, entity::OrderStatus::ReadyForDelivery);
}
