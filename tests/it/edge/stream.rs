//! Server-sent events, single connection mode: one stream for several operations.

use std::time::Duration;

use chrono::Duration as Span;
use entity::{MilestoneCode as Code, MilestoneState as State};
use milepost::access::ViewerKind;
use reqwest::header::ACCEPT;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::FOLLOW;
use crate::harness::{Answer, Client, PATIENCE, Server, event};
use crate::order::feed::report;

const PATH: &str = "/graphql/stream";
const TOKEN: &str = "x-graphql-event-stream-token";

async fn reserve(client: &Client) -> String {
    let response = client.request(Method::PUT, PATH).send().await.unwrap();
    assert_eq!(response.status(), 201);
    response.text().await.unwrap()
}

async fn open(client: &Client, token: &str) -> Response {
    client.request(Method::GET, PATH).header(ACCEPT, "text/event-stream").header(TOKEN, token).send().await.unwrap()
}

async fn begin(client: &Client, token: &str, id: &str, document: &str, variables: Value) -> Response {
    let body = json!({ "query": document, "variables": variables, "extensions": { "operationId": id } });
    client.request(Method::POST, PATH).header(TOKEN, token).json(&body).send().await.unwrap()
}

/// An open stream.
struct Stream {
    response: Response,
    read: Vec<u8>,
}

impl Stream {
    async fn of(client: &Client) -> (String, Self) {
        let token = reserve(client).await;
        let response = open(client, &token).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        (token, Self { response, read: Vec::new() })
    }

    /// The next event that is more than a comment: its name and what it says.
    async fn next(&mut self) -> (String, Value) {
        let next = async {
            loop {
                let (name, data) = event(&mut self.response, &mut self.read).await;
                if !name.is_empty() {
                    return (name, serde_json::from_str(&data).expect("JSON"));
                }
            }
        };
        tokio::time::timeout(PATIENCE, next).await.expect("an event in time")
    }

    /// The kind of the next message, which has to be one of this operation.
    async fn kind(&mut self, id: &str) -> String {
        let (name, said) = self.next().await;
        assert_eq!((name.as_str(), said["id"].as_str()), ("next", Some(id)), "{said}");
        said["payload"]["data"]["deliveryMilestoneUpdated"]["kind"].as_str().unwrap_or_default().to_owned()
    }
}

