//! GraphQL over HTTP: methods, media types, status codes.

use reqwest::Method;
use reqwest::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use serde_json::json;

use crate::harness::{Answer, Client, Server};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

async fn post(client: &Client, content_type: Option<&str>, accept: Option<&str>, body: &str) -> Answer {
    let mut request = client.request(Method::POST, "/graphql").body(body.to_owned());
    if let Some(value) = content_type {
        request = request.header(CONTENT_TYPE, value);
    }
    if let Some(value) = accept {
        request = request.header(ACCEPT, value);
    }
    Answer::of(request.send().await.unwrap()).await
}

fn media_type(answer: &Answer) -> &str {
    answer.headers[CONTENT_TYPE].to_str().unwrap()
}

#[tokio::test]
async fn the_form_of_an_answer_is_what_accept_asks_for() {
    let server = Server::start().await;
    let client = server.anonymous();
    let body = r#"{"query":"{ __typename }"}"#;
    for (accept, wanted) in [
        (None, JSON),
        (Some("*/*"), JSON),
        (Some("application/json"), JSON),
        (Some("application/graphql-response+json"), GRAPHQL),
        (Some("application/graphql-response+json, application/json;q=0.9"), GRAPHQL),
    ] {
        let answer = post(&client, Some("application/json"), accept, body).await;
        assert_eq!((answer.status, media_type(&answer)), (200, wanted), "{accept:?}");
        assert_eq!(answer.json, json!({ "data": { "__typename": "Query" } }));
    }
    let answer = post(&client, Some("application/json"), Some("text/html"), body).await;
    assert_eq!((answer.status, answer.code()), (406, Some("BAD_USER_INPUT")));
}

#[tokio::test]
async fn only_json_bodies_are_taken() {
    let server = Server::start().await;
    let client = server.anonymous();
    let body = r#"{"query":"{ __typename }"}"#;
    for content_type in ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8"] {
        assert_eq!(post(&client, Some(content_type), None, body).await.status, 200, "{content_type}");
    }
    // What a foreign page can send without asking first must not run.
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/graphql"),
        Some("application/json; charset=latin1"),
        Some("application/jsonp"),
    ] {
        let answer = post(&client, content_type, None, body).await;
        assert_eq!((answer.status, answer.code()), (415, Some("BAD_USER_INPUT")), "{content_type:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused_in_either_form() {
    let server = Server::start().await;
    let client = server.anonymous();
    for accept in ["application/json", "application/graphql-response+json"] {
        for body in [
            "",
            "{",
            "null",
            "[]",
            r#"[{"query":"{ __typename }"}]"#,
            "{}",
            r#"{"query":""}"#,
            r#"{"query":1}"#,
            r#"{"query":"{ __typename }","variables":"x"}"#,
            r#"{"query":"{ __typename }","variables":[1]}"#,
            r#"{"query":"{ __typename }","operationName":1}"#,
            r#"{"query":"{ __typename }","extensions":"x"}"#,
        ] {
            let answer = post(&client, Some("application/json"), Some(accept), body).await;
            assert_eq!((answer.status, answer.code()), (400, Some("BAD_USER_INPUT")), "{body}");
            assert_eq!(answer.json.get("data"), None, "{body}");
        }
        let body = r#"{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null}"#;
        assert_eq!(post(&client, Some("application/json"), Some(accept), body).await.status, 200);
    }
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_a_request_error() {
    let server = Server::start().await;
    let client = server.anonymous();
    for document in
        ["{", "{ nonsense }", "query A { __typename } query B { __typename }", "query($x: Nope) { __typename }"]
    {
        let body = json!({ "query": document }).to_string();
        // Only the newer media type says by its status that nothing was run.
        for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)] {
            let answer = post(&client, Some("application/json"), Some(accept), &body).await;
            assert_eq!((answer.status, answer.code()), (status, Some("GRAPHQL_VALIDATION_FAILED")), "{document}");
            assert_eq!(answer.json.get("data"), None, "{document}");
            assert!(answer.errors[0]["extensions"]["requestId"].is_string(), "{:#}", answer.json);
        }
    }
}

#[tokio::test]
async fn an_error_of_a_field_is_an_answer() {
    let server = Server::start().await;
    let answer = server.anonymous().query("{ __typename me { id } }", json!({})).await;
    assert_eq!((answer.status, answer.code()), (200, Some("UNAUTHENTICATED")));
    assert_eq!(answer.json["data"], json!({ "__typename": "Query", "me": null }));
    assert_eq!(answer.errors[0]["message"], "Sign in first.");
    assert_eq!(answer.errors[0]["path"], json!(["me"]));
}

#[tokio::test]
async fn errors_speak_the_language_of_the_request() {
    let server = Server::start().await;
    for (language, message) in [("zh-CN", "请先登录。"), ("en", "Sign in first."), ("fr, en;q=0.5", "Sign in first.")]
    {
        let answer = server.anonymous().language(language).query("{ me { id } }", json!({})).await;
        assert_eq!(answer.errors[0]["message"], message, "{language}");
    }
}

