//! Prices that are held for who keeps their token (C030, C061).

use chrono::{DateTime, TimeDelta, Utc};
use entity::catalog::trim;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::place::input;
use super::{key, order_row};
use crate::harness::{Client, Server};
use crate::ingest::{event, outcomes};

const PRICE: &str =
    "query($of: PriceConfigurationInput!, $city: CityCode!) { price(configuration: $of, cityCode: $city) {
    payable { minorUnits } asOf quoteToken quoteExpiresAt } }";

const PLACE: &str = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) {
    order { total { minorUnits } priceBreakdown { payable { minorUnits } } }
    userErrors { code field ... on PriceChanged { oldTotal { minorUnits } newTotal { minorUnits } newQuoteToken } } } }";

async fn price(client: &Client, input: &Value, city: &str) -> Value {
    let of = json!({ "configurationId": input["configurationId"] });
    client.data(PRICE, json!({ "of": of, "city": city })).await["price"].clone()
}

/// Places an order that says the price so.
async fn place(client: &Client, input: &Value, said: Value) -> Value {
    let mut input = input.clone();
    input["idempotencyKey"] = json!(key());
    input.as_object_mut().unwrap().remove("expectedTotalMinor");
    input.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    client.payload(PLACE, json!({ "input": input })).await
}

/// The demo car gets a price of its own.
async fn priced_anew(server: &Server, msrp_minor: i64) {
    let order = order_row(server, server.demo.order).await;
    let trim = trim::Entity::find_by_id(order.trim_id).one(server.db().conn()).await.unwrap().unwrap();
    let data = json!({ "code": "HELD", "version": 90, "status": "PUBLISHED",
        "effectiveFrom": server.app().clock.now().to_rfc3339(),
        "prices": [{ "trimCode": trim.code, "msrpMinor": msrp_minor, "discountMinor": 0 }] });
    let book = event(&key(), "cn.milepost.catalog.price_book.v1", None, data);
    assert_eq!(outcomes(&server.system(), &[book]).await, ["applied"]);
}

#[tokio::test]
async fn a_price_holds_for_who_keeps_it() {
    let server = Server::start().await;
    let customer = server.customer();
    let input = input(&server).await;
    let city = input["cityCode"].as_str().unwrap();
    let held = price(&customer, &input, city).await;
    let total = held["payable"]["minorUnits"].as_i64().unwrap();
    let moment = |name: &str| held[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let time = moment("quoteExpiresAt") - moment("asOf");
    assert!(TimeDelta::zero() < time && time <= TimeDelta::hours(24), "{held}");
    priced_anew(&server, 9_900_000).await;

    // By its total it is another price now, and the error holds the new one.
    let refused = place(&customer, &input, json!({ "expectedTotalMinor": total })).await;
    let changed = &refused["userErrors"][0];
    assert_eq!(
        (&changed["code"], &changed["field"]),
        (&json!("PRICE_CHANGED"), &json!(["input", "expectedTotalMinor"]))
    );
    let new = changed["newTotal"]["minorUnits"].as_i64().unwrap();
    assert_ne!(new, total);
    let by_token = place(&customer, &input, json!({ "quoteToken": held["quoteToken"] })).await;
    assert_eq!(by_token["userErrors"], json!([]));
    assert_eq!(by_token["order"]["total"]["minorUnits"], total);
    assert_eq!(by_token["order"]["priceBreakdown"]["payable"]["minorUnits"], total);
    let by_new = place(&customer, &input, json!({ "quoteToken": changed["newQuoteToken"] })).await;
    assert_eq!(by_new["order"]["total"]["minorUnits"], new, "{by_new}");
}

#[tokio::test]
async fn a_price_that_is_held_no_longer_has_changed_or_not() {
    let server = Server::start().await;
    let input = input(&server).await;
    let city = input["cityCode"].as_str().unwrap();
    let held = price(&server.customer(), &input, city).await;
    let later = Server::setup().beside(&server).clock(TimeDelta::hours(25)).start().await;
    let customer = later.customer();
    let total = held["payable"]["minorUnits"].as_i64().unwrap();
    let now = price(&customer, &input, city).await["payable"]["minorUnits"].as_i64().unwrap();
    let said = place(&customer, &input, json!({ "quoteToken": held["quoteToken"] })).await;
    if now == total {
        assert_eq!(said["order"]["total"]["minorUnits"], total, "{said}");
    } else {
        // The day between has taken an incentive away, or changed the tax.
        assert_eq!(said["userErrors"][0]["code"], "PRICE_CHANGED");
    }
    priced_anew(&later, 9_900_000).await;
    let refused = place(&customer, &input, json!({ "quoteToken": held["quoteToken"] })).await;
    let changed = &refused["userErrors"][0];
    assert_eq!((&changed["code"], &changed["field"]), (&json!("PRICE_CHANGED"), &json!(["input", "quoteToken"])));
    assert_eq!(changed["oldTotal"]["minorUnits"], total);
    let next = place(&customer, &input, json!({ "quoteToken": changed["newQuoteToken"] })).await;
    assert_eq!(next["order"]["total"], changed["newTotal"], "{next}");
}

#[tokio::test]
async fn a_price_is_of_one_car_in_one_city() {
    let server = Server::start().await;
    let customer = server.customer();
    let input = input(&server).await;
    let city = input["cityCode"].as_str().unwrap();
    let elsewhere = if city == "110100" { "310100" } else { "110100" };
    let other = price(&customer, &input, elsewhere).await["quoteToken"].clone();
    let own = price(&customer, &input, city).await["quoteToken"].clone();
    let broken = format!("{}A", own.as_str().unwrap());
    for (said, code) in [
        (json!({ "quoteToken": other }), "INVALID"),
        (json!({ "quoteToken": broken }), "INVALID"),
        (json!({ "quoteToken": "" }), "INVALID"),
        (json!({}), "REQUIRED"),
        (json!({ "quoteToken": own, "expectedTotalMinor": 1 }), "REQUIRED"),
    ] {
        let refused = place(&customer, &input, said.clone()).await;
        let error = &refused["userErrors"][0];
        assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(["input", "quoteToken"])), "{said}");
    }
}
