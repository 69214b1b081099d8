//! `/bff/{client}/{operation}`: variables from the address, true status codes, tags, streams.

use reqwest::header::{ACCEPT, ALLOW, CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{folder, setup, write};
use crate::harness::{Answer, Client, Server, Stream, TempDir};

const ORDER: &str = "query Order($id: ID!) { order(id: $id) { id } }";
const NEARBY: &str = "query Nearby($longitude: Float!, $latitude: Float!, $first: Int, $where: StoreWhereInput) {
    stores(near: { longitude: $longitude, latitude: $latitude }, first: $first, where: $where) {
        nodes { id } } }";
const UPDATE: &str = "mutation Update($input: CustomerProfileUpdateInput!) { customerProfileUpdate(input: $input) {
    customer { id } userErrors { code field } } }";

fn operations() -> TempDir {
    let folder = folder();
    write(folder.path(), "mobile/order.graphql", ORDER);
    write(folder.path(), "mobile/update.graphql", UPDATE);
    write(folder.path(), "mobile/me.graphql", "query Me { me { id } }");
    let none = "query None($id: ID!) { a: order(id: $id) { id } b: order(id: $id) { number } }";
    write(folder.path(), "mobile/none.graphql", none);
    write(folder.path(), "mobile/both.graphql", "query Both { me { id } cities { code } }");
    folder
}

fn get(client: &Client, path: &str) -> RequestBuilder {
    client.request(Method::GET, path)
}

