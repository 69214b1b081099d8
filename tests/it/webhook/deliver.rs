//! What is delivered, how it is signed, and by how many.

use std::collections::BTreeMap;
use std::time::Duration;

use entity::webhook::delivery;
use entity::{EventKind, MilestoneCode, MilestoneState, WebhookDeliveryState};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

use super::receiver::{Receiver, answer};
use super::{CREATE, attempts, deliveries, endpoint_row, happen, happen_of, register, setup, until};
use crate::harness::Server;
use crate::order::feed::report;
use crate::order::key;

#[tokio::test]
async fn an_event_is_delivered_once_and_signed() {
    let server = Server::start().await;
    let receiver = Receiver::start().await;
    let registered = register(&server, &receiver.url()).await;
    let now = server.app().clock.now().timestamp();
    report(&server, MilestoneCode::Arrived, MilestoneState::Done).await;
    let message = receiver.count(1).await.remove(0);

    assert!(message.is_signed_with(&registered.secret), "{message:?}");
    assert!(!message.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    let timestamp: i64 = message.timestamp.parse().unwrap();
    assert!((now..now + 20).contains(&timestamp));
    let body = message.json();
    assert_eq!(
        (&body["id"], body["stream"].as_str()),
        (&json!(message.id), Some(&*format!("order:{}", server.demo.order)))
    );
    assert_eq!(body["subject"]["id"], server.demo.order.to_string());
    let mut keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, ["data", "id", "occurredAt", "sequence", "stream", "subject", "type"]);

    until("all are settled", || async {
        let rows = deliveries(&server, registered.id).await;
        !rows.is_empty() && rows.iter().all(|row| row.state == WebhookDeliveryState::Delivered)
    })
    .await;
    let rows = deliveries(&server, registered.id).await;
    let told: Vec<_> = receiver.seen().iter().map(|seen| seen.id.clone()).collect();
    assert_eq!(told.len(), rows.len(), "each once");
    for row in &rows {
        assert!(told.contains(&row.event_id.to_string()));
        assert_eq!((row.attempts, row.last_status, row.last_failure), (1, Some(204), None));
        let log = attempts(&server, row).await;
        assert_eq!((log.len(), log[0].status, log[0].failure, log[0].answer.clone()), (1, Some(204), None, None));
    }

    // What operators see of it.
    let document = "query($id: ID!) { webhookDeliveries(endpointId: $id, state: DELIVERED, first: 50) {
        totalCount { value } nodes { eventId state attemptCount nextAttemptAt endpoint { url }
            attempts { status failure answer } } } }";
    let list = server.operator().data(document, json!({ "id": registered.id.to_string() })).await;
    let list = &list["webhookDeliveries"];
    assert_eq!(list["totalCount"]["value"], rows.len());
    let node = &list["nodes"][0];
    assert_eq!(node["endpoint"]["url"], receiver.url());
    assert_eq!(node["attempts"], json!([{ "status": 204, "failure": null, "answer": null }]));
    assert_eq!((&node["attemptCount"], &node["nextAttemptAt"]), (&json!(1), &json!(null)));
}

#[tokio::test]
async fn an_endpoint_is_told_of_its_kinds_from_its_beginning_on() {
    let server = Server::start().await;
    let receiver = Receiver::start().await;
    happen(&server, "early:1", 1).await;
    let kinds = json!(["TIER_CHANGED", "ORDER_PLACED", "TIER_CHANGED"]);
    let input = json!({ "idempotencyKey": key(), "url": receiver.url(), "kinds": kinds });
    let payload = server.operator().payload(CREATE, json!({ "input": input })).await;
    assert_eq!(payload["endpoint"]["kinds"], json!(["ORDER_PLACED", "TIER_CHANGED"]));
    for (version, kind) in [(1, EventKind::EtaChanged), (2, EventKind::TierChanged), (3, EventKind::OrderPlaced)] {
        happen_of(&server, "thing:1", version, kind).await;
    }
    receiver.count(2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let told: Vec<_> = receiver.seen().iter().map(|seen| seen.what()).collect();
    assert_eq!(told, [("thing:1".to_owned(), 2), ("thing:1".to_owned(), 3)]);
}

#[tokio::test]
async fn two_gateways_share_the_work_and_deliver_nothing_twice() {
    let one = setup(5_000).setting("MILEPOST_WEBHOOKS__AT_ONCE_PER_ENDPOINT", "3").start().await;
    let two = setup(5_000).setting("MILEPOST_WEBHOOKS__AT_ONCE_PER_ENDPOINT", "3").beside(&one).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| super::receiver::Answer { after: Duration::from_millis(15), ..answer(200) });
    let registered = register(&one, &receiver.url()).await;
    for version in 1..=6 {
        for stream in 0..12 {
            happen(if stream % 2 == 0 { &one } else { &two }, &format!("thing:{stream}"), version).await;
        }
    }
    until("all are delivered", || async {
        let rows = deliveries(&one, registered.id).await;
        rows.len() == 72 && rows.iter().all(|row| row.state == WebhookDeliveryState::Delivered)
    })
    .await;
    let mut streams: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for seen in receiver.seen() {
        let (stream, version) = seen.what();
        streams.entry(stream).or_default().push(version);
    }
    assert_eq!(streams.len(), 12);
    for (stream, versions) in streams {
        assert_eq!(versions, [1, 2, 3, 4, 5, 6], "{stream}: each once and in order");
    }
}

