//! `/mcp`: an app's operations as tools, through the same steps as every other way in.

use milepost::access::ViewerKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server, Setup};
use crate::trusted::{folder, write};

fn setup(folder: &crate::harness::TempDir) -> Setup {
    let mut setup = Server::setup().setting("MILEPOST_OPERATIONS__FOLDER", folder.path().to_str().expect("UTF-8"));
    for (name, value) in [
        ("MILEPOST_CLIENTS__MOBILE__TOOLS", "queries"),
        ("MILEPOST_CLIENTS__PARTNER__TOOLS", "all"),
        ("MILEPOST_CLIENTS__MINI-PROGRAM__TOOLS", "off"),
        ("MILEPOST_CLIENTS__MOBILE__MAX_COST", "1000"),
        ("MILEPOST_CLIENTS__MOBILE__BUDGET", "20000"),
        ("MILEPOST_CLIENTS__MOBILE__RESTORE_PER_SECOND", "1"),
    ] {
        setup = setup.setting(name, value);
    }
    setup
}

/// A message of the protocol, and the answer to it.
async fn rpc(client: &Client, app: &str, method: &str, params: Value) -> Answer {
    let request = client
        .request(Method::POST, &format!("/mcp/{app}"))
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
        .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }));
    Answer::of(request.send().await.unwrap()).await
}

/// What a tool says.
async fn call(client: &Client, app: &str, name: &str, arguments: Value) -> Value {
    rpc(client, app, "tools/call", json!({ "name": name, "arguments": arguments })).await.json["result"].clone()
}