async fn answer(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn the_status_says_how_it_went() {
    let folder = operations();
    let server = setup(&folder).start().await;
    let (customer, anonymous) = (server.customer(), server.anonymous());
    let (own, order) = (server.demo.order.to_string(), entity::OrderId::generate().to_string());
    for (client, path, status, code) in [
        (&customer, format!("/bff/mobile/order?id={own}"), 200, None),
        (&anonymous, "/bff/mobile/cities".into(), 200, None),
        // Nothing there that the caller may see.
        (&customer, format!("/bff/mobile/order?id={order}"), 404, None),
        (&anonymous, format!("/bff/mobile/order?id={own}"), 404, None),
        (&customer, format!("/bff/mobile/none?id={order}"), 404, None),
        (&customer, format!("/bff/mobile/none?id={own}"), 200, None),
        (&customer, "/bff/mobile/order".into(), 400, Some("BAD_USER_INPUT")),
        (&customer, "/bff/mobile/order?id=1&id=2".into(), 400, Some("BAD_USER_INPUT")),
        (&customer, "/bff/mobile/order?id=1&colour=red".into(), 400, Some("BAD_USER_INPUT")),
        (&anonymous, "/bff/mobile/me".into(), 401, Some("UNAUTHENTICATED")),
        // Half of it is an answer.
        (&anonymous, "/bff/mobile/both".into(), 200, Some("UNAUTHENTICATED")),
        (&customer, "/bff/mobile/nonsense".into(), 404, Some("PERSISTED_QUERY_NOT_FOUND")),
        (&customer, "/bff/mobile/board".into(), 404, Some("PERSISTED_QUERY_NOT_FOUND")),
        (&customer, "/bff/kiosk/order".into(), 404, Some("PERSISTED_QUERY_NOT_FOUND")),
        (&customer, "/bff/partner/board".into(), 403, Some("FORBIDDEN")),
        (&customer, "/bff/partner/nonsense".into(), 403, Some("FORBIDDEN")),
        (&anonymous, "/bff/partner/board".into(), 401, Some("UNAUTHENTICATED")),
        (&server.with_token("x"), "/bff/mobile/cities".into(), 401, Some("UNAUTHENTICATED")),
    ] {
        let answer = answer(get(client, &path)).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{path}: {:#}", answer.json);
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let folder = operations();
    write(
        folder.path(),
        "mobile/trims.graphql",
        "query Trims($ids: [ID!]!, $n: Int) { compareTrims(ids: $ids) { trims { id } } stores(first: $n) { nodes { id } } }",
    );
    let server = setup(&folder).start().await;
    let answer = answer(get(&server.anonymous(), "/bff/mobile/trims?ids=a&n=many")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.errors[0]["extensions"]["argument"], "n");
    assert_eq!(answer.errors[0]["message"], "`n` has to be of the type Int.");
}

/// Posts variables.
async fn post(client: &Client, path: &str, variables: &Value) -> Answer {
    answer(client.request(Method::POST, path).json(variables)).await
}

#[tokio::test]
async fn a_mutation_comes_by_post_and_says_what_was_wrong() {
    let folder = operations();
    let server = setup(&folder).start().await;
    let customer = server.customer();
    let input = |key: &str, with: Value| {
        let mut input = json!({ "idempotencyKey": key, "displayName": "小王" });
        input.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        json!({ "input": input })
    };
    let by_get = get(&customer, "/bff/mobile/update").send().await.unwrap();
    assert_eq!((by_get.status().as_u16(), by_get.headers()[ALLOW].to_str().unwrap()), (405, "POST"));
    let put = customer.request(Method::PUT, "/bff/mobile/update").send().await.unwrap();
    assert_eq!((put.status().as_u16(), put.headers()[ALLOW].to_str().unwrap()), (405, "GET, POST"));
    // What a foreign page can send without asking first does not run.
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = customer.request(Method::POST, "/bff/mobile/update").header("content-type", content_type);
        assert_eq!(answer(request.body("{}")).await.status, 415, "{content_type}");
    }
    assert_eq!(post(&customer, "/bff/mobile/update", &json!([1])).await.status, 400);
    assert_eq!(post(&customer, "/bff/mobile/update", &json!({})).await.status, 400);

    let stale = post(&customer, "/bff/mobile/update", &input("stale-key-1", json!({ "expectedVersion": 99 }))).await;
    assert_eq!(stale.status, 409, "{:#}", stale.json);
    assert_eq!(stale.data["customerProfileUpdate"]["userErrors"][0]["code"], "VERSION_CONFLICT");
    let wrong = post(&customer, "/bff/mobile/update", &input("wrong-key-1", json!({ "displayName": "" }))).await;
    assert_eq!(wrong.status, 422, "{:#}", wrong.json);
    let done = post(&customer, "/bff/mobile/update", &input("good-key-1", json!({}))).await;
    assert_eq!(done.status, 200, "{:#}", done.json);
    assert_eq!(done.data["customerProfileUpdate"]["customer"]["id"], server.demo.customer.to_string());
}

#[tokio::test]
async fn who_has_the_answer_is_not_sent_it_again() {
    let folder = operations();
    let server = setup(&folder).start().await;
    let customer = server.customer();
    let path = format!("/bff/mobile/order?id={}", server.demo.order);
    let first = get(&customer, &path).send().await.unwrap();
    let tag = first.headers()[ETAG].clone();
    assert_eq!(first.headers()[CACHE_CONTROL], "private, no-cache");
    let again = get(&customer, &path).header(IF_NONE_MATCH, tag.clone()).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.headers().get(ETAG)), (304, Some(&tag)));
    assert_eq!(again.text().await.unwrap(), "");
    // Another answer has another tag.
    let other = get(&customer, "/bff/mobile/me").header(IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!(other.status(), 200);
    // What is not there has none.
    let absent = get(&customer, &format!("/bff/mobile/order?id={}", entity::OrderId::generate())).send().await.unwrap();
    assert_eq!((absent.status().as_u16(), absent.headers().get(ETAG)), (404, None));
    assert_eq!(absent.headers()[CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn parameters_and_a_body_ask_for_the_same() {
    let folder = operations();
    write(folder.path(), "mobile/nearby.graphql", NEARBY);
    let server = setup(&folder).start().await;
    let anonymous = server.anonymous();
    let by_get =
        answer(get(&anonymous, "/bff/mobile/nearby?longitude=121.47&latitude=31.23&first=2&where=%7B%7D")).await;
    assert_eq!(by_get.status, 200, "{:#}", by_get.json);
    let variables = json!({ "longitude": 121.47, "latitude": 31.23, "first": 2, "where": {} });
    let by_post = post(&anonymous, "/bff/mobile/nearby", &variables).await;
    assert_eq!(by_post.json, by_get.json);
    assert_eq!(by_post.data["stores"]["nodes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_subscription_is_a_stream_that_a_browser_opens_by_its_address() {
    let folder = operations();
    let server = setup(&folder).start().await;
    let customer = server.customer();
    let order = server.demo.order.to_string();
    let path = format!("/bff/mobile/follow?id={order}");
    let plain = answer(get(&customer, &path)).await;
    assert_eq!((plain.status, plain.code()), (406, Some("BAD_USER_INPUT")));
    let stream = get(&customer, &path).header(ACCEPT, "text/event-stream").send().await.unwrap();
    let mut stream = Stream::of_events(stream);
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["order"]["id"], order);

    // An `EventSource` has no headers, so the token stands in the address.
    let token = customer.authorization().unwrap().trim_start_matches("Bearer ");
    let anonymous = server.anonymous();
    let path = format!("{path}&access_token={token}");
    let stream = get(&anonymous, &path).header(ACCEPT, "text/event-stream").send().await.unwrap();
    assert_eq!(Stream::of_events(stream).data().await["deliveryMilestoneUpdated"]["order"]["id"], order);
    // For streams alone: other answers would lie in caches under the address.
    assert_eq!(answer(get(&anonymous, &format!("/bff/mobile/me?access_token={token}"))).await.status, 401);
    let wrong = get(&anonymous, &format!("/bff/mobile/follow?id={order}&access_token=x%0Ay"));
    assert_eq!(answer(wrong.header(ACCEPT, "text/event-stream")).await.status, 400);
}

#[tokio::test]
async fn the_operations_of_the_program_itself_are_all_there() {
    let server = Server::setup().setting("MILEPOST_OPERATIONS__FOLDER", "operations").start().await;
    let now = server.running().trusted.now();
    for (client, least) in [("mobile", 30), ("mini-program", 30), ("partner", 25)] {
        let documents = now.get(client).unwrap_or_else(|| panic!("no folder for {client}"));
        assert!(documents.current().count() >= least, "{client}");
        assert!(documents.current().all(|(_, trusted)| trusted.released), "{client}: add what is new to the manifest");
    }
    let answer = answer(get(&server.anonymous(), "/bff/mobile/city-picker")).await;
    assert_eq!(answer.status, 200, "{:#}", answer.json);
}
