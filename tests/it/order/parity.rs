//! One price everywhere: orders of each source against the price book (C061).

use chrono::{DateTime, Days, TimeDelta, Utc};
use entity::catalog::{price_book, price_entry, trim};
use entity::place::store;
use entity::{PriceBookStatus, SalesModel};
use milepost::values::calendar;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::place::{PLACE, input, priced};
use super::{key, order_row};
use crate::harness::{Client, Server};
use crate::ingest::{event, outcomes};

const REPORT: &str = "query($trim: ID, $model: ID, $city: CityCode, $from: Date!, $to: Date!) {
    priceParityReport(trimId: $trim, modelId: $model, cityCode: $city, from: $from, to: $to) {
        from to parity total { ...F } bySource { source figures { ...F } } byStore { store { id } figures { ...F } }
        differences { order { number } source expected { minorUnits } actual { minorUnits } difference { minorUnits } } } }
    fragment F on PriceParityFigures { orders atListPrice byPromotion byHeldPrice byChange byDealer unexplained
        explainedDifference { minorUnits } unexplainedDifference { minorUnits } }";

const PRICE: &str = "query($of: PriceConfigurationInput!, $city: CityCode!) {
    price(configuration: $of, cityCode: $city) { quoteToken } }";

/// The demo car, in a server where its store sells at the car maker's price.
struct Ground {
    server: Server,
    trim: trim::Model,
    now: DateTime<Utc>,
}

impl Ground {
    async fn new() -> Self {
        let server = Server::start().await;
        let db = server.db().conn();
        let order = order_row(&server, server.demo.order).await;
        let trim = trim::Entity::find_by_id(order.trim_id).one(db).await.unwrap().unwrap();
        store::Entity::update_many()
            .col_expr(store::Column::SalesModel, Expr::val(SalesModel::Agency.code()))
            .filter(store::Column::Id.eq(server.demo.store))
            .exec(db)
            .await
            .unwrap();
        let now = server.app().clock.now();
        Self { server, trim, now }
    }

    /// List price and discount in force.
    async fn in_force(&self) -> (i64, i64) {
        let book = price_book::Entity::find()
            .filter(price_book::Column::Status.eq(PriceBookStatus::Published))
            .filter(price_book::Column::EffectiveFrom.lte(self.server.app().clock.now()))
            .order_by_desc(price_book::Column::EffectiveFrom)
            .one(self.server.db().conn())
            .await
            .unwrap()
            .unwrap();
        let entry = price_entry::Entity::find_by_id((book.id, self.trim.id)).one(self.server.db().conn()).await;
        let entry = entry.unwrap().unwrap();
        (entry.msrp_minor, entry.discount_minor)
    }

    async fn report(&self, client: &Client) -> Value {
        let today = calendar::day(self.now);
        let asked = json!({ "trim": self.trim.id.to_string(), "from": (today - Days::new(1)).to_string(),
            "to": (today + Days::new(1)).to_string() });
        client.data(REPORT, asked).await["priceParityReport"].clone()
    }

    /// An order that another system tells of, at a price.
    async fn told(&self, number: &str, msrp_minor: i64) {
        let db = self.server.db().conn();
        let own = store::Entity::find_by_id(self.server.demo.store).one(db).await.unwrap().unwrap();
        let like = order_row(&self.server, self.server.demo.order).await;
        let customer = entity::customer::customer::Entity::find_by_id(like.customer_id).one(db).await.unwrap().unwrap();
        let data = json!({ "number": number, "customerNumber": customer.number, "storeCode": own.code,
            "fulfillmentMode": "BUILD_TO_ORDER", "trimCode": self.trim.code, "optionCodes": like.option_codes.0,
            "cityCode": like.city_code, "createdAt": self.server.app().clock.now().to_rfc3339(),
            "priceLines": [{ "kind": "MSRP", "code": self.trim.code, "labelZh": "指导价", "labelEn": "List price",
                "amountMinor": msrp_minor }] });
        let told = event(&key(), "cn.milepost.order.order.v1", None, data);
        assert_eq!(outcomes(&self.server.system(), &[told]).await, ["applied"]);
    }
}

/// What a report says of a source; nothing where it has none.
fn of<'r>(report: &'r Value, source: &str) -> Option<&'r Value> {
    let sources = report["bySource"].as_array().expect("sources");
    sources.iter().find(|row| row["source"] == source).map(|row| &row["figures"])
}

/// By how much the figures of a source grew: orders, at list price or by promotion, held, unexplained.
fn grown(before: &Value, after: &Value, source: &str) -> [i64; 4] {
    let said = |report| {
        let figure = |name: &str| of(report, source).map_or(0, |figures| figures[name].as_i64().expect("a number"));
        [figure("orders"), figure("atListPrice") + figure("byPromotion"), figure("byHeldPrice"), figure("unexplained")]
    };
    let (before, after) = (said(before), said(after));
    std::array::from_fn(|n| after[n] - before[n])
}

