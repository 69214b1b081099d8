//! The order of cars that operators make (C096), and stock to be sold first (C097).

use std::collections::BTreeSet;

use entity::inventory::sort_rule;
use entity::*;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::harness::{Client, Server};
use crate::order::key;

pub(super) const UPSERT: &str =
    "mutation($input: InventorySortRuleUpsertInput!) { inventorySortRuleUpsert(input: $input) {
    rule { id status priority roles criteria { key direction } version }
    userErrors { code field ... on ValidationError { constraint } } } }";
pub(super) const PUBLISH: &str =
    "mutation($input: InventorySortRulePublishInput!) { inventorySortRulePublish(input: $input) {
    rule { id status version } userErrors { code field } } }";
const ARCHIVE: &str = "mutation($input: InventorySortRuleArchiveInput!) { inventorySortRuleArchive(input: $input) {
    rule { status } userErrors { code field } } }";
pub(super) const PAGE: &str = "query($after: String, $near: GeoPointInput, $orderBy: InventorySort = { field: RULE }) {
    inventory(first: 9, after: $after, near: $near, orderBy: $orderBy) {
        totalCount { value }
        nodes { id ageDays store { id } price { minorUnits } isRecommended recommendReason ageBand commercialStatus physicalStatus }
        pageInfo { endCursor hasNextPage } } }";

async fn published(server: &Server, priority: i32, criteria: Value) -> Value {
    let input = json!({ "idempotencyKey": key(), "name": key(), "priority": priority, "criteria": criteria });
    let made = server.operator().payload(UPSERT, json!({ "input": input })).await;
    assert_eq!(made["userErrors"], json!([]));
    let rule = &made["rule"];
    let input = json!({ "idempotencyKey": key(), "ruleId": rule["id"], "expectedVersion": 1 });
    let done = server.operator().payload(PUBLISH, json!({ "input": input })).await;
    assert_eq!(done["rule"], json!({ "id": rule["id"], "status": "PUBLISHED", "version": 2 }));
    rule["id"].clone()
}

pub(super) async fn all(client: &Client, near: Value) -> Vec<Value> {
    let (mut nodes, mut after) = (Vec::new(), json!(null));
    loop {
        let page = client.data(PAGE, json!({ "after": after, "near": near })).await["inventory"].clone();
        nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"]["value"], nodes.len());
            let ids: BTreeSet<_> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), nodes.len(), "no car twice");
            return nodes;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn the_demos_rule_shows_the_own_stock_first_and_the_oldest_of_it() {
    let server = Server::start().await;
    let cars = all(&server.consultant(), json!(null)).await;
    let own = json!(server.demo.store.to_string());
    let first_foreign = cars.iter().position(|car| car["store"]["id"] != own).unwrap();
    assert!(first_foreign > 5 && cars[first_foreign..].iter().all(|car| car["store"]["id"] != own));
    let ages: Vec<i64> = cars[..first_foreign].iter().filter_map(|car| car["ageDays"].as_i64()).collect();
    assert!(ages.len() == first_foreign && ages.is_sorted_by(|a, b| a >= b), "{ages:?}");
    // An operator has no own stock: by age alone.
    let ages: Vec<i64> =
        all(&server.operator(), json!(null)).await.iter().filter_map(|car| car["ageDays"].as_i64()).collect();
    assert!(ages.len() > cars.len() && ages.is_sorted_by(|a, b| a >= b));
}

#[tokio::test]
async fn every_key_pages_through_every_car_in_both_directions() {
    let server = Server::start().await;
    let near = json!({ "latitude": 31.23, "longitude": 121.47 });
    let expected = all(&server.consultant(), json!(null)).await.len();
    let mut priority = 100;
    for key in StockSortKey::ALL {
        for direction in ["ASC", "DESC"] {
            priority += 1;
            let criteria = json!([{ "key": key.code(), "direction": direction }, { "key": if *key == StockSortKey::Price { "ETA" } else { "PRICE" }, "direction": "ASC" }]);
            published(&server, priority, criteria).await;
            let cars = all(&server.consultant(), near.clone()).await;
            assert_eq!(cars.len(), expected, "{key} {direction}");
            let mut prices: Vec<i64> = cars.iter().map(|car| car["price"]["minorUnits"].as_i64().unwrap()).collect();
            let mut promised: Vec<bool> = cars.iter().map(|car| car["commercialStatus"] != "FREE").collect();
            if direction == "DESC" {
                prices.reverse();
                promised.reverse();
            }
            assert!(*key != StockSortKey::Price || prices.is_sorted());
            assert!(*key != StockSortKey::StatusRank || promised.is_sorted());
        }
    }
}

