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
