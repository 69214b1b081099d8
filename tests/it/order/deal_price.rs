//! What others paid (C062).

use entity::order::{deal_price, invoice, order, price_line};
use entity::place::{city, staff, store};
use entity::{OrderStatus, PriceLineKind, SalesModel, StoreId, TrimId};
use futures_util::future::join_all;
use milepost::order::deals::rules::SOLD;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::{key, order_row};
use crate::harness::{Client, Server};

const STATS: &str = "query($trim: ID!, $city: CityCode!, $days: Int) {
    dealPriceStats(trimId: $trim, cityCode: $city, windowDays: $days) {
        area sampleSize storeCount p25 { minorUnits } median { minorUnits } p75 { minorUnits } from to } }";

const REPORT: &str = "mutation($input: DealPriceReportInput!) { dealPriceReport(input: $input) {
    dealPrice { id version invoiceNumber price { minorUnits } soldOn cityCode trim { id } store { id } }
    userErrors { code field message } } }";

const LIST: &str = "query($where: DealPriceWhereInput) { dealPrices(first: 100, where: $where) { totalCount { value }
    nodes { invoiceNumber store { id } } } }";

/// Whether two cities are of one province.
fn alike(one: &str, other: &str) -> bool {
    one[..2] == other[..2]
}

/// A city in whose province no such car is sold, and another of the province, if there is one.
async fn unsold(server: &Server, trim: TrimId) -> (String, Option<String>) {
    let db = server.db().conn();
    let cities = city::Entity::find().order_by_asc(city::Column::Code).all(db).await.unwrap();
    let ordered = order::Entity::find().filter(order::Column::TrimId.eq(trim)).all(db).await.unwrap();
    let told = deal_price::Entity::find().filter(deal_price::Column::TrimId.eq(trim)).all(db).await.unwrap();
    let sold: Vec<_> =
        ordered.into_iter().map(|row| row.city_code).chain(told.into_iter().map(|row| row.city_code)).collect();
    let free = |city: &&city::Model| sold.iter().all(|sold| !alike(sold, &city.code));
    let neighbour =
        |of: &str| cities.iter().find(|city| city.code != of && alike(&city.code, of)).map(|city| city.code.clone());
    let of = cities.iter().filter(free).max_by_key(|city| neighbour(&city.code).is_some()).expect("sold everywhere");
    (of.code.clone(), neighbour(&of.code))
}

/// Stores by sales model, in order.
async fn stores(server: &Server, model: SalesModel) -> Vec<StoreId> {
    let found = store::Entity::find().filter(store::Column::SalesModel.eq(model)).order_by_asc(store::Column::Code);
    found.all(server.db().conn()).await.unwrap().into_iter().map(|row| row.id).collect()
}

async fn manager_of(server: &Server, store: StoreId) -> Client {
    let found = staff::Entity::find().filter(staff::Column::StoreId.eq(store)).one(server.db().conn()).await.unwrap();
    server.staff(found.expect("staff").id, store, true)
}

