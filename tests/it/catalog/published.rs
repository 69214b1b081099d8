//! `priceBookPublished` (C061).

use entity::catalog::trim;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Server, Stream};
use crate::ingest::{event, outcomes};
use crate::order::key;

const FOLLOW: &str = "subscription($after: String) { priceBookPublished(after: $after) {
    cursor replayed snapshot priceBook { code version effectiveFrom effectiveTo
        changes { trimId trimCode trimName modelId before { minorUnits } after { minorUnits } } } } }";

async fn publish(server: &Server, version: i32, status: &str, prices: &[(&trim::Model, i64)]) {
    let prices: Vec<_> = prices
        .iter()
        .map(|(trim, minor)| json!({ "trimCode": trim.code, "msrpMinor": minor, "discountMinor": 100 }))
        .collect();
    let data = json!({ "code": "TOLD", "version": version, "status": status,
        "effectiveFrom": server.app().clock.now().to_rfc3339(), "prices": prices });
    let book = event(&key(), "cn.milepost.catalog.price_book.v1", None, data);
    assert_eq!(outcomes(&server.system(), &[book]).await, ["applied"]);
}

async fn next(stream: &mut Stream) -> Value {
    stream.data().await["priceBookPublished"].clone()
}

/// What a message says of trims: code, before and after.
fn changes(message: &Value) -> Vec<(String, Value, Value)> {
    let rows = message["priceBook"]["changes"].as_array().expect("changes");
    let one = |row: &Value| {
        let code = row["trimCode"].as_str().expect("a code").to_owned();
        (code, row["before"]["minorUnits"].clone(), row["after"]["minorUnits"].clone())
    };
    rows.iter().map(one).collect()
}

#[tokio::test]
async fn everybody_is_told_of_a_book_that_is_published_and_of_what_it_changes() {
    let server = Server::start().await;
    let db = server.db().conn();
    let trims = trim::Entity::find().order_by_asc(trim::Column::Code).all(db).await.unwrap();
    let on_sale: Vec<_> = trims.iter().filter(|trim| trim.on_sale).collect();
    let (one, hidden) = (on_sale[0], on_sale[1]);
    let mut change = hidden.clone().into_active_model();
    change.on_sale = Set(false);
    change.update(db).await.unwrap();

    let (mut live, mut staff) = (
        server.anonymous().subscribe_ws(FOLLOW, json!({})).await,
        server.operator().subscribe_sse(FOLLOW, json!({})).await,
    );
    for stream in [&mut live, &mut staff] {
        let begun = next(stream).await;
        assert_eq!((&begun["snapshot"], &begun["priceBook"]["code"]), (&json!(true), &json!("CN")), "{begun}");
        assert_eq!(begun["priceBook"]["version"], 2, "the one in force");
        assert!(begun["cursor"].is_string(), "the only one");
    }

    publish(&server, 1, "DRAFT", &[(one, 1_000)]).await;
    publish(&server, 2, "PUBLISHED", &[(one, 20_000_100), (hidden, 30_000_100)]).await;
    let (news, of_staff) = (next(&mut live).await, next(&mut staff).await);
    assert_eq!((&news["snapshot"], &news["priceBook"]["version"]), (&json!(false), &json!(2)), "no word of the draft");
    let told = |message: &Value, trim: &trim::Model| {
        let found = changes(message).into_iter().find(|(code, ..)| *code == trim.code);
        found.map(|(_, before, after)| (before.is_i64(), after))
    };
    assert_eq!(told(&news, one), Some((true, json!(20_000_000))));
    assert_eq!(told(&news, hidden), None, "what is not on sale is nobody's to see");
    assert_eq!(told(&of_staff, hidden), Some((true, json!(30_000_000))));
    let gone = changes(&news).into_iter().filter(|(code, ..)| *code != one.code);
    assert!(gone.into_iter().all(|(_, before, after)| before.is_i64() && after.is_null()), "it has no other prices");

    // A book that changes one of two.
    publish(&server, 3, "PUBLISHED", &[(one, 20_000_100), (hidden, 30_000_200)]).await;
    let news = next(&mut live).await;
    assert_eq!((changes(&news), &news["priceBook"]["version"]), (vec![], &json!(3)));
    let of_staff = next(&mut staff).await;
    assert_eq!(changes(&of_staff), [(hidden.code.clone(), json!(30_000_000), json!(30_000_100))]);

    // Who was away goes on from there.
    let mut back = server.customer().subscribe_sse(FOLLOW, json!({ "after": news["cursor"] })).await;
    publish(&server, 4, "PUBLISHED", &[(one, 20_000_300)]).await;
    let missed = next(&mut back).await;
    assert_eq!((&missed["snapshot"], &missed["priceBook"]["version"]), (&json!(false), &json!(4)));
    assert_eq!(told(&missed, one), Some((true, json!(20_000_200))));
    let code = server.anonymous().subscribe_sse(FOLLOW, json!({ "after": "x" })).await.next().await;
    assert_eq!(code["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}
