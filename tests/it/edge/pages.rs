//! GraphiQL and its example tabs.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server};

async fn get(server: &Server, path: &str) -> reqwest::Response {
    server.http().get(format!("{}{path}", server.url())).send().await.unwrap()
}

#[tokio::test]
async fn the_page_and_its_parts_are_served_under_their_policy() {
    let server = Server::start().await;
    let page = get(&server, "/").await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    let html = page.text().await.unwrap();
    let parts: Vec<&str> = html.split('"').filter(|text| text.starts_with("/graphiql/")).collect();
    assert!(parts.len() > 3, "{html}");
    for part in parts {
        let response = get(&server, part).await;
        assert_eq!(response.status(), 200, "{part}");
        assert!(response.headers()["cache-control"].to_str().unwrap().contains("immutable"), "{part}");
    }
    for path in ["/graphiql/nothing.js", "/graphiql/../Cargo.toml", "/graphiql/%2e%2e/Cargo.toml", "/nothing"] {
        assert_eq!(get(&server, path).await.status(), 404, "{path}");
    }
}

async fn examples(server: &Server) -> Vec<Value> {
    let examples: Value = get(server, "/graphiql/examples.json").await.json().await.unwrap();
    examples.as_array().unwrap().clone()
}

fn parsed(example: &Value, part: &str) -> Value {
    serde_json::from_str(example[part].as_str().unwrap()).unwrap()
}

/// The caller of an example's headers.
fn caller(server: &Server, example: &Value) -> Client {
    let headers = parsed(example, "headers");
    server.with_token(headers["authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap())
}

async fn run(server: &Server, example: &Value) -> Answer {
    caller(server, example).query(example["query"].as_str().unwrap(), parsed(example, "variables")).await
}

#[tokio::test]
async fn the_examples_work_as_they_stand() {
    let server = Server::start().await;
    let all = examples(&server).await;
    let names: Vec<&str> = all.iter().map(|example| example["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["First query", "First mutation", "First subscription"]);

    let data = run(&server, &all[0]).await.expect_data();
    assert_eq!(data["order"]["status"], "IN_FULFILLMENT");
    assert!(data["me"]["displayName"].is_string());

    let document = all[2]["query"].as_str().unwrap();
    let mut stream = caller(&server, &all[2]).subscribe_ws(document, parsed(&all[2], "variables")).await;
    let first = stream.data().await;
    assert_eq!(first["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");

    // The mutation is seen in the subscription, and sent twice it has one effect.
    for _ in 0..2 {
        let data = run(&server, &all[1]).await.expect_data();
        assert_eq!(data["milestoneRecord"]["userErrors"], json!([]));
    }
    let code = parsed(&all[1], "variables")["input"]["code"].clone();
    let next = stream.data().await;
    assert_eq!(next["deliveryMilestoneUpdated"]["milestone"]["state"], "DONE", "{code} {next}");
}

#[tokio::test]
async fn the_first_mutation_fits_whatever_was_recorded_before() {
    let server = Server::start().await;
    for _ in 0..12 {
        let all = examples(&server).await;
        let data = run(&server, &all[1]).await.expect_data();
        assert_eq!(data["milestoneRecord"]["userErrors"], json!([]), "{}", all[1]["variables"]);
    }
}