#[tokio::test]
async fn what_others_paid_is_told_of_five_and_of_nobody_alone() {
    let server = Server::start().await;
    let db = server.db().conn();
    let trim = order_row(&server, server.demo.order).await.trim_id;
    let (city, neighbour) = unsold(&server, trim).await;
    let dealers = stores(&server, SalesModel::Wholesale).await;
    let now = server.app().clock.now();
    let sold = order::Entity::find()
        .filter(order::Column::Status.is_in(SOLD))
        .filter(order::Column::Id.ne(server.demo.order))
        .order_by_asc(order::Column::Id)
        .limit(6)
        .all(db)
        .await
        .unwrap();
    assert_eq!(sold.len(), 6);
    let ask = async |days: Value| {
        let variables = json!({ "trim": trim.to_string(), "city": city, "days": days });
        server.anonymous().data(STATS, variables).await["dealPriceStats"].clone()
    };
    let mut prices = Vec::new();
    for (place, row) in (1..).zip(&sold) {
        let change = order::ActiveModel {
            trim_id: Set(trim),
            city_code: Set(city.clone()),
            sales_model: Set(SalesModel::Wholesale),
            store_id: Set(dealers[usize::from(place == 3)]),
            placed_at: Set(Some(now - chrono::TimeDelta::days(20 * place))),
            ..Default::default()
        };
        order::Entity::update_many().set(change).filter(order::Column::Id.eq(row.id)).exec(db).await.unwrap();
        let lines = price_line::Entity::find()
            .filter(price_line::Column::OrderId.eq(row.id))
            .filter(price_line::Column::Kind.is_in([PriceLineKind::Msrp, PriceLineKind::Discount]));
        prices.push(lines.all(db).await.unwrap().iter().map(|line| line.amount_minor).sum::<i64>());
        // Of the first four nothing is told; the fifth is a hundred days ago, and the sixth six score.
        if place <= 4 {
            assert_eq!(ask(json!(365)).await, json!(null), "{place}");
        }
    }
    assert_eq!(ask(json!(90)).await, json!(null), "four of them are in the window");
    let (stats, statements) = server.counted(ask(json!(100 + 1))).await;
    let mut five = prices[..5].to_vec();
    five.sort_unstable();
    assert_eq!((&stats["sampleSize"], statements <= 3), (&json!(5), true), "{statements}");
    assert_eq!((&stats["area"], &stats["storeCount"]), (&json!("CITY"), &json!(2)));
    let told = ["p25", "median", "p75"].map(|name| stats[name]["minorUnits"].as_i64().unwrap());
    assert_eq!(told, [five[1], five[2], five[3]]);
    assert_eq!(ask(json!(365)).await["sampleSize"], 6);
    let set = async |id, change: order::ActiveModel| {
        order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(db).await.unwrap();
    };
    // Of one dealer alone nothing is told, nor of direct sales; of a neighbouring city by the province.
    let of = |store| order::ActiveModel { store_id: Set(store), ..Default::default() };
    set(sold[2].id, of(dealers[0])).await;
    assert_eq!(ask(json!(365)).await, json!(null));
    set(sold[2].id, of(dealers[1])).await;
    if let Some(neighbour) = neighbour {
        set(sold[0].id, order::ActiveModel { city_code: Set(neighbour.clone()), ..Default::default() }).await;
        set(sold[1].id, order::ActiveModel { city_code: Set(neighbour), ..Default::default() }).await;
        let wide = ask(json!(365)).await;
        assert_eq!((&wide["area"], &wide["sampleSize"]), (&json!("PROVINCE"), &json!(6)));
    }
    set(sold[0].id, order::ActiveModel { sales_model: Set(SalesModel::Agency), ..Default::default() }).await;
    assert_eq!(ask(json!(365)).await["sampleSize"], 5);
    // What was backed out of is no sale.
    let change = order::ActiveModel { status: Set(OrderStatus::Returned), ..Default::default() };
    let first_two = order::Column::Id.is_in([sold[0].id, sold[1].id]);
    order::Entity::update_many().set(change).filter(first_two).exec(db).await.unwrap();
    assert_eq!(ask(json!(365)).await, json!(null));
    for (variables, argument) in [
        (json!({ "trim": trim.to_string(), "city": city, "days": 6 }), "windowDays"),
        (json!({ "trim": trim.to_string(), "city": "1", "days": 30 }), "cityCode"),
        (json!({ "trim": TrimId::generate().to_string(), "city": city, "days": 30 }), "trimId"),
    ] {
        let refused = server.anonymous().query(STATS, variables).await;
        assert_eq!(refused.errors[0]["extensions"]["argument"], argument);
    }
}

fn sale(trim: TrimId, city: &str, number: usize, price: &str, on: chrono::NaiveDate) -> Value {
    json!({ "input": { "idempotencyKey": key(), "invoiceNumber": format!("{number:08}"), "trimId": trim.to_string(),
        "cityCode": city, "price": price, "soldOn": on.to_string() } })
}

