//! How many cars a store has, one in, one out (C099).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::inventory::{quota, quota_entry, transfer, vehicle_unit};
use entity::place::{organization, store};
use entity::*;
use futures_util::future::join_all;
use milepost::inventory::quota::rules::place::place;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::transfers::{asked, log_kinds, row, send, step};
use crate::harness::{Client, Server};
use crate::ingest::{event, results, words};
use crate::order::key;

const SET: &str = "mutation($input: StockQuotaSetInput!) { stockQuotaSet(input: $input) {
    quota { id scope cap mode active version store { id } trim { id } }
    userErrors { code field ... on ValidationError { constraint } } } }";
const END: &str = "mutation($input: StockQuotaEndInput!) { stockQuotaEnd(input: $input) {
    quota { id active version } userErrors { code field } } }";
const USAGE: &str = "query($store: ID!) { quotaUsage(storeId: $store) {
    quota { id } cap used inTransit promised leaving rightsOpen full oldestUnit { id } } }";
const LEDGER: &str = "query($where: OneInOneOutWhereInput) { oneInOneOutLedger(where: $where, first: 100) {
    nodes { id state granted outUnit { id } outAt inUnit { id } inAt transfer { id } quota { id } } } }";

/// A server whose cars nobody has asked for.
async fn begun() -> Server {
    let server = Server::start().await;
    transfer::Entity::delete_many().exec(server.db().conn()).await.unwrap();
    server
}

/// Ends the quotas of the demo.
async fn none(server: &Server) {
    quota::Entity::update_many()
        .col_expr(quota::Column::EndedAt, sea_orm::sea_query::Expr::val(server.app().clock.now()))
        .filter(quota::Column::EndedAt.is_null())
        .exec(server.db().conn())
        .await
        .unwrap();
}

/// Ends the quotas of the demo, and sets one of all cars of its store.
async fn set(server: &Server, cap: i64, mode: &str, rights: i32) -> Value {
    none(server).await;
    let set = server.operator().payload(SET, json!({ "input": input(server, cap, mode, rights) })).await;
    assert_eq!(set["userErrors"], json!([]));
    set["quota"].clone()
}

fn input(server: &Server, cap: i64, mode: &str, rights: i32) -> Value {
    json!({ "idempotencyKey": key(), "storeId": server.demo.store.to_string(), "scope": "ALL", "cap": cap,
        "mode": mode, "openRights": rights })
}

async fn usage(client: &Client, store: StoreId) -> Value {
    client.data(USAGE, json!({ "store": store.to_string() })).await["quotaUsage"].clone()
}

async fn ledger(server: &Server, quota: &Value) -> Vec<Value> {
    let page = server.operator().data(LEDGER, json!({ "where": { "quotaId": quota["id"] } })).await;
    page["oneInOneOutLedger"]["nodes"].as_array().unwrap().clone()
}

/// How many cars count for the demo store, by the rule.
async fn used(server: &Server) -> i64 {
    let cars = vehicle_unit::Entity::find().all(server.db().conn()).await.unwrap();
    let own = |car: &&vehicle_unit::Model| place(car).is_some_and(|place| place.store == server.demo.store);
    i64::try_from(cars.iter().filter(own).count()).unwrap()
}

/// Free cars that stand in stores, the demo store's own or others'.
async fn cars(server: &Server, own: bool) -> Vec<vehicle_unit::Model> {
    let at = vehicle_unit::Column::StoreId;
    vehicle_unit::Entity::find()
        .filter(if own { at.eq(server.demo.store) } else { at.ne(server.demo.store) })
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .filter(vehicle_unit::Column::StockType.eq(StockType::StoreStock))
        .order_by_asc(vehicle_unit::Column::StockSince)
        .order_by_asc(vehicle_unit::Column::Id)
        .all(server.db().conn())
        .await
        .unwrap()
}

fn to(store: StoreId, car: &vehicle_unit::Model) -> Value {
    let mut input = asked(car);
    input["toStoreId"] = json!(store.to_string());
    input
}

fn yes(transfer: &Value) -> Value {
    let mut input = step(transfer);
    input["approve"] = json!(true);
    input
}