#[tokio::test]
async fn both_secrets_sign_while_one_follows_the_other() {
    let server = Server::start().await;
    let receiver = Receiver::start().await;
    let registered = register(&server, &receiver.url()).await;
    let document = "mutation($input: WebhookEndpointRotateSecretInput!) { webhookEndpointRotateSecret(input: $input) {
        secret endpoint { version previousSecretUntil } userErrors { code field } } }";
    let rotate = |version: i32, hours: i32, key: String| {
        let input = json!({ "idempotencyKey": key, "endpointId": registered.id.to_string(),
            "expectedVersion": version, "overlapHours": hours });
        let operator = server.operator();
        async move { operator.payload(document, json!({ "input": input })).await }
    };
    let first_key = key();
    let rotated = rotate(1, 1, first_key.clone()).await;
    let second = rotated["secret"].as_str().unwrap().to_owned();
    assert_eq!(rotated["endpoint"]["version"], 2);
    assert_eq!(rotate(1, 1, first_key).await["secret"], json!(null), "a secret is shown once");
    happen(&server, "thing:1", 1).await;
    let message = receiver.count(1).await.remove(0);
    assert!(message.is_signed_with(&registered.secret) && message.is_signed_with(&second));
    assert_eq!(message.signature.split(' ').count(), 2);

    let third = rotate(2, 0, key()).await["secret"].as_str().unwrap().to_owned();
    happen(&server, "thing:1", 2).await;
    let message = receiver.count(2).await.remove(1);
    assert!(message.is_signed_with(&third) && !message.is_signed_with(&second));
    assert_eq!(message.signature.split(' ').count(), 1);

    let wrong = rotate(3, 169, key()).await;
    assert_eq!(wrong["userErrors"], json!([{ "code": "INVALID", "field": ["input", "overlapHours"] }]));
    assert_eq!(endpoint_row(&server, registered.id).await.version, 3);
    // Nothing of a secret stands in the table in clear.
    let row = endpoint_row(&server, registered.id).await;
    for secret in [&registered.secret, &second, &third] {
        let clear = secret.as_bytes();
        for sealed in [Some(&row.secret), row.previous_secret.as_ref()].into_iter().flatten() {
            assert!(!sealed.0.windows(12).any(|part| clear.windows(12).any(|own| own == part)));
        }
    }
}

/// The gateway dies after the receiver has the message and before that is written down.
#[tokio::test]
async fn what_a_gateway_dies_over_is_repeated_with_the_same_id() {
    let base = Server::setup().setting("MILEPOST_WEBHOOKS__AT_ONCE", "1").start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| super::receiver::Answer { after: Duration::from_secs(60), ..answer(200) });
    let registered = register(&base, &receiver.url()).await;
    happen(&base, "thing:1", 1).await;
    let first = receiver.count(1).await.remove(0);
    let beside = Server::setup().beside(&base).start().await;
    base.shutdown().await.expect("it ends");
    let row = deliveries(&beside, registered.id).await.remove(0);
    assert_eq!((row.state, row.attempts, row.lease), (WebhookDeliveryState::Pending, 0, 1), "nobody knows");

    receiver.answers(|_| answer(200));
    // The lease runs out.
    let over =
        delivery::ActiveModel { id: Set(row.id), next_attempt_at: Set(beside.app().clock.now()), ..Default::default() };
    delivery::Entity::update(over).exec(beside.db().conn()).await.unwrap();
    let second = receiver.count(2).await.remove(1);
    assert_eq!((&second.id, &second.body), (&first.id, &first.body));
    assert!(second.is_signed_with(&registered.secret));
    until("it is settled", || async {
        deliveries(&beside, registered.id).await[0].state == WebhookDeliveryState::Delivered
    })
    .await;
    assert_eq!(receiver.seen().len(), 2);
}
