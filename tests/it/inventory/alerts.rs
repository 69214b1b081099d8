//! Alerts of a stock (C098): raised once, closed when it is over, taken up by one.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::inventory::{alert, alert_rule, vehicle_unit};
use entity::place::store;
use entity::*;
use futures_util::future::join_all;
use milepost::inventory::rules::age::{age_band, age_days};
use milepost::inventory::watch::look;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::Server;
use crate::order::key;

pub(super) const UPSERT: &str = "mutation($input: StockAlertRuleUpsertInput!) { stockAlertRuleUpsert(input: $input) {
    rule { id active threshold version checkedAt } userErrors { code field ... on ValidationError { constraint } } } }";
const ACKNOWLEDGE: &str = "mutation($input: StockAlertAcknowledgeInput!) { stockAlertAcknowledge(input: $input) {
    alert { id state level acknowledgedBy note allowedActions version vehicle { id } rule { name } }
    userErrors { code field ... on InvalidTransition { from allowed } } } }";
const ALERTS: &str =
    "query($where: StockAlertWhereInput, $after: String) { stockAlerts(where: $where, first: 100, after: $after) {
    totalCount { value }
    nodes { id rule { id name metric } vehicle { id } store { id } ageBand value level state allowedActions version }
    pageInfo { endCursor hasNextPage } } }";

pub(super) fn rule(metric: &str, stock: &str, threshold: i32) -> Value {
    json!({ "idempotencyKey": key(), "name": key(), "stockType": stock, "metric": metric, "threshold": threshold,
        "regionAfterHours": 24, "oemAfterHours": 72, "active": true })
}

/// A new rule, alone, looked after.
pub(super) async fn made(server: &Server, input: &Value) -> StockAlertRuleId {
    alert_rule::Entity::update_many()
        .col_expr(alert_rule::Column::Active, sea_orm::sea_query::Expr::val(false))
        .exec(server.db().conn())
        .await
        .unwrap();
    let made = server.operator().payload(UPSERT, json!({ "input": input })).await;
    assert_eq!(made["userErrors"], json!([]));
    settle(server).await;
    made["rule"]["id"].as_str().unwrap().parse().unwrap()
}

/// Looks after every rule that waits.
async fn settle(server: &Server) {
    let mut failed = Vec::new();
    while look(server.app(), server.db(), TimeDelta::days(1), &mut failed).await.unwrap() {}
}

pub(super) async fn due(server: &Server) {
    alert_rule::Entity::update_many()
        .col_expr(alert_rule::Column::CheckedAt, sea_orm::sea_query::Expr::val(chrono::DateTime::UNIX_EPOCH))
        .exec(server.db().conn())
        .await
        .unwrap();
    settle(server).await;
}

pub(super) async fn of(server: &Server, rule: StockAlertRuleId) -> Vec<alert::Model> {
    alert::Entity::find().filter(alert::Column::RuleId.eq(rule)).all(server.db().conn()).await.unwrap()
}

/// Unsold cars that are there.
pub(super) async fn stock(server: &Server, stock: StockType) -> Vec<vehicle_unit::Model> {
    vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StockType.eq(stock))
        .filter(vehicle_unit::Column::PhysicalStatus.is_not_in([PhysicalStatus::Delivered, PhysicalStatus::TotalLoss]))
        .filter(vehicle_unit::Column::CommercialStatus.is_in([CommercialStatus::Free, CommercialStatus::Reserved]))
        .all(server.db().conn())
        .await
        .unwrap()
}

pub(super) async fn change(server: &Server, car: VehicleUnitId, change: vehicle_unit::ActiveModel) {
    let row = vehicle_unit::Entity::update_many().set(change).filter(vehicle_unit::Column::Id.eq(car));
    row.exec(server.db().conn()).await.unwrap();
}