/// A car of the demo store that was sent to another one.
async fn sent_away(server: &Server, car: &vehicle_unit::Model) -> Value {
    let other = store::Entity::find().filter(store::Column::Id.ne(server.demo.store));
    let other = other.one(server.db().conn()).await.unwrap().unwrap().id;
    let operator = server.operator();
    let made = send(&operator, "Request", to(other, car)).await;
    let given = send(&operator, "Approve", yes(&made["transfer"])).await;
    let sent = send(&operator, "Ship", step(&given["transfer"])).await;
    assert_eq!(sent["transfer"]["state"], "SHIPPED", "{made} {given} {sent}");
    sent["transfer"].clone()
}

#[tokio::test]
async fn forty_at_once_never_pass_the_number() {
    let server = begun().await;
    let before = used(&server).await;
    let quota = set(&server, before + 3, "BLOCK_IN_WHEN_FULL", 0).await;
    // As many as are wanted, of the kind that another store has.
    let kind = cars(&server, false).await[0].clone();
    let chosen: Vec<_> = (0..41)
        .map(|number| vehicle_unit::Model {
            id: VehicleUnitId::generate(),
            vin: Some(format!("LQ0TA0000000{number:05}")),
            ..kind.clone()
        })
        .collect();
    let rows = chosen.iter().map(|car| car.clone().into_active_model().reset_all());
    vehicle_unit::Entity::insert_many(rows).exec_without_returning(server.db().conn()).await.unwrap();
    let (chosen, late) = (&chosen[..40], &chosen[40]);
    let operator = server.operator();
    let mut transfers = Vec::new();
    for car in chosen {
        let made = send(&operator, "Request", to(server.demo.store, car)).await;
        assert_eq!(made["userErrors"], json!([]), "nobody has a place yet");
        transfers.push(made["transfer"].clone());
    }
    let answers = join_all(transfers.iter().map(|transfer| send(&operator, "Approve", yes(transfer)))).await;
    let (given, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["userErrors"] == json!([]));
    assert_eq!((given.len(), refused.len()), (3, 37));
    let oldest = cars(&server, true).await[0].id.to_string();
    let full = json!([{ "__typename": "QuotaFull", "code": "QUOTA_FULL", "field": ["input", "transferId"],
        "quotaId": quota["id"], "oldestVehicleId": oldest }]);
    assert!(refused.iter().all(|answer| answer["userErrors"] == full), "{}", refused[0]);
    let rows = transfer::Entity::find().filter(transfer::Column::ToStoreId.eq(server.demo.store));
    let rows = rows.all(server.db().conn()).await.unwrap();
    let waiting = rows.iter().filter(|row| row.state == StockTransferState::Requested && row.version == 1).count();
    assert_eq!(waiting, 37, "who was refused is as before");
    let shown = json!([{ "quota": { "id": quota["id"] }, "cap": before + 3, "used": before, "inTransit": shown_on_way(&server).await,
        "promised": 3, "leaving": 0, "rightsOpen": 0, "full": true, "oldestUnit": { "id": oldest } }]);
    assert_eq!(usage(&server.consultant(), server.demo.store).await, shown);

    // They leave: what was promised is on its way, and no place more is there.
    for answer in &given {
        let sent = send(&operator, "Ship", step(&answer["transfer"])).await;
        assert_eq!(sent["userErrors"], json!([]));
    }
    let after = usage(&server.consultant(), server.demo.store).await[0].clone();
    assert_eq!((&after["used"], &after["promised"], &after["full"]), (&json!(before + 3), &json!(0), &json!(true)));
    assert_eq!(used(&server).await, before + 3);
    let states: Vec<_> = ledger(&server, &quota).await.iter().map(|entry| entry["state"].clone()).collect();
    assert_eq!(states, vec![json!("ADDED"); 3]);
    assert!(log_kinds(&server, server.demo.store).await.contains(&EventKind::StockQuotaChanged));
    // Who asks anew learns it at once.
    let late = send(&operator, "Request", to(server.demo.store, late)).await;
    assert_eq!(late["userErrors"][0]["code"], "QUOTA_FULL");
}

