//! What the schema will not have for ever: told to who uses it, counted, and refused to be forgotten while in use.

use milepost::trusted::normal;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{folder, program, program_beside, setup, write};
use crate::harness::{Answer, Server, TempDir};

const OLD: &str =
    "query Old { events(stream: \"customer:cus_01JGFJJZ000000000000000001\", afterSequence: 0, first: 1) { cursor } }";
const NEW: &str = "query New { orders(first: 1) { nodes { id } } }";
const COORDINATE: &str = "Query.events(afterSequence:)";

fn operations() -> TempDir {
    let folder = folder();
    write(folder.path(), "mobile/old.graphql", OLD);
    write(folder.path(), "mobile/new.graphql", NEW);
    folder
}

#[tokio::test]
async fn in_development_an_answer_tells_what_of_its_document_is_to_go() {
    let server = Server::start().await;
    let told = async |document: &str| server.customer().query(document, json!({})).await.json["extensions"].clone();
    for _ in 0..2 {
        // The first time it is new, the second time known.
        let extensions = told(OLD).await;
        let one = &extensions["deprecations"][0];
        assert_eq!((&one["coordinate"], &one["until"]), (&json!(COORDINATE), &json!("2027-06-01")), "{extensions:#}");
        assert!(one["instead"].as_str().unwrap().contains("give `after`"), "{extensions:#}");
        assert_eq!(told(NEW).await.get("deprecations"), None);
    }
}

async fn headers(server: &Server, route: &str) -> HeaderMap {
    let path = format!("/bff/mobile/{route}");
    let request = server.customer().request(Method::GET, &path).header("graphql-client-version", "3.2.1");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.headers().clone()
}

#[tokio::test]
async fn a_plain_address_tells_it_by_headers() {
    let folder = operations();
    let server = setup(&folder).start().await;
    let old = headers(&server, "old").await;
    // 2026-11-29, and 2027-06-01, which is a Tuesday.
    assert_eq!(old["deprecation"], "@1795910400");
    assert_eq!(old["sunset"], "Tue, 01 Jun 2027 00:00:00 GMT");
    let new = headers(&server, "new").await;
    assert!(!new.contains_key("deprecation") && !new.contains_key("sunset"));
    let document = server.anonymous().request(Method::GET, "/bff/mobile/openapi.json").send().await.unwrap();
    let document: Value = document.json().await.unwrap();
    assert_eq!(document["paths"]["/bff/mobile/old"]["get"]["deprecated"], json!(true));
    assert_eq!(document["paths"]["/bff/mobile/new"]["get"].get("deprecated"), None);
}

#[tokio::test]
async fn each_use_counts_for_its_app_and_version() {
    let folder = operations();
    let server = Server::setup().setting("MILEPOST_OPERATIONS__FOLDER", folder.path().to_str().unwrap()).start().await;
    headers(&server, "old").await;
    headers(&server, "new").await;
    // A document that nobody trusts is counted too.
    let document = OLD.replace("query Old", "query Other");
    let request = server.customer().request(Method::POST, "/graphql").header("graphql-client-name", "partner");
    let refused = Answer::of(request.json(&json!({ "query": document })).send().await.unwrap()).await;
    assert_eq!(refused.status, 403);
    let request = server.customer().request(Method::POST, "/graphql").header("graphql-client-name", "mobile");
    let other = request.header("graphql-client-version", "9").json(&json!({ "query": document }));
    assert_eq!(Answer::of(other.send().await.unwrap()).await.errors.len(), 0);
    let today = server.app().clock.now().date_naive();
    server.running().usage.write(server.db(), today).await.unwrap();

    let asked = ["schema", "deprecations", "--folder", ".", "--usage", "30"];
    let (right, said, wrong) = program_beside(&server, folder.path(), &asked);
    // Past the day it is refused for as long as it is in use.
    let over = today >= chrono::NaiveDate::from_ymd_opt(2027, 6, 1).unwrap();
    assert_eq!(right, !over, "{said}{wrong}");
    for line in [
        format!("{COORDINATE} since 2026-11-29, until 2027-06-01: give `after`"),
        format!("  mobile Old {}", &normal::id(OLD)[..12]),
        format!("  mobile version 3.2.1, 1 times, last on {today}"),
        format!("  mobile version 9, 1 times, last on {today}"),
    ] {
        assert!(said.contains(&line), "{line}\n{said}");
    }
    assert!(!said.contains("New") && !said.contains("partner"), "{said}");
}

#[test]
fn without_the_counts_it_names_the_operations() {
    let folder = operations();
    let (_, said, _) = program(folder.path(), &["schema", "deprecations", "--folder", "."]);
    assert!(said.contains("mobile Old") && !said.contains("New"), "{said}");
}