#[tokio::test]
async fn old_cars_are_told_of_once_in_each_band_until_they_are_sold() {
    let server = Server::start().await;
    let id = made(&server, &rule("AGE_OVER", "STORE_STOCK", 45)).await;
    let now = server.app().clock.now();
    let expected: BTreeMap<_, _> = stock(&server, StockType::StoreStock)
        .await
        .into_iter()
        .map(|car| (car.id, (age_days(car.stock_since, now), car.store_id)))
        .filter(|(_, (days, _))| *days > 45)
        .map(|(id, (days, store))| (id, (Some(age_band(days)), store, days as i32)))
        .collect();
    assert!(expected.len() > 5);
    let found: BTreeMap<_, _> = of(&server, id)
        .await
        .into_iter()
        .map(|alert| (alert.vehicle_id.unwrap(), (alert.band, alert.store_id, alert.value)))
        .collect();
    assert_eq!(found, expected);
    due(&server).await;
    assert_eq!(of(&server, id).await.len(), expected.len(), "nothing is told of twice");

    let (car, (band, ..)) = expected.iter().find(|(_, (band, ..))| *band != Some(AgeBand::Red)).unwrap();
    change(
        &server,
        *car,
        vehicle_unit::ActiveModel { stock_since: Set(now - TimeDelta::days(120)), ..Default::default() },
    )
    .await;
    due(&server).await;
    let of_car = |alerts: Vec<alert::Model>| {
        let mut found: Vec<_> =
            alerts.into_iter().filter(|alert| alert.vehicle_id == Some(*car)).map(|a| (a.band, a.state)).collect();
        found.sort();
        found
    };
    let told = vec![(*band, StockAlertState::Closed), (Some(AgeBand::Red), StockAlertState::Open)];
    assert_eq!(of_car(of(&server, id).await), told);
    change(
        &server,
        *car,
        vehicle_unit::ActiveModel { commercial_status: Set(CommercialStatus::Sold), ..Default::default() },
    )
    .await;
    due(&server).await;
    assert!(of_car(of(&server, id).await).iter().all(|(_, state)| *state == StockAlertState::Closed));
}

#[tokio::test]
async fn what_a_rule_told_of_before_it_was_changed_goes_and_one_that_fails_stops_no_other() {
    let server = Server::start().await;
    let db = server.db().conn();
    let id = made(&server, &rule("AGE_OVER", "STORE_STOCK", 0)).await;
    let standing =
        async || of(&server, id).await.into_iter().filter(|one| one.state != StockAlertState::Closed).count();
    let before = standing().await;
    assert!(before > 5);
    // As a change leaves it that closes as many as one transaction may, and there are more.
    let changed = alert_rule::ActiveModel { metric: Set(StockAlertMetric::LevelUnder), ..Default::default() };
    let changed = alert_rule::Entity::update_many().set(alert_rule::ActiveModel { threshold: Set(1), ..changed });
    changed.filter(alert_rule::Column::Id.eq(id)).exec(db).await.unwrap();
    due(&server).await;
    let left = of(&server, id).await.into_iter().filter(|one| one.state != StockAlertState::Closed);
    assert_eq!(left.filter(|one| one.vehicle_id.is_some()).count(), 0);

    // A rule that fails whenever it is looked after, and is the first of all.
    let broken = server.operator().payload(UPSERT, json!({ "input": rule("AGE_OVER", "STORE_STOCK", 0) })).await;
    let broken: StockAlertRuleId = broken["rule"]["id"].as_str().unwrap().parse().unwrap();
    crate::harness::breaks(&server, "INSERT", "stock_alert", "rule_id", broken.uuid()).await;
    let good = server.operator().payload(UPSERT, json!({ "input": rule("AGE_OVER", "STORE_STOCK", 0) })).await;
    let good: StockAlertRuleId = good["rule"]["id"].as_str().unwrap().parse().unwrap();
    let first = alert_rule::Entity::update_many()
        .col_expr(
            alert_rule::Column::CheckedAt,
            sea_orm::sea_query::Expr::val(chrono::DateTime::UNIX_EPOCH + TimeDelta::hours(1)),
        )
        .filter(alert_rule::Column::Id.eq(good));
    first.exec(db).await.unwrap();
    settle(&server).await;
    assert_eq!((of(&server, broken).await.len(), of(&server, good).await.is_empty()), (0, false));
    crate::harness::mended(&server, "stock_alert").await;
    settle(&server).await;
    assert!(!of(&server, broken).await.is_empty(), "it is tried again");
}