async fn shown_on_way(server: &Server) -> usize {
    let cars = vehicle_unit::Entity::find().filter(vehicle_unit::Column::StoreId.eq(server.demo.store));
    let cars = cars.all(server.db().conn()).await.unwrap();
    let way = |car: &&vehicle_unit::Model| car.physical_status == PhysicalStatus::InTransit && place(car).is_some();
    cars.iter().filter(way).count()
}

#[tokio::test]
async fn a_place_is_given_back_when_its_car_comes_no_more() {
    use super::quality;
    let server = begun().await;
    let before = used(&server).await;
    let quota = set(&server, before + 1, "BLOCK_IN_WHEN_FULL", 0).await;
    let (operator, foreign) = (server.operator(), cars(&server, false).await);
    let made = send(&operator, "Request", to(server.demo.store, &foreign[0])).await;
    let given = send(&operator, "Approve", yes(&made["transfer"])).await;
    assert_eq!(given["transfer"]["state"], "APPROVED", "{given}");
    assert_eq!(usage(&operator, server.demo.store).await[0]["promised"], 1);
    let full = send(&operator, "Request", to(server.demo.store, &foreign[1])).await;
    assert_eq!(full["userErrors"][0]["code"], "QUOTA_FULL");
    // It is held for a damage, and may come yet; then it is written off.
    let case = quality::send(&operator, "Report", quality::found(foreign[0].id)).await["case"].clone();
    assert_eq!(usage(&operator, server.demo.store).await[0]["promised"], 1);
    let case = quality::go(&operator, "Assess", &case, json!({ "severity": "MAJOR", "cost": "9" })).await;
    quality::go(&operator, "Scrap", &case, json!({ "reason": "车身受损" })).await;
    assert_eq!(usage(&operator, server.demo.store).await[0]["promised"], 0);
    let id: StockTransferId = given["transfer"]["id"].as_str().unwrap().parse().unwrap();
    let row = transfer::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!((row.state, row.version), (StockTransferState::Cancelled, 3));
    assert_eq!(ledger(&server, &quota).await[0]["state"], "WITHDRAWN");
    let next = send(&operator, "Request", to(server.demo.store, &foreign[1])).await;
    assert_eq!(next["userErrors"], json!([]), "{next}");
}

#[tokio::test]
async fn who_gives_a_car_is_not_told_of_the_cars_of_who_asks() {
    let server = begun().await;
    none(&server).await;
    let (car, holder) = super::transfers::foreign_car(&server).await;
    let made = send(&server.manager(), "Request", asked(&car)).await;
    assert_eq!(made["userErrors"], json!([]), "{made}");
    set(&server, used(&server).await, "BLOCK_IN_WHEN_FULL", 0).await;
    let refused = |answer: &Value| answer["userErrors"][0].clone();
    let told = refused(&send(&holder, "Approve", yes(&made["transfer"])).await);
    assert_eq!((&told["code"], &told["oldestVehicleId"]), (&json!("QUOTA_FULL"), &json!(null)));
    let told = refused(&send(&server.operator(), "Approve", yes(&made["transfer"])).await);
    assert!(told["oldestVehicleId"].is_string(), "{told}");
}

#[tokio::test]
async fn a_quota_whose_time_is_to_come_counts_nothing_and_opens_no_rights() {
    let server = begun().await;
    none(&server).await;
    let begins = server.app().clock.now() + TimeDelta::days(1);
    let mut later = input(&server, 1, "REPLENISH_ON_OUT", 0);
    later["effectiveFrom"] = json!(begins.to_rfc3339());
    let made = server.operator().payload(SET, json!({ "input": later })).await;
    assert_eq!(made["userErrors"], json!([]), "fewer than there are: {made}");
    assert_eq!(usage(&server.operator(), server.demo.store).await, json!([]));
    let foreign = cars(&server, false).await;
    let asked = send(&server.operator(), "Request", to(server.demo.store, &foreign[0])).await;
    assert_eq!(asked["userErrors"], json!([]), "it lets cars in");
    let mut rights = input(&server, 1000, "REPLENISH_ON_OUT", 3);
    (rights["effectiveFrom"], rights["quotaId"]) = (json!(begins.to_rfc3339()), made["quota"]["id"].clone());
    rights["expectedVersion"] = made["quota"]["version"].clone();
    let refused = server.operator().payload(SET, json!({ "input": rights })).await;
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "openRights"]), "{refused}");
}

