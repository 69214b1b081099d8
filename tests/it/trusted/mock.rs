//! `milepost serve --mock`: every operation of every app has an answer of the right shape.

use std::path::Path;

use async_graphql::parser::types::OperationType;
use milepost::trusted::openapi;
use reqwest::Method;
use serde_json::{Value, json};

use super::program;
use crate::harness::{Answer, Server, Stream, TempDir};

/// Whether an answer is what the OpenAPI document of its app says.
fn fits(document: &Value, path: &str, body: &Value) -> Result<(), String> {
    let mut schema = document.clone();
    let path = path.replace('/', "~1");
    let item = &document["paths"][path.replace("~1", "/")];
    let method = if item.get("get").is_some() { "get" } else { "post" };
    let to = format!("#/paths/{path}/{method}/responses/200/content/application~1json/schema");
    schema["$ref"] = to.into();
    jsonschema::validate(&schema, body).map_err(|error| error.to_string())
}

#[tokio::test]
async fn every_operation_of_every_app_is_answered_in_its_shape() {
    let operations = Path::new(env!("CARGO_MANIFEST_DIR")).join("operations");
    let setup = Server::setup().setting("MILEPOST_MOCK", "true");
    let server = setup.setting("MILEPOST_OPERATIONS__FOLDER", operations.to_str().expect("UTF-8")).start().await;
    let mut answered = 0;
    for (client, documents) in server.running().trusted.now().iter() {
        let document = openapi::document(client, documents);
        let asks = if client == "partner" { server.consultant() } else { server.customer() };
        for (route, trusted) in documents.current() {
            let path = format!("/bff/{client}/{route}");
            if trusted.kind == OperationType::Subscription {
                continue;
            }
            // Whatever they are: what is made up does not depend on them.
            let definitions = trusted.document.parsed.operations.iter();
            let definitions = definitions.flat_map(|(_, operation)| &operation.node.variable_definitions);
            let variables: serde_json::Map<String, Value> =
                definitions.map(|one| (one.node.name.node.to_string(), json!("any"))).collect();
            let asked = async || {
                let request = asks.request(Method::POST, &path).json(&variables);
                server.counted(async { Answer::of(request.send().await.unwrap()).await }).await
            };
            let mut counted = asked().await;
            if counted.1 > 0 {
                // A turn of the house's own work fell into it.
                counted = asked().await;
            }
            let (answer, statements) = counted;
            assert_eq!((answer.status, answer.errors.len(), statements), (200, 0, 0), "{path}: {:#}", answer.json);
            fits(&document, &path, &answer.json).unwrap_or_else(|error| panic!("{path}: {error}\n{:#}", answer.json));
            answered += 1;
        }
    }
    assert!(answered > 80, "{answered}");
}

#[tokio::test]
async fn what_does_not_fit_the_schema_is_refused_and_a_stream_goes_on() {
    let server = Server::setup().setting("MILEPOST_MOCK", "true").start().await;
    let customer = server.customer();
    assert_eq!(customer.code("{ cities { colour } }", json!({})).await, "GRAPHQL_VALIDATION_FAILED");
    let told = "subscription { myEvents { kind cursor } }";
    let mut streams: Vec<Stream> =
        vec![customer.subscribe_ws(told, json!({})).await, customer.subscribe_sse(told, json!({})).await];
    for stream in &mut streams {
        assert!(stream.data().await["myEvents"]["cursor"].is_string());
    }
    // Nobody comes with an app that is not theirs, for all that.
    let partner = customer.request(Method::GET, "/bff/partner/order-board").send().await.unwrap();
    assert_eq!(partner.status(), 403);
}

#[test]
fn production_makes_nothing_up() {
    let folder = TempDir::new();
    let (right, _, wrong) = program(folder.path(), &["serve", "--mock", "--listen", "nowhere"]);
    assert!(!right && !wrong.contains("mock"), "{wrong}");
    super::write(folder.path(), "milepost.toml", "mode = \"production\"\nmock = true\n");
    let (right, _, wrong) = program(folder.path(), &["serve"]);
    assert!(
        !right && wrong.contains("setting mock (file milepost.toml) must be true or false, and not true in production"),
        "{wrong}"
    );
}