#[tokio::test]
async fn levels_are_told_of_by_store() {
    let server = Server::start().await;
    let mut counts: BTreeMap<StoreId, i64> = BTreeMap::new();
    for store in store::Entity::find().all(server.db().conn()).await.unwrap() {
        counts.insert(store.id, 0);
    }
    for car in stock(&server, StockType::StoreStock).await {
        *counts.entry(car.store_id.expect("store stock is in a store")).or_default() += 1;
    }
    let mut sorted: Vec<i64> = counts.values().copied().collect();
    sorted.sort_unstable();
    let middle = sorted[sorted.len() / 2] as i32;
    for (metric, breached) in [("LEVEL_OVER", false), ("LEVEL_UNDER", true)] {
        let id = made(&server, &rule(metric, "STORE_STOCK", middle)).await;
        let expected: BTreeMap<_, _> = counts
            .iter()
            .filter(|(_, cars)| if breached { **cars < i64::from(middle) } else { **cars > i64::from(middle) })
            .map(|(store, cars)| (*store, *cars as i32))
            .collect();
        assert!(!expected.is_empty() && expected.len() < counts.len(), "{metric} {middle}");
        let found: BTreeMap<_, _> = of(&server, id).await.into_iter().map(|a| (a.store_id.unwrap(), a.value)).collect();
        assert_eq!(found, expected, "{metric}");
        due(&server).await;
        assert_eq!(of(&server, id).await.len(), expected.len());
    }
}

#[tokio::test]
async fn late_cars_are_told_of_and_what_nobody_takes_up_goes_higher() {
    let server = Server::start().await;
    let now = server.app().clock.now();
    let cars = stock(&server, StockType::InTransit).await;
    let late =
        cars.iter().find(|car| car.store_id.is_some() && car.physical_status == PhysicalStatus::InTransit).unwrap();
    change(
        &server,
        late.id,
        vehicle_unit::ActiveModel { expected_at: Set(Some(now - TimeDelta::days(5))), ..Default::default() },
    )
    .await;
    let id = made(&server, &rule("IN_TRANSIT_OVERDUE", "IN_TRANSIT", 3)).await;
    let raised = of(&server, id).await.into_iter().find(|alert| alert.vehicle_id == Some(late.id)).unwrap();
    assert_eq!((raised.band, raised.value, raised.level), (None, 5, StockAlertLevel::Store));
    for (hours, level) in [(25, StockAlertLevel::Region), (73, StockAlertLevel::Oem)] {
        let earlier = alert::ActiveModel { raised_at: Set(now - TimeDelta::hours(hours)), ..Default::default() };
        alert::Entity::update_many()
            .set(earlier)
            .filter(alert::Column::Id.eq(raised.id))
            .exec(server.db().conn())
            .await
            .unwrap();
        due(&server).await;
        let row = alert::Entity::find_by_id(raised.id).one(server.db().conn()).await.unwrap().unwrap();
        assert_eq!((row.level, row.state), (level, StockAlertState::Open));
        assert!(row.escalated_at.is_some());
    }
    let waiting = json!({ "where": { "level": ["OEM"], "ruleId": id.to_string() } });
    let page = server.operator().data(ALERTS, waiting).await;
    let nodes = page["stockAlerts"]["nodes"].as_array().unwrap();
    assert!(nodes.iter().any(|node| node["id"] == raised.id.to_string()));
    change(
        &server,
        late.id,
        vehicle_unit::ActiveModel { physical_status: Set(PhysicalStatus::InStock), ..Default::default() },
    )
    .await;
    due(&server).await;
    let row = alert::Entity::find_by_id(raised.id).one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!(row.state, StockAlertState::Closed);
}

