//! Answers that are kept: who gets them, when they are old, and that several gateways make each but once.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::{AGE, CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server, Setup};
use crate::ingest::{event, example, outcomes, result};

const MODELS: &str = "{ vehicleModels { slug trims { code price { amount } } } }";

fn setup() -> Setup {
    Server::setup().setting("MILEPOST_CACHE__ROOM_MB", "8")
}

async fn ask(client: &Client, document: &str) -> Answer {
    let answer = client.query(document, json!({})).await;
    assert_eq!(answer.errors, [] as [Value; 0], "{document}");
    answer
}

fn header<'a>(answer: &'a Answer, name: &reqwest::header::HeaderName) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// The first trim's code and its price, fen.
fn first_price(answer: &Answer) -> (String, i64) {
    let trim = &answer.data["vehicleModels"][0]["trims"][0];
    let yuan: f64 = trim["price"]["amount"].as_str().unwrap().parse().unwrap();
    (trim["code"].as_str().unwrap().to_owned(), (yuan * 100.0).round() as i64)
}

/// A published book of one price.
fn book(version: i32, from: DateTime<Utc>, trim: &str, minor: i64) -> Value {
    let data = json!({ "code": "KEPT", "version": version, "status": "PUBLISHED", "effectiveFrom": from.to_rfc3339(),
        "prices": [{ "trimCode": trim, "msrpMinor": minor, "discountMinor": 0 }] });
    event(&format!("kept-{version}"), "cn.milepost.catalog.price_book.v1", None, data)
}

#[tokio::test]
async fn what_is_the_same_for_many_is_read_once() {
    let server = setup()
        .setting("MILEPOST_CLIENTS__DEFAULT__MAX_COST", "5000")
        .setting("MILEPOST_CLIENTS__DEFAULT__BUDGET", "50000")
        .start()
        .await;
    for document in
        [MODELS, "{ stores(first: 5) { nodes { name } } }", "{ cities { name storeCount } }", "{ tiers { code } }"]
    {
        let first = ask(&server.anonymous(), document).await;
        assert_eq!(header(&first, &AGE), "0");
        let (second, statements) = server.counted(ask(&server.anonymous(), document)).await;
        assert_eq!((second.data, statements), (first.data, 0), "{document}");
        assert_eq!(second.json["extensions"]["cost"]["actual"], 1, "it costs next to nothing");
    }
    // Another language, other variables, another app, another who sees other things: each its own.
    let other = server.anonymous().language("zh-CN");
    let (_, statements) = server.counted(ask(&other, MODELS)).await;
    assert!(statements > 0);
    let (_, statements) = server.counted(ask(&server.consultant(), MODELS)).await;
    assert!(statements > 0);
    let (_, statements) = server.counted(ask(&server.customer(), MODELS)).await;
    assert!(statements > 0);
    // What is nobody else's is not kept.
    for _ in 0..2 {
        let (answer, statements) = server.counted(ask(&server.customer(), "{ me { id } tiers { code } }")).await;
        assert_eq!((header(&answer, &AGE), statements > 0), ("", true));
    }
}

