//! Subscriptions in a multipart body, as Apollo's clients speak them.

use std::time::Duration;

use chrono::Duration as Span;
use milepost::access::ViewerKind;
use reqwest::header::ACCEPT;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::FOLLOW;
use crate::harness::{Answer, Client, PATIENCE, Server};

const APOLLO: &str = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0,application/json";

async fn ask(client: &Client, document: &str, variables: Value) -> Response {
    let request = client.request(Method::POST, "/graphql").header(ACCEPT, APOLLO).header("accept-encoding", "gzip, br");
    request.json(&json!({ "query": document, "variables": variables })).send().await.unwrap()
}

/// Reads parts as Apollo's clients do: one is there when the boundary after it is.
struct Parts {
    response: Response,
    read: String,
}

impl Parts {
    fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0");
        assert_eq!((&headers["cache-control"], headers.get("content-encoding")), (&"no-store".parse().unwrap(), None));
        Self { response, read: String::new() }
    }

    /// The next part that is not a sign of life; none at the end.
    async fn next(&mut self) -> Option<Value> {
        timeout(PATIENCE, self.wait()).await.expect("in time")
    }

    async fn wait(&mut self) -> Option<Value> {
        loop {
            while let Some((part, rest)) = self.read.split_once("\r\n--graphql") {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.read = rest;
                let Some((headers, body)) = part.split_once("\r\n\r\n") else { continue };
                assert_eq!(headers.trim(), "content-type: application/json");
                match serde_json::from_str(body).expect("JSON") {
                    Value::Object(empty) if empty.is_empty() => {}
                    part => return Some(part),
                }
            }
            if self.read == "--\r\n" {
                assert_eq!(self.response.chunk().await.unwrap(), None);
                return None;
            }
            let chunk = self.response.chunk().await.unwrap().expect("no end before the last boundary");
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn answers_are_parts_and_the_opening_comes_at_once() {
    let server = Server::start().await;
    let variables = json!({ "id": server.demo.order.to_string() });
    let mut response = ask(&server.customer(), FOLLOW, variables.clone()).await;
    let opening = timeout(Duration::from_secs(1), response.chunk()).await.unwrap().unwrap().unwrap();
    assert!(opening.starts_with(b"\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"));

    let mut parts = Parts::of(ask(&server.customer(), FOLLOW, variables).await);
    let first = parts.next().await.unwrap();
    assert_eq!(first["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
    assert_eq!(first.get("errors"), None);
}

#[tokio::test]
async fn what_ends_the_stream_stands_beside_the_payload() {
    let server = Server::start().await;
    let mut parts = Parts::of(ask(&server.anonymous(), "subscription { nonsense }", json!({})).await);
    let last = parts.next().await.unwrap();
    assert_eq!(last["payload"], Value::Null);
    assert_eq!(last["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(parts.next().await, None);

    let token = server.token_for(ViewerKind::Customer(server.demo.customer), &[], Span::seconds(2));
    let variables = json!({ "id": server.demo.order.to_string() });
    let mut parts = Parts::of(ask(&server.with_token(&token), FOLLOW, variables).await);
    parts.next().await.unwrap();
    let last = parts.next().await.unwrap();
    let errors = if last["errors"].is_null() { &last["payload"]["errors"] } else { &last["errors"] };
    assert_eq!(errors[0]["extensions"]["code"], "UNAUTHENTICATED", "{last}");
    assert_eq!(parts.next().await, None);
}

#[tokio::test]
async fn a_query_asked_for_so_is_answered_in_json() {
    let server = Server::start().await;
    let answer = Answer::of(ask(&server.anonymous(), "{ __typename }", json!({})).await).await;
    assert_eq!((answer.status, &answer.data), (200, &json!({ "__typename": "Query" })));
}
