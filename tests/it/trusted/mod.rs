//! Trusted documents: who reaches which operation, by id, hash and text, over each way in.

mod bff;
mod command;
mod deprecated;
mod explain;
mod mock;
mod reload;
mod schema_check;
mod usage;

use std::path::Path;
use std::process::{Command, Output};

use milepost::trusted::{manifest, normal};
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server, Setup, Socket, Stream, TempDir};

const CITIES: &str = "query Cities { cities { code } }";
pub const BOARD: &str = "query Board { orders(first: 1) { nodes { id } } }";
const FOLLOW: &str = "subscription Follow($id: ID!) { deliveryMilestoneUpdated(orderId: $id) { kind order { id } } }";

/// A folder in which the mobile app has cities and a subscription, and partners have a board.
pub fn folder() -> TempDir {
    let folder = TempDir::new();
    write(folder.path(), "mobile/cities.graphql", CITIES);
    write(folder.path(), "mobile/follow.graphql", FOLLOW);
    write(folder.path(), "partner/board.graphql", BOARD);
    folder
}

pub fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder can be made");
    std::fs::write(file, text).expect("a file can be written");
}

/// Runs the program in a folder: whether it ended well, and what it said and found wrong.
fn program(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    ended(Command::new(env!("CARGO_BIN_EXE_milepost")).args(arguments).current_dir(folder))
}

/// The same over a server's database.
fn program_beside(server: &Server, folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
    ended(command.args(arguments).current_dir(folder).env("MILEPOST_DATABASE_URL", server.database_url()))
}

fn ended(command: &mut Command) -> (bool, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.success(), text(stdout), text(stderr))
}

/// A server with these operations, in the mode of production: trusted documents and nothing else.
fn setup(folder: &TempDir) -> Setup {
    Server::setup()
        .setting("MILEPOST_OPERATIONS__FOLDER", folder.path().to_str().expect("UTF-8"))
        .setting("MILEPOST_CLIENTS__DEFAULT__DOCUMENTS", "trusted-only")
}

/// Posts a body as the app of this name.
async fn post(client: &Client, app: &str, body: Value) -> Answer {
    let request = client
        .request(Method::POST, "/graphql")
        .header(ACCEPT, "application/graphql-response+json")
        .header("graphql-client-name", app)
        .json(&body);
    Answer::of(request.send().await.expect("an answer")).await
}

fn hash(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// What of an answer does not name the request.
fn shape(answer: &Answer) -> (u16, Value) {
    let mut json = answer.json.clone();
    json["errors"][0]["extensions"]["requestId"] = Value::Null;
    (answer.status, json)
}

#[tokio::test]
async fn an_app_runs_its_operations_by_id_by_hash_and_by_any_writing_of_the_text() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let customer = server.customer();
    let id = normal::id(CITIES);
    for body in [
        json!({ "documentId": id }),
        json!({ "documentId": format!("sha256:{id}") }),
        json!({ "documentId": id, "operationName": "Cities", "query": "" }),
        json!({ "extensions": hash(&id) }),
        json!({ "query": "# again\nquery   Cities {\n  cities { code, }\n}" }),
        json!({ "query": CITIES, "extensions": hash(&normal::hash(CITIES)) }),
    ] {
        let answer = post(&customer, "mobile", body.clone()).await;
        assert_eq!(answer.status, 200, "{body}: {:#}", answer.json);
        assert!(!answer.data["cities"].as_array().unwrap().is_empty(), "{body}");
    }
    let get = customer.get(&[("documentId", &id)]).header("apollographql-client-name", "mobile");
    assert_eq!(Answer::of(get.send().await.unwrap()).await.status, 200);
    let extensions = hash(&id).to_string();
    let get = customer.get(&[("extensions", &extensions)]).header("graphql-client-name", "mobile");
    assert_eq!(Answer::of(get.send().await.unwrap()).await.status, 200);
    // It holds no other operation.
    let answer = post(&customer, "mobile", json!({ "documentId": id, "operationName": "Other" })).await;
    assert_eq!(answer.status, 400, "{:#}", answer.json);
}

