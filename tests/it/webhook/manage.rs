//! Registering, changing and forgetting endpoints: for operators alone, and after a refusal nothing has changed.

use entity::webhook::{attempt, delivery, endpoint};
use entity::{WebhookDeliveryState, WebhookEndpointId, WebhookState};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::receiver::Receiver;
use super::{CREATE, change, deliveries, endpoint_row, happen, register, until};
use crate::harness::Server;
use crate::order::key;

#[tokio::test]
async fn only_operators_have_to_do_with_webhooks() {
    let server = Server::start().await;
    let input = json!({ "input": { "idempotencyKey": key(), "url": "https://example.com/", "kinds": [] } });
    let list = "{ webhookEndpoints(first: 1) { nodes { id } } }";
    for client in [server.customer(), server.consultant(), server.manager(), server.system()] {
        assert_eq!(client.code(CREATE, input.clone()).await, "FORBIDDEN");
        assert_eq!(client.code(list, json!({})).await, "FORBIDDEN");
    }
    assert_eq!(server.anonymous().code(CREATE, input).await, "UNAUTHENTICATED");
    assert_eq!(endpoint::Entity::find().count(server.db().conn()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_said_all_at_once() {
    let server = Server::start().await;
    let input =
        json!({ "idempotencyKey": key(), "url": "ftp://example.com/", "description": "x".repeat(201), "kinds": [] });
    let payload = server.operator().payload(CREATE, json!({ "input": input })).await;
    let fields: Vec<_> = payload["userErrors"].as_array().unwrap().iter().map(|error| &error["field"][1]).collect();
    assert_eq!(fields, ["url", "description"]);
    assert_eq!((&payload["endpoint"], &payload["secret"]), (&json!(null), &json!(null)));
    assert_eq!(endpoint::Entity::find().count(server.db().conn()).await.unwrap(), 0);
}

#[tokio::test]
async fn one_key_registers_one_endpoint_and_shows_its_secret_once() {
    let server = Server::start().await;
    let input = json!({ "input": { "idempotencyKey": key(), "url": "https://example.com/hook", "kinds": [] } });
    let first = server.operator().payload(CREATE, input.clone()).await;
    let second = server.operator().payload(CREATE, input).await;
    assert_eq!(first["endpoint"], second["endpoint"]);
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(second["secret"], json!(null));
    assert_eq!(endpoint::Entity::find().count(server.db().conn()).await.unwrap(), 1);
    let kept = entity::log::idempotency::Entity::find().all(server.db().conn()).await.unwrap();
    let secret = first["secret"].as_str().unwrap();
    assert!(kept.iter().all(|row| !row.outcome.as_ref().is_some_and(|json| json.to_string().contains(secret))));
}

const UPDATE: &str = "mutation($input: WebhookEndpointUpdateInput!) { webhookEndpointUpdate(input: $input) {
    endpoint { url description kinds version } userErrors { code field ... on VersionConflict { currentVersion } } } }";

#[tokio::test]
async fn an_endpoint_is_changed_in_the_version_that_was_read() {
    let server = Server::start().await;
    let id = register(&server, "http://127.0.0.1:9/").await.id;
    let update = |version: i32, url: &str| {
        let input =
            json!({ "idempotencyKey": key(), "endpointId": id.to_string(), "expectedVersion": version, "url": url });
        let operator = server.operator();
        async move { operator.payload(UPDATE, json!({ "input": input })).await }
    };
    let changed = update(1, "http://127.0.0.1:9/other").await;
    let now = json!({ "url": "http://127.0.0.1:9/other", "description": "", "kinds": [], "version": 2 });
    assert_eq!(changed, json!({ "endpoint": now, "userErrors": [] }));
    let before = endpoint_row(&server, id).await;
    let late = update(1, "http://127.0.0.1:9/late").await;
    let conflict = json!([{ "code": "VERSION_CONFLICT", "field": ["input", "expectedVersion"], "currentVersion": 2 }]);
    assert_eq!(late, json!({ "endpoint": null, "userErrors": conflict }));
    let wrong = update(2, "nowhere").await;
    assert_eq!(wrong["userErrors"], json!([{ "code": "INVALID", "field": ["input", "url"] }]));
    assert_eq!(endpoint_row(&server, id).await, before);
}

#[tokio::test]
async fn a_pause_ends_with_what_was_kept() {
    let server = Server::start().await;
    let receiver = Receiver::start().await;
    let id = register(&server, &receiver.url()).await.id;
    let refused = change(&server, "webhookEndpointResume", id).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "INVALID_TRANSITION", "field": null }]));
    let paused = change(&server, "webhookEndpointPause", id).await;
    assert_eq!((&paused["endpoint"]["state"], &paused["endpoint"]["reason"]), (&json!("PAUSED"), &json!("OPERATOR")));
    let before = endpoint_row(&server, id).await;
    let refused = change(&server, "webhookEndpointPause", id).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "INVALID_TRANSITION", "field": null }]));
    assert_eq!(endpoint_row(&server, id).await, before);
    for version in 1..=3 {
        happen(&server, "thing:1", version).await;
    }
    until("they are kept", || async { deliveries(&server, id).await.len() == 3 }).await;
    assert_eq!(receiver.seen().len(), 0);
    change(&server, "webhookEndpointResume", id).await;
    let told: Vec<_> = receiver.count(3).await.iter().map(|seen| seen.what().1).collect();
    assert_eq!(told, [1, 2, 3]);
}

#[tokio::test]
async fn with_an_endpoint_goes_what_was_delivered_to_it() {
    let server = Server::start().await;
    let receiver = Receiver::start().await;
    let (id, other) = (register(&server, &receiver.url()).await.id, register(&server, &receiver.url()).await.id);
    happen(&server, "thing:1", 1).await;
    for endpoint in [id, other] {
        until("it is delivered", || async {
            deliveries(&server, endpoint).await.iter().any(|row| row.state == WebhookDeliveryState::Delivered)
        })
        .await;
    }
    let document = "mutation($input: WebhookEndpointInput!) { webhookEndpointDelete(input: $input) {
        deletedId userErrors { code field } } }";
    let delete = |id: WebhookEndpointId, version: i32| {
        let input = json!({ "idempotencyKey": key(), "endpointId": id.to_string(), "expectedVersion": version });
        let operator = server.operator();
        async move { operator.payload(document, json!({ "input": input })).await }
    };
    let late = delete(id, 2).await;
    assert_eq!((&late["deletedId"], &late["userErrors"][0]["code"]), (&json!(null), &json!("VERSION_CONFLICT")));
    assert_eq!(endpoint_row(&server, id).await.state, WebhookState::Active);
    assert_eq!(delete(id, 1).await, json!({ "deletedId": id.to_string(), "userErrors": [] }));
    let db = server.db().conn();
    assert_eq!(endpoint::Entity::find().count(db).await.unwrap(), 1);
    assert_eq!(delivery::Entity::find().count(db).await.unwrap(), 1);
    assert_eq!(attempt::Entity::find().count(db).await.unwrap(), 1);
    let gone = delete(id, 1).await;
    assert_eq!(gone["userErrors"], json!([{ "code": "NOT_FOUND", "field": ["input", "endpointId"] }]));
    let document = "query($id: ID!) { webhookEndpoint(id: $id) { id } node(id: $id) { id } }";
    let absent = server.operator().data(document, json!({ "id": id.to_string() })).await;
    assert_eq!(absent, json!({ "webhookEndpoint": null, "node": null }));
}
