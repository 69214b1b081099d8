//! The schema as a subgraph: objects by their keys, under the rights of the caller.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server};

const ENTITIES: &str = "query($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on Order { number status } ... on Trim { name } ... on City { code } ... on VehicleModel { slug } } }";

async fn entities(client: &Client, of: Value) -> Answer {
    client.query(ENTITIES, json!({ "of": of })).await
}

#[tokio::test]
async fn objects_are_found_by_any_of_their_keys_in_order() {
    let server = Server::start().await;
    let customer = server.customer();
    let order = server.demo.order;
    let known = "query($id: ID!) { order(id: $id) { number trim { id } } vehicleModels { slug } }";
    let known = customer.data(known, json!({ "id": order })).await;
    let (number, trim) = (&known["order"]["number"], &known["order"]["trim"]["id"]);
    let slug = &known["vehicleModels"][0]["slug"];
    let of = json!([
        { "__typename": "VehicleModel", "slug": slug },
        { "__typename": "Order", "number": number },
        { "__typename": "City", "code": "310100" },
        { "__typename": "Order", "id": order },
        { "__typename": "Trim", "id": trim },
        { "__typename": "City", "code": "999999" },
        { "__typename": "Order", "id": entity::OrderId::generate() },
    ]);
    let (answer, statements) = server.counted(entities(&customer, of)).await;
    let found = answer.data["_entities"].as_array().expect("a list");
    let kinds: Vec<_> = found.iter().map(|one| one["__typename"].as_str()).collect();
    assert_eq!(
        kinds,
        [Some("VehicleModel"), Some("Order"), Some("City"), Some("Order"), Some("Trim"), None, None],
        "{:#}",
        answer.json
    );
    assert_eq!(found[1], found[3]);
    assert_eq!((&found[0]["slug"], &found[1]["number"]), (slug, number));
    // One for each kind of key.
    assert_eq!(statements, 5);
}

#[tokio::test]
async fn many_take_no_more_statements_than_one() {
    let server = Server::start().await;
    let operator = server.operator();
    let orders = operator.data("{ orders(first: 40) { nodes { id } } }", json!({})).await;
    let of = |count: usize| {
        let ids = orders["orders"]["nodes"].as_array().unwrap().iter().take(count);
        ids.map(|order| json!({ "__typename": "Order", "id": order["id"] })).collect::<Value>()
    };
    let document =
        "query($of: [_Any!]!) { _entities(representations: $of) { ... on Order { number store { name } } } }";
    let mut counts = Vec::new();
    for count in [1, 40] {
        let ask = operator.data(document, json!({ "of": of(count) }));
        let (data, statements) = server.counted(ask).await;
        assert_eq!(data["_entities"].as_array().unwrap().len(), count);
        counts.push(statements);
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test]
async fn hidden_is_as_absent() {
    let server = Server::start().await;
    let stranger =
        server.operator().data("{ orders(first: 40) { nodes { id number customer { id } } } }", json!({})).await;
    let own = json!(server.demo.customer);
    let stranger = stranger["orders"]["nodes"].as_array().unwrap().iter().find(|one| one["customer"]["id"] != own);
    let stranger = stranger.expect("somebody else's order");
    let of = json!([
        { "__typename": "Order", "id": stranger["id"] },
        { "__typename": "Order", "number": stranger["number"] },
        { "__typename": "Customer", "id": stranger["customer"]["id"] },
    ]);
    for client in [server.customer(), server.anonymous()] {
        let answer = entities(&client, of.clone()).await;
        assert_eq!(answer.data["_entities"], json!([null, null, null]), "{:#}", answer.json);
        assert!(answer.errors.is_empty());
    }
}

#[tokio::test]
async fn what_names_no_object_is_refused_by_its_place() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    let city = json!({ "__typename": "City", "code": "310100" });
    for (wrong, text) in [
        (json!({ "__typename": "Money", "amount": "1" }), "Number 1,"),
        (json!({ "__typename": "Order", "slug": "x" }), "Number 1,"),
        (json!({ "__typename": "Trim", "id": server.demo.order }), "Number 1,"),
        (json!({ "__typename": "Order", "id": "ord_x" }), "Number 1,"),
        (json!({ "code": "310100" }), "Number 1,"),
    ] {
        let answer = entities(&anonymous, json!([city, wrong])).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "{:#}", answer.json);
        assert_eq!(answer.errors[0]["extensions"]["argument"], "representations");
        assert!(answer.errors[0]["message"].as_str().unwrap().contains(text), "{:#}", answer.json);
    }
    let answer = entities(&anonymous, json!(["Order"])).await;
    assert!(!answer.errors.is_empty());
    let answer = entities(&anonymous, Value::Array(vec![city; 1_001])).await;
    assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "{:#}", answer.json);
}

#[tokio::test]
async fn each_object_counts() {
    let server = Server::setup().setting("MILEPOST_CLIENTS__DEFAULT__MAX_COST", "100").start().await;
    let of = |count| Value::Array(vec![json!({ "__typename": "City", "code": "310100" }); count]);
    assert!(entities(&server.anonymous(), of(100)).await.errors.is_empty());
    assert_eq!(entities(&server.anonymous(), of(101)).await.code(), Some("LIMIT_EXCEEDED"));
}

#[tokio::test]
async fn the_definition_is_for_those_who_may_ask_about_the_schema() {
    let server = Server::setup().setting("MILEPOST_CLIENTS__MOBILE__INTROSPECTION", "off").start().await;
    let anonymous = server.anonymous();
    let data = anonymous.data("{ _service { sdl } }", json!({})).await;
    let sdl = data["_service"]["sdl"].as_str().expect("a text");
    assert!(sdl.contains("type Order implements Node @key(fields: \"id\") @key(fields: \"number\")"));
    for document in ["{ _service { sdl } }", "{ ...Q } fragment Q on Query { _service { __typename } }"] {
        let request = anonymous.request(Method::POST, "/graphql").header("graphql-client-name", "mobile");
        let refused = Answer::of(request.json(&json!({ "query": document })).send().await.unwrap()).await;
        assert_eq!((refused.status, refused.code()), (403, Some("FORBIDDEN")), "{document}");
    }
}