#[tokio::test]
async fn one_stream_serves_several_operations_and_ends_them_one_by_one() {
    let server = Server::start().await;
    let client = server.customer();
    let (token, mut stream) = Stream::of(&client).await;
    let variables = json!({ "id": server.demo.order.to_string() });
    assert_eq!(begin(&client, &token, "a", FOLLOW, variables.clone()).await.status(), 202);
    assert_eq!(stream.kind("a").await, "SNAPSHOT");
    assert_eq!(begin(&client, &token, "q", "{ me { id } }", json!({})).await.status(), 202);
    let (name, said) = stream.next().await;
    assert_eq!((name.as_str(), &said["id"]), ("next", &json!("q")));
    assert_eq!(said["payload"]["data"]["me"]["id"], json!(server.demo.customer.to_string()));
    assert_eq!(stream.next().await, ("complete".to_owned(), json!({ "id": "q" })));
    // An id is free again after its end, and not before.
    assert_eq!(begin(&client, &token, "a", FOLLOW, variables.clone()).await.status(), 409);
    assert_eq!(begin(&client, &token, "b", FOLLOW, variables.clone()).await.status(), 202);
    assert_eq!(stream.kind("b").await, "SNAPSHOT");
    let end = client.request(Method::DELETE, &format!("{PATH}?operationId=a")).header(TOKEN, &token);
    assert_eq!(end.send().await.unwrap().status(), 200);
    report(&server, Code::Arrived, State::Done).await;
    assert_eq!(stream.kind("b").await, "REACHED");
    // What does not fit is said on the stream.
    assert_eq!(begin(&client, &token, "c", "{ nonsense }", json!({})).await.status(), 202);
    let mut said = stream.next().await.1;
    // What else comes of the report, the milestone that it implies and the order's new date, may be told in between.
    while said["id"] == "b" {
        let kind = said["payload"]["data"]["deliveryMilestoneUpdated"]["kind"].as_str().expect("a kind");
        assert!(["REACHED", "ETA_CHANGED"].contains(&kind), "{kind}");
        said = stream.next().await.1;
    }
    assert_eq!(said["id"], "c");
    assert_eq!(said["payload"]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(stream.next().await, ("complete".to_owned(), json!({ "id": "c" })));
}

#[tokio::test]
async fn a_stream_is_its_callers_and_is_opened_once() {
    let server = Server::start().await;
    let client = server.customer();
    let (token, _stream) = Stream::of(&client).await;
    assert_eq!(open(&client, &token).await.status(), 409);
    for stranger in [server.consultant(), server.anonymous()] {
        let refused = begin(&stranger, &token, "x", "{ __typename }", json!({})).await;
        assert_eq!(refused.status(), 404);
        let end = stranger.request(Method::DELETE, &format!("{PATH}?operationId=a")).header(TOKEN, &token);
        assert_eq!(end.send().await.unwrap().status(), 404);
    }
    assert_eq!(begin(&client, "nonsense", "x", "{ __typename }", json!({})).await.status(), 404);
    let nameless = client.request(Method::POST, PATH).header(TOKEN, &token).json(&json!({ "query": "{ __typename }" }));
    let answer = Answer::of(nameless.send().await.unwrap()).await;
    assert_eq!((answer.status, answer.code()), (400, Some("BAD_USER_INPUT")));
    assert_eq!(open(&client, "nonsense").await.status(), 404);
    let plain = client.request(Method::GET, PATH).header(TOKEN, &token).send().await.unwrap();
    assert_eq!(plain.status(), 406);
    let forged = server.with_token("nonsense").request(Method::PUT, PATH).send().await.unwrap();
    assert_eq!(forged.status(), 401);
}

#[tokio::test]
async fn a_stream_counts_as_a_connection_until_its_client_is_gone() {
    let server = Server::setup().setting("MILEPOST_LIMITS__CONNECTIONS_PER_CALLER", "1").start().await;
    let client = server.customer();
    let (token, stream) = Stream::of(&client).await;
    let refused = client.request(Method::PUT, PATH).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    drop(stream);
    let mut free = false;
    for _ in 0..100 {
        free = client.request(Method::PUT, PATH).send().await.unwrap().status() == 201;
        if free {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(free, "the connection was given back");
    assert_eq!(begin(&client, &token, "x", "{ __typename }", json!({})).await.status(), 404);
}

#[tokio::test]
async fn a_token_that_ends_is_said_for_each_operation_and_a_fresh_one_renews() {
    let server = Server::start().await;
    let kind = ViewerKind::Customer(server.demo.customer);
    let short = server.with_token(&server.token_for(kind, &[], Span::seconds(3)));
    let variables = json!({ "id": server.demo.order.to_string() });
    let (token, mut stream) = Stream::of(&short).await;
    assert_eq!(begin(&short, &token, "a", FOLLOW, variables.clone()).await.status(), 202);
    assert_eq!(stream.kind("a").await, "SNAPSHOT");
    let (kept, mut lasting) = Stream::of(&short).await;
    assert_eq!(begin(&short, &kept, "a", FOLLOW, variables.clone()).await.status(), 202);
    assert_eq!(lasting.kind("a").await, "SNAPSHOT");
    assert_eq!(begin(&server.customer(), &kept, "b", "{ __typename }", json!({})).await.status(), 202);
    assert_eq!(lasting.next().await.0, "next");
    assert_eq!(lasting.next().await.0, "complete");

    let (name, said) = stream.next().await;
    assert_eq!((name.as_str(), &said["id"]), ("next", &json!("a")));
    assert_eq!(said["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(stream.next().await, ("complete".to_owned(), json!({ "id": "a" })));
    report(&server, Code::Arrived, State::Done).await;
    assert_eq!(lasting.kind("a").await, "REACHED");
}

#[tokio::test]
async fn operations_have_a_limit() {
    let server = Server::setup().setting("MILEPOST_LIMITS__OPERATIONS_PER_SOCKET", "1").start().await;
    let client = server.customer();
    let (token, mut stream) = Stream::of(&client).await;
    let variables = json!({ "id": server.demo.order.to_string() });
    assert_eq!(begin(&client, &token, "a", FOLLOW, variables.clone()).await.status(), 202);
    assert_eq!(stream.kind("a").await, "SNAPSHOT");
    let answer = Answer::of(begin(&client, &token, "b", FOLLOW, variables).await).await;
    assert_eq!((answer.status, answer.code()), (429, Some("THROTTLED")));
}