#[tokio::test]
async fn two_processes_raise_one_alert() {
    let server = Server::setup().setting("MILEPOST_STOCK__CHECK_SECONDS", "1").start().await;
    let beside = Server::setup().setting("MILEPOST_STOCK__CHECK_SECONDS", "1").beside(&server).start().await;
    let made = server.operator().payload(UPSERT, json!({ "input": rule("AGE_OVER", "STORE_STOCK", 0) })).await;
    let id: StockAlertRuleId = made["rule"]["id"].as_str().unwrap().parse().unwrap();
    // Beside their own loops, as many looks at once as can be.
    join_all((0..20).map(|n| {
        let by = if n % 2 == 0 { &server } else { &beside };
        async move { look(by.app(), by.db(), TimeDelta::zero(), &mut Vec::new()).await.is_ok() }
    }))
    .await;
    let begun = server.app().clock.now();
    while of(&server, id).await.is_empty() {
        assert!(server.app().clock.now() - begun < TimeDelta::seconds(20), "nothing is raised");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let alerts = of(&server, id).await;
    let cars: std::collections::BTreeSet<_> = alerts.iter().map(|alert| alert.vehicle_id).collect();
    assert!(alerts.len() > 20);
    assert_eq!(cars.len(), alerts.len(), "no car twice");
}

#[tokio::test]
async fn of_two_hundred_that_take_an_alert_up_one_does() {
    let server = Server::start().await;
    let id = made(&server, &rule("AGE_OVER", "STORE_STOCK", 0)).await;
    let row = of(&server, id).await.into_iter().find(|alert| alert.store_id == Some(server.demo.store)).unwrap();
    let input = |note: &str| json!({ "input": { "idempotencyKey": key(), "alertId": row.id.to_string(), "expectedVersion": 1, "note": note } });
    let answers = join_all((0..200).map(|n| {
        let (client, input) = (server.consultant(), input(&format!("促销 {n}")));
        async move { client.payload(ACKNOWLEDGE, input).await }
    }))
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["userErrors"] == json!([]));
    assert_eq!((won.len(), lost.len()), (1, 199));
    let refused = json!({ "code": "INVALID_TRANSITION", "field": null, "from": "ACKNOWLEDGED", "allowed": [] });
    assert!(lost.iter().all(|answer| answer["userErrors"][0] == refused), "{}", lost[0]);
    assert_eq!(won[0]["alert"]["vehicle"]["id"], row.vehicle_id.unwrap().to_string());
    assert_eq!((&won[0]["alert"]["state"], &won[0]["alert"]["version"]), (&json!("ACKNOWLEDGED"), &json!(2)));
    // It goes no higher, however long it stands.
    let earlier = alert::ActiveModel { raised_at: Set(chrono::DateTime::UNIX_EPOCH), ..Default::default() };
    alert::Entity::update_many()
        .set(earlier)
        .filter(alert::Column::Id.eq(row.id))
        .exec(server.db().conn())
        .await
        .unwrap();
    due(&server).await;
    let after = alert::Entity::find_by_id(row.id).one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!(
        (after.level, after.acknowledged_by),
        (StockAlertLevel::Store, Some(server.demo.consultant.to_string()))
    );
}

