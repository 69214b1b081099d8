//! A gateway is killed while events come in: whoever sends them again until they are answered has each done once.

use std::time::Duration;

use entity::InboundState;
use entity::loyalty::points_lot;
use entity::upstream::inbound_event;
use milepost::seed::upstream::DEMO_SOURCE;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::program::{Door, House, between};
use super::{Blow, connect, rounds};

/// Events of a request.
const BATCH: usize = 60;

/// A request with points that nobody else gives; each lot is told by its reference.
fn batch(number: usize) -> Vec<Value> {
    let event = |at: usize| {
        let reference = format!("kill-{number}-{at}");
        let data = json!({ "customerNumber": "C00000001", "reference": reference, "kind": "EARNED", "points": 1 + at,
            "reason": "TEST" });
        json!({ "specversion": "1.0", "id": reference, "source": DEMO_SOURCE, "type": "cn.milepost.loyalty.points.v1",
            "data": data })
    };
    (0..BATCH).map(event).collect()
}

/// Sends batch after batch until told to stop, each until it is answered; answers how many were, and how often one was
/// sent again.
async fn send(url: String, token: String, stop: CancellationToken) -> (usize, usize) {
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
    let (mut number, mut again) = (0, 0);
    while !stop.is_cancelled() {
        let body = Value::from(batch(number)).to_string();
        loop {
            let request = http
                .post(format!("{url}/ingest/events"))
                .header("authorization", &token)
                .header("content-type", "application/cloudevents-batch+json")
                .timeout(Duration::from_secs(20))
                .body(body.clone());
            let answer = match request.send().await {
                Ok(answer) if answer.status().is_success() => answer.json::<Value>().await.ok(),
                _ => None,
            };
            if let Some(answer) = answer {
                for result in answer["results"].as_array().expect("results") {
                    assert!(["applied", "repeated"].iter().any(|word| result["outcome"] == *word), "{result:#}");
                }
                break;
            }
            again += 1;
            tokio::time::sleep(between(5, 60)).await;
        }
        number += 1;
    }
    (number, again)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_a_killed_gateway_was_taking_in_are_done_once() {
    let mut house = House::of_the_tests().await;
    let door = Door::open(house.ports()).await;
    let stop = CancellationToken::new();
    let sending = tokio::spawn(send(door.url(), house.token("partner-system"), stop.clone()));
    let rounds = rounds(4);
    for _ in 0..rounds {
        tokio::time::sleep(between(50, 600)).await;
        house.strike(Blow::Gateway, between(0, 200)).await;
    }
    stop.cancel();
    let (sent, again) = sending.await.expect("the sender ends");
    assert!(sent > 0 && again > 0, "{sent} requests, {again} sent again");

    let db = connect(house.database_url()).await;
    let lots = points_lot::Entity::find().filter(points_lot::Column::SourceId.like("kill-%")).all(db.conn()).await;
    let lots = lots.expect("the lots");
    let records = inbound_event::Entity::find()
        .filter(inbound_event::Column::Reference.like("kill-%"))
        .all(db.conn())
        .await
        .expect("the records");
    db.close().await.expect("it closes");
    assert_eq!((lots.len(), records.len()), (sent * BATCH, sent * BATCH));
    assert!(records.iter().all(|record| record.state == InboundState::Applied));
    let earned: i64 = lots.iter().map(|lot| lot.earned).sum();
    assert_eq!(earned, (sent * (1..=BATCH).sum::<usize>()) as i64);
    eprintln!("{rounds} rounds: {sent} requests of {BATCH} events answered, {again} sent again: each event done once");
}
