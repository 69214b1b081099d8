//! The `graphql-transport-ws` protocol, and each way to break it.

use chrono::Duration as Span;
use milepost::access::ViewerKind;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message};

use super::{FOLLOW, eventually};
use crate::harness::{Frame, Server, Socket};

async fn acknowledged(server: &Server, payload: Value) -> Socket {
    let mut socket = Socket::open(&server.url(), &[]).await;
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
    socket
}

async fn as_customer(server: &Server) -> Socket {
    acknowledged(server, json!({ "authorization": server.customer().authorization() })).await
}

fn subscribe(id: &str, document: &str, variables: Value) -> Value {
    json!({ "type": "subscribe", "id": id, "payload": { "query": document, "variables": variables } })
}

fn follow(server: &Server, id: &str) -> Value {
    subscribe(id, FOLLOW, json!({ "id": server.demo.order.to_string() }))
}

#[tokio::test]
async fn each_offence_has_its_close_code() {
    let server = Server::start().await;
    let init = json!({ "type": "connection_init" }).to_string();
    let query = subscribe("1", "{ __typename }", json!({})).to_string();
    let following = follow(&server, "1").to_string();
    let authorized =
        json!({ "type": "connection_init", "payload": { "authorization": server.customer().authorization() } })
            .to_string();
    let wrong_token = |token: Value| json!({ "type": "connection_init", "payload": { "authorization": token } });
    let legacy_start = json!({ "type": "start", "id": "1", "payload": { "query": "{ __typename }" } }).to_string();
    for (why, messages, code) in [
        ("not JSON", vec!["nonsense".to_owned()], 4400),
        ("not an object", vec!["[]".to_owned()], 4400),
        ("no type", vec!["{}".to_owned()], 4400),
        ("an unknown type", vec![r#"{"type":"hello"}"#.to_owned()], 4400),
        ("a word of the older protocol", vec![init.clone(), legacy_start], 4400),
        ("a payload that is no object", vec![r#"{"type":"connection_init","payload":1}"#.to_owned()], 4400),
        ("no id", vec![init.clone(), r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#.to_owned()], 4400),
        ("an empty id", vec![init.clone(), subscribe("", "{ __typename }", json!({})).to_string()], 4400),
        ("an operation before the beginning", vec![query], 4401),
        ("a wrong token", vec![wrong_token(json!("Bearer nonsense")).to_string()], 4403),
        ("a token that is no text", vec![wrong_token(json!(1)).to_string()], 4403),
        ("an id in use", vec![authorized, following.clone(), following], 4409),
        ("a second beginning", vec![init.clone(), init], 4429),
    ] {
        let mut socket = Socket::open(&server.url(), &[]).await;
        for message in messages {
            socket.send_raw(Message::Text(message.into())).await;
        }
        assert_eq!(socket.close_code().await, code, "{why}");
    }
    let mut socket = Socket::open(&server.url(), &[]).await;
    socket.send_raw(Message::Binary(br#"{"type":"connection_init"}"#.to_vec().into())).await;
    assert_eq!(socket.close_code().await, 4400, "binary");
    let mut socket = Socket::try_open(&server.url(), &[]).await.unwrap();
    assert_eq!(socket.close_code().await, 4406, "no sub-protocol");
}

#[tokio::test]
async fn the_older_protocol_is_not_chosen() {
    let server = Server::start().await;
    assert!(Socket::try_open(&server.url(), &[("sec-websocket-protocol", "graphql-ws")]).await.is_err());
    let both = [("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")];
    let mut socket = Socket::try_open(&server.url(), &both).await.unwrap();
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
}

#[tokio::test]
async fn a_socket_that_does_not_begin_is_closed() {
    let server = Server::start().await;
    let mut socket = Socket::open(&server.url(), &[]).await;
    assert_eq!(socket.frame().await, Frame::Close(4408, "Connection initialisation timeout".into()));
}

#[tokio::test]
async fn a_wrong_token_in_a_header_is_refused_before_the_socket_opens() {
    let server = Server::start().await;
    let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("authorization", "Bearer nonsense")];
    match Socket::try_open(&server.url(), &headers).await.err() {
        Some(tungstenite::Error::Http(response)) => {
            assert_eq!(response.status(), 401);
            let body: Value = serde_json::from_slice(response.body().as_deref().unwrap_or_default()).unwrap();
            assert_eq!(body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_comes_in_a_header_or_in_the_payload_which_wins() {
    let server = Server::start().await;
    let (customer, operator) = (server.customer(), server.operator());
    for (header, payload, id) in [
        (customer.authorization(), json!({}), json!(server.demo.customer.to_string())),
        (operator.authorization(), json!({ "Authorization": customer.authorization() }), {
            json!(server.demo.customer.to_string())
        }),
        (None, json!({}), Value::Null),
    ] {
        let headers: Vec<(&str, &str)> = header.into_iter().map(|value| ("authorization", value)).collect();
        let mut socket = Socket::open(&server.url(), &headers).await;
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.json().await["type"], "connection_ack");
        socket.send(subscribe("1", "{ me { id } }", json!({}))).await;
        let answer = socket.json().await;
        assert_eq!(answer["payload"]["data"]["me"]["id"], id, "{answer}");
    }
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once() {
    let server = Server::start().await;
    let mut socket = as_customer(&server).await;
    socket.send(subscribe("q", "{ __typename }", json!({}))).await;
    assert_eq!(
        socket.json().await,
        json!({ "type": "next", "id": "q", "payload": { "data": { "__typename": "Query" } } })
    );
    assert_eq!(socket.json().await, json!({ "type": "complete", "id": "q" }));
    let mutation = r#"mutation { consentGrant(input: { idempotencyKey: "ws", purpose: PRECISE_LOCATION,
        documentVersion: "ws" }) { consent { purpose } userErrors { code } } }"#;
    // The id is free again.
    socket.send(subscribe("q", mutation, json!({}))).await;
    assert_eq!(socket.json().await["payload"]["data"]["consentGrant"]["consent"]["purpose"], "PRECISE_LOCATION");
    assert_eq!(socket.json().await["type"], "complete");
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_an_error_and_no_end_follows() {
    let server = Server::start().await;
    let mut socket = as_customer(&server).await;
    socket.send(subscribe("1", "{ nonsense }", json!({}))).await;
    let error = socket.json().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    socket.send(subscribe("1", "{ __typename }", json!({}))).await;
    assert_eq!(socket.json().await["type"], "next");
}

#[tokio::test]
async fn ping_is_answered_with_its_payload() {
    let server = Server::start().await;
    let mut socket = Socket::open(&server.url(), &[]).await;
    // Before the beginning too, as the protocol has it.
    socket.send(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.json().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.json().await, json!({ "type": "pong" }));
    socket.send(json!({ "type": "pong" })).await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
}

#[tokio::test]
async fn operations_of_a_socket_stand_apart() {
    let server = Server::start().await;
    let mut socket = as_customer(&server).await;
    for id in ["a", "b"] {
        socket.send(follow(&server, id)).await;
        let first = socket.json().await;
        assert_eq!((&first["id"], &first["type"]), (&json!(id), &json!("next")));
    }
    socket.send(json!({ "type": "complete", "id": "a" })).await;
    socket.send(json!({ "type": "complete", "id": "never begun" })).await;
    // The id may be used again at once, and its first stream says nothing more.
    socket.send(follow(&server, "a")).await;
    let again = socket.json().await;
    assert_eq!(again["id"], "a");
    assert_eq!(again["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
}

#[tokio::test]
async fn the_number_of_operations_is_bounded() {
    let server = Server::start().await;
    let mut socket = as_customer(&server).await;
    for n in 0..101 {
        socket.send(follow(&server, &n.to_string())).await;
    }
    let mut refused = 0;
    for _ in 0..101 {
        let message = socket.json().await;
        if message["type"] == "error" {
            refused += 1;
            assert_eq!(message["payload"][0]["extensions"]["code"], "THROTTLED");
            assert_eq!(message["payload"][0]["message"], "每个连接同时最多 100 个操作。");
        }
    }
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn a_message_over_the_limit_ends_the_socket() {
    let server = Server::setup().setting("MILEPOST_LIMITS__BODY_BYTES", "2000").start().await;
    let mut socket = acknowledged(&server, json!({})).await;
    socket.send(subscribe("1", &format!("{{ __typename }} # {}", "x".repeat(3000)), json!({}))).await;
    assert!(!matches!(socket.frame().await, Frame::Json(_)));
}

#[tokio::test]
async fn a_token_that_runs_out_closes_the_socket() {
    let server = Server::start().await;
    let token = server.token_for(ViewerKind::Customer(server.demo.customer), &[], Span::seconds(2));
    let mut socket = acknowledged(&server, json!({ "authorization": format!("Bearer {token}") })).await;
    socket.send(follow(&server, "1")).await;
    assert_eq!(socket.json().await["type"], "next");
    assert_eq!(socket.close_code().await, 4403);
}

#[tokio::test]
async fn a_client_that_leaves_is_forgotten() {
    let server = Server::start().await;
    for politely in [true, false] {
        let mut socket = as_customer(&server).await;
        socket.send(follow(&server, "1")).await;
        assert_eq!(socket.json().await["type"], "next");
        assert_eq!(server.app().hub.listened(), 1);
        if politely {
            socket.send_raw(Message::Close(None)).await;
        }
        drop(socket);
        eventually("no reader is left", || server.app().hub.listened() == 0).await;
    }
}

#[tokio::test]
async fn the_servers_end_is_told() {
    let server = Server::start().await;
    let mut socket = as_customer(&server).await;
    socket.send(follow(&server, "1")).await;
    assert_eq!(socket.json().await["type"], "next");
    let (code, ended) = tokio::join!(socket.close_code(), server.shutdown());
    ended.unwrap();
    assert_eq!(code, 1001);
}