#[tokio::test]
async fn the_id_of_another_app_is_an_unknown_one() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let board = normal::id(BOARD);
    let unknown = normal::id("{ unknown }");
    for (one, other) in [
        (json!({ "documentId": board }), json!({ "documentId": unknown })),
        (json!({ "extensions": hash(&board) }), json!({ "extensions": hash(&unknown) })),
        (json!({ "query": BOARD }), json!({ "query": "query Unknown { unknown }" })),
    ] {
        let foreign = post(&customer, "mobile", one).await;
        let unknown = post(&customer, "mobile", other).await;
        assert!(matches!(foreign.status, 403 | 404), "{:#}", foreign.json);
        assert_eq!(shape(&foreign), shape(&unknown));
    }
    assert_eq!(post(&consultant, "partner", json!({ "documentId": board })).await.status, 200);
    // A customer does not get as far as the partners' documents: known and unknown ones are refused alike.
    let known = post(&customer, "partner", json!({ "documentId": board })).await;
    let other = post(&customer, "partner", json!({ "documentId": unknown })).await;
    assert_eq!((known.status, known.code()), (403, Some("FORBIDDEN")));
    assert_eq!(shape(&known), shape(&other));
    let stranger = post(&server.anonymous(), "partner", json!({ "documentId": board })).await;
    assert_eq!((stranger.status, stranger.code()), (401, Some("UNAUTHENTICATED")));
    let nobody = post(&customer, "kiosk", json!({ "documentId": board })).await;
    assert_eq!((nobody.status, nobody.code()), (403, Some("FORBIDDEN")));
}

#[tokio::test]
async fn an_unknown_id_costs_no_statement_and_says_so_as_apollo_reads_it() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let anonymous = server.anonymous();
    let (answer, statements) = server.counted(post(&anonymous, "mobile", json!({ "documentId": "nonsense" }))).await;
    assert_eq!(statements, 0);
    assert_eq!((answer.status, answer.code()), (404, Some("PERSISTED_QUERY_NOT_FOUND")));
    assert_eq!(answer.errors[0]["message"], "PersistedQueryNotFound");
    assert_eq!(answer.json.get("data"), None);
    let answer = post(&anonymous, "mobile", json!({ "query": "{ __typename }" })).await;
    assert_eq!((answer.status, answer.code()), (403, Some("DOCUMENT_NOT_TRUSTED")));
    for wrong in [json!("x"), json!({}), json!({ "version": 2, "sha256Hash": "x" }), json!({ "version": 1 })] {
        let body = json!({ "extensions": { "persistedQuery": wrong } });
        let answer = post(&anonymous, "mobile", body).await;
        assert_eq!((answer.status, answer.code()), (400, Some("BAD_USER_INPUT")), "{:#}", answer.json);
    }
    assert_eq!(post(&anonymous, "mobile", json!({})).await.status, 400);
}

#[tokio::test]
async fn automatic_persisted_queries_are_kept_for_the_app_that_sent_them() {
    let folder = folder();
    let server = setup(&folder)
        .setting("MILEPOST_CLIENTS__MOBILE__DOCUMENTS", "trusted-or-apq")
        .setting("MILEPOST_CLIENTS__KIOSK__DOCUMENTS", "trusted-or-apq")
        .start()
        .await;
    let anonymous = server.anonymous();
    let text = "{ __typename }";
    let id = normal::hash(text);
    let missing = post(&anonymous, "mobile", json!({ "extensions": hash(&id) })).await;
    assert_eq!((missing.status, missing.code()), (404, Some("PERSISTED_QUERY_NOT_FOUND")));
    // A text alone is no persisted query, and one whose hash is another's is not kept.
    let bare = post(&anonymous, "mobile", json!({ "query": text })).await;
    assert_eq!(bare.code(), Some("DOCUMENT_NOT_TRUSTED"));
    let forged = post(&anonymous, "mobile", json!({ "query": "{ cities { code } }", "extensions": hash(&id) })).await;
    assert_eq!((forged.status, forged.code()), (400, Some("BAD_USER_INPUT")));
    assert_eq!(post(&anonymous, "mobile", json!({ "extensions": hash(&id) })).await.status, 404);

    let sent = post(&anonymous, "mobile", json!({ "query": text, "extensions": hash(&id) })).await;
    assert_eq!(sent.data, json!({ "__typename": "Query" }));
    let again = post(&anonymous, "mobile", json!({ "extensions": hash(&id) })).await;
    assert_eq!(again.data, json!({ "__typename": "Query" }));
    assert_eq!(post(&anonymous, "kiosk", json!({ "extensions": hash(&id) })).await.status, 404);
}

#[tokio::test]
async fn what_was_released_is_served_for_good_under_the_id_that_apps_have() {
    let folder = folder();
    let old = "query Cities { cities { code name } }";
    let relay = json!({ "0123abcd": "query Quick{__typename}" }).to_string();
    let items = vec![
        manifest::Item { id: normal::id(old), name: "Cities".into(), kind: "query".into(), body: old.into() },
        manifest::read(&relay).unwrap().remove(0),
    ];
    write(folder.path(), "mobile/manifest.json", &manifest::write(items));
    let server = setup(&folder).start().await;
    for id in [normal::id(old), normal::id(CITIES), "0123abcd".to_owned(), normal::id("query Quick { __typename }")] {
        let answer = post(&server.anonymous(), "mobile", json!({ "documentId": id })).await;
        assert_eq!(answer.status, 200, "{id}: {:#}", answer.json);
    }
}