#[tokio::test]
async fn a_full_stock_takes_a_car_for_one_that_is_named_to_go_out() {
    let server = begun().await;
    let before = used(&server).await;
    let quota = set(&server, before, "BLOCK_IN_WHEN_FULL", 0).await;
    let (foreign, own) = (cars(&server, false).await, cars(&server, true).await);
    let operator = server.operator();
    let full = send(&operator, "Request", to(server.demo.store, &foreign[0])).await;
    assert_eq!(
        (&full["userErrors"][0]["code"], &full["userErrors"][0]["field"], &full["userErrors"][0]["oldestVehicleId"]),
        (&json!("QUOTA_FULL"), &json!(["input", "vehicleId"]), &json!(own[0].id.to_string()))
    );
    let named = |car: &vehicle_unit::Model, out: VehicleUnitId| {
        let mut input = to(server.demo.store, car);
        input["outVehicleId"] = json!(out.to_string());
        input
    };
    let wrong = send(&operator, "Request", named(&foreign[0], foreign[1].id)).await;
    assert_eq!(wrong["userErrors"][0]["field"], json!(["input", "outVehicleId"]), "another store's car");
    let made = send(&operator, "Request", named(&foreign[0], own[0].id)).await;
    let given = send(&operator, "Approve", yes(&made["transfer"])).await;
    assert_eq!(given["transfer"]["state"], "APPROVED", "{made} {given}");
    // Of a car one is named at a time.
    let again = send(&operator, "Request", named(&foreign[1], own[0].id)).await;
    assert_eq!(again["userErrors"][0]["oldestVehicleId"], own[1].id.to_string(), "{again}");
    // Taken back, it may be named anew.
    send(&operator, "Cancel", step(&given["transfer"])).await;
    assert_eq!(ledger(&server, &quota).await[0]["state"], "WITHDRAWN");
    let made = send(&operator, "Request", named(&foreign[1], own[0].id)).await;
    let given = send(&operator, "Approve", yes(&made["transfer"])).await;
    let sent = send(&operator, "Ship", step(&given["transfer"])).await;
    send(&operator, "Receive", step(&sent["transfer"])).await;
    let entry = ledger(&server, &quota).await[0].clone();
    assert_eq!((&entry["state"], &entry["outAt"]), (&json!("LEAVING"), &json!(null)));
    assert_eq!(entry["inUnit"]["id"], foreign[1].id.to_string());
    let now = usage(&server.manager(), server.demo.store).await[0].clone();
    assert_eq!((&now["used"], &now["leaving"], &now["full"]), (&json!(before + 1), &json!(1), &json!(true)));
    // One may come in only when it has gone.
    sent_away(&server, &row(&server, &own[0]).await).await;
    let entry = ledger(&server, &quota).await[0].clone();
    assert_eq!((&entry["state"], &entry["outUnit"]["id"]), (&json!("PAIRED"), &json!(own[0].id.to_string())));
    assert_eq!(used(&server).await, before);
    let full = send(&operator, "Request", to(server.demo.store, &foreign[0])).await;
    assert_eq!(full["userErrors"][0]["code"], "QUOTA_FULL");
    sent_away(&server, &row(&server, &own[1]).await).await;
    assert_eq!(ledger(&server, &quota).await[0]["state"], "RIGHT");
    let made = send(&operator, "Request", to(server.demo.store, &foreign[0])).await;
    assert_eq!(made["userErrors"], json!([]));
}

