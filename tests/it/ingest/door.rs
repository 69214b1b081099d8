//! Who comes in, and who does not.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{MILESTONE, Signed, ago, demo_order, event, fingerprint, records, send};
use crate::harness::{Answer, Client, Server};

/// A batch that would change something.
async fn batch(server: &Server) -> Vec<u8> {
    let data = json!({ "orderNumber": demo_order(server).await.number, "code": "ARRIVED", "state": "DONE" });
    Value::from(vec![event("m-1", MILESTONE, Some(ago(server, 60)), data)]).to_string().into_bytes()
}

async fn refused(server: &Server, before: &[(String, i64)], answer: Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.json["code"].as_str()), (status, Some(code)), "{:#}", answer.json);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.json["status"], status);
    assert!(answer.json["detail"].as_str().is_some_and(|text| text.len() > 10), "{:#}", answer.json);
    assert_eq!(fingerprint(server).await, before);
    assert_eq!(records(server).await.len(), 0);
}

#[tokio::test]
async fn a_signature_counts_for_its_own_body_time_and_system_alone() {
    let server = Server::start().await;
    let body = batch(&server).await;
    let before = fingerprint(&server).await;
    let right = Signed::of_demo(&server);

    let mut tampered = body.clone();
    let at = body.windows(7).position(|part| part == b"ARRIVED").unwrap();
    tampered[at..at + 7].copy_from_slice(b"SHIPPED");
    let answer = right.send(&server, &body, &tampered).await;
    refused(&server, &before, answer, 401, "INGEST_SIGNATURE").await;

    for minutes in [-6, 6] {
        let stale = Signed { at: right.at + TimeDelta::minutes(minutes), ..Signed::of_demo(&server) };
        let answer = stale.send(&server, &body, &body).await;
        refused(&server, &before, answer, 401, "INGEST_SIGNATURE_TIME").await;
    }
    let wrong_key = Signed { secret: b"another key", ..Signed::of_demo(&server) };
    refused(&server, &before, wrong_key.send(&server, &body, &body).await, 401, "INGEST_SIGNATURE").await;
    let unknown = Signed { system: "nobody", ..Signed::of_demo(&server) };
    refused(&server, &before, unknown.send(&server, &body, &body).await, 401, "INGEST_SIGNATURE").await;
    let separator = Signed { id: "msg.1", ..Signed::of_demo(&server) };
    refused(&server, &before, separator.send(&server, &body, &body).await, 401, "INGEST_SIGNATURE_ID").await;

    let answer = right.send(&server, &body, &body).await;
    assert_eq!((answer.status, answer.json["results"][0]["outcome"].as_str()), (200, Some("applied")));
    // The same request again, as a sender does who has not heard the answer.
    let answer = right.send(&server, &body, &body).await;
    assert_eq!((answer.status, answer.json["results"][0]["outcome"].as_str()), (200, Some("repeated")));
}

#[tokio::test]
async fn only_systems_come_in() {
    let server = Server::start().await;
    let body: Vec<Value> = serde_json::from_slice(&batch(&server).await).unwrap();
    let before = fingerprint(&server).await;
    for client in [server.customer(), server.consultant(), server.manager(), server.operator()] {
        refused(&server, &before, send(&client, &body).await, 403, "INGEST_ROLE").await;
    }
    refused(&server, &before, send(&server.anonymous(), &body).await, 401, "INGEST_UNSIGNED").await;
    refused(&server, &before, send(&server.with_token("nonsense"), &body).await, 401, "TOKEN").await;
    let stranger = milepost::access::ViewerKind::System(entity::UpstreamSystemId::generate());
    let answer = send(&server.client(stranger, &[]), &body).await;
    refused(&server, &before, answer, 401, "INGEST_UNKNOWN_SYSTEM").await;
}

fn post(client: &Client, media_type: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    client.request(reqwest::Method::POST, "/ingest/events").header("content-type", media_type).body(body)
}

#[tokio::test]
async fn bodies_of_another_kind_or_size_are_refused() {
    let server = Server::setup().setting("MILEPOST_INGEST__MAX_EVENTS", "3").start().await;
    let system = server.system();
    let before = fingerprint(&server).await;
    let (one, many) = ("application/cloudevents+json", "application/cloudevents-batch+json");
    for (media_type, body, status, code) in [
        ("application/json", "[]", 415, "INGEST_CONTENT_TYPE"),
        ("text/plain", "[]", 415, "INGEST_CONTENT_TYPE"),
        (one, "[]", 400, "INGEST_ONE"),
        (many, "{}", 400, "INGEST_BATCH"),
        (many, "[", 400, "INGEST_JSON"),
        (many, "[{},{},{},{}]", 413, "INGEST_TOO_MANY"),
    ] {
        let answer = Answer::of(post(&system, media_type, body).send().await.unwrap()).await;
        refused(&server, &before, answer, status, code).await;
    }
    let large = vec![b' '; 20 << 20];
    let answer = Answer::of(post(&system, many, large.clone()).send().await.unwrap()).await;
    refused(&server, &before, answer, 413, "INGEST_BODY_SIZE").await;
    refused_unannounced(&server, &large).await;
    assert_eq!(fingerprint(&server).await, before);
    let get = Answer::of(system.request(reqwest::Method::GET, "/ingest/events").send().await.unwrap()).await;
    refused(&server, &before, get, 405, "INGEST_METHOD").await;
    let empty = Answer::of(post(&system, many, "[]").send().await.unwrap()).await;
    assert_eq!((empty.status, empty.json), (200, json!({ "results": [] })));
}

/// The same without a length, and without a token: what says nothing of a signature is refused before its body comes, and
/// what does is read no further than it may be long.
async fn refused_unannounced(server: &Server, body: &[u8]) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = server.url().trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /ingest/events HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\
         content-type: application/cloudevents-batch+json\r\n"
    );
    let mut answer = String::new();
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("INGEST_UNSIGNED"), "{answer}");

    answer.clear();
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    let now = server.app().clock.now().timestamp();
    let signed =
        format!("milepost-system: x\r\nwebhook-id: m\r\nwebhook-timestamp: {now}\r\nwebhook-signature: v1,x\r\n");
    socket.write_all(format!("{head}{signed}\r\n").as_bytes()).await.unwrap();
    for chunk in body.chunks(1 << 20) {
        socket.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await.unwrap();
        socket.write_all(chunk).await.unwrap();
        socket.write_all(b"\r\n").await.unwrap();
    }
    socket.write_all(b"0\r\n\r\n").await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("INGEST_BODY_SIZE"), "{answer}");
}