#[tokio::test]
async fn a_token_is_for_one_app() {
    let folder = folder();
    let server = setup(&folder).setting("MILEPOST_CLIENTS__MOBILE__AUDIENCE", "milepost-mobile").start().await;
    let body = json!({ "documentId": normal::id(CITIES) });
    // The token is for the gateway as a whole, not for the app.
    let answer = post(&server.customer(), "mobile", body.clone()).await;
    assert_eq!((answer.status, answer.code()), (401, Some("UNAUTHENTICATED")));
    let mut auth = server.auth().clone();
    auth.audience = "milepost-mobile".into();
    let viewer = milepost::access::Viewer::of(milepost::access::ViewerKind::Customer(server.demo.customer));
    let claims = milepost::identity::dev::claims(&auth, &viewer, server.app().clock.now(), chrono::Duration::hours(1));
    let own = server.with_token(&milepost::identity::dev::sign(&claims.unwrap()).unwrap());
    assert_eq!(post(&own, "mobile", body.clone()).await.status, 200);
    assert_eq!(post(&own, "mini-program", body).await.status, 401);
}

/// A socket that the app of this name has opened.
async fn socket(server: &Server, payload: Value) -> Socket {
    let mut socket = Socket::open(&server.url(), &[]).await;
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    socket
}

#[tokio::test]
async fn a_socket_belongs_to_an_app() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let customer = server.customer();
    let token = customer.authorization().unwrap();
    let mut mobile = socket(&server, json!({ "authorization": token, "client": { "name": "mobile" } })).await;
    assert_eq!(mobile.json().await["type"], "connection_ack");
    let subscribe = |id: &str, payload: Value| json!({ "type": "subscribe", "id": id, "payload": payload });
    for (id, payload, code) in [
        ("1", json!({ "query": "{ __typename }" }), "DOCUMENT_NOT_TRUSTED"),
        ("2", json!({ "documentId": normal::id(BOARD) }), "PERSISTED_QUERY_NOT_FOUND"),
        ("3", json!({ "variables": {} }), "BAD_USER_INPUT"),
    ] {
        mobile.send(subscribe(id, payload)).await;
        let said = mobile.json().await;
        assert_eq!((&said["type"], &said["id"]), (&json!("error"), &json!(id)), "{said}");
        assert_eq!(said["payload"][0]["extensions"]["code"], code, "{said}");
    }
    let order = server.demo.order.to_string();
    mobile.send(subscribe("4", json!({ "documentId": normal::id(FOLLOW), "variables": { "id": order } }))).await;
    let said = mobile.json().await;
    assert_eq!((&said["type"], &said["id"]), (&json!("next"), &json!("4")), "{said}");
    assert_eq!(said["payload"]["data"]["deliveryMilestoneUpdated"]["order"]["id"], order);

    // The header's token was looked at for another app.
    let foreign = setup(&folder).setting("MILEPOST_CLIENTS__MOBILE__AUDIENCE", "milepost-mobile").start().await;
    let consultant = foreign.customer();
    let headers = [("authorization", consultant.authorization().unwrap())];
    let mut renamed = Socket::open(&foreign.url(), &headers).await;
    renamed.send(json!({ "type": "connection_init", "payload": { "client": { "name": "mobile" } } })).await;
    assert_eq!(renamed.close_code().await, 4403);

    for payload in [
        json!({ "authorization": token, "client": { "name": "partner" } }),
        json!({ "client": { "name": "partner" } }),
        json!({ "authorization": token, "client": { "name": "kiosk" } }),
        json!({ "authorization": token, "client": { "name": 1 } }),
    ] {
        let mut refused = socket(&server, payload.clone()).await;
        assert_eq!(refused.close_code().await, 4403, "{payload}");
    }
}

#[tokio::test]
async fn server_sent_events_come_by_id() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let order = server.demo.order.to_string();
    let request = server
        .customer()
        .request(Method::POST, "/graphql")
        .header(ACCEPT, "text/event-stream")
        .header("graphql-client-name", "mobile")
        .json(&json!({ "documentId": normal::id(FOLLOW), "variables": { "id": order } }));
    let mut stream = Stream::of_events(request.send().await.unwrap());
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["order"]["id"], order);
}

#[tokio::test]
async fn an_app_has_its_own_language() {
    let folder = folder();
    let server = setup(&folder).setting("MILEPOST_CLIENTS__MOBILE__LOCALE", "en").start().await;
    let said = async |app: &str| {
        let body = json!({ "documentId": normal::id(CITIES), "extensions": { "persistedQuery": 1 } });
        let request = server.http().post(format!("{}/graphql", server.url())).header("graphql-client-name", app);
        let answer = Answer::of(request.json(&body).send().await.unwrap()).await;
        answer.errors[0]["message"].as_str().unwrap().to_owned()
    };
    assert!(said("mobile").await.contains("has to hold"));
    assert!(said("mini-program").await.contains("须含"));
}