#[tokio::test]
async fn what_is_made_here_is_at_one_price_and_what_was_sold_otherwise_elsewhere_is_named() {
    let ground = Ground::new().await;
    let (server, operator) = (&ground.server, ground.server.operator());
    let (customer, before) = (server.customer(), ground.report(&operator).await);
    let (msrp, discount) = ground.in_force().await;

    // By the app, at the price of the book.
    let listed = priced(&customer, input(server).await).await;
    let placed = customer.payload(PLACE, json!({ "input": listed })).await;
    assert_eq!(placed["userErrors"], json!([]));
    // A price is held, another book comes into force, and an order of each.
    let mut held = input(server).await;
    let of_input = json!({ "configurationId": held["configurationId"] });
    let token = customer.data(PRICE, json!({ "of": of_input, "city": held["cityCode"] })).await;
    held.as_object_mut().unwrap().remove("expectedTotalMinor");
    held["quoteToken"] = token["price"]["quoteToken"].clone();
    let book = json!({ "code": "PARITY", "version": 91, "status": "PUBLISHED",
        "effectiveFrom": server.app().clock.now().to_rfc3339(),
        "prices": [{ "trimCode": ground.trim.code, "msrpMinor": msrp - discount - 1_000_000, "discountMinor": 0 }] });
    let book = event(&key(), "cn.milepost.catalog.price_book.v1", None, book);
    assert_eq!(outcomes(&server.system(), &[book]).await, ["applied"]);
    let placed = customer.payload(PLACE, json!({ "input": held })).await;
    assert_eq!(placed["userErrors"], json!([]));
    let listed = priced(&customer, input(server).await).await;
    let placed = customer.payload(PLACE, json!({ "input": listed })).await;
    assert_eq!(placed["userErrors"], json!([]));
    // Told by a system, at the price, and at another.
    let new = msrp - discount - 1_000_000;
    ground.told("YCPARITY0001", new).await;
    ground.told("YCPARITY0002", new - 500_000).await;

    let (after, statements) = server.counted(ground.report(&operator)).await;
    assert_eq!(grown(&before, &after, "CUSTOMER"), [3, 2, 1, 0], "{after:#}");
    assert_eq!(grown(&before, &after, "SYSTEM"), [2, 1, 0, 1], "{after:#}");
    let named: Vec<_> = after["differences"].as_array().unwrap().iter().collect();
    let known = before["differences"].as_array().unwrap().len();
    assert_eq!(named.len(), known + 1);
    let difference = &named[0];
    assert_eq!(
        **difference,
        json!({ "order": { "number": "YCPARITY0002" }, "source": "SYSTEM", "expected": { "minorUnits": new },
            "actual": { "minorUnits": new - 500_000 }, "difference": { "minorUnits": -500_000 } })
    );
    assert_eq!(after["parity"], false);
    let sum = |rows: &str, name: &str| -> i64 {
        after[rows].as_array().unwrap().iter().map(|row| row["figures"][name].as_i64().unwrap()).sum()
    };
    for name in ["orders", "atListPrice", "byPromotion", "byHeldPrice", "byChange", "byDealer", "unexplained"] {
        let total = after["total"][name].as_i64().unwrap();
        assert_eq!((sum("bySource", name), sum("byStore", name)), (total, total), "{name}");
    }
    assert_eq!(after["byStore"][0]["store"]["id"], server.demo.store.to_string(), "the odd one first");

    // However many there are, and whatever they cost.
    for n in 3..8 {
        ground.told(&format!("YCPARITY{n:04}"), new + n).await;
    }
    let (more, again) = server.counted(ground.report(&operator)).await;
    assert_eq!(grown(&before, &more, "SYSTEM"), [7, 1, 0, 6]);
    assert_eq!(again, statements);
    assert!(statements <= 8, "{statements}");
}

#[tokio::test]
async fn the_demo_of_a_season_is_at_one_price() {
    let ground = Ground::new().await;
    let today = calendar::day(ground.now);
    let asked = json!({ "model": ground.trim.model_id.to_string(), "from": (today - Days::new(60)).to_string(),
        "to": today.to_string() });
    let report = ground.server.operator().data(REPORT, asked).await["priceParityReport"].clone();
    assert!(report["total"]["orders"].as_i64().unwrap() > 0);
    assert_eq!(report["parity"], true, "{report:#}");
    assert_eq!(report["differences"], json!([]));
    // Those of one city are a part of them.
    let like = order_row(&ground.server, ground.server.demo.order).await;
    let asked = json!({ "model": ground.trim.model_id.to_string(), "from": (today - Days::new(60)).to_string(),
        "to": today.to_string(), "city": like.city_code });
    let here = ground.server.operator().data(REPORT, asked).await["priceParityReport"].clone();
    assert!(here["total"]["orders"].as_i64() < report["total"]["orders"].as_i64());
}

#[tokio::test]
async fn only_operators_ask_and_wrong_arguments_are_named() {
    let ground = Ground::new().await;
    let (server, today) = (&ground.server, calendar::day(ground.now));
    let fine = json!({ "trim": ground.trim.id.to_string(), "from": today.to_string(), "to": today.to_string() });
    for (client, code) in [
        (server.anonymous(), "UNAUTHENTICATED"),
        (server.customer(), "FORBIDDEN"),
        (server.consultant(), "FORBIDDEN"),
        (server.manager(), "FORBIDDEN"),
        (server.system(), "FORBIDDEN"),
    ] {
        assert_eq!(client.code(REPORT, fine.clone()).await, code);
    }
    let wrong = |change: Value| {
        let mut asked = fine.clone();
        asked.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        asked
    };
    let later = (today + TimeDelta::days(366)).to_string();
    for (change, argument) in [
        (json!({ "to": later }), "to"),
        (json!({ "to": (today - Days::new(1)).to_string() }), "to"),
        (json!({ "model": ground.trim.model_id.to_string() }), "trimId"),
        (json!({ "trim": null }), "trimId"),
        (json!({ "trim": entity::TrimId::generate().to_string() }), "trimId"),
    ] {
        let answer = server.operator().query(REPORT, wrong(change.clone())).await;
        assert_eq!(answer.code(), Some("BAD_USER_INPUT"), "{change}");
        assert_eq!(answer.errors[0]["extensions"]["argument"], argument, "{change}");
    }
}
