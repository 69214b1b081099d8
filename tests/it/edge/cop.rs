//! What graphql-cop looks for (github.com/dolevf/graphql-cop), asked in its own words of a server with the settings of production:
//! it finds nothing.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use reqwest::Method;
use serde_json::{Value, json};

use super::keys::ed25519;
use super::{limits, production};
use crate::harness::{Server, TempDir};

/// A server of production, with the limits that it has by itself.
async fn server(documents: &str, folder: &TempDir) -> Server {
    let pair = Ed25519KeyPair::generate().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, json!({ "keys": [ed25519("k", pair.public_key().as_ref())] }).to_string()).unwrap();
    let setup = limits::usual(production::setup(file.to_str().unwrap()));
    setup.setting("MILEPOST_CLIENTS__DEFAULT__DOCUMENTS", documents).start().await
}

/// The body of an answer to a `POST`, as JSON or else as text.
async fn post(server: &Server, body: &Value) -> Value {
    let response = server.anonymous().request(Method::POST, "/graphql").json(body).send().await.unwrap();
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| text.into())
}

async fn query(server: &Server, query: &str) -> Value {
    post(server, &json!({ "query": query, "operationName": "cop" })).await
}

async fn get(server: &Server, query: &str) -> String {
    server.anonymous().get(&[("query", query)]).send().await.unwrap().text().await.unwrap()
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// The names of the checks that find something.
async fn findings(server: &Server) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut note = |name: &'static str, is_so: bool| {
        if is_so {
            found.push(name);
        }
    };
    let aliases = format!("query cop {{ {} }}", many(101, |n| format!("alias{n}:__typename \n")));
    note("alias overloading", query(server, &aliases).await["data"].get("alias100").is_some());
    let batch: Vec<Value> = (0..10).map(|_| json!({ "query": "query cop { __typename }" })).collect();
    note("batching", post(server, &batch.into()).await.as_array().is_some());
    note("get queries", get(server, "query cop { __typename }").await.contains("\"data\""));
    note("get mutations", get(server, "mutation cop { __typename }").await.contains("\"data\""));
    let form = server.anonymous().request(Method::POST, "/graphql");
    let form =
        form.header("content-type", "application/x-www-form-urlencoded").body("query=query+cop+%7B+__typename+%7D");
    note("urlencoded post", form.send().await.unwrap().text().await.unwrap().contains("\"data\""));
    let traced = query(server, "query cop { __typename }").await;
    note("tracing", traced["extensions"].get("tracing").is_some());
    let doubled = format!("query cop {{ {} }}", "__typename \n".repeat(500));
    note("field duplication", query(server, &doubled).await["data"].get("__typename").is_some());
    let guessed = query(server, "query cop { __schema { directive } }").await;
    note("suggestions", guessed.to_string().contains("Did you mean"));
    for path in ["/", "/graphiql", "/playground", "/console", "/graphql", "/altair", "/v1/graphiql", "/demo/mobile/"] {
        let page = server.anonymous().request(Method::GET, path).header("accept", "text/html").send().await.unwrap();
        let text = page.text().await.unwrap().to_lowercase();
        note("ide", ["graphiql", "playground", "altair", "<html"].iter().any(|word| text.contains(word)));
    }
    let schema = query(server, "query cop { __schema { types { name fields { name } } } }").await;
    note("introspection", schema["data"]["__schema"].is_object());
    let directives = format!("query cop {{ __typename {} }}", "@aa".repeat(10));
    let directives = query(server, &directives).await;
    note("directive overloading", directives["errors"].as_array().is_some_and(|errors| errors.len() == 10));
    let mut circle = "name".to_owned();
    for _ in 0..4 {
        circle = format!("fields {{ type {{ {circle} }} }}");
    }
    let circle = query(server, &format!("query cop {{ __schema {{ types {{ {circle} }} }} }}")).await;
    note("circular introspection", circle["data"]["__schema"].is_object());
    let unhandled = query(server, "qwerty cop { abc }").await.to_string().to_lowercase();
    note("unhandled errors", unhandled.contains("exception") || unhandled.contains("panicked"));
    found
}

#[tokio::test]
async fn it_finds_nothing_in_what_production_begins_with() {
    let folder = TempDir::new();
    assert_eq!(findings(&server("", &folder).await).await, [] as [&str; 0]);
}

#[tokio::test]
async fn nor_where_an_app_may_send_any_document() {
    let folder = TempDir::new();
    // Queries by `GET` are what the specification asks for; they change nothing.
    assert_eq!(findings(&server("any", &folder).await).await, ["get queries"]);
}

#[tokio::test]
async fn in_development_it_would_find_something() {
    let found = findings(&Server::start().await).await;
    for name in ["get queries", "suggestions", "ide", "introspection", "alias overloading"] {
        assert!(found.contains(&name), "{name}: {found:?}");
    }
}