#[tokio::test]
async fn an_apps_queries_are_tools_and_say_what_they_say_elsewhere() {
    let folder = folder();
    write(folder.path(), "mobile/me.graphql", "# Who has signed in.\nquery Me { me { id displayName } }");
    let orders = "query Orders($first: Int! = 2, $where: OrderWhereInput) { orders(first: $first, where: $where) { nodes { id } } }";
    write(folder.path(), "mobile/orders.graphql", orders);
    let server = setup(&folder).start().await;
    let customer = server.customer();
    let hello =
        json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let said = rpc(&customer, "mobile", "initialize", hello).await;
    assert_eq!(said.json["result"]["serverInfo"]["name"], "milepost", "{:#}", said.json);
    assert!(said.json["result"]["capabilities"]["tools"].is_object());
    let listed = rpc(&customer, "mobile", "tools/list", json!({})).await.json["result"]["tools"].clone();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    // A subscription is none.
    assert_eq!(names, ["cities", "me", "orders"]);
    assert_eq!(listed[1]["description"], "Who has signed in.");
    assert_eq!(listed[1]["annotations"]["readOnlyHint"], true);
    let schema = &listed[2]["inputSchema"];
    assert_eq!(schema["properties"]["first"]["default"], 2, "{schema:#}");
    let reference = schema["properties"]["where"].to_string();
    assert!(
        reference.contains("#/$defs/OrderWhereInput") && schema["$defs"]["OrderWhereInput"].is_object(),
        "{schema:#}"
    );

    for (name, arguments) in [("me", json!({})), ("orders", json!({ "first": 1 })), ("orders", json!({}))] {
        let told = call(&customer, "mobile", name, arguments.clone()).await;
        assert_eq!(told["isError"], false, "{told:#}");
        let path = format!("/bff/mobile/{name}");
        let query = arguments.get("first").map_or(String::new(), |first| format!("?first={first}"));
        let plain = customer.request(Method::GET, &(path + &query)).send().await.unwrap();
        let plain: Value = plain.json().await.unwrap();
        assert_eq!(told["structuredContent"]["data"], plain["data"]);
        let text: Value = serde_json::from_str(told["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, told["structuredContent"]);
    }
}

#[tokio::test]
async fn mutations_are_tools_where_that_is_set() {
    let folder = folder();
    let grant = "mutation Grant($input: ConsentGrantInput!) { consentGrant(input: $input) { userErrors { code } } }";
    for app in ["mobile", "partner"] {
        write(folder.path(), &format!("{app}/grant.graphql"), grant);
    }
    let server = setup(&folder).setting("MILEPOST_CLIENTS__PARTNER__ROLES", "CUSTOMER").start().await;
    let input = json!({ "input": { "idempotencyKey": "mcp-1", "purpose": "MARKETING", "documentVersion": "1" } });
    let told = call(&server.customer(), "mobile", "grant", input.clone()).await;
    assert_eq!(told["structuredContent"]["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    let told = call(&server.customer(), "partner", "grant", input).await;
    assert_eq!(told["structuredContent"]["data"]["consentGrant"]["userErrors"], json!([]), "{told:#}");
    let listed = rpc(&server.customer(), "partner", "tools/list", json!({})).await.json["result"]["tools"].clone();
    assert_eq!(listed[1]["annotations"]["readOnlyHint"], false, "{listed:#}");
}

/// The code of what a tool says.
fn code(said: &Answer) -> Option<&str> {
    let errors = match said.json["result"]["structuredContent"]["errors"].as_array() {
        Some(errors) => errors,
        None => &said.errors,
    };
    errors.first()?["extensions"]["code"].as_str()
}

#[tokio::test]
async fn what_is_refused_is_refused_alike_over_every_way_in() {
    let folder = folder();
    write(folder.path(), "mobile/me.graphql", "query Me { me { id } }");
    write(folder.path(), "mobile/store.graphql", "query Store($id: ID!) { store(id: $id) { id } }");
    write(folder.path(), "mobile/page.graphql", "query Page($first: Int!) { orders(first: $first) { nodes { id } } }");
    write(folder.path(), "mobile/upstream.graphql", "query Upstream { upstreamSystems { id } }");
    let dear = "query Dear($first: Int!) { orders(first: $first) { nodes { milestones { code } } } }";
    write(folder.path(), "mobile/dear.graphql", dear);
    let server = setup(&folder).setting("MILEPOST_CLIENTS__MOBILE__DOCUMENTS", "trusted-only").start().await;
    let (customer, anonymous, consultant) = (server.customer(), server.anonymous(), server.consultant());
    let forged = server.with_token("nonsense");
    let kind = ViewerKind::Customer(server.demo.customer);
    let expired = server.with_token(&server.token_for(kind, &[], chrono::Duration::hours(-1)));
    let (operator, system) = (server.operator(), server.system());
    let text = |file: &str| std::fs::read_to_string(folder.path().join("mobile").join(file)).unwrap_or_default();
    // Who, what, with which variables, and by which code.
    for (who, name, variables, wanted) in [
        (&anonymous, "me", json!({}), Some("UNAUTHENTICATED")),
        (&forged, "me", json!({}), Some("UNAUTHENTICATED")),
        (&expired, "me", json!({}), Some("UNAUTHENTICATED")),
        (&consultant, "me", json!({}), Some("FORBIDDEN")),
        (&operator, "me", json!({}), Some("FORBIDDEN")),
        (&system, "me", json!({}), Some("FORBIDDEN")),
        (&customer, "nothing", json!({}), Some("PERSISTED_QUERY_NOT_FOUND")),
        // A partner's.
        (&customer, "board", json!({}), Some("PERSISTED_QUERY_NOT_FOUND")),
        (&customer, "upstream", json!({}), Some("FORBIDDEN")),
        (&customer, "store", json!({ "id": "nonsense" }), Some("BAD_USER_INPUT")),
        (&customer, "store", json!({ "id": server.demo.order }), Some("BAD_USER_INPUT")),
        (&customer, "store", json!({ "id": "sto_\u{0}" }), Some("BAD_USER_INPUT")),
        (&customer, "store", json!({}), Some("BAD_USER_INPUT")),
        (&customer, "page", json!({ "first": -1 }), Some("BAD_USER_INPUT")),
        (&customer, "page", json!({ "first": 0 }), Some("BAD_USER_INPUT")),
        (&customer, "page", json!({ "first": 101 }), Some("BAD_USER_INPUT")),
        (&customer, "page", json!({ "first": "x" }), Some("GRAPHQL_VALIDATION_FAILED")),
        (&customer, "page", json!({ "first": 1_000_000 }), Some("LIMIT_EXCEEDED")),
        (&customer, "dear", json!({ "first": 100 }), Some("LIMIT_EXCEEDED")),
    ] {
        let tool = rpc(who, "mobile", "tools/call", json!({ "name": name, "arguments": variables })).await;
        assert_eq!(code(&tool), wanted, "/mcp {name} {variables}: {:#}", tool.json);
        let plain = who.request(Method::POST, &format!("/bff/mobile/{name}")).json(&variables);
        let plain = Answer::of(plain.send().await.unwrap()).await;
        assert_eq!(plain.code(), wanted, "/bff {name} {variables}: {:#}", plain.json);
        let id = match text(&format!("{name}.graphql")) {
            text if text.is_empty() => milepost::trusted::normal::id(crate::trusted::BOARD),
            text => milepost::trusted::normal::id(&text),
        };
        let body = json!({ "documentId": id, "variables": variables });
        let request = who.request(Method::POST, "/graphql").header("graphql-client-name", "mobile").json(&body);
        let engine = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(engine.code(), wanted, "/graphql {name} {variables}: {:#}", engine.json);
    }
    // What is spent over one is spent for the others.
    let server = setup(&folder).setting("MILEPOST_CLIENTS__MOBILE__BUDGET", "1000").start().await;
    let customer = server.customer();
    let mut answered = 0;
    while call(&customer, "mobile", "page", json!({ "first": 100 })).await["isError"] == false {
        answered += 1;
        assert!(answered < 1000);
    }
    let tool = rpc(&customer, "mobile", "tools/call", json!({ "name": "page", "arguments": { "first": 100 } })).await;
    assert_eq!(code(&tool), Some("THROTTLED"), "{:#}", tool.json);
    let plain = customer.request(Method::GET, "/bff/mobile/page?first=100").send().await.unwrap();
    assert_eq!(plain.status(), 429);
}

#[tokio::test]
async fn who_has_no_tools_says_nothing_of_them() {
    let folder = folder();
    let server = setup(&folder).start().await;
    for app in ["mini-program", "nobody"] {
        let said = rpc(&server.customer(), app, "tools/list", json!({})).await;
        assert_eq!((said.status, said.code()), (404, Some("PERSISTED_QUERY_NOT_FOUND")), "{app}");
    }
    // A foreign page does not speak for who looks at it.
    let request = server.customer().request(Method::POST, "/mcp/mobile").header("origin", "https://evil.example.com");
    assert_eq!(request.json(&json!({})).send().await.unwrap().status(), 403);
    // Production begins without.
    let wrong = server.with_token("nonsense");
    assert_eq!(rpc(&wrong, "mobile", "tools/list", json!({})).await.status, 401);
}
