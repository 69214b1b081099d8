//! Files of a conversation in a store that speaks S3 (C076).

use entity::SharedFileState;
use milepost::order::conversation::{remove_files_of, tidy};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

use super::conversation::{blank, send};
use super::files::{PNG, below, code, created, get, link, put, state, uploaded, with_files};
use super::key;
use crate::harness::{Bucket, SECRET, until};

/// More than one part of an upload.
fn long() -> Vec<u8> {
    let mut bytes = PNG.to_vec();
    bytes.resize(9_000_000, 7);
    bytes
}

#[tokio::test]
async fn files_go_into_a_bucket_out_of_it_and_away() {
    let bucket = Bucket::start().await;
    let server = bucket.setup(SECRET).start().await;
    let id = blank(&server).await;
    let customer = server.customer();
    for bytes in [PNG.to_vec(), long()] {
        let file = uploaded(&server, &customer, id, "a.png", &bytes, "image/png").await;
        let answer = get(&server, &link(&customer, &file).await).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
        assert!(answer.bytes().await.unwrap() == bytes);
    }
    let objects = below(&bucket.orders());
    assert_eq!((objects.len(), bucket.unfinished()), (2, vec![]));
    for object in objects {
        let kept = std::fs::read(object).unwrap();
        assert!(!kept.windows(8).any(|part| part == &PNG[..8]), "what is there is sealed");
    }

    // Taken back, one goes; and all with their order.
    let file = uploaded(&server, &customer, id, "a.png", PNG, "image/png").await;
    let sent = send(&customer, with_files(id, &[&file])).await;
    let recall = "mutation($input: MessageRecallInput!) { messageRecall(input: $input) { userErrors { code } } }";
    let input = json!({ "idempotencyKey": key(), "messageId": sent["message"]["id"] });
    assert_eq!(customer.payload(recall, json!({ "input": input })).await["userErrors"], json!([]));
    assert_eq!(tidy(server.app(), &CancellationToken::new()).await.unwrap(), 1);
    assert_eq!((state(&server, &file).await, below(&bucket.orders()).len()), (None, 2));
    assert_eq!(remove_files_of(server.app(), id).await.unwrap(), 2);
    assert_eq!(below(&bucket.orders()).len(), 0);
}

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_no_parts() {
    let bucket = Bucket::start().await;
    let server = bucket.setup(SECRET).start().await;
    let id = blank(&server).await;
    let customer = server.customer();
    let bytes = long();
    // Its client leaves in the midst of it.
    let (file, url) = created(&customer, id, "a.png", bytes.len(), "image/png").await;
    let address = server.url();
    let host = address.strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!("PUT {url} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n", bytes.len());
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&bytes[..8_000_000]).await.unwrap();
    until(|| async { bucket.unfinished().len() }, |left| *left > 1).await;
    drop(socket);
    until(|| async { bucket.unfinished() }, Vec::is_empty).await;
    // It is longer than it was announced.
    let (_, url) = created(&customer, id, "a.png", 7_000_000, "image/png").await;
    let sent = server.http().put(format!("{address}{url}")).body(bytes.clone()).send().await;
    assert!(sent.is_err() || sent.is_ok_and(|answer| answer.status() == 413));
    until(|| async { bucket.unfinished() }, Vec::is_empty).await;
    assert_eq!((state(&server, &file).await, below(&bucket.orders()).len()), (Some(SharedFileState::Pending), 0));
    // Whoever broke off may try again.
    let (_, url) = created(&customer, id, "a.png", bytes.len(), "image/png").await;
    assert_eq!(put(&server, &url, &bytes).await.0, 201);
}

#[tokio::test]
async fn a_wrong_key_takes_no_files_and_says_nothing_of_itself() {
    let bucket = Bucket::start().await;
    let server = bucket.setup("another-secret").start().await;
    let id = blank(&server).await;
    let (file, url) = created(&server.customer(), id, "a.png", PNG.len(), "image/png").await;
    let (status, said) = put(&server, &url, PNG).await;
    assert_eq!((status, code(&said)), (503, &json!("UNAVAILABLE")));
    assert!(!said.to_string().contains("AKID") && !said.to_string().contains("secret"), "{said}");
    assert_eq!((state(&server, &file).await, below(&bucket.orders()).len()), (Some(SharedFileState::Pending), 0));
    until(|| async { server.app().files.ready() }, |ready| !ready).await;
}
