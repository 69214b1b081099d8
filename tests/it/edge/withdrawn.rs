//! Tokens that operators withdraw: what is open with them ends within a second, in every process.

use std::time::Duration;

use chrono::Duration as Span;
use milepost::access::{Viewer, ViewerKind};
use milepost::identity::dev;
use serde_json::{Value, json};

use super::FOLLOW;
use crate::harness::{Client, Server, Socket};

const WITHDRAW: &str = "mutation($input: TokensWithdrawInput!) { tokensWithdraw(input: $input) {
    upTo userErrors { code field message } } }";

async fn withdraw(client: &Client, subject: &str) -> Value {
    let input = json!({ "idempotencyKey": format!("withdraw-{subject}"), "subject": subject, "reason": "lost phone" });
    client.payload(WITHDRAW, json!({ "input": input })).await
}

/// A token that was made so many seconds ago.
fn made(server: &Server, kind: ViewerKind, ago: i64) -> String {
    let made = server.app().clock.now() - Span::seconds(ago);
    let claims = dev::claims(server.auth(), &Viewer::of(kind), made, Span::hours(1)).unwrap();
    dev::sign(&claims).unwrap()
}

async fn socket(server: &Server, token: &str) -> Socket {
    let mut socket = Socket::open(&server.url(), &[]).await;
    socket.send(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
    let payload = json!({ "query": FOLLOW, "variables": { "id": server.demo.order.to_string() } });
    socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(socket.json().await["type"], "next");
    socket
}

#[tokio::test]
async fn what_is_open_ends_within_a_second_in_every_process() {
    let setup = || Server::setup().setting("MILEPOST_AUTH__WITHDRAWALS_REFRESH_MS", "200");
    let one = setup().start().await;
    let other = setup().beside(&one).start().await;
    let customer = ViewerKind::Customer(one.demo.customer);
    let token = made(&one, customer, 5);
    let variables = json!({ "id": one.demo.order.to_string() });
    let mut sockets = [socket(&one, &token).await, socket(&other, &token).await];
    let mut stream = other.with_token(&token).subscribe_sse(FOLLOW, variables.clone()).await;
    stream.data().await;
    let mut bystander = other.consultant().subscribe_ws(FOLLOW, variables).await;
    bystander.data().await;

    let payload = withdraw(&one.operator(), &one.demo.customer.to_string()).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert!(payload["upTo"].is_string());
    tokio::time::timeout(Duration::from_secs(1), async {
        for socket in &mut sockets {
            assert_eq!(socket.close_code().await, 4403);
        }
        let end = stream.next().await;
        assert_eq!(end["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{end}");
        assert!(stream.try_next().await.is_none());
    })
    .await
    .expect("within a second");
    assert!(bystander.is_quiet(Duration::from_millis(300)).await, "others go on");

    for server in [&one, &other] {
        assert_eq!(server.with_token(&token).code("{ me { id } }", json!({})).await, "UNAUTHENTICATED");
        // One that is made later counts.
        let fresh = made(server, customer, -1);
        assert!(server.with_token(&fresh).data("{ me { id } }", json!({})).await["me"]["id"].is_string());
    }
    // A process that starts later knows it too.
    let third = setup().beside(&one).start().await;
    assert_eq!(third.with_token(&token).code("{ me { id } }", json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn only_operators_withdraw_and_only_a_persons() {
    let server = Server::start().await;
    let subject = server.demo.customer.to_string();
    let input = json!({ "idempotencyKey": "k", "subject": subject, "reason": "x" });
    for (client, code) in [
        (server.anonymous(), "UNAUTHENTICATED"),
        (server.customer(), "FORBIDDEN"),
        (server.manager(), "FORBIDDEN"),
        (server.system(), "FORBIDDEN"),
    ] {
        assert_eq!(client.code(WITHDRAW, json!({ "input": input })).await, code);
    }
    for (subject, reason, field, code) in [
        ("ord_01JGFJJZ000000000000000002", "x", "subject", "INVALID_ID"),
        ("nonsense", "x", "subject", "INVALID_ID"),
        (subject.as_str(), " ", "reason", "INVALID"),
    ] {
        let input = json!({ "idempotencyKey": "k", "subject": subject, "reason": reason });
        let payload = server.operator().payload(WITHDRAW, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
        assert_eq!(payload["userErrors"][0]["field"], json!(["input", field]), "{payload}");
        assert_eq!(payload["upTo"], Value::Null);
    }
    // Nothing was withdrawn.
    assert!(server.customer().data("{ me { id } }", json!({})).await["me"]["id"].is_string());
}
