//! Several processes over one database.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::FOLLOW;
use crate::harness::{PATIENCE, Server};
use milepost::events::Batch;

/// Records the demo order's arrival.
async fn arrive(server: &Server) -> Value {
    let id = server.demo.order.to_string();
    let operator = server.operator();
    let order = operator.data("query($id: ID!) { order(id: $id) { version } }", json!({ "id": id })).await;
    let input = json!({ "idempotencyKey": "arrive", "orderId": id, "code": "ARRIVED", "state": "DONE",
        "expectedVersion": order["order"]["version"] });
    let document = "mutation($input: MilestoneRecordInput!) { milestoneRecord(input: $input) { userErrors { code } } }";
    operator.payload(document, json!({ "input": input })).await
}

async fn another_process_hears_of_it(one: &Server, other: &Server) {
    let id = one.demo.order.to_string();
    let mut stream = other.customer().subscribe_ws(FOLLOW, json!({ "id": id })).await;
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
    assert_eq!(arrive(one).await["userErrors"], json!([]));
    assert_ne!(stream.data().await["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
}

#[tokio::test]
async fn without_redis_the_log_is_looked_at() {
    let one = Server::start().await;
    let other = Server::setup().beside(&one).start().await;
    another_process_hears_of_it(&one, &other).await;
}

#[tokio::test]
async fn a_redis_that_is_away_is_done_without() {
    let setup = || Server::setup().setting("MILEPOST_REDIS_URL", "redis://127.0.0.1:1");
    let one = setup().start().await;
    let other = setup().beside(&one).start().await;
    another_process_hears_of_it(&one, &other).await;
}

#[tokio::test]
async fn redis_carries_wake_ups_between_processes() {
    // ./test starts a Redis; a test run by hand may have none.
    let Ok(redis) = std::env::var("MILEPOST_TEST_REDIS") else { return };
    let setup = || Server::setup().setting("MILEPOST_REDIS_URL", &redis);
    let one = setup().start().await;
    let other = setup().beside(&one).start().await;
    another_process_hears_of_it(&one, &other).await;

    // A stream that the log does not know, so that only a wake-up can tell of it.
    let stream = format!("test:{}", entity::EventId::generate());
    let mut reader = other.app().hub.listen(stream.clone());
    let epoch = other.app().hub.epoch(other.db(), other.app().clock.now()).await.unwrap();
    // Again and again, since the other's first look at Redis may still be on its way, and what came before it is not told.
    let tell = async {
        for head in 7.. {
            one.app().hub.committed(BTreeMap::from([(stream.clone(), head)]), &Batch::of(&[], one.app().clock.now()));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = reader.news(6, epoch) => {}
        () = tell => {}
        () = tokio::time::sleep(PATIENCE) => panic!("not woken by Redis"),
    }
}

#[tokio::test]
async fn what_a_process_with_a_slow_clock_wrote_is_found_by_comparing_heads() {
    let one = Server::setup().clock(chrono::Duration::minutes(-10)).start().await;
    let other = Server::setup().beside(&one).start().await;
    let mut stream = other.customer().subscribe_sse(FOLLOW, json!({ "id": other.demo.order.to_string() })).await;
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
    crate::order::feed::say(&one).await;
    // The look at what is new goes by the writers' clocks.
    assert!(stream.is_quiet(Duration::from_millis(1500)).await);
    other.app().hub.compare(other.db()).await.unwrap();
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["kind"], "REACHED");
}
