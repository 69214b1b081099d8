//! Budgets: what each caller of each app may ask for in a while, over each way in.

use reqwest::Method;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server, Setup, Socket};

/// Ten orders and their page.
const ORDERS: &str = "{ orders(first: 10) { nodes { id } } }";
const FOLLOW: &str = "subscription($id: ID!) { deliveryMilestoneUpdated(orderId: $id) { kind } }";

/// A bucket of 50, into which one comes in a second.
fn setup() -> Setup {
    let mut setup = Server::setup();
    for (name, value) in [
        ("MILEPOST_CLIENTS__DEFAULT__MAX_COST", "50"),
        ("MILEPOST_CLIENTS__DEFAULT__BUDGET", "50"),
        ("MILEPOST_CLIENTS__DEFAULT__RESTORE_PER_SECOND", "1"),
        ("MILEPOST_CLIENTS__DEFAULT__ADDRESS_TIMES", "2"),
        ("MILEPOST_CLIENTS__PARTNER__MAX_COST", "50"),
        ("MILEPOST_CLIENTS__PARTNER__RESTORE_PER_SECOND", "1"),
        ("MILEPOST_CLIENTS__MOBILE__MAX_COST", "50"),
        ("MILEPOST_CLIENTS__MOBILE__BUDGET", "0"),
        ("MILEPOST_CLIENTS__MINI-PROGRAM__MAX_COST", "50"),
    ] {
        setup = setup.setting(name, value);
    }
    setup
}