#[tokio::test]
async fn a_cursor_is_stale_once_another_rule_is_in_force() {
    let server = Server::start().await;
    let beside = Server::setup().beside(&server).start().await;
    let consultant = server.consultant();
    let page = consultant.data(PAGE, json!({})).await["inventory"]["pageInfo"].clone();
    let next = json!({ "after": page["endCursor"] });
    consultant.data(PAGE, next.clone()).await;
    let id = published(&server, 50, json!([{ "key": "PRICE", "direction": "DESC" }])).await;
    for client in [&consultant, &beside.consultant()] {
        let answer = client.query(PAGE, next.clone()).await;
        assert_eq!(answer.code(), Some("CURSOR_STALE"));
        assert_eq!(answer.errors[0]["extensions"]["argument"], "after");
    }
    let input = json!({ "idempotencyKey": key(), "ruleId": id, "expectedVersion": 2 });
    let archived = server.operator().payload(ARCHIVE, json!({ "input": input })).await;
    assert_eq!(archived["rule"]["status"], "ARCHIVED");
    // The rule of before is in force again, as it was.
    beside.consultant().data(PAGE, next.clone()).await;
    // A cursor measured from elsewhere is another list's, and no order is given twice.
    let elsewhere = json!({ "after": next["after"], "near": { "latitude": 31.0, "longitude": 121.0 } });
    assert_eq!(consultant.code(PAGE, elsewhere).await, "BAD_USER_INPUT");
    let twice = json!({ "orderBy": { "field": "RULE", "direction": "ASC" } });
    assert_eq!(consultant.code(PAGE, twice).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = Server::start().await;
    let before = sort_rule::Entity::find().count(server.db().conn()).await.unwrap();
    let price = json!({ "key": "PRICE", "direction": "ASC" });
    let age = json!({ "key": "AGE_DAYS", "direction": "DESC" });
    for (criteria, roles, field, constraint) in [
        (json!([]), json!(null), json!(["input", "criteria"]), "required"),
        (json!([price, age, price]), json!(null), json!(["input", "criteria", "2", "key"]), "sort-key-twice"),
        (json!([age]), json!(["OPERATOR", "CUSTOMER"]), json!(["input", "roles", "1"]), "sort-role"),
    ] {
        let input =
            json!({ "idempotencyKey": key(), "name": "x", "priority": 1, "criteria": criteria, "roles": roles });
        let refused = server.operator().payload(UPSERT, json!({ "input": input })).await;
        assert_eq!(
            (&refused["userErrors"][0]["field"], &refused["userErrors"][0]["constraint"]),
            (&field, &json!(constraint))
        );
    }
    let input = json!({ "idempotencyKey": key(), "name": "x", "priority": 1, "criteria": [age] });
    assert_eq!(server.manager().code(UPSERT, json!({ "input": input })).await, "FORBIDDEN");
    assert_eq!(sort_rule::Entity::find().count(server.db().conn()).await.unwrap(), before);
}

#[tokio::test]
async fn old_stock_that_can_be_had_is_recommended_where_its_age_is_shown() {
    let server = Server::start().await;
    let cars = all(&server.operator(), json!(null)).await;
    let mut seen = BTreeSet::new();
    for car in &cars {
        let free = car["commercialStatus"] == "FREE"
            && !["DEMO", "QUALITY_HOLD", "RETURNED"].contains(&car["physicalStatus"].as_str().unwrap());
        let reason = match car["ageBand"].as_str().unwrap() {
            "ORANGE" if free => json!("AGEING"),
            "RED" if free => json!("OVERAGED"),
            _ => json!(null),
        };
        assert_eq!((&car["isRecommended"], &car["recommendReason"]), (&json!(!reason.is_null()), &reason), "{car}");
        seen.insert(reason.to_string());
    }
    assert_eq!(seen.len(), 3);
    let hidden: Vec<_> =
        all(&server.manager(), json!(null)).await.into_iter().filter(|car| car["ageBand"].is_null()).collect();
    assert!(
        !hidden.is_empty()
            && hidden.iter().all(|car| car["isRecommended"].is_null() && car["recommendReason"].is_null())
    );
}