#[tokio::test]
async fn each_car_that_goes_out_lets_one_in() {
    let server = begun().await;
    let before = used(&server).await;
    let mut much = input(&server, before + 2, "REPLENISH_ON_OUT", 3);
    much["cap"] = json!(before + 2);
    let quota = set(&server, before + 2, "REPLENISH_ON_OUT", 0).await;
    (much["quotaId"], much["expectedVersion"]) = (quota["id"].clone(), quota["version"].clone());
    let refused = server.operator().payload(SET, json!({ "input": much })).await;
    assert_eq!(refused["userErrors"][0]["constraint"], "quota-rights", "there is room for two");
    let (foreign, own) = (cars(&server, false).await, cars(&server, true).await);
    let operator = server.operator();
    let none = send(&operator, "Request", to(server.demo.store, &foreign[0])).await;
    assert_eq!(none["userErrors"][0]["code"], "QUOTA_FULL", "there is room, and no right");
    sent_away(&server, &own[0]).await;
    let made = send(&operator, "Request", to(server.demo.store, &foreign[0])).await;
    let given = send(&operator, "Approve", yes(&made["transfer"])).await;
    let entry = ledger(&server, &quota).await[0].clone();
    assert_eq!(
        (&entry["state"], &entry["transfer"]["id"], &entry["outUnit"]["id"]),
        (&json!("PROMISED"), &made["transfer"]["id"], &json!(own[0].id.to_string()))
    );
    let none = send(&operator, "Request", to(server.demo.store, &foreign[1])).await;
    assert_eq!(none["userErrors"][0]["code"], "QUOTA_FULL");
    send(&operator, "Cancel", step(&given["transfer"])).await;
    assert_eq!(usage(&operator, server.demo.store).await[0]["rightsOpen"], 1);

    // What another system tells is a fact: it takes the right, and then there is none.
    let store = store::Entity::find_by_id(server.demo.store).one(server.db().conn()).await.unwrap().unwrap();
    let said = |id: &str, car: &vehicle_unit::Model| {
        let data = json!({ "vin": car.vin, "toStoreCode": store.code, "state": "STARTED" });
        event(id, "cn.milepost.inventory.transfer.v1", None, data)
    };
    let told = [said("q-1", &foreign[2]), said("q-2", &foreign[3])];
    assert_eq!(words(&results(&server.system(), &told).await), ["applied", "applied"]);
    let states = async || -> BTreeMap<String, i64> {
        let mut states = BTreeMap::new();
        for entry in ledger(&server, &quota).await {
            *states.entry(entry["state"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        states
    };
    assert_eq!(states().await, BTreeMap::from([("OVER".to_owned(), 1), ("PAIRED".to_owned(), 1)]));
    // The next that goes settles it, and opens no right.
    sent_away(&server, &own[1]).await;
    assert_eq!(states().await, BTreeMap::from([("PAIRED".to_owned(), 2)]));
    assert_eq!(used(&server).await, before);
    let now = usage(&operator, server.demo.store).await[0].clone();
    assert_eq!((&now["used"], &now["rightsOpen"], &now["full"]), (&json!(before), &json!(0), &json!(true)));
    let version =
        operator.data("query($id: ID!) { stockQuota(id: $id) { version } }", json!({ "id": quota["id"] })).await;
    let mut more = input(&server, before + 2, "REPLENISH_ON_OUT", 1);
    (more["quotaId"], more["expectedVersion"]) = (quota["id"].clone(), version["stockQuota"]["version"].clone());
    assert_eq!(operator.payload(SET, json!({ "input": more })).await["userErrors"], json!([]));
    let made = send(&operator, "Request", to(server.demo.store, &foreign[1])).await;
    assert_eq!(made["userErrors"], json!([]), "by the right that the operator opened");
}

#[tokio::test]
async fn the_database_counts_as_the_rule_does() {
    let server = begun().await;
    let db = server.db().conn();
    none(&server).await;
    let cars = vehicle_unit::Entity::find().all(db).await.unwrap();
    // One on its way to the demo store.
    let away = cars.iter().find(|car| place(car).is_some_and(|place| place.store != server.demo.store)).unwrap();
    let sent = vehicle_unit::ActiveModel {
        physical_status: Set(PhysicalStatus::Transferring),
        transfer_to_store_id: Set(Some(server.demo.store)),
        ..Default::default()
    };
    vehicle_unit::Entity::update_many().set(sent).filter(vehicle_unit::Column::Id.eq(away.id)).exec(db).await.unwrap();
    let mut expected: BTreeMap<StoreId, i64> = BTreeMap::new();
    for car in vehicle_unit::Entity::find().all(db).await.unwrap() {
        if let Some(place) = place(&car) {
            *expected.entry(place.store).or_default() += 1;
        }
    }
    assert!(expected.len() > 3);
    for (store, cars) in expected {
        let quota = json!({ "idempotencyKey": key(), "storeId": store.to_string(), "scope": "ALL", "cap": 1000,
            "mode": "BLOCK_IN_WHEN_FULL" });
        let set = server.operator().payload(SET, json!({ "input": quota })).await;
        assert_eq!(set["userErrors"], json!([]));
        assert_eq!(usage(&server.operator(), store).await[0]["used"], cars, "{store}");
    }
}

#[tokio::test]
async fn quotas_are_the_operators_and_seen_by_their_store() {
    let server = begun().await;
    let db = server.db().conn();
    let before = quota::Entity::find().all(db).await.unwrap();
    for client in [server.manager(), server.customer(), server.system()] {
        let asked = json!({ "input": input(&server, 10, "BLOCK_IN_WHEN_FULL", 0) });
        assert_eq!(client.code(SET, asked).await, "FORBIDDEN");
    }
    for client in [server.customer(), server.system()] {
        assert_eq!(client.code(USAGE, json!({ "store": server.demo.store.to_string() })).await, "FORBIDDEN");
        assert_eq!(client.code(LEDGER, json!({})).await, "FORBIDDEN");
    }
    let foreign = before.iter().find(|row| row.store_id != server.demo.store).unwrap();
    assert_eq!(usage(&server.manager(), foreign.store_id).await, json!([]));
    assert_eq!(usage(&server.operator(), foreign.store_id).await[0]["rightsOpen"], 2);
    let list = "{ stockQuotas(first: 100) { nodes { id store { id } } } }";
    let own = server.consultant().data(list, json!({})).await;
    let own = own["stockQuotas"]["nodes"].as_array().unwrap().clone();
    assert!(!own.is_empty() && own.iter().all(|row| row["store"]["id"] == server.demo.store.to_string()));
    let node = "query($id: ID!) { stockQuota(id: $id) { id } node(id: $id) { id } }";
    let hidden = server.manager().data(node, json!({ "id": foreign.id.to_string() })).await;
    assert_eq!(hidden, json!({ "stockQuota": null, "node": null }));

    // Everything that is wrong at once, and nothing changed.
    let trim = foreign.id.to_string();
    let wrong = json!({ "input": { "idempotencyKey": key(), "storeId": StoreId::generate().to_string(), "scope": "MODEL",
        "trimId": trim, "cap": 1001, "mode": "BLOCK_IN_WHEN_FULL", "effectiveTo": "2020-01-01T00:00:00Z",
        "openRights": -1 } });
    let refused = server.operator().payload(SET, wrong).await;
    let fields: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|e| e["field"][1].clone()).collect();
    assert_eq!(json!(fields), json!(["trimId", "storeId", "cap", "modelId", "effectiveTo", "openRights"]));
    let twice = server.operator().payload(SET, json!({ "input": input(&server, 10, "BLOCK_IN_WHEN_FULL", 0) })).await;
    assert_eq!(twice["userErrors"][0]["code"], "DUPLICATE");
    assert_eq!(quota::Entity::find().all(db).await.unwrap(), before);

    // Its thing stays, its number changes, and once it is ended another may be set.
    let all = before.iter().find(|row| row.store_id == server.demo.store && row.trim_id.is_none()).unwrap();
    let mut other = input(&server, 12, "BLOCK_IN_WHEN_FULL", 0);
    (other["quotaId"], other["expectedVersion"]) = (json!(all.id.to_string()), json!(7));
    let stale = server.operator().payload(SET, json!({ "input": other.clone() })).await;
    assert_eq!(stale["userErrors"][0]["code"], "VERSION_CONFLICT");
    (other["expectedVersion"], other["storeId"]) = (json!(1), json!(foreign.store_id.to_string()));
    let moved = server.operator().payload(SET, json!({ "input": other.clone() })).await;
    assert_eq!(moved["userErrors"][0]["constraint"], "quota-stays");
    other["storeId"] = json!(server.demo.store.to_string());
    other["idempotencyKey"] = json!(key());
    let changed = server.operator().payload(SET, json!({ "input": other })).await;
    assert_eq!((&changed["quota"]["cap"], &changed["quota"]["version"]), (&json!(12), &json!(2)), "{changed}");
    let end = json!({ "input": { "idempotencyKey": key(), "quotaId": all.id.to_string(), "expectedVersion": 2 } });
    let ended = server.operator().payload(END, end.clone()).await;
    assert_eq!((&ended["quota"]["active"], &ended["quota"]["version"]), (&json!(false), &json!(3)));
    assert_eq!(server.operator().payload(END, end).await, ended, "the same key brings the same");
    let again = json!({ "input": { "idempotencyKey": key(), "quotaId": all.id.to_string(), "expectedVersion": 3 } });
    assert_eq!(server.operator().payload(END, again).await["userErrors"][0]["code"], "NOT_ELIGIBLE");
    let anew = server.operator().payload(SET, json!({ "input": input(&server, 10, "BLOCK_IN_WHEN_FULL", 0) })).await;
    assert_eq!(anew["userErrors"], json!([]));
}

#[tokio::test]
async fn a_car_that_is_lost_goes_out_and_what_is_open_ends_with_the_quota() {
    let server = begun().await;
    let db = server.db().conn();
    let before = used(&server).await;
    let quota = set(&server, before, "REPLENISH_ON_OUT", 0).await;
    let car = cars(&server, true).await[0].clone();
    let found = server
        .operator()
        .data("query($id: ID!) { vehicleUnit(id: $id) { trim { code } } }", json!({ "id": car.id.to_string() }))
        .await;
    let owner = organization::Entity::find_by_id(car.owner_organization_id).one(db).await.unwrap();
    let at = store::Entity::find_by_id(server.demo.store).one(db).await.unwrap().unwrap();
    // Lost, as its system tells.
    let data = json!({ "vin": car.vin, "trimCode": found["vehicleUnit"]["trim"]["code"], "optionCodes": car.option_codes.0,
        "status": "TOTAL_LOSS", "stockType": "STORE_STOCK", "salesModel": car.sales_model,
        "ownerCode": owner.unwrap().code, "storeCode": at.code, "cityCode": car.city_code,
        "priceMinor": car.price_minor, "costMinor": car.cost_minor });
    let told = event("q-lost", "cn.milepost.inventory.vehicle.v1", None, data);
    let answer = results(&server.system(), &[told]).await;
    assert_eq!(words(&answer), ["applied"], "{answer:?}");
    let right = ledger(&server, &quota).await[0].clone();
    assert_eq!((&right["state"], &right["outUnit"]["id"]), (&json!("RIGHT"), &json!(car.id.to_string())));
    assert_eq!(used(&server).await, before - 1);
    let end = json!({ "input": { "idempotencyKey": key(), "quotaId": quota["id"], "expectedVersion": 1 } });
    server.operator().payload(END, end).await;
    assert_eq!(ledger(&server, &quota).await[0]["state"], "WITHDRAWN");
    // No quota, no refusal, and nothing is noted.
    let made = send(&server.operator(), "Request", to(server.demo.store, &cars(&server, false).await[0])).await;
    let given = send(&server.operator(), "Approve", yes(&made["transfer"])).await;
    assert_eq!(given["transfer"]["state"], "APPROVED");
    assert_eq!(ledger(&server, &quota).await.len(), 1);
    let rows = quota_entry::Entity::find().all(db).await.unwrap();
    assert!(rows.iter().all(|row| row.in_vehicle_id.is_none()));
}

#[tokio::test]
async fn what_was_given_before_has_its_place() {
    let server = begun().await;
    let before = used(&server).await;
    none(&server).await;
    let foreign = cars(&server, false).await;
    let operator = server.operator();
    let made = send(&operator, "Request", to(server.demo.store, &foreign[0])).await;
    let given = send(&operator, "Approve", yes(&made["transfer"])).await;
    let quota = set(&server, before + 1, "BLOCK_IN_WHEN_FULL", 0).await;
    let now = usage(&operator, server.demo.store).await[0].clone();
    assert_eq!((&now["used"], &now["promised"], &now["full"]), (&json!(before), &json!(1), &json!(true)));
    let late = send(&operator, "Request", to(server.demo.store, &foreign[1])).await;
    assert_eq!(late["userErrors"][0]["code"], "QUOTA_FULL");
    send(&operator, "Ship", step(&given["transfer"])).await;
    assert_eq!(ledger(&server, &quota).await[0]["state"], "ADDED");
}