#[tokio::test]
async fn queries_come_by_get_and_mutations_do_not() {
    let server = Server::start().await;
    let client = server.customer();
    let get = async |query: &[(&str, &str)]| {
        let request = client.get(query);
        Answer::of(request.send().await.unwrap()).await
    };
    let answer = get(&[
        ("query", "query($id: ID!) { customer(id: $id) { id } }"),
        ("variables", &{ json!({ "id": server.demo.customer.to_string() }).to_string() }),
    ])
    .await;
    assert_eq!((answer.status, &answer.data["customer"]["id"]), (200, &json!(server.demo.customer.to_string())));
    assert_eq!(
        get(&[("query", "query A { a: __typename } query B { b: __typename }"), ("operationName", "B")]).await.data,
        { json!({ "b": "Query" }) }
    );

    let mutation = r#"mutation { consentGrant(input: { idempotencyKey: "by-get", purpose: PRECISE_LOCATION,
        documentVersion: "by-get" }) { consent { purpose } } }"#;
    let named = format!("query Q {{ __typename }} mutation M {{ {}", mutation.split_once('{').unwrap().1);
    for query in [vec![("query", mutation)], vec![("query", &named), ("operationName", "M")]] {
        let answer = get(&query).await;
        assert_eq!((answer.status, answer.code()), (405, Some("BAD_USER_INPUT")), "{:#}", answer.json);
        assert_eq!(answer.headers[ALLOW], "POST");
    }
    let consents = client.data("{ me { consents { documentVersion } } }", json!({})).await;
    assert!(!consents.to_string().contains("by-get"), "nothing was granted: {consents}");

    for query in [vec![], vec![("query", "{ __typename }"), ("variables", "{")], vec![("variables", "{}")]] {
        assert_eq!(get(&query).await.status, 400, "{query:?}");
    }
}

#[tokio::test]
async fn other_methods_are_named_in_the_refusal() {
    let server = Server::start().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let response = server.anonymous().request(method.clone(), "/graphql").send().await.unwrap();
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(response.headers()[ALLOW], "GET, POST", "{method}");
    }
}

#[tokio::test]
async fn a_subscription_needs_a_stream() {
    let server = Server::start().await;
    let document = "subscription { deliveryMilestoneUpdated { kind } }";
    let answer = server.customer().query(document, json!({})).await;
    assert_eq!((answer.status, answer.code()), (400, Some("BAD_USER_INPUT")));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let server = Server::setup().setting("MILEPOST_LIMITS__BODY_BYTES", "2000").start().await;
    let client = server.anonymous();
    let body = |bytes: usize| {
        let frame = json!({ "query": "{ __typename }", "x": "" }).to_string().len();
        json!({ "query": "{ __typename }", "x": "x".repeat(bytes - frame) }).to_string()
    };
    assert_eq!(post(&client, Some("application/json"), None, &body(2000)).await.status, 200);
    let answer = post(&client, Some("application/json"), None, &body(2001)).await;
    assert_eq!((answer.status, answer.code()), (413, Some("BAD_USER_INPUT")));
    assert_eq!(answer.errors[0]["message"], "The body may have 2000 bytes.");
}

#[tokio::test]
async fn the_number_of_errors_is_bounded() {
    let server = Server::setup().setting("MILEPOST_LIMITS__MAX_ERRORS", "3").start().await;
    let fields: String = (0..50).map(|n| format!("a{n}: me {{ id }} ")).collect();
    let answer = server.anonymous().query(&format!("{{ {fields} }}"), json!({})).await;
    assert_eq!(answer.errors.len(), 3);
    assert_eq!(answer.data.as_object().map(serde_json::Map::len), Some(50), "{:#}", answer.json);
}

#[tokio::test]
async fn the_request_id_is_echoed_when_it_is_harmless() {
    let server = Server::start().await;
    let with = async |id: &str| {
        let request = server.anonymous().get(&[("query", "{ me { id } }")]);
        Answer::of(request.header("x-request-id", id).send().await.unwrap()).await
    };
    let answer = with("order-4711_a.b").await;
    assert_eq!(answer.headers["x-request-id"], "order-4711_a.b");
    assert_eq!(answer.errors[0]["extensions"]["requestId"], "order-4711_a.b");
    let long = "x".repeat(65);
    for id in ["", "a b", "a\"b", "a;b", &long] {
        let own = with(id).await.headers["x-request-id"].to_str().unwrap().to_owned();
        assert_ne!(own, id);
        assert_eq!(own.len(), 32, "{own}");
    }
}

#[tokio::test]
async fn a_long_answer_is_compressed_on_request() {
    let server = Server::start().await;
    let request = server.anonymous().get(&[("query", "{ cities { name code } }")]);
    let response = request.header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn health_is_told_without_a_token() {
    let server = Server::start().await;
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "database: ok\nkeys: ok\nfiles: ok\n")] {
        let response = server.http().get(format!("{}{path}", server.url())).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.text().await.unwrap(), body, "{path}");
    }
    server.db().close().await.unwrap();
    let ready = server.http().get(format!("{}/readyz", server.url())).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    assert_eq!(ready.text().await.unwrap(), "database: not ready\nkeys: ok\nfiles: ok\n");
    let alive = server.http().get(format!("{}/healthz", server.url())).send().await.unwrap();
    assert_eq!(alive.status(), 200);
    // And a query says that it is for later, with nothing of the inside.
    let answer = server.anonymous().query("{ vehicleModels { id } }", json!({})).await;
    assert_eq!(answer.code(), Some("UNAVAILABLE"), "{:#}", answer.json);
    assert_eq!(answer.errors[0]["message"], "A part that we need does not answer. Try again.");
}
