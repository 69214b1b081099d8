//! What fails: tries again, waits, dead letters, pauses, and addresses that are not gone to.

use std::time::Duration;

use chrono::TimeDelta;
use entity::webhook::{delivery, endpoint};
use entity::{WebhookDeliveryState, WebhookFailure, WebhookReason, WebhookState};
use milepost::webhook::lease::{Report, lease, settle};
use milepost::webhook::rules::outcome::Heard;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

use super::receiver::{Answer, Receiver, answer};
use super::{CREATE, attempts, change, deliveries, endpoint_row, happen, register, setup, until};
use crate::harness::Server;
use crate::order::key;

#[tokio::test]
async fn a_failure_is_tried_again_with_the_same_id() {
    let server = setup(20).start().await;
    let receiver = Receiver::start().await;
    let mut left = 2;
    receiver.answers(move |_| {
        left -= 1;
        answer(if left >= 0 { 500 } else { 200 })
    });
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    let seen = receiver.count(3).await;
    assert!(seen.iter().all(|one| one.id == seen[0].id && one.body == seen[0].body));
    assert!(seen.iter().all(|one| one.is_signed_with(&registered.secret)));
    // A fifth less than 20 ms, and six times that.
    assert!(seen[1].at - seen[0].at >= Duration::from_millis(16));
    assert!(seen[2].at - seen[1].at >= Duration::from_millis(96));
    until("it is settled", || async {
        deliveries(&server, registered.id).await[0].state == WebhookDeliveryState::Delivered
    })
    .await;
    let row = deliveries(&server, registered.id).await.remove(0);
    assert_eq!((row.attempts, row.last_status, row.last_failure), (3, Some(200), None));
    let log: Vec<_> =
        attempts(&server, &row).await.into_iter().map(|one| (one.status, one.failure, one.answer)).collect();
    let failed = (Some(500), Some(WebhookFailure::HttpStatus), Some("the receiver's own words".to_owned()));
    assert_eq!(log, [failed.clone(), failed, (Some(200), None, None)]);
    assert_eq!(endpoint_row(&server, registered.id).await.failing_since, None);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_not_followed() {
    let server = setup(60_000).start().await;
    let receiver = Receiver::start().await;
    let elsewhere = receiver.url().replace("/hook", "/elsewhere");
    receiver.answers(move |_| Answer { headers: vec![("location", elsewhere.clone())], ..answer(307) });
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    until("it has failed", || async { deliveries(&server, registered.id).await.iter().any(|row| row.attempts == 1) })
        .await;
    let row = deliveries(&server, registered.id).await.remove(0);
    assert_eq!(row.state, WebhookDeliveryState::Pending);
    assert_eq!((row.last_status, row.last_failure), (Some(307), Some(WebhookFailure::HttpStatus)));
    let paths: Vec<_> = receiver.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/hook"]);
}

#[tokio::test]
async fn who_is_gone_is_told_nothing_more() {
    let server = setup(20).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| answer(410));
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    until("it is disabled", || async { endpoint_row(&server, registered.id).await.state == WebhookState::Disabled })
        .await;
    let row = endpoint_row(&server, registered.id).await;
    assert_eq!((row.reason, row.version), (Some(WebhookReason::Gone), 2));
    assert_eq!(deliveries(&server, registered.id).await[0].state, WebhookDeliveryState::Dead);
    // What happens meanwhile is not kept for it.
    happen(&server, "thing:2", 1).await;
    let other = Receiver::start().await;
    register(&server, &other.url()).await;
    happen(&server, "thing:3", 1).await;
    // An event has its place among all a moment after its commit, and what has none yet is after whoever begins now.
    until("the third has its place", || async { other.seen().iter().any(|seen| seen.what().0 == "thing:3") }).await;
    receiver.answers(|_| answer(200));
    assert_eq!(change(&server, "webhookEndpointResume", registered.id).await["endpoint"]["state"], "ACTIVE");
    happen(&server, "thing:4", 1).await;
    let told: Vec<_> = receiver.count(2).await.iter().map(|seen| seen.what().0).collect();
    assert_eq!(told, ["thing:1", "thing:4"]);
}

#[tokio::test]
async fn who_asks_to_be_let_alone_is() {
    let server = setup(10).start().await;
    let receiver = Receiver::start().await;
    let mut first = true;
    receiver.answers(move |_| match std::mem::take(&mut first) {
        true => Answer { headers: vec![("retry-after", "2".to_owned())], ..answer(503) },
        false => answer(200),
    });
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    receiver.count(1).await;
    until("the wish is noted", || async { endpoint_row(&server, registered.id).await.not_before.is_some() }).await;
    // Nor does anything else come before.
    happen(&server, "thing:2", 1).await;
    let seen = receiver.count(3).await;
    for later in &seen[1..] {
        assert!(later.at - seen[0].at >= Duration::from_millis(1_900), "{:?}", later.at - seen[0].at);
    }
}

