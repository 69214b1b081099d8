//! Documents that ask for too much are refused before anything is done, cheaply, over each way in.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server, Setup, Socket};

/// With the limits that the settings begin with.
fn setup() -> Setup {
    usual(Server::setup())
}

/// The limits that the settings begin with, in the place of the harness' own.
pub fn usual(mut setup: Setup) -> Setup {
    for (name, value) in [
        ("MILEPOST_CLIENTS__DEFAULT__MAX_COST", "5000"),
        ("MILEPOST_LIMITS__TOKENS", "2000"),
        ("MILEPOST_LIMITS__FIELDS", "1000"),
        ("MILEPOST_LIMITS__ALIASES", "30"),
        ("MILEPOST_LIMITS__DEPTH", "12"),
        ("MILEPOST_LIMITS__ROOT_FIELDS", "15"),
        ("MILEPOST_LIMITS__DIRECTIVES", "50"),
    ] {
        setup = setup.setting(name, value);
    }
    setup
}

/// Documents that ask for too much, with the words by which they are refused.
pub fn abusive() -> Vec<(&'static str, String, &'static str)> {
    let many = |count: usize, each: &dyn Fn(usize) -> String| (0..count).map(each).collect::<String>();
    let mut doubled = "query { ...F0 }".to_owned();
    for n in 0..25 {
        doubled += &format!(" fragment F{n} on Query {{ ...F{0} ...F{0} }}", n + 1);
    }
    doubled += " fragment F25 on Query { me { id } }";
    let unused = doubled.replace("query { ...F0 }", "{ me { id } }");
    let nothing = doubled.replace("me { id }", "...Nowhere ...Nowhere");
    let deep = "{ me { orders { vehicle { order { customer ".to_owned()
        + &"{ orders { customer ".repeat(20)
        + "{ id }"
        + &" } }".repeat(20)
        + " } } } } }";
    vec![
        ("tokens", format!("{{ {} }}", many(10_000, &|_| "me ".into())), "tokens"),
        ("depth", deep, "levels deep"),
        ("aliases", format!("{{ me {{ {} }} }}", many(400, &|n| format!("a{n}: id "))), "aliases"),
        ("a thousand aliases", format!("{{ {} }}", many(1_000, &|n| format!("a{n}: apiVersion "))), "tokens"),
        ("roots", format!("{{ {} }}", many(20, &|_| "apiVersion ".into())), "fields of its own"),
        ("directives", format!("{{ me {{ id {} }} }}", "@skip(if: false) ".repeat(60)), "directives"),
        ("a thousand directives", format!("{{ me {{ id {} }} }}", "@skip(if: false) ".repeat(1_000)), "tokens"),
        ("fifty levels", format!("{}id{}", "{ me ".repeat(50), " }".repeat(50)), "levels deep"),
        ("fields by fragments", doubled, "fields"),
        ("fragments that nothing uses", unused, "fields"),
        ("fragments that lead nowhere", nothing, "fields"),
        ("circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".into(), "within itself"),
        ("a page of a million", "{ orders(first: 1000000) { nodes { id } } }".into(), "shorter pages"),
        (
            "pages within pages",
            "{ stores(first: 100) { nodes { id } } orders(first: 100) { nodes { milestones { code } timeline { id } } } }".into(),
            "shorter pages",
        ),
    ]
}

