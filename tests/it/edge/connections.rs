//! How long a connection stands, who may open one, and how many (guarantees 3, 6.2, 6.4).

use std::time::Duration;

use chrono::{DateTime, Duration as Span, Utc};
use entity::{MilestoneCode as Code, MilestoneState as State};
use milepost::access::ViewerKind;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use super::{FOLLOW, eventually};
use crate::harness::{Frame, Server, Socket};
use crate::order::feed::report;

/// A socket of one with this token, and when it says that the token ends.
async fn signed_in(server: &Server, token: &str) -> (Socket, DateTime<Utc>) {
    let mut socket = Socket::open(&server.url(), &[]).await;
    socket.send(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
    let ack = socket.json().await;
    assert_eq!(ack["type"], "connection_ack");
    (socket, serde_json::from_value(ack["payload"]["expiresAt"].clone()).unwrap())
}

async fn follow(server: &Server, socket: &mut Socket) {
    let variables = json!({ "id": server.demo.order.to_string() });
    let payload = json!({ "query": FOLLOW, "variables": variables });
    socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(socket.json().await["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
}

fn renewal(token: &str) -> Value {
    json!({ "type": "ping", "payload": { "authorization": format!("Bearer {token}"), "n": 1 } })
}

#[tokio::test]
async fn a_fresh_token_keeps_the_socket_and_what_runs_on_it() {
    let server = Server::start().await;
    let customer = ViewerKind::Customer(server.demo.customer);
    let (mut socket, first_end) = signed_in(&server, &server.token_for(customer, &[], Span::seconds(2))).await;
    follow(&server, &mut socket).await;
    socket.send(renewal(&server.token(customer, &[]))).await;
    let pong = socket.json().await;
    let end: DateTime<Utc> = serde_json::from_value(pong["payload"]["expiresAt"].clone()).unwrap();
    // The token does not come back.
    assert_eq!(pong, json!({ "type": "pong", "payload": { "n": 1, "expiresAt": pong["payload"]["expiresAt"] } }));
    assert!(end > first_end + Span::minutes(50), "{end} after {first_end}");
    tokio::time::sleep((first_end - server.app().clock.now()).to_std().unwrap_or_default() + Duration::from_secs(1))
        .await;
    report(&server, Code::Arrived, State::Done).await;
    assert_eq!(socket.json().await["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "REACHED");
}

#[tokio::test]
async fn only_a_token_of_the_same_person_renews() {
    let server = Server::start().await;
    let customer = server.token(ViewerKind::Customer(server.demo.customer), &[]);
    let expired = server.token_for(ViewerKind::Customer(server.demo.customer), &[], Span::hours(-1));
    let other = server.token(ViewerKind::Operator(server.demo.operator), &[]);
    for token in [other.as_str(), expired.as_str(), "nonsense"] {
        let (mut socket, _) = signed_in(&server, &customer).await;
        socket.send(renewal(token)).await;
        assert_eq!(socket.close_code().await, 4403, "{token}");
    }
    let mut early = Socket::open(&server.url(), &[]).await;
    early.send(renewal(&customer)).await;
    assert_eq!(early.close_code().await, 4401);
}

#[tokio::test]
async fn rights_that_the_fresh_token_lacks_are_gone() {
    let server = Server::start().await;
    let consultant = |store| {
        let kind = ViewerKind::Staff { id: server.demo.consultant, store, manager: false };
        server.token(kind, &[])
    };
    let (mut socket, _) = signed_in(&server, &consultant(server.demo.store)).await;
    follow(&server, &mut socket).await;
    // Moved to a store that has nothing to do with the order.
    socket.send(renewal(&consultant(entity::StoreId::generate()))).await;
    assert_eq!(socket.json().await["type"], "pong");
    report(&server, Code::Arrived, State::Done).await;
    let last = socket.json().await;
    assert_eq!(last["payload"]["errors"][0]["extensions"]["code"], "FORBIDDEN", "{last}");
    assert_eq!(last["payload"]["data"], json!(null));
    assert_eq!(socket.json().await, json!({ "type": "complete", "id": "1" }));
}

#[tokio::test]
async fn a_foreign_page_opens_no_socket() {
    let server = Server::setup().setting("MILEPOST_WEB__ORIGINS", "https://app.example.com").start().await;
    let own = server.url();
    for (origin, opens) in
        [("https://app.example.com", true), (own.as_str(), true), ("https://evil.example.com", false), ("null", false)]
    {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin)];
        match Socket::try_open(&server.url(), &headers).await {
            Ok(_) => assert!(opens, "{origin}"),
            Err(tungstenite::Error::Http(response)) => {
                assert!(!opens, "{origin}");
                assert_eq!(response.status(), 403);
                let body: Value = serde_json::from_slice(response.body().as_deref().unwrap_or_default()).unwrap();
                assert_eq!(body["errors"][0]["extensions"]["code"], "FORBIDDEN");
            }
            Err(other) => panic!("{origin}: {other}"),
        }
    }
}

/// The status and the error's code of a subscription over server-sent events that is refused.
async fn refused_stream(client: &crate::harness::Client, id: &str) -> (u16, Value) {
    let request = client
        .request(Method::POST, "/graphql")
        .header(ACCEPT, "text/event-stream")
        .json(&json!({ "query": FOLLOW, "variables": { "id": id } }));
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["errors"][0]["extensions"]["code"].clone())
}

#[tokio::test]
async fn a_caller_holds_so_many_connections() {
    let server = Server::setup()
        .setting("MILEPOST_LIMITS__CONNECTIONS_PER_CALLER", "2")
        .setting("MILEPOST_LIMITS__CONNECTIONS", "3")
        .start()
        .await;
    let order = server.demo.order.to_string();
    let variables = json!({ "id": order });
    let (customer, operator) = (server.customer(), server.operator());
    let first = customer.subscribe_ws(FOLLOW, variables.clone()).await;
    let mut second = customer.subscribe_sse(FOLLOW, variables.clone()).await;
    second.data().await;
    // A third of the same caller, by either way.
    assert_eq!(refused_stream(&customer, &order).await, (429, json!("THROTTLED")));
    let mut third = Socket::open(&server.url(), &[]).await;
    let init = json!({ "type": "connection_init", "payload": { "authorization": customer.authorization() } });
    third.send(init.clone()).await;
    assert_eq!(third.frame().await, Frame::Close(4429, "Too many connections of this caller".into()));
    // Requests that hold nothing open are no connections.
    assert_eq!(customer.data("{ me { id } }", json!({})).await["me"]["id"], server.demo.customer.to_string());
    // Another caller has their own number; then the process is full.
    let mut others = operator.subscribe_sse(FOLLOW, variables.clone()).await;
    others.data().await;
    assert_eq!(refused_stream(&operator, &order).await, (503, json!("UNAVAILABLE")));
    // What ends gives its place back.
    drop((first, second, others));
    eventually("no stream is left", || server.app().hub.listened() == 0).await;
    let mut again = Socket::open(&server.url(), &[]).await;
    again.send(init).await;
    assert_eq!(again.json().await["type"], "connection_ack");
}