#[tokio::test]
async fn alerts_are_the_stores_own_and_rules_the_operators() {
    let server = Server::start().await;
    let id = made(&server, &rule("AGE_OVER", "STORE_STOCK", 0)).await;
    let every = of(&server, id).await;
    let own = every.iter().filter(|alert| alert.store_id == Some(server.demo.store)).count();
    let foreign = every.iter().find(|alert| alert.store_id != Some(server.demo.store)).unwrap();
    let filter = json!({ "where": { "ruleId": id.to_string() } });
    let seen = server.consultant().data(ALERTS, filter.clone()).await;
    assert_eq!(seen["stockAlerts"]["totalCount"]["value"], own);
    assert!(
        own > 0
            && seen["stockAlerts"]["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .all(|a| a["store"]["id"] == server.demo.store.to_string())
    );
    let all = server.operator().data(ALERTS, filter).await;
    assert_eq!(all["stockAlerts"]["totalCount"]["value"], every.len());
    let input = |alert: StockAlertId, version: i32| json!({ "input": { "idempotencyKey": key(), "alertId": alert.to_string(), "expectedVersion": version } });
    let refused = server.manager().payload(ACKNOWLEDGE, input(foreign.id, 1)).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
    let stale = server.operator().payload(ACKNOWLEDGE, input(foreign.id, 7)).await;
    assert_eq!(stale["userErrors"][0]["code"], "VERSION_CONFLICT");
    for client in [server.customer(), server.system()] {
        assert_eq!(client.code(ALERTS, json!({})).await, "FORBIDDEN");
        assert_eq!(client.code(ACKNOWLEDGE, input(foreign.id, 1)).await, "FORBIDDEN");
    }
    assert_eq!(server.manager().code(UPSERT, json!({ "input": rule("AGE_OVER", "DEMO", 1) })).await, "FORBIDDEN");
    let rules = alert_rule::Entity::find().count(server.db().conn()).await.unwrap();
    let mut wrong = rule("LEVEL_UNDER", "DEMO", 0);
    wrong["oemAfterHours"] = json!(24);
    wrong["name"] = json!("");
    let refused = server.operator().payload(UPSERT, json!({ "input": wrong })).await;
    let constraints: Vec<_> =
        refused["userErrors"].as_array().unwrap().iter().map(|error| error["constraint"].as_str().unwrap()).collect();
    assert_eq!(constraints, ["required", "ingest-number", "alert-levels"]);
    assert_eq!(alert_rule::Entity::find().count(server.db().conn()).await.unwrap(), rules);

    // A rule that looks no more leaves no alert behind.
    let row = alert_rule::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap();
    let mut off = rule("AGE_OVER", "STORE_STOCK", 0);
    (off["ruleId"], off["expectedVersion"], off["name"], off["active"]) =
        (json!(id.to_string()), json!(row.version), json!(row.name), json!(false));
    let done = server.operator().payload(UPSERT, json!({ "input": off })).await;
    assert_eq!(done["rule"]["active"], false, "{done}");
    assert!(of(&server, id).await.iter().all(|alert| alert.state == StockAlertState::Closed && alert.version == 2));
}

#[tokio::test]
async fn a_store_is_told_of_each_alert_that_changes() {
    let server = Server::start().await;
    let told = async || {
        let kinds = super::transfers::log_kinds(&server, server.demo.store).await;
        kinds.into_iter().filter(|kind| *kind == EventKind::StockAlertChanged).count()
    };
    assert_eq!(told().await, 0);
    let id = made(&server, &rule("AGE_OVER", "STORE_STOCK", 0)).await;
    let raised = of(&server, id).await.into_iter().filter(|alert| alert.store_id == Some(server.demo.store)).count();
    assert!(raised > 1);
    assert_eq!(told().await, raised);
    due(&server).await;
    assert_eq!(told().await, raised, "what stands is told of once");
    // It goes higher, and is closed: once more each.
    let earlier = alert::ActiveModel { raised_at: Set(chrono::DateTime::UNIX_EPOCH), ..Default::default() };
    alert::Entity::update_many().set(earlier).exec(server.db().conn()).await.unwrap();
    due(&server).await;
    assert_eq!(told().await, 2 * raised);
    // A rule that was switched off with more than one change closes leaves none behind.
    let off = alert_rule::ActiveModel {
        active: Set(false),
        checked_at: Set(chrono::DateTime::UNIX_EPOCH),
        ..Default::default()
    };
    alert_rule::Entity::update_many()
        .set(off)
        .filter(alert_rule::Column::Id.eq(id))
        .exec(server.db().conn())
        .await
        .unwrap();
    settle(&server).await;
    assert_eq!(told().await, 3 * raised);
    assert!(of(&server, id).await.iter().all(|alert| alert.state == StockAlertState::Closed));
}