#[tokio::test]
async fn order_is_kept_within_a_stream_while_others_go_on() {
    let server = setup(400).start().await;
    let receiver = Receiver::start().await;
    let mut left = 2;
    receiver.answers(move |seen| {
        if seen.what() == ("bad:1".to_owned(), 1) && left > 0 {
            left -= 1;
            return answer(500);
        }
        answer(200)
    });
    let registered = register(&server, &receiver.url()).await;
    for version in 1..=3 {
        happen(&server, "bad:1", version).await;
    }
    receiver.count(1).await;
    for version in 1..=3 {
        happen(&server, "good:1", version).await;
    }
    let seen = receiver.count(8).await;
    let of = |stream: &str| -> Vec<(i64, usize)> {
        let own = seen.iter().enumerate().filter(|(_, one)| one.what().0 == stream);
        own.map(|(place, one)| (one.what().1, place)).collect()
    };
    let versions = |stream: &str| of(stream).into_iter().map(|(version, _)| version).collect::<Vec<_>>();
    assert_eq!(versions("bad:1"), [1, 1, 1, 2, 3]);
    assert_eq!(versions("good:1"), [1, 2, 3]);
    assert!(of("good:1")[2].1 < of("bad:1")[2].1, "the good one did not wait for the bad one");
    until("all are delivered", || async {
        deliveries(&server, registered.id).await.iter().all(|row| row.state == WebhookDeliveryState::Delivered)
    })
    .await;
}

#[tokio::test]
async fn who_is_slower_than_the_lease_has_nothing_to_say() {
    let server = setup(60_000).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| Answer { after: Duration::from_millis(1_500), ..answer(200) });
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    receiver.count(1).await;
    let (db, timing) = (server.db(), server.app().webhooks.settings.timing);
    let now = server.app().clock.now();
    // While the lease lasts nobody else gets it; later another does.
    let timeout = Duration::from_secs(10);
    assert_eq!(lease(db, registered.id, 5, timeout, now + TimeDelta::seconds(30)).await.unwrap().len(), 0);
    let taken = lease(db, registered.id, 5, timeout, now + TimeDelta::seconds(60)).await.unwrap();
    assert_eq!(taken.iter().map(|one| one.delivery.lease).collect::<Vec<_>>(), [2]);
    let report = Report {
        heard: Heard::Answer { status: 500, retry_after: None },
        answer: None,
        duration: Duration::ZERO,
        jitter: 0.5,
    };
    let mut stale = taken[0].delivery.clone();
    stale.lease = 1;
    let before = (deliveries(&server, registered.id).await, endpoint_row(&server, registered.id).await);
    assert!(!settle(db, &timing, &stale, &report, now).await.unwrap());
    let after = (deliveries(&server, registered.id).await, endpoint_row(&server, registered.id).await);
    assert_eq!(before, after, "nothing is written");
    assert!(settle(db, &timing, &taken[0].delivery, &report, now).await.unwrap());
    // By now the slow one has its answer, too.
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    let row = deliveries(&server, registered.id).await.remove(0);
    assert_eq!((row.state, row.attempts, row.last_status), (WebhookDeliveryState::Pending, 1, Some(500)));
    assert_eq!(attempts(&server, &row).await.len(), 1);
}

#[tokio::test]
async fn private_addresses_are_not_gone_to() {
    let server = setup(60_000).setting("MILEPOST_WEBHOOKS__ALLOW_PRIVATE_NETWORKS", "false").start().await;
    let receiver = Receiver::start().await;
    let port = receiver.port;
    // An address in figures is refused at once.
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433", "[::1]", "10.0.0.1", "169.254.169.254"]
    {
        let input = json!({ "idempotencyKey": key(), "url": format!("http://{host}:{port}/"), "kinds": [] });
        let payload = server.operator().payload(CREATE, json!({ "input": input })).await;
        let errors = json!([{ "code": "INVALID", "field": ["input", "url"],
            "message": "The address must be one of the open internet." }]);
        assert_eq!(payload["userErrors"], errors, "{host}");
        assert_eq!((&payload["endpoint"], &payload["secret"]), (&json!(null), &json!(null)));
    }
    assert_eq!(endpoint::Entity::find().all(server.db().conn()).await.unwrap(), []);
    // A name is seen through when it is dialled, and an address that was allowed once is not any more.
    let named = register(&server, &format!("http://localhost:{port}/")).await;
    let figures = register(&server, &format!("http://localhost:{port}/")).await;
    let was = endpoint::ActiveModel {
        id: Set(figures.id),
        url: Set(format!("http://[::ffff:127.0.0.1]:{port}/")),
        ..Default::default()
    };
    endpoint::Entity::update(was).exec(server.db().conn()).await.unwrap();
    happen(&server, "thing:1", 1).await;
    for id in [named.id, figures.id] {
        until("it has failed", || async { deliveries(&server, id).await.iter().any(|row| row.attempts == 1) }).await;
        let row = deliveries(&server, id).await.remove(0);
        assert_eq!((row.last_failure, row.last_status), (Some(WebhookFailure::AddressRefused), None));
    }
    assert_eq!(receiver.seen().len(), 0);
}