async fn ask(client: &Client, app: Option<&str>, document: &str) -> Answer {
    let mut request = client.request(Method::POST, "/graphql").json(&json!({ "query": document }));
    if let Some(app) = app {
        request = request.header("graphql-client-name", app);
    }
    Answer::of(request.send().await.unwrap()).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// Asks until it is refused; how often it was answered, and the refusal.
async fn spend(client: &Client, app: Option<&str>) -> (usize, Answer) {
    for answered in 0..100 {
        let answer = ask(client, app, ORDERS).await;
        if answer.status != 200 {
            return (answered, answer);
        }
    }
    panic!("it was never refused");
}

#[tokio::test]
async fn an_answer_tells_how_the_budget_stands_and_what_is_not_used_comes_back() {
    let server = setup().start().await;
    let answer = ask(&server.customer(), None, "{ me { id orders { id } } }").await;
    let cost = &answer.json["extensions"]["cost"];
    let (requested, actual) = (cost["requested"].as_u64().unwrap(), cost["actual"].as_u64().unwrap());
    let orders = answer.data["me"]["orders"].as_array().unwrap().len() as u64;
    assert_eq!((requested, actual), (21, 1 + orders), "{cost}");
    assert_eq!(cost["bucket"]["max"], 50);
    assert_eq!(cost["bucket"]["restorePerSecond"], 1);
    let available = cost["bucket"]["available"].as_u64().unwrap();
    assert!((50 - actual - 1..=50 - actual + 5).contains(&available), "{cost}");
    assert_eq!(header(&answer, "ratelimit-policy"), "\"cost\";q=50;w=50");
    assert_eq!(header(&answer, "ratelimit"), format!("\"cost\";r={available};t={}", 50 - available));
    // What the engine answers costs no less.
    let wrong =
        ask(&server.customer(), None, "{ me { id } order(id: 1) { id } orders(first: 10) { nodes { id } } }").await;
    assert!(wrong.json["extensions"]["cost"]["actual"].as_u64().unwrap() >= 1, "{:#}", wrong.json);
}

#[tokio::test]
async fn who_has_spent_it_is_told_when_to_come_again() {
    let server = setup().start().await;
    let consultant = server.consultant();
    let (answered, refusal) = spend(&consultant, None).await;
    // Each costs twelve at most, of fifty, and two at least.
    assert!((3..=26).contains(&answered), "{answered}");
    assert_eq!((refusal.status, refusal.code()), (429, Some("THROTTLED")));
    let wait = refusal.errors[0]["extensions"]["retryAfterMs"].as_u64().unwrap();
    assert!((1..=12_000).contains(&wait), "{wait}");
    assert_eq!(header(&refusal, RETRY_AFTER.as_str()), (wait / 1000 + 1).to_string());
    assert_eq!(refusal.json["extensions"]["cost"]["requested"], 12);
    assert_eq!(refusal.json.get("data"), None);
    // Others are not held back by it, nor is what costs nothing.
    assert_eq!(ask(&server.manager(), None, ORDERS).await.status, 200);
    assert_eq!(ask(&consultant, None, "{ apiVersion }").await.status, 200);
    let (refused, statements) = server.counted(ask(&consultant, None, ORDERS)).await;
    assert_eq!((refused.status, statements), (429, 0));
}

#[tokio::test]
async fn one_token_has_a_budget_with_each_app() {
    let server = setup().start().await;
    let consultant = server.consultant();
    let (_, refusal) = spend(&consultant, None).await;
    assert_eq!(refusal.status, 429);
    assert_eq!(ask(&consultant, Some("partner"), ORDERS).await.status, 200);
    let customer = server.customer();
    // An app without budgets says nothing of them.
    for _ in 0..20 {
        let answer = ask(&customer, Some("mobile"), ORDERS).await;
        assert_eq!((answer.status, answer.json.get("extensions")), (200, None));
        assert_eq!(header(&answer, "ratelimit"), "");
    }
}

#[tokio::test]
async fn callers_without_a_token_share_that_of_their_address() {
    let server = setup().start().await;
    let stores = "{ stores(first: 20) { nodes { id } } }";
    let mut answered = 0;
    while ask(&server.anonymous(), None, stores).await.status == 200 {
        answered += 1;
        assert!(answered < 50);
    }
    // A hundred, of 22 each.
    assert!((4..=6).contains(&answered), "{answered}");
}

#[tokio::test]
async fn sockets_and_streams_spend_of_the_same() {
    let server = setup().start().await;
    let customer = server.customer();
    let order = server.demo.order.to_string();
    spend_all(&customer).await;
    let mut socket = Socket::open(&server.url(), &[("accept-language", "en")]).await;
    socket.send(json!({ "type": "connection_init", "payload": { "authorization": customer.authorization() } })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
    let payload = json!({ "query": "{ me { orders { id } } }" });
    socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    let said = socket.json().await;
    assert_eq!(said["type"], "error");
    assert_eq!(said["payload"][0]["extensions"]["code"], "THROTTLED", "{said}");
    assert!(said["payload"][0]["extensions"]["retryAfterMs"].is_u64(), "{said}");
    let request = customer.request(Method::POST, "/graphql").header(ACCEPT, "text/event-stream");
    let body = json!({ "query": FOLLOW.replace("kind", "kind order { customer { orders { id } } }"), "variables": { "id": order } });
    let answer = Answer::of(request.json(&body).send().await.unwrap()).await;
    assert_eq!((answer.status, answer.code()), (429, Some("THROTTLED")));
}

#[tokio::test]
async fn a_field_that_fails_gives_nothing_back() {
    let server = setup().start().await;
    // Ten orders are read, and the other field is for staff and cannot be null: the whole answer is.
    let document = "{ orders(first: 10) { nodes { id } } myFollowUps(first: 1) { nodes { id } } }";
    let answer = ask(&server.customer(), None, document).await;
    assert_eq!(answer.data, Value::Null, "{:#}", answer.json);
    let cost = &answer.json["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["actual"]), (&json!(15), &json!(15)), "{cost}");
    // Nor is there anything for nothing.
    let answer = ask(&server.manager(), None, "{ nonsense }").await;
    assert_eq!(answer.json["extensions"]["cost"]["actual"], 1, "{:#}", answer.json);
}

/// Spends what a customer has, down to less than the twenty of a list of orders.
async fn spend_all(customer: &Client) {
    for _ in 0..100 {
        let answer = ask(customer, None, "{ a: me { id } b: me { id } c: me { id } d: me { id } e: me { id } }").await;
        let left: &Value = &answer.json["extensions"]["cost"]["bucket"]["available"];
        if answer.status != 200 || left.as_u64() < Some(10) {
            return;
        }
    }
    panic!("it was never spent");
}

/// A setup whose app `name` has a budget of a thousand, which hardly fills.
fn shared(name: &str, redis: &str) -> Setup {
    let key = |what: &str| format!("MILEPOST_CLIENTS__{}__{what}", name.to_uppercase());
    Server::setup()
        .setting("MILEPOST_REDIS_URL", redis)
        .setting(&key("MAX_COST"), "1000")
        .setting(&key("BUDGET"), "1000")
        .setting(&key("RESTORE_PER_SECOND"), "1")
}

#[tokio::test]
async fn two_gateways_share_a_budget_over_redis() {
    let Ok(redis) = std::env::var("MILEPOST_TEST_REDIS") else { return };
    // Others use the same Redis.
    let name = entity::EventId::generate().to_string().to_lowercase().replace('_', "");
    let one = shared(&name, &redis).start().await;
    let other = shared(&name, &redis).beside(&one).start().await;
    let document = "{ me { id orders { id } } }";
    let spent = async |server: &Server| {
        let answer = ask(&server.customer(), Some(&name), document).await;
        assert_eq!(answer.status, 200, "{:#}", answer.json);
        answer.json["extensions"]["cost"].clone()
    };
    let (mut total, mut available) = (0, 0);
    for turn in 0..20 {
        let cost = spent(if turn % 2 == 0 { &one } else { &other }).await;
        total += cost["actual"].as_u64().unwrap();
        available = cost["bucket"]["available"].as_u64().unwrap();
        // What is given back arrives a moment after the answer.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(total > 20, "{total}");
    // Within one percent, and what came meanwhile.
    assert!((1000 - total - 10..=1000 - total + 10).contains(&available), "{total} spent, {available} left");
    // What one has spent the other has not.
    let orders = "{ a: orders(first: 100) { nodes { id } } b: orders(first: 100) { nodes { id } } }";
    for turn in 0.. {
        let answer = ask(&if turn % 2 == 0 { one.consultant() } else { other.consultant() }, Some(&name), orders).await;
        if answer.status == 429 {
            assert_eq!(answer.code(), Some("THROTTLED"));
            break;
        }
        assert!(turn < 1000, "they never ran out");
    }
}

#[tokio::test]
async fn without_its_redis_a_gateway_counts_for_itself() {
    let name = "lonely";
    let server = shared(name, "redis://127.0.0.1:1").start().await;
    let customer = server.customer();
    let began = std::time::Instant::now();
    for turn in 1..=5 {
        let answer = ask(&customer, Some(name), "{ me { id } }").await;
        assert_eq!(answer.status, 200);
        let available = answer.json["extensions"]["cost"]["bucket"]["available"].as_u64().unwrap();
        assert!((1000 - turn..=1000).contains(&available), "{turn}: {available}");
    }
    // It is not waited for again and again.
    assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn callers_behind_a_proxy_are_told_apart_when_it_is_ours() {
    let stores = json!({ "query": "{ stores(first: 20) { nodes { id } } }" });
    let ask = async |server: &Server, from: &str| {
        let request = server.anonymous().request(Method::POST, "/graphql").header("x-forwarded-for", from);
        request.json(&stores).send().await.unwrap().status().as_u16()
    };
    for (proxies, wanted) in [("127.0.0.0/8", 200), ("", 429)] {
        let server = setup().setting("MILEPOST_WEB__PROXIES", proxies).start().await;
        let mut asked = 0;
        while ask(&server, "203.0.113.7").await == 200 {
            asked += 1;
            assert!(asked < 50);
        }
        assert_eq!(ask(&server, "203.0.113.8").await, wanted, "{proxies}");
        // Whatever the caller has written before.
        assert_eq!(ask(&server, "203.0.113.8, 203.0.113.7").await, 429, "{proxies}");
    }
}