async fn post(client: &Client, body: impl Into<reqwest::Body>) -> Answer {
    let request = client.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
    let request = request.header(ACCEPT, "application/graphql-response+json").body(body);
    Answer::of(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn each_is_refused_over_http_without_a_statement() {
    let server = setup().start().await;
    let consultant = server.consultant();
    for (what, document, words) in abusive() {
        let body = json!({ "query": document }).to_string();
        let began = Instant::now();
        let (answer, statements) = server.counted(post(&consultant, body)).await;
        assert_eq!(answer.status, 400, "{what}: {:#}", answer.json);
        let code = if words == "within itself" { "GRAPHQL_VALIDATION_FAILED" } else { "LIMIT_EXCEEDED" };
        assert_eq!((answer.code(), statements), (Some(code), 0), "{what}");
        let message = answer.errors[0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{what}: {message}");
        // Far above what it takes, far below what the engine would take.
        assert!(began.elapsed() < Duration::from_secs(2), "{what}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn each_is_refused_on_a_socket_and_by_server_sent_events_alike() {
    let server = setup().start().await;
    let consultant = server.consultant();
    let mut socket = Socket::open(&server.url(), &[("accept-language", "en")]).await;
    socket.send(json!({ "type": "connection_init", "payload": { "authorization": consultant.authorization() } })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
    for (what, document, words) in abusive() {
        socket.send(json!({ "type": "subscribe", "id": what, "payload": { "query": document } })).await;
        let said = socket.json().await;
        assert_eq!((&said["type"], &said["id"]), (&json!("error"), &json!(what)), "{said}");
        assert!(said["payload"][0]["message"].as_str().unwrap().contains(words), "{said}");
        let request = consultant.request(Method::POST, "/graphql").header(ACCEPT, "text/event-stream");
        let answer = Answer::of(request.json(&json!({ "query": document })).send().await.unwrap()).await;
        assert_eq!(answer.status, 400, "{what}");
        assert!(answer.errors[0]["message"].as_str().unwrap().contains(words), "{:#}", answer.json);
    }
}

#[tokio::test]
async fn variables_say_how_much_a_page_costs() {
    let server = setup().start().await;
    let consultant = server.consultant();
    let document = "query($first: Int! = 10) { orders(first: $first) { nodes { milestones { code } } } }";
    for (variables, allowed) in [(json!({}), true), (json!({ "first": 50 }), true), (json!({ "first": 1000 }), false)] {
        let answer = consultant.query(document, variables.clone()).await;
        assert_eq!(answer.code() == Some("LIMIT_EXCEEDED"), !allowed, "{variables}: {:#}", answer.json);
    }
    // The same document again, now that it is known.
    assert_eq!(consultant.code(document, json!({ "first": 1000 })).await, "LIMIT_EXCEEDED");
}

/// Bodies that are no requests, with the status by which they are refused.
pub fn nonsense() -> Vec<(&'static str, Vec<u8>, u16)> {
    let deep: String = "[".repeat(100_000) + &"]".repeat(100_000);
    let variables = format!(r#"{{"query":"{{ __typename }}","variables":{{"a":{deep}}}}}"#);
    let given = r#"{"query":"query($n: String!) { orderByNumber(number: $n) { id } }","variables":{"n":"YC\u0000"}}"#;
    vec![
        ("20 MB", vec![b' '; 20 << 20], 413),
        ("deep JSON", variables.into_bytes(), 400),
        ("invalid UTF-8", b"{\"query\":\"{ \xff }\"}".to_vec(), 400),
        ("NUL in JSON", b"{\"query\":\"{ \x00 }\"}".to_vec(), 400),
        ("NUL in a document", br#"{"query":"{ me\u0000 { id } }"}"#.to_vec(), 400),
        ("NUL in a document's text", br#"{"query":"{ order(id: \"a\u0000\") { id } }"}"#.to_vec(), 400),
        (
            "NUL as the document writes it",
            br#"{"query":"{ orderByNumber(number: \"a\\u0000\") { id } }"}"#.to_vec(),
            400,
        ),
        ("NUL in a variable", given.into(), 400),
    ]
}

#[tokio::test]
async fn what_no_text_may_hold_is_refused_by_the_name_of_its_variable() {
    let server = setup().start().await;
    let operator = server.operator();
    let known = "query($o: OrderWhereInput) { orders(where: $o, first: 1) { nodes { id } } }";
    for (variables, name) in [
        (json!({ "o": { "number": "a\u{0}" } }), "o.number"),
        (json!({ "o": { "AND": [{}, { "number": "a\u{0}" }] } }), "o.AND.1.number"),
    ] {
        // Known or not makes no difference.
        for _ in 0..2 {
            let (answer, statements) = server.counted(operator.query(known, variables.clone())).await;
            assert_eq!(
                (answer.status, answer.code(), statements),
                (400, Some("BAD_USER_INPUT"), 0),
                "{:#}",
                answer.json
            );
            assert_eq!(answer.errors[0]["extensions"]["argument"], *name, "{:#}", answer.json);
        }
        assert_eq!(operator.query(known, json!({ "o": {} })).await.errors.len(), 0);
    }
    let get = operator.get(&[("query", known), ("variables", r#"{"o":{"number":"\u0000"}}"#)]);
    assert_eq!(Answer::of(get.send().await.unwrap()).await.code(), Some("BAD_USER_INPUT"));
}

#[tokio::test]
async fn bodies_that_are_no_requests_are_refused_and_never_an_error_of_ours() {
    let server = setup().start().await;
    let client = server.consultant();
    for (what, body, status) in nonsense() {
        // The connection may be cut while a body that is too large is still on its way.
        let request = client.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
        let sent = request.header(ACCEPT, "application/graphql-response+json").body(body).send().await;
        match sent {
            Ok(answer) => assert_eq!(answer.status().as_u16(), status, "{what}: {:?}", answer.text().await),
            Err(error) => assert!(status == 413 && !error.is_timeout(), "{what}: {error}"),
        }
    }
    // And it serves on.
    assert_eq!(client.data("{ __typename }", Value::Null).await["__typename"], "Query");
}
