//! Endpoints that rest: what waits for them, how they begin again, and how they end.

use std::time::Duration;

use chrono::TimeDelta;
use entity::log::event;
use entity::webhook::{delivery, endpoint};
use entity::{WebhookDeliveryState, WebhookState};
use milepost::events::retention::forget;
use milepost::settings::Keep;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::receiver::{Receiver, answer};
use super::{change, deliveries, endpoint_row, happen, register, setup, until};

#[tokio::test]
async fn who_is_resumed_is_told_at_once_and_has_all_tries_before_it() {
    let server = setup(600_000).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| answer(500));
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    until("it fails", || async { deliveries(&server, registered.id).await.iter().any(|row| row.attempts == 1) }).await;
    assert_eq!(change(&server, "webhookEndpointPause", registered.id).await["endpoint"]["state"], "PAUSED");
    receiver.answers(|_| answer(200));
    assert_eq!(change(&server, "webhookEndpointResume", registered.id).await["endpoint"]["state"], "ACTIVE");
    // Its next try was ten minutes away.
    receiver.count(2).await;
    until("it is delivered", || async {
        deliveries(&server, registered.id).await[0].state == WebhookDeliveryState::Delivered
    })
    .await;
    assert_eq!(deliveries(&server, registered.id).await[0].attempts, 1);
}

#[tokio::test]
async fn who_was_disabled_begins_anew_whether_others_are_told_or_not() {
    let server = setup(20).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| answer(410));
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    until("it is disabled", || async { endpoint_row(&server, registered.id).await.state == WebhookState::Disabled })
        .await;
    happen(&server, "thing:2", 1).await;
    // Numbered on the stream of everything, which is what deliveries are made of.
    until("it has its number", || async {
        let own = event::Entity::find().filter(event::Column::Stream.eq("thing:2"));
        own.one(server.db().conn()).await.unwrap().unwrap().oem_sequence > Some(0)
    })
    .await;
    receiver.answers(|_| answer(200));
    change(&server, "webhookEndpointResume", registered.id).await;
    happen(&server, "thing:3", 1).await;
    let told: Vec<_> = receiver.count(2).await.iter().map(|seen| seen.what().0).collect();
    assert_eq!(told, ["thing:1", "thing:3"]);
}

#[tokio::test]
async fn what_waits_for_one_who_rests_too_long_is_a_dead_letter() {
    let server = setup(600_000).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| answer(200));
    let registered = register(&server, &receiver.url()).await;
    let other = register(&server, &receiver.url()).await;
    change(&server, "webhookEndpointPause", registered.id).await;
    happen(&server, "thing:1", 1).await;
    until("it is kept", || async { deliveries(&server, registered.id).await.len() == 1 }).await;
    receiver.count(1).await;

    let hours = |hours| Duration::from_hours(hours);
    let keep = Keep { events: hours(9_999), idempotency: hours(9_999), inbound: hours(9_999), webhooks: hours(48) };
    let stop = CancellationToken::new();
    let soon = server.app().clock.now() + TimeDelta::hours(47);
    forget(server.db(), &keep, soon, &stop).await.unwrap();
    assert_eq!(deliveries(&server, registered.id).await[0].state, WebhookDeliveryState::Pending);
    let later = server.app().clock.now() + TimeDelta::hours(49);
    forget(server.db(), &keep, later, &stop).await.unwrap();
    let row = deliveries(&server, registered.id).await.remove(0);
    assert_eq!((row.state, row.attempts), (WebhookDeliveryState::Dead, 0));
    assert_eq!(endpoint_row(&server, registered.id).await.state, WebhookState::Disabled);
    assert_eq!(endpoint_row(&server, other.id).await.state, WebhookState::Active);
    // Seen for as long again.
    forget(server.db(), &keep, later + TimeDelta::hours(49), &stop).await.unwrap();
    assert_eq!(deliveries(&server, registered.id).await, []);
}

#[tokio::test]
async fn an_endpoint_that_is_deleted_leaves_nothing_behind() {
    let server = setup(600_000).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| answer(500));
    let registered = register(&server, &receiver.url()).await;
    for version in 1..=3 {
        happen(&server, "thing:1", version).await;
    }
    until("they are made", || async { deliveries(&server, registered.id).await.len() == 3 }).await;
    let document = "mutation($input: WebhookEndpointInput!) { webhookEndpointDelete(input: $input) {
        deletedId userErrors { code } } }";
    let input = |version: i32| {
        json!({ "input": { "idempotencyKey": format!("delete-{version}"), "endpointId": registered.id.to_string(),
            "expectedVersion": version } })
    };
    let stale = server.operator().payload(document, input(7)).await;
    assert_eq!(stale["userErrors"][0]["code"], "VERSION_CONFLICT");
    assert_eq!(endpoint_row(&server, registered.id).await.state, WebhookState::Active);
    let version = endpoint_row(&server, registered.id).await.version;
    for _ in 0..2 {
        let deleted = server.operator().payload(document, input(version)).await;
        assert_eq!((&deleted["deletedId"], &deleted["userErrors"]), (&json!(registered.id.to_string()), &json!([])));
    }
    let db = server.db().conn();
    assert_eq!(endpoint::Entity::find().count(db).await.unwrap(), 0);
    assert_eq!(delivery::Entity::find().count(db).await.unwrap(), 0);
}
