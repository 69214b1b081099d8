//! Server-sent events, distinct connections mode.

use std::time::{Duration, Instant};

use chrono::Duration as Span;
use milepost::access::ViewerKind;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::json;

use super::{FOLLOW, eventually};
use crate::harness::{Answer, Client, Server};

fn of_demo(server: &Server) -> serde_json::Value {
    json!({ "id": server.demo.order.to_string() })
}

async fn raw(client: &Client, document: &str) -> String {
    let request = client.request(Method::POST, "/graphql").header(ACCEPT, "text/event-stream");
    let response = request.json(&json!({ "query": document })).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers().get("content-encoding"), None);
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_query_is_one_answer_and_the_end() {
    let server = Server::start().await;
    let text = raw(&server.anonymous(), "{ __typename }").await;
    assert_eq!(text, ":\n\nevent: next\ndata: {\"data\":{\"__typename\":\"Query\"}}\n\nevent: complete\ndata: \n\n");
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_an_answer_too() {
    let server = Server::start().await;
    let mut stream = server.anonymous().subscribe_sse("subscription { nonsense }", json!({})).await;
    let answer = stream.next().await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(answer.get("data"), None);
    assert_eq!(stream.try_next().await, None);
}

#[tokio::test]
async fn a_subscription_comes_by_get_as_well() {
    let server = Server::start().await;
    let request = server.customer().get(&[("query", FOLLOW), ("variables", &of_demo(&server).to_string())]);
    let mut response = request.header(ACCEPT, "text/event-stream").send().await.unwrap();
    let mut text = String::new();
    while !text.contains("SNAPSHOT") {
        text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().expect("more")).unwrap());
    }
    // And a mutation still does not.
    let request = server.customer().get(&[("query", "mutation { pointsAward(input: {}) { userErrors { code } } }")]);
    let answer = Answer::of(request.header(ACCEPT, "text/event-stream").send().await.unwrap()).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn headers_come_before_the_first_event() {
    let server = Server::start().await;
    let client = server.customer();
    // Nothing happens on this stream after its own number.
    let document =
        "subscription($id: ID!, $after: Int64) { deliveryMilestoneUpdated(orderId: $id, afterSequence: $after)
        { kind } }";
    let head = server.db();
    let head = milepost::events::log::head(head.conn(), &format!("order:{}", server.demo.order)).await.unwrap();
    let begun = Instant::now();
    let variables = json!({ "id": server.demo.order.to_string(), "after": head });
    let mut stream = client.subscribe_sse(document, variables).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(stream.is_quiet(Duration::from_millis(300)).await);
}

#[tokio::test]
async fn a_wrong_token_is_refused_before_the_stream() {
    let server = Server::start().await;
    let request = server.with_token("nonsense").request(Method::POST, "/graphql").header(ACCEPT, "text/event-stream");
    let response = request.json(&json!({ "query": FOLLOW, "variables": of_demo(&server) })).send().await.unwrap();
    let answer = Answer::of(response).await;
    assert_eq!((answer.status, answer.code()), (401, Some("UNAUTHENTICATED")));
}

#[tokio::test]
async fn a_token_that_runs_out_ends_the_stream() {
    let server = Server::start().await;
    let token = server.token_for(ViewerKind::Customer(server.demo.customer), &[], Span::seconds(2));
    let mut stream = server.with_token(&token).subscribe_sse(FOLLOW, of_demo(&server)).await;
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
    let last = stream.next().await;
    assert_eq!(last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(stream.try_next().await, None);
}

#[tokio::test]
async fn a_client_that_leaves_is_forgotten() {
    let server = Server::start().await;
    let mut stream = server.customer().subscribe_sse(FOLLOW, of_demo(&server)).await;
    stream.data().await;
    assert_eq!(server.app().hub.listened(), 1);
    drop(stream);
    eventually("no reader is left", || server.app().hub.listened() == 0).await;
}

/// The blocks of a stream, from the first one after its opening on, as many as are asked for.
async fn blocks(server: &Server, id: Option<&str>, variables: &serde_json::Value, many: usize) -> Vec<String> {
    let mut request = server.customer().get(&[("query", FOLLOW), ("variables", &variables.to_string())]);
    if let Some(id) = id {
        request = request.header("last-event-id", id);
    }
    let mut response = request.header(ACCEPT, "text/event-stream").send().await.unwrap();
    let mut text = String::new();
    while text.matches("\n\n").count() < many + 1 {
        text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().expect("more")).unwrap());
    }
    text.split("\n\n").skip(1).take(many).map(str::to_owned).collect()
}

fn id_of(block: &str) -> Option<&str> {
    block.lines().find_map(|line| line.strip_prefix("id: "))
}

#[tokio::test]
async fn a_browser_that_comes_back_goes_on_where_it_was() {
    let server = Server::start().await;
    let of_demo = of_demo(&server);
    let first = blocks(&server, None, &of_demo, 1).await.remove(0);
    let place = id_of(&first).expect("an id").to_owned();
    let (epoch, head) = place.split_once('-').unwrap();
    assert!(first.contains("SNAPSHOT"));

    // Two entries back: what came after is replayed, whatever the address says, which a browser never changes.
    let back = format!("{epoch}-{}", head.parse::<i64>().unwrap() - 2);
    let replayed = blocks(&server, Some(&back), &of_demo, 1).await.remove(0);
    assert!(!replayed.contains("SNAPSHOT"), "{replayed}");
    assert!(id_of(&replayed).is_some_and(|id| id.starts_with(epoch) && id > back.as_str()));

    let other = blocks(&server, Some(&format!("00000000-{head}")), &of_demo, 1).await.remove(0);
    assert!(other.contains("SNAPSHOT"), "{other}");

    let request = server.customer().get(&[("query", FOLLOW), ("variables", &of_demo.to_string())]);
    let request = request.header(ACCEPT, "text/event-stream").header("last-event-id", "yesterday");
    let answer = Answer::of(request.send().await.unwrap()).await;
    assert_eq!((answer.status, answer.code()), (400, Some("BAD_USER_INPUT")));
}

/// Half a snapshot is no place to go on from.
#[tokio::test]
async fn only_the_last_message_of_a_snapshot_has_a_place() {
    let server = Server::start().await;
    let document = "subscription($id: ID!) { deliveryMilestoneUpdated(storeId: $id) { cursor kind } }";
    let variables = json!({ "id": server.demo.store.to_string() });
    let request = server.manager().request(Method::POST, "/graphql").header(ACCEPT, "text/event-stream");
    let request = request.json(&json!({ "query": document, "variables": variables }));
    let mut response = request.send().await.unwrap();
    let mut text = String::new();
    while !text.contains("id: ") {
        text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().expect("more")).unwrap());
    }
    let blocks: Vec<_> = text.split("\n\n").filter(|block| block.contains("SNAPSHOT")).collect();
    assert!(blocks.len() > 1);
    for (place, block) in blocks.iter().enumerate() {
        let last = place + 1 == blocks.len();
        assert_eq!((id_of(block).is_some(), block.contains("\"cursor\":null")), (last, !last), "{block}");
    }
}