#[tokio::test]
async fn dealers_tell_of_sales_that_were_not_ordered_here() {
    let server = Server::start().await;
    let trim = order_row(&server, server.demo.order).await.trim_id;
    let (city, _) = unsold(&server, trim).await;
    let dealers = stores(&server, SalesModel::Wholesale).await;
    let (one, other) = (manager_of(&server, dealers[0]).await, manager_of(&server, dealers[1]).await);
    let today = milepost::values::calendar::day(server.app().clock.now());
    let before = one.data(LIST, json!({})).await["dealPrices"]["totalCount"]["value"].clone();

    for number in 1..=4 {
        let payload = one.payload(REPORT, sale(trim, &city, number, "200000.00", today)).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(payload["dealPrice"]["store"]["id"], dealers[0].to_string());
    }
    let stats = json!({ "trim": trim.to_string(), "city": city, "days": 30 });
    let told = async || server.anonymous().data(STATS, stats.clone()).await["dealPriceStats"].clone();
    assert_eq!(told().await, json!(null), "of four nothing is told");
    other.payload(REPORT, sale(trim, &city, 1, "190000", today)).await;
    let five = told().await;
    assert_eq!((&five["sampleSize"], &five["storeCount"], &five["area"]), (&json!(5), &json!(2), &json!("CITY")));
    assert_eq!(five["median"]["minorUnits"], 20_000_000);

    // Told anew, many at once: one row, as told last.
    let anew = join_all((0..40).map(|_| one.payload(REPORT, sale(trim, &city, 1, "180000", today)))).await;
    assert!(anew.iter().all(|payload| payload["userErrors"] == json!([])), "{anew:?}");
    let mut versions: Vec<_> = anew.iter().map(|payload| payload["dealPrice"]["version"].as_i64().unwrap()).collect();
    versions.sort_unstable();
    assert_eq!(*versions.last().unwrap(), 41);
    assert_eq!(told().await["sampleSize"], 5);
    assert_eq!(told().await["p25"]["minorUnits"], 19_000_000);

    // Each sees what is theirs, and operators all.
    let own = one.data(LIST, json!({ "where": { "storeId": dealers[1].to_string() } })).await;
    assert_eq!(own["dealPrices"]["nodes"], json!([]));
    let own = one.data(LIST, json!({})).await["dealPrices"]["totalCount"]["value"].clone();
    assert_eq!(own.as_i64().unwrap(), before.as_i64().unwrap() + 4);
    let all = server.operator().data(LIST, json!({ "where": { "storeId": dealers[1].to_string() } })).await;
    assert!(all["dealPrices"]["nodes"].as_array().unwrap().iter().any(|row| row["invoiceNumber"] == "00000001"));
}

#[tokio::test]
async fn a_wrong_sale_is_refused_with_every_reason() {
    let server = Server::start().await;
    let trim = order_row(&server, server.demo.order).await.trim_id;
    let dealers = stores(&server, SalesModel::Wholesale).await;
    let manager = manager_of(&server, dealers[0]).await;
    let today = milepost::values::calendar::day(server.app().clock.now());
    let count = async || deal_price::Entity::find().count(server.db().conn()).await.unwrap();
    let before = count().await;
    let fields = |payload: &Value| -> Vec<String> {
        let errors = payload["userErrors"].as_array().expect("errors").iter();
        errors.map(|error| error["field"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned()).collect()
    };
    let wrong = json!({ "input": { "idempotencyKey": key(), "invoiceNumber": "12", "trimId": "trm_x", "cityCode": "1",
        "price": "9999.99", "soldOn": (today + chrono::TimeDelta::days(1)).to_string() } });
    let payload = manager.payload(REPORT, wrong).await;
    assert_eq!(fields(&payload), ["invoiceNumber", "trimId", "cityCode", "price", "soldOn"]);
    let payload = manager.payload(REPORT, sale(TrimId::generate(), "310100", 1, "200000", today)).await;
    assert_eq!(fields(&payload), ["trimId"]);
    // An order of the store's counts by itself.
    let invoiced = invoice::Entity::find().filter(invoice::Column::Number.is_not_null()).one(server.db().conn());
    let invoiced = invoiced.await.unwrap().expect("an invoice");
    let (number, of) = (invoiced.number.clone().unwrap(), order_row(&server, invoiced.order_id).await);
    let of_store = order::ActiveModel { store_id: Set(dealers[0]), ..Default::default() };
    let this = order::Column::Id.eq(of.id);
    order::Entity::update_many().set(of_store).filter(this).exec(server.db().conn()).await.unwrap();
    let mut ordered = sale(trim, "310100", 1, "200000", today);
    ordered["input"]["invoiceNumber"] = number.into();
    let payload = manager.payload(REPORT, ordered).await;
    assert_eq!(payload["userErrors"][0]["code"], "DUPLICATE");
    // Stores that have no prices of their own.
    let agents = stores(&server, SalesModel::Agency).await;
    let payload = manager_of(&server, agents[0]).await.payload(REPORT, sale(trim, "310100", 1, "200000", today)).await;
    assert_eq!(payload["userErrors"][0]["code"], "NOT_ELIGIBLE");
    for other in [server.consultant(), server.operator(), server.customer()] {
        let refused = other.query(REPORT, sale(trim, "310100", 1, "200000", today)).await;
        assert_eq!(refused.errors[0]["extensions"]["code"], "FORBIDDEN");
    }
    assert_eq!(count().await, before);
}
