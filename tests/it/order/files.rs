//! Files of a conversation (C076): on their way in, out, and away.

use std::path::{Path, PathBuf};

use chrono::{Duration, TimeDelta};
use entity::order::shared_file;
use entity::{OrderId, SharedFileState};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use milepost::access::{Scope, ViewerKind};
use milepost::order::conversation::{remove_files_of, tidy};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::conversation::{blank, send};
use super::{key, other_store_of, staff_of};
use crate::harness::{Client, Server};

const CREATE: &str = "mutation($input: FileUploadCreateInput!) { fileUploadCreate(input: $input) {
    file { id name contentType size sha256 state link { url } } uploadUrl uploadExpiresAt userErrors { code field } } }";

const FILES: &str = "query($id: ID!) { messages(orderId: $id, first: 1) { nodes {
    files { id name contentType size sha256 state link { url expiresAt } } } } }";

/// A picture of one dot.
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xfc\xff\xff?\0\x05\xfe\x02\xfe\xa75\x81\x84\0\0\0\0IEND\xaeB`\x82";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb\0\x43\0\x08\x06\x06\xff\xd9";
const PDF: &[u8] =
    b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n";
const HTML: &[u8] = b"<!DOCTYPE html><html><body><script>alert(document.domain)</script></body></html>";

fn announces(order: OrderId, name: &str, size: usize, content_type: &str) -> Value {
    json!({ "idempotencyKey": key(), "orderId": order.to_string(), "name": name, "size": size, "contentType": content_type })
}

async fn create(client: &Client, input: Value) -> Value {
    client.payload(CREATE, json!({ "input": input })).await
}

/// A file's id and where to upload it.
pub(super) async fn created(
    client: &Client,
    order: OrderId,
    name: &str,
    size: usize,
    content_type: &str,
) -> (String, String) {
    let payload = create(client, announces(order, name, size, content_type)).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!((&payload["file"]["state"], &payload["file"]["link"]), (&json!("PENDING"), &json!(null)));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&payload["file"]["id"]), text(&payload["uploadUrl"]))
}

pub(super) async fn put(server: &Server, url: &str, bytes: &[u8]) -> (u16, Value) {
    let sent = server.http().put(format!("{}{url}", server.url())).body(bytes.to_vec()).send().await.unwrap();
    (sent.status().as_u16(), sent.json().await.unwrap())
}

pub(super) async fn uploaded(
    server: &Server,
    client: &Client,
    order: OrderId,
    name: &str,
    bytes: &[u8],
    kind: &str,
) -> String {
    let (id, url) = created(client, order, name, bytes.len(), kind).await;
    let (status, said) = put(server, &url, bytes).await;
    assert_eq!((status, &said["id"]), (201, &json!(id)), "{said}");
    id
}

pub(super) fn with_files(order: OrderId, files: &[&str]) -> Value {
    json!({ "idempotencyKey": key(), "orderId": order.to_string(), "fileIds": files })
}

/// All there is of orders in the folder.
fn kept(server: &Server) -> Vec<PathBuf> {
    below(&server.folder().join("files").join("orders"))
}

/// All files below a folder.
pub(super) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found
}

/// Where a file is had that its uploader sees.
pub(super) async fn link(client: &Client, file: &str) -> String {
    let node = "query($id: ID!) { node(id: $id) { ... on SharedFile { link { url } } } }";
    client.data(node, json!({ "id": file })).await["node"]["link"]["url"].as_str().unwrap().to_owned()
}

pub(super) async fn state(server: &Server, id: &str) -> Option<SharedFileState> {
    let found = shared_file::Entity::find_by_id(id.parse::<entity::SharedFileId>().unwrap());
    found.one(server.db().conn()).await.unwrap().map(|row| row.state)
}

pub(super) async fn get(server: &Server, url: &str) -> reqwest::Response {
    server.http().get(format!("{}{url}", server.url())).send().await.unwrap()
}

pub(super) fn code(said: &Value) -> &Value {
    &said["errors"][0]["extensions"]["code"]
}

#[tokio::test]
async fn a_picture_goes_from_one_side_to_the_other_and_to_nobody_else() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let (file, url) = created(&customer, id, "我的 车.png", PNG.len(), "image/png").await;
    assert!(url.starts_with("/files/upload?key="));
    let (status, said) = put(&server, &url, PNG).await;
    assert_eq!((status, &said["contentType"], &said["size"]), (201, &json!("image/png"), &json!(PNG.len())));
    let (status, again) = put(&server, &url, PNG).await;
    assert_eq!((status, code(&again)), (400, &json!("BAD_USER_INPUT")), "once");
    assert_eq!(kept(&server).len(), 1);

    // Before it is sent nobody else has it.
    let node = |client: Client| {
        let file = file.clone();
        async move { client.data("query($id: ID!) { node(id: $id) { id } }", json!({ "id": file })).await["node"].clone() }
    };
    assert_eq!(node(server.consultant()).await, json!(null));
    assert_eq!(node(server.customer()).await["id"], file);

    let payload = send(&customer, with_files(id, &[&file])).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!((&payload["message"]["text"], &payload["message"]["files"][0]["id"]), (&json!(null), &json!(file)));
    let shown =
        consultant.data(FILES, json!({ "id": id.to_string() })).await["messages"]["nodes"][0]["files"][0].clone();
    assert_eq!((&shown["name"], &shown["sha256"]), (&json!("我的 车.png"), &said["sha256"]));
    let link = shown["link"]["url"].as_str().unwrap();
    let answer = get(&server, link).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("content-disposition", "inline; filename=\"file.png\"; filename*=UTF-8''%E6%88%91%E7%9A%84%20%E8%BD%A6.png"),
    ] {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    assert_eq!(answer.bytes().await.unwrap(), PNG);

    let elsewhere = staff_of(&server, other_store_of(&server, id).await).await;
    let stranger = entity::order::order::Entity::find()
        .filter(entity::order::order::Column::CustomerId.ne(server.demo.customer))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    for client in [elsewhere, server.customer_with(stranger.customer_id)] {
        assert_eq!(node(client).await, json!(null));
    }
    let masked = server.operator().data(FILES, json!({ "id": id.to_string() })).await["messages"]["nodes"][0]["files"]
        [0]
    .clone();
    assert_eq!((&masked["name"], &masked["link"]), (&json!("****"), &json!(null)));
    let trusted = server.client(ViewerKind::Operator(server.demo.operator), &[Scope::PiiRead]);
    let seen = trusted.data(FILES, json!({ "id": id.to_string() })).await["messages"]["nodes"][0]["files"][0].clone();
    assert!(seen["link"]["url"].is_string());

    // A link ends, and is of its door alone.
    for wrong in [
        link.replace("download", "upload"),
        url.replace("upload", "download"),
        format!("{link}A"),
        "/files/download".into(),
        "/files/download?key=AA".into(),
    ] {
        assert_ne!(get(&server, &wrong).await.status(), 200, "{wrong}");
    }
    assert_eq!(get(&server, &url.replace("upload", "download")).await.status(), 404);
    let soon = Server::setup().beside(&server).clock(Duration::minutes(13)).start().await;
    assert_eq!(get(&soon, link).await.status(), 200, "on another process too");
    let later = Server::setup().beside(&server).clock(Duration::minutes(16)).start().await;
    assert_eq!(get(&later, link).await.status(), 404);
    let (_, late) = created(&customer, id, "a.png", PNG.len(), "image/png").await;
    assert_eq!(put(&later, &late, PNG).await.0, 404);
}

#[tokio::test]
async fn bytes_have_to_be_what_was_announced() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let customer = server.customer();
    for (bytes, kind) in [(PNG, "image/png"), (JPEG, "image/jpeg"), (PDF, "application/pdf")] {
        uploaded(&server, &customer, id, "a", bytes, kind).await;
    }
    assert_eq!(kept(&server).len(), 3);
    let mut padded = HTML.to_vec();
    padded.resize(2000, b' ');
    for (announced, size, bytes, status, wanted) in [
        ("image/png", HTML.len(), HTML, 400, "BAD_USER_INPUT"),
        ("image/png", padded.len(), &padded, 400, "BAD_USER_INPUT"),
        ("image/jpeg", PNG.len(), PNG, 400, "BAD_USER_INPUT"),
        ("application/pdf", JPEG.len(), JPEG, 400, "BAD_USER_INPUT"),
        ("image/png", PNG.len() + 1, PNG, 400, "BAD_USER_INPUT"),
        ("image/png", PNG.len() - 1, PNG, 413, "LIMIT_EXCEEDED"),
        ("image/png", PNG.len(), b"".as_slice(), 400, "BAD_USER_INPUT"),
    ] {
        let (file, url) = created(&customer, id, "a", size, announced).await;
        let (got, said) = put(&server, &url, bytes).await;
        assert_eq!((got, code(&said)), (status, &json!(wanted)), "{announced} of {size}");
        assert_eq!((state(&server, &file).await, kept(&server).len()), (Some(SharedFileState::Pending), 3));
        let payload = send(&customer, with_files(id, &[&file])).await;
        assert_eq!(payload["userErrors"][0]["code"], "NOT_ELIGIBLE");
    }
    // Whoever was refused may try again.
    let (file, url) = created(&customer, id, "a.png", PNG.len(), "image/png").await;
    assert_eq!(put(&server, &url, HTML).await.0, 413);
    assert_eq!(put(&server, &url, PNG).await.0, 201);
    assert_eq!(state(&server, &file).await, Some(SharedFileState::Uploaded));
}

#[tokio::test]
async fn what_is_too_long_is_cut_off_on_its_way() {
    let server = Server::setup().setting("MILEPOST_FILES__MAX_BYTES", "20000000").start().await;
    let id = blank(&server).await;
    let customer = server.customer();
    let mut bytes = PNG.to_vec();
    bytes.resize(12_000_000, 7);
    let (file, url) = created(&customer, id, "a.png", 6_000_000, "image/png").await;
    // The server does not read to the end, so the client may not come to the answer.
    if let Ok(answer) = server.http().put(format!("{}{url}", server.url())).body(bytes.clone()).send().await {
        assert_eq!(answer.status(), 413);
    }
    crate::harness::until(|| async { kept(&server).len() }, |left| *left == 0).await;
    assert_eq!(state(&server, &file).await, Some(SharedFileState::Pending));
    // One of several parts comes as it was sent.
    let file = uploaded(&server, &customer, id, "a.png", &bytes, "image/png").await;
    let had = get(&server, &link(&customer, &file).await).await.bytes().await.unwrap();
    assert!(had == bytes);
}

#[tokio::test]
async fn what_is_kept_is_sealed_and_what_was_changed_is_not_given() {
    let server = Server::start().await;
    let customer = server.customer();
    let id = blank(&server).await;
    let bytes = [PDF, &b"the number of my passport ".repeat(10_000)].concat();
    let file = uploaded(&server, &customer, id, "a.pdf", &bytes, "application/pdf").await;
    let there = kept(&server)[0].clone();
    let sealed = std::fs::read(&there).unwrap();
    for clear in [b"%PDF".as_slice(), b"passport"] {
        assert!(!sealed.windows(clear.len()).any(|part| part == clear));
    }
    let url = link(&customer, &file).await;
    let had = async || server.http().get(format!("{}{url}", server.url())).send().await?.bytes().await;
    assert!(had().await.unwrap() == bytes);
    let mut changed = sealed.clone();
    *changed.last_mut().unwrap() ^= 1;
    for wrong in [changed, sealed[..sealed.len() - 1].to_vec()] {
        std::fs::write(&there, wrong).unwrap();
        assert!(had().await.is_err(), "it breaks off before its end");
    }
    std::fs::write(&there, &bytes).unwrap();
    assert_eq!(get(&server, &url).await.status(), 503);
    std::fs::write(&there, &sealed).unwrap();
    assert!(had().await.unwrap() == bytes);
}

#[tokio::test]
async fn who_uploads_much_at_once_does_not_stop_others() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (_, url) = created(&server.customer(), id, "a.png", PNG.len(), "image/png").await;
    // Each sends a part, and then nothing for longer than the test takes.
    let slow: Vec<_> = (0..40)
        .map(|_| {
            let bytes = stream::iter([Ok::<_, std::io::Error>(PNG[..20].to_vec())]).chain(stream::pending());
            let sent = server.http().put(format!("{}{url}", server.url()));
            tokio::spawn(sent.body(reqwest::Body::wrap_stream(bytes)).send())
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let consultant = server.consultant();
    let others = uploaded(&server, &consultant, id, "b.png", PNG, "image/png");
    tokio::time::timeout(std::time::Duration::from_secs(10), others).await.expect("there are turns for others");
    slow.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn all_files_of_an_order_have_a_bound() {
    let server = Server::setup().setting("MILEPOST_FILES__MAX_ORDER_BYTES", "1000").start().await;
    let id = blank(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    created(&customer, id, "a.png", 600, "image/png").await;
    let refused = create(&consultant, announces(id, "b.png", 401, "image/png")).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "LIMIT_REACHED", "field": ["input", "size"] }]));
    assert_eq!(shared_file::Entity::find().count(server.db().conn()).await.unwrap(), 1);
    created(&consultant, id, "b.png", 400, "image/png").await;
    // What is removed makes room.
    assert_eq!(remove_files_of(server.app(), id).await.unwrap(), 2);
    created(&consultant, id, "c.png", 1000, "image/png").await;
}

#[tokio::test]
async fn what_a_killed_process_leaves_of_an_upload_goes_after_its_time() {
    let server = Server::start().await;
    let id = blank(&server).await;
    uploaded(&server, &server.customer(), id, "a.png", PNG, "image/png").await;
    let there = kept(&server)[0].clone();
    let left = there.with_file_name("sfl_1-ab#3");
    std::fs::write(&left, PNG).unwrap();
    let (files, now) = (&server.app().files, server.app().clock.now());
    assert_eq!(files.remove_leftovers(now - TimeDelta::hours(1)).await.unwrap(), 0, "it may be under way");
    assert_eq!(files.remove_leftovers(now + TimeDelta::hours(1)).await.unwrap(), 1);
    assert_eq!(kept(&server), [there]);
}

#[tokio::test]
async fn a_form_with_a_file_does_as_well() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (file, url) = created(&server.customer(), id, "a.pdf", PDF.len(), "application/pdf").await;
    let form = |part: &[u8]| {
        let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--XX\r\n".to_vec();
        body.extend_from_slice(part);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        server
            .http()
            .post(format!("{}{url}", server.url()))
            .header("content-type", "multipart/form-data; boundary=XX")
            .body(body)
            .send()
    };
    assert_eq!(form(b"Content-Disposition: form-data; name=\"x\"\r\n\r\ny").await.unwrap().status(), 400);
    let head = b"Content-Disposition: form-data; name=\"file\"; filename=\"../../evil.html\"\r\nContent-Type: text/html\r\n\r\n";
    assert_eq!(form(&[head.as_slice(), PDF].concat()).await.unwrap().status(), 201);
    assert_eq!(state(&server, &file).await, Some(SharedFileState::Uploaded));
    let names = kept(&server);
    assert!(names.len() == 1 && !names[0].to_string_lossy().contains("evil"), "{names:?}");
    let payload = send(&server.customer(), with_files(id, &[&file])).await;
    let link = payload["message"]["files"][0]["link"]["url"].as_str().unwrap().to_owned();
    let answer = get(&server, &link).await;
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; "));
    assert_eq!(answer.headers()["content-type"], "application/pdf");
}

#[tokio::test]
async fn of_many_uploads_at_once_one_counts() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (file, url) = created(&server.customer(), id, "a.jpg", JPEG.len(), "image/jpeg").await;
    let all = join_all((0..20).map(|_| put(&server, &url, JPEG))).await;
    assert_eq!(all.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert!(all.iter().all(|(status, _)| matches!(status, 201 | 400)));
    assert_eq!((kept(&server).len(), state(&server, &file).await), (1, Some(SharedFileState::Uploaded)));
}

#[tokio::test]
async fn what_is_announced_wrongly_is_refused() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let customer = server.customer();
    let field = |name: &str| json!(["input", name]);
    for (input, wanted) in [
        (announces(id, "a.svg", 10, "image/svg+xml"), vec![("INVALID", "contentType")]),
        (announces(id, "a.html", 10, "text/html"), vec![("INVALID", "contentType")]),
        (announces(id, " ", 0, "image/png"), vec![("REQUIRED", "name"), ("INVALID", "size")]),
        (announces(id, "a\nb", 10_485_761, "image/png"), vec![("INVALID", "name"), ("INVALID", "size")]),
        (announces(id, "a.mp4", 52_428_801, "video/mp4"), vec![("INVALID", "size")]),
        (announces(OrderId::generate(), "a.png", 10, "image/png"), vec![("NOT_FOUND", "orderId")]),
    ] {
        let payload = create(&customer, input.clone()).await;
        let wanted: Vec<_> =
            wanted.into_iter().map(|(code, name)| json!({ "code": code, "field": field(name) })).collect();
        assert_eq!(payload["userErrors"], json!(wanted), "{input}");
        assert_eq!((&payload["file"], &payload["uploadUrl"]), (&json!(null), &json!(null)));
    }
    let count = || shared_file::Entity::find().count(server.db().conn());
    assert_eq!(count().await.unwrap(), 0);
    let elsewhere = staff_of(&server, other_store_of(&server, id).await).await;
    let payload = create(&elsewhere, announces(id, "a.png", 10, "image/png")).await;
    assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(
        server.anonymous().code(CREATE, json!({ "input": announces(id, "a", 9, "image/png") })).await,
        "UNAUTHENTICATED"
    );

    // The same key is the same file.
    let input = announces(id, "a.png", 10, "image/png");
    let (first, again) = (create(&customer, input.clone()).await, create(&customer, input).await);
    assert_eq!(first["file"]["id"], again["file"]["id"]);
    for _ in 1..20 {
        created(&customer, id, "a.png", 10, "image/png").await;
    }
    let payload = create(&customer, announces(id, "a.png", 10, "image/png")).await;
    assert_eq!(payload["userErrors"], json!([{ "code": "LIMIT_REACHED", "field": field("orderId") }]));
    assert_eq!(count().await.unwrap(), 20);
    created(&server.consultant(), id, "a.png", 10, "image/png").await;
}

#[tokio::test]
async fn a_file_is_sent_once_and_by_who_uploaded_it() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let theirs = uploaded(&server, &consultant, id, "a.png", PNG, "image/png").await;
    let mine = uploaded(&server, &customer, id, "b.png", PNG, "image/png").await;
    let refused = |code: &str, place: &str| json!([{ "code": code, "field": ["input", "fileIds", place] }]);
    let plain = |payload: &Value| {
        let errors = payload["userErrors"].as_array().unwrap().iter();
        json!(errors.map(|error| json!({ "code": error["code"], "field": error["field"] })).collect::<Vec<_>>())
    };
    let payload = send(&customer, with_files(id, &[&mine, &theirs])).await;
    assert_eq!(plain(&payload), refused("NOT_FOUND", "1"));
    let payload = send(&customer, with_files(id, &[&mine])).await;
    assert_eq!(plain(&payload), json!([]));
    let payload = send(&customer, with_files(id, &[&mine])).await;
    assert_eq!(plain(&payload), refused("DUPLICATE", "0"));

    // What is taken back takes its files along.
    let message = customer.data(
        "query($id: ID!) { messages(orderId: $id, first: 1) { nodes { id files { link { url } } } } }",
        json!({ "id": id.to_string() }),
    );
    let message = message.await["messages"]["nodes"][0].clone();
    let link = message["files"][0]["link"]["url"].as_str().unwrap().to_owned();
    assert_eq!(get(&server, &link).await.status(), 200);
    let recall = "mutation($input: MessageRecallInput!) { messageRecall(input: $input) { message { files { id } } userErrors { code } } }";
    let payload =
        customer.payload(recall, json!({ "input": { "idempotencyKey": key(), "messageId": message["id"] } })).await;
    assert_eq!(payload, json!({ "message": { "files": [] }, "userErrors": [] }));
    assert_eq!(get(&server, &link).await.status(), 404);
    assert_eq!(tidy(server.app(), &CancellationToken::new()).await.unwrap(), 1);
    assert_eq!((state(&server, &mine).await, kept(&server).len()), (None, 1));
}

#[tokio::test]
async fn what_nobody_sends_goes_after_a_while_and_what_was_sent_stays() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let customer = server.customer();
    let (pending, _) = created(&customer, id, "a.png", PNG.len(), "image/png").await;
    let unsent = uploaded(&server, &customer, id, "b.png", PNG, "image/png").await;
    let sent = uploaded(&server, &customer, id, "c.png", PNG, "image/png").await;
    assert_eq!(send(&customer, with_files(id, &[&sent])).await["userErrors"], json!([]));
    let age = |hours: i64| {
        let by = server.app().clock.now() - TimeDelta::minutes(hours * 60 + 1);
        shared_file::Entity::update_many()
            .col_expr(shared_file::Column::CreatedAt, Expr::value(by))
            .filter(shared_file::Column::OrderId.eq(id))
            .exec(server.db().conn())
    };
    let stop = CancellationToken::new();
    assert_eq!(tidy(server.app(), &stop).await.unwrap(), 0);
    age(1).await.unwrap();
    assert_eq!(tidy(server.app(), &stop).await.unwrap(), 1);
    assert_eq!((state(&server, &pending).await, kept(&server).len()), (None, 2));
    age(24).await.unwrap();
    assert_eq!(tidy(server.app(), &stop).await.unwrap(), 1);
    assert_eq!((state(&server, &unsent).await, kept(&server).len()), (None, 1));
    age(24 * 400).await.unwrap();
    assert_eq!(tidy(server.app(), &stop).await.unwrap(), 0);

    // Until its order's files are to be forgotten.
    assert_eq!(remove_files_of(server.app(), id).await.unwrap(), 1);
    assert_eq!((state(&server, &sent).await, kept(&server).len()), (None, 0));
    assert_eq!(remove_files_of(server.app(), id).await.unwrap(), 0);
    let left = customer.data(FILES, json!({ "id": id.to_string() })).await["messages"]["nodes"][0]["files"].clone();
    assert_eq!(left, json!([]));
}
