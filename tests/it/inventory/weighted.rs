//! Orders of cars whose criteria are weighed (C096).

use std::collections::HashMap;

use entity::inventory::{sort_rule, vehicle_unit};
use entity::*;
use milepost::inventory::rules::sort::{Fact, due, status_rank, weigh};
use milepost::values::calendar;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::sorting::{PAGE, PUBLISH, UPSERT, all};
use crate::harness::Server;
use crate::order::key;

async fn upsert(server: &Server, mode: Value, criteria: Value) -> Value {
    let input = json!({ "idempotencyKey": key(), "name": key(), "priority": 100, "mode": mode, "criteria": criteria });
    server.operator().payload(UPSERT, json!({ "input": input })).await
}

async fn published(server: &Server, criteria: &[SortCriterion]) {
    sort_rule::Entity::delete_many().exec(server.db().conn()).await.unwrap();
    let criteria: Vec<_> = criteria
        .iter()
        .map(|one| {
            let direction = if one.descending { "DESC" } else { "ASC" };
            json!({ "key": one.key.code(), "direction": direction, "weight": one.weight })
        })
        .collect();
    let made = upsert(server, json!("WEIGHTED"), json!(criteria)).await;
    assert_eq!(made["userErrors"], json!([]));
    let input = json!({ "idempotencyKey": key(), "ruleId": made["rule"]["id"], "expectedVersion": 1 });
    let done = server.operator().payload(PUBLISH, json!({ "input": input })).await;
    assert_eq!(done["rule"]["status"], "PUBLISHED");
}

fn criterion(key: StockSortKey, descending: bool, weight: i32) -> SortCriterion {
    SortCriterion { key, descending, weight: Some(weight) }
}

/// Squared straight distance in units of 10^-12, as lists have it.
fn nearness(car: &vehicle_unit::Model, near: (f64, f64)) -> i64 {
    let [x, y, z] = milepost::values::geo::Point::new(near.0, near.1).unwrap().unit_vector();
    let chord = (car.unit_x - x).powi(2) + (car.unit_y - y).powi(2) + (car.unit_z - z).powi(2);
    (chord * 1e12) as i64
}

#[tokio::test]
async fn cars_stand_as_the_rule_weighs_them() {
    use StockSortKey::{AgeDays, Distance, Eta, OwnFirst, Price, StatusRank};
    let server = Server::start().await;
    let cars = vehicle_unit::Entity::find().all(server.db().conn()).await.unwrap();
    let cars: HashMap<String, vehicle_unit::Model> = cars.into_iter().map(|car| (car.id.to_string(), car)).collect();
    let near = (31.23, 121.47);
    let point = json!({ "latitude": near.0, "longitude": near.1 });
    let today = calendar::start_of_day(calendar::day(server.app().clock.now()));
    for (n, criteria) in [
        vec![criterion(AgeDays, true, 3), criterion(Price, false, 1)],
        vec![criterion(OwnFirst, false, 5), criterion(StatusRank, false, 20), criterion(Price, true, 7)],
        vec![criterion(Eta, false, 1), criterion(AgeDays, false, 1), criterion(Price, false, 100)],
        vec![
            criterion(Distance, false, 9),
            criterion(AgeDays, true, 4),
            criterion(Eta, true, 2),
            criterion(Price, false, 3),
        ],
    ]
    .into_iter()
    .enumerate()
    {
        published(&server, &criteria).await;
        for (client, store) in [(server.operator(), None), (server.consultant(), Some(server.demo.store))] {
            let listed = all(&client, point.clone()).await;
            let fact = |car: &vehicle_unit::Model, key: StockSortKey| match key {
                StatusRank => Fact::Number(status_rank(car.physical_status, car.commercial_status)),
                AgeDays => Fact::Moment(car.stock_since),
                Distance => Fact::Number(nearness(car, near)),
                Eta => Fact::Moment(due(car.physical_status, car.expected_at)),
                OwnFirst => Fact::Number(i64::from(store.is_none() || car.store_id != store)),
                Price => Fact::Number(car.price_minor),
            };
            let place = |car: &vehicle_unit::Model| {
                let lexicographic = criteria.iter().map(|one| {
                    let raw = match fact(car, one.key) {
                        Fact::Number(number) => number,
                        // Old stock is that with an early date.
                        Fact::Moment(moment) if one.key == AgeDays => -moment.timestamp_micros(),
                        Fact::Moment(moment) => moment.timestamp_micros(),
                    };
                    if one.descending { -raw } else { raw }
                });
                (weigh(&criteria, |key| fact(car, key), today), lexicographic.collect::<Vec<_>>())
            };
            let places: Vec<_> = listed.iter().map(|car| place(&cars[car["id"].as_str().unwrap()])).collect();
            assert!(places.len() > 10 && places.is_sorted(), "rule {n}, {store:?}");
            assert!(places.iter().any(|(weight, _)| *weight != places[0].0), "rule {n} tells cars apart");
        }
    }
}

#[tokio::test]
async fn a_weighted_order_is_of_its_day() {
    let server = Server::start().await;
    published(&server, &[criterion(StockSortKey::AgeDays, true, 2), criterion(StockSortKey::Price, false, 1)]).await;
    let page = server.consultant().data(PAGE, json!({})).await["inventory"]["pageInfo"].clone();
    let next = json!({ "after": page["endCursor"] });
    server.consultant().data(PAGE, next.clone()).await;
    let tomorrow = Server::setup().beside(&server).clock(chrono::Duration::days(1)).start().await;
    assert_eq!(tomorrow.consultant().query(PAGE, next).await.code(), Some("CURSOR_STALE"));
}

#[tokio::test]
async fn weights_are_given_where_they_count_and_only_there() {
    let server = Server::start().await;
    let before = sort_rule::Entity::find().count(server.db().conn()).await.unwrap();
    let price = |weight: Value| json!([{ "key": "PRICE", "direction": "ASC", "weight": weight }]);
    for (mode, weight, constraint) in [
        (json!("WEIGHTED"), json!(null), "required"),
        (json!("WEIGHTED"), json!(101), "ingest-number"),
        (json!("LEXICOGRAPHIC"), json!(5), "sort-weight"),
        (json!(null), json!(5), "sort-weight"),
    ] {
        let refused = upsert(&server, mode, price(weight)).await;
        let error = &refused["userErrors"][0];
        let field = json!(["input", "criteria", "0", "weight"]);
        assert_eq!((&error["field"], &error["constraint"]), (&field, &json!(constraint)), "{refused}");
    }
    assert_eq!(sort_rule::Entity::find().count(server.db().conn()).await.unwrap(), before);
}