#[tokio::test]
async fn who_asks_by_an_address_is_told_how_long_it_may_be_kept() {
    let server = setup().start().await;
    let get =
        async |client: &Client, document: &str| client.get(&[("query", document)]).send().await.expect("an answer");
    let said = |answer: &reqwest::Response| answer.headers()[CACHE_CONTROL].to_str().unwrap().to_owned();
    assert_eq!(said(&get(&server.anonymous(), "{ tiers { code } }").await), "public, max-age=600");
    assert_eq!(said(&get(&server.customer(), "{ tiers { code } }").await), "public, max-age=600");
    // What a customer sees of the catalog is theirs; at midnight in Shanghai incentives change.
    let models = said(&get(&server.customer(), MODELS).await);
    assert!(models.starts_with("private, max-age="), "{models}");
    assert!(said(&get(&server.anonymous(), MODELS).await).starts_with("public, max-age="));
    assert_eq!(said(&get(&server.customer(), "{ me { id } }").await), "no-store");
    let post = ask(&server.anonymous(), "{ tiers { code } }").await;
    assert_eq!(header(&post, &CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn a_route_has_a_tag_and_an_age() {
    let operations = concat!(env!("CARGO_MANIFEST_DIR"), "/operations");
    let server = setup().setting("MILEPOST_OPERATIONS__FOLDER", operations).start().await;
    let get = |tag: Option<String>| {
        let mut request = server.anonymous().request(Method::GET, "/bff/mobile/model-list");
        if let Some(tag) = tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        async move { request.send().await.expect("an answer") }
    };
    let first = get(None).await;
    assert_eq!(first.status(), 200);
    let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
    let (second, statements) = server.counted(get(Some(tag.clone()))).await;
    assert_eq!((second.status().as_u16(), statements), (304, 0));
    assert_eq!(second.headers()[ETAG].to_str().unwrap(), tag);
    assert!(second.headers()[AGE].to_str().unwrap().parse::<u32>().unwrap() < 60);
    assert!(second.headers()[CACHE_CONTROL].to_str().unwrap().starts_with("public, max-age="));
}

#[tokio::test]
async fn a_change_is_seen_on_the_other_gateway_within_a_second() {
    let mut setups = vec![setup()];
    // With Redis it is told, without it is looked for.
    if let Ok(redis) = std::env::var("MILEPOST_TEST_REDIS") {
        setups.push(setup().setting("MILEPOST_REDIS_URL", &redis));
    }
    for (at, own) in setups.into_iter().enumerate() {
        let one = own.start().await;
        let beside = setup().beside(&one);
        let beside = match (at, std::env::var("MILEPOST_TEST_REDIS")) {
            (1, Ok(redis)) => beside.setting("MILEPOST_REDIS_URL", &redis),
            _ => beside,
        };
        let other = beside.start().await;
        let (trim, before) = first_price(&ask(&other.anonymous(), MODELS).await);
        ask(&one.anonymous(), MODELS).await;
        let now = one.app().clock.now();
        let took = outcomes(&one.system(), &[book(1, now - TimeDelta::seconds(1), &trim, before + 100)]).await;
        assert_eq!(took, ["applied"]);
        let begun = Instant::now();
        assert_eq!(first_price(&ask(&one.anonymous(), MODELS).await).1, before + 100, "where it was written");
        while first_price(&ask(&other.anonymous(), MODELS).await).1 != before + 100 {
            assert!(begun.elapsed() < Duration::from_secs(5), "not seen");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Told, it is there at once; else at the next look, which comes once a second.
        let most = if at == 1 { Duration::from_secs(1) } else { Duration::from_secs(2) };
        assert!(begun.elapsed() < most, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_price_that_comes_into_force_by_itself_is_seen_then() {
    let server = setup().start().await;
    let (trim, before) = first_price(&ask(&server.anonymous(), MODELS).await);
    let from = server.app().clock.now() + TimeDelta::milliseconds(1_500);
    assert_eq!(outcomes(&server.system(), &[book(2, from, &trim, before + 200)]).await, ["applied"]);
    assert_eq!(first_price(&ask(&server.anonymous(), MODELS).await).1, before);
    let (_, statements) = server.counted(ask(&server.anonymous(), MODELS)).await;
    assert_eq!(statements, 0, "kept until then");
    while server.app().clock.now() < from {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(first_price(&ask(&server.anonymous(), MODELS).await).1, before + 200);
}

#[tokio::test]
async fn of_many_that_ask_at_once_one_is_answered_by_the_store() {
    let server = setup().start().await;
    let (_, alone) = server.counted(ask(&server.anonymous(), "{ a: vehicleModels { slug trims { code } } }")).await;
    let document = "{ b: vehicleModels { slug trims { code } } }";
    let client = server.anonymous();
    let (answers, statements) = server.counted(join_all((0..100).map(|_| ask(&client, document)))).await;
    assert_eq!(statements, alone);
    assert!(answers.windows(2).all(|pair| pair[0].data == pair[1].data));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_ask_two_gateways_at_once_one_is_answered_by_the_store() {
    let Ok(redis) = std::env::var("MILEPOST_TEST_REDIS") else { return };
    let one = setup().setting("MILEPOST_REDIS_URL", &redis).start().await;
    let other = setup().setting("MILEPOST_REDIS_URL", &redis).beside(&one).start().await;
    // Others use the same Redis.
    let name = entity::EventId::generate().to_string();
    let document =
        |alias: &str| format!("{{ {alias}{name}: vehicleModels {{ slug trims {{ code price {{ amount }} }} }} }}");
    let (_, alone) = one.counted(ask(&one.anonymous(), &document("a"))).await;
    // Both have met Redis, for which nobody waits long.
    ask(&other.anonymous(), &document("a")).await;
    let text = document("b");
    let clients = [one.anonymous(), other.anonymous()];
    let before = one.statements() + other.statements();
    let answers = join_all((0..200).map(|at| ask(&clients[at % 2], &text))).await;
    assert_eq!(one.statements() + other.statements() - before, alone);
    assert!(answers.windows(2).all(|pair| pair[0].data == pair[1].data));
}

#[tokio::test]
async fn without_its_redis_a_gateway_keeps_by_itself() {
    let server = setup().setting("MILEPOST_REDIS_URL", "redis://127.0.0.1:1").start().await;
    let begun = Instant::now();
    let first = ask(&server.anonymous(), MODELS).await;
    let (second, statements) = server.counted(ask(&server.anonymous(), MODELS)).await;
    assert_eq!((first.data, statements), (second.data, 0));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_fails_is_not_kept() {
    let server = setup().start().await;
    let document = "{ vehicleModels { slug } compareTrims(ids: [\"trm_nonsense\", \"x\"]) { trims { code } } }";
    for _ in 0..2 {
        let answer = server.anonymous().query(document, json!({})).await;
        assert_eq!((answer.code(), header(&answer, &AGE)), (Some("BAD_USER_INPUT"), ""));
    }
}

#[tokio::test]
async fn a_picture_that_changed_is_seen_at_once() {
    let server = setup().start().await;
    let heroes = "{ vehicleModel(slug: \"c6\") { hero { url(width: 640) alt } media { kind } } }";
    assert_eq!(ask(&server.anonymous(), heroes).await.data["vehicleModel"], Value::Null);
    let model = example("cn.milepost.catalog.model.v1");
    let told = event("m1", "cn.milepost.catalog.model.v1", None, model.clone());
    assert_eq!(outcomes(&server.system(), &[told]).await, ["applied"]);
    let seen = ask(&server.anonymous(), heroes).await.data;
    let url = "https://img.example.cn/c6/front-640.jpg";
    assert_eq!(seen["vehicleModel"]["hero"], json!({ "url": url, "alt": "A C6 by a lake" }));
    let wrongs = [
        ("address", json!("http://img.example.cn/c6.jpg")),
        ("address", json!("https://img.example.cn/{width}/{width}.jpg")),
        ("address", json!("")),
        ("width", json!(0)),
        ("height", json!(100_001)),
        ("altEn", json!("")),
    ];
    for (place, (field, value)) in wrongs.into_iter().enumerate() {
        let mut wrong = model.clone();
        wrong["media"][0][field] = value;
        let id = format!("wrong-{place}");
        let told = result(&server.system(), event(&id, "cn.milepost.catalog.model.v1", None, wrong)).await;
        assert_eq!(
            (&told["outcome"], &told["field"]),
            (&json!("refused"), &json!(format!("data.media.0.{field}"))),
            "{told}"
        );
    }
    assert_eq!(ask(&server.anonymous(), heroes).await.data, seen);
}