#[tokio::test]
async fn who_does_nothing_but_fail_is_paused_and_goes_on_where_it_stood() {
    let server = setup(300).start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|_| answer(500));
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    until("it fails", || async { endpoint_row(&server, registered.id).await.failing_since.is_some() }).await;
    let long_ago = endpoint::ActiveModel {
        id: Set(registered.id),
        failing_since: Set(Some(server.app().clock.now() - TimeDelta::hours(24))),
        ..Default::default()
    };
    endpoint::Entity::update(long_ago).exec(server.db().conn()).await.unwrap();
    until("it is paused", || async { endpoint_row(&server, registered.id).await.state == WebhookState::Paused }).await;
    assert_eq!(endpoint_row(&server, registered.id).await.reason, Some(WebhookReason::Failing));
    let tried = receiver.seen().len();
    happen(&server, "thing:2", 1).await;
    until("it is kept", || async { deliveries(&server, registered.id).await.len() == 2 }).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.seen().len(), tried, "nothing goes out");

    receiver.answers(|_| answer(200));
    let resumed = change(&server, "webhookEndpointResume", registered.id).await;
    let active = json!({ "id": registered.id.to_string(), "state": "ACTIVE", "reason": null, "version": 3,
        "failingSince": null });
    assert_eq!(resumed["endpoint"], active);
    until("all are delivered", || async {
        deliveries(&server, registered.id).await.iter().all(|row| row.state == WebhookDeliveryState::Delivered)
    })
    .await;
}

const REPLAY: &str = "mutation($input: WebhookDeliveryReplayInput!) { webhookDeliveryReplay(input: $input) {
    deliveries { id state attemptCount endpoint { id } } userErrors { code field } } }";

async fn replay(server: &Server, ids: &[String]) -> Value {
    let input = json!({ "idempotencyKey": key(), "deliveryIds": ids });
    server.operator().payload(REPLAY, json!({ "input": input })).await
}

#[tokio::test]
async fn a_dead_letter_can_be_replayed_and_does_not_hold_up_its_stream() {
    let server = setup(300).setting("MILEPOST_WEBHOOKS__RETRY_HOURS", "1").start().await;
    let receiver = Receiver::start().await;
    receiver.answers(|seen| answer(if seen.what().1 == 1 { 500 } else { 200 }));
    let registered = register(&server, &receiver.url()).await;
    happen(&server, "thing:1", 1).await;
    happen(&server, "thing:1", 2).await;
    until("it fails", || async { deliveries(&server, registered.id).await.iter().any(|row| row.attempts == 1) }).await;
    let row = deliveries(&server, registered.id).await.remove(0);
    let long_ago = delivery::ActiveModel {
        id: Set(row.id),
        first_attempt_at: Set(Some(server.app().clock.now() - TimeDelta::hours(1))),
        ..Default::default()
    };
    delivery::Entity::update(long_ago).exec(server.db().conn()).await.unwrap();
    until("it is given up and the next one goes out", || async {
        let rows = deliveries(&server, registered.id).await;
        rows.len() == 2
            && rows[0].state == WebhookDeliveryState::Dead
            && rows[1].state == WebhookDeliveryState::Delivered
    })
    .await;
    let list = "query($id: ID!) { webhookDeliveries(endpointId: $id, state: DEAD, first: 5) { nodes {
        id lastStatus lastFailure } } }";
    let dead = server.operator().data(list, json!({ "id": registered.id.to_string() })).await;
    let dead = dead["webhookDeliveries"]["nodes"].clone();
    assert_eq!(dead, json!([{ "id": row.id.to_string(), "lastStatus": 500, "lastFailure": "HTTP_STATUS" }]));

    // All or none.
    let rows = deliveries(&server, registered.id).await;
    let both: Vec<_> = rows.iter().map(|row| row.id.to_string()).collect();
    let refused = replay(&server, &both).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "NOT_ELIGIBLE", "field": ["input", "deliveryIds", "1"] }]));
    let unknown = replay(&server, &[both[0].clone(), entity::WebhookDeliveryId::generate().to_string()]).await;
    assert_eq!(unknown["userErrors"], json!([{ "code": "NOT_FOUND", "field": ["input", "deliveryIds", "1"] }]));
    assert_eq!(replay(&server, &[]).await["userErrors"][0]["code"], "INVALID");
    assert_eq!(deliveries(&server, registered.id).await, rows);

    receiver.answers(|_| answer(200));
    let replayed = replay(&server, &both[..1]).await;
    assert_eq!(replayed["deliveries"][0]["endpoint"]["id"], registered.id.to_string());
    until("it is delivered", || async {
        deliveries(&server, registered.id).await[0].state == WebhookDeliveryState::Delivered
    })
    .await;
    assert_eq!(receiver.seen().last().unwrap().id, row.event_id.to_string());
    assert_eq!(deliveries(&server, registered.id).await[0].attempts, 1);
}
