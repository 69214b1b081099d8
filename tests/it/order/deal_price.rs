//! What others paid (C062).

use entity::order::{order, price_line};
use entity::place::city;
use entity::{OrderStatus, PriceLineKind, TrimId};
use milepost::order::rules::deal_price::SOLD;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::order_row;
use crate::harness::Server;

const STATS: &str = "query($trim: ID!, $city: CityCode!, $days: Int) {
    dealPriceStats(trimId: $trim, cityCode: $city, windowDays: $days) {
        sampleSize p25 { minorUnits } median { minorUnits } p75 { minorUnits } from to } }";

/// A city in which no such car is sold.
async fn unsold(server: &Server, trim: TrimId) -> String {
    for city in city::Entity::find().order_by_asc(city::Column::Code).all(server.db().conn()).await.unwrap() {
        let sold = order::Entity::find()
            .filter(order::Column::TrimId.eq(trim))
            .filter(order::Column::CityCode.eq(&city.code))
            .count(server.db().conn());
        if sold.await.unwrap() == 0 {
            return city.code;
        }
    }
    panic!("sold everywhere");
}

#[tokio::test]
async fn what_others_paid_is_told_of_five_and_of_nobody_alone() {
    let server = Server::start().await;
    let db = server.db().conn();
    let trim = order_row(&server, server.demo.order).await.trim_id;
    let city = unsold(&server, trim).await;
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
    assert_eq!((&stats["sampleSize"], statements <= 2), (&json!(5), true), "{statements}");
    let told = ["p25", "median", "p75"].map(|name| stats[name]["minorUnits"].as_i64().unwrap());
    assert_eq!(told, [five[1], five[2], five[3]]);
    assert_eq!(ask(json!(365)).await["sampleSize"], 6);
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
