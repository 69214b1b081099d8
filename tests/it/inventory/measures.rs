//! Alerts of stock that sells slowly, and of demonstrators that are to be sold (C098).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::inventory::{alert_rule, event as vehicle_event, vehicle_unit};
use entity::*;
use milepost::inventory::rules::age::age_days;
use milepost::inventory::rules::alert::{TURNOVER_DAYS, is_retire_due, stay, turnover};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use serde_json::{Value, json};

use super::alerts::{UPSERT, change, due, made, of, rule, stock};
use crate::harness::Server;
use crate::ingest::{VEHICLE, event, results, words};
use crate::order::key;

fn of_demos(threshold: i32, mileage_km: Value) -> Value {
    let mut input = rule("DEMO_RETIRE_DUE", "DEMO", threshold);
    input["mileageKm"] = mileage_km;
    input
}

#[tokio::test]
async fn a_demonstrator_that_is_old_or_has_run_far_is_told_of_once() {
    let server = Server::start().await;
    let now = server.app().clock.now();
    let demos: Vec<_> = stock(&server, StockType::StoreStock).await.into_iter().take(4).collect();
    // Old, far, both, neither.
    for (car, (days, run)) in demos.iter().zip([(200, None), (10, Some(9_000)), (200, Some(9_000)), (10, Some(50))]) {
        let change_to = vehicle_unit::ActiveModel {
            stock_type: Set(StockType::Demo),
            stock_since: Set(now - TimeDelta::days(days)),
            odometer_km: Set(run),
            ..Default::default()
        };
        change(&server, car.id, change_to).await;
    }
    let id = made(&server, &of_demos(180, json!(8_000))).await;
    let row = alert_rule::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!(row.mileage_km, Some(8_000));
    let expected: BTreeMap<_, _> = stock(&server, StockType::Demo)
        .await
        .into_iter()
        .map(|car| (car.id, (age_days(car.stock_since, now), car.odometer_km)))
        .filter(|(_, (days, run))| is_retire_due(&row, *days, *run))
        .map(|(id, (days, _))| (id, i32::try_from(days).unwrap()))
        .collect();
    assert!(demos[..3].iter().all(|car| expected.contains_key(&car.id)) && !expected.contains_key(&demos[3].id));
    let standing = async || {
        let alerts = of(&server, id).await;
        let standing = alerts.into_iter().filter(|alert| alert.state != StockAlertState::Closed);
        standing.map(|alert| (alert.vehicle_id.unwrap(), alert.value)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(standing().await, expected);
    due(&server).await;
    assert_eq!(of(&server, id).await.len(), expected.len(), "nothing is told of twice");

    // One is sold, and the system of another says that it has run less than was thought.
    let sold = vehicle_unit::ActiveModel { commercial_status: Set(CommercialStatus::Sold), ..Default::default() };
    change(&server, demos[0].id, sold).await;
    let less = vehicle_unit::ActiveModel { odometer_km: Set(Some(900)), ..Default::default() };
    change(&server, demos[1].id, less).await;
    due(&server).await;
    let left = standing().await;
    assert_eq!(left.len(), expected.len() - 2);
    assert!(left.contains_key(&demos[2].id));
}

#[tokio::test]
async fn a_store_that_sells_little_of_what_it_has_is_told_of() {
    let server = Server::start().await;
    let db = server.db().conn();
    let now = server.app().clock.now();
    let from = now - TimeDelta::days(TURNOVER_DAYS);
    // One store sells half of what it has.
    let quick = server.demo.store;
    let own: Vec<_> =
        stock(&server, StockType::StoreStock).await.into_iter().filter(|car| car.store_id == Some(quick)).collect();
    for car in own.iter().take(own.len() / 2) {
        let gone = vehicle_unit::ActiveModel {
            physical_status: Set(PhysicalStatus::Delivered),
            commercial_status: Set(CommercialStatus::Sold),
            ..Default::default()
        };
        change(&server, car.id, gone).await;
        let event = vehicle_event::Model {
            id: VehicleEventId::generate(),
            vehicle_id: car.id,
            kind: VehicleEventKind::StatusChanged,
            from_status: Some("READY".into()),
            to_status: Some("DELIVERED".into()),
            actor: "test".into(),
            occurred_at: now - TimeDelta::days(1),
        };
        event.into_active_model().reset_all().insert(db).await.unwrap();
    }
    let cars = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StockType.eq(StockType::StoreStock))
        .filter(vehicle_unit::Column::StoreId.is_not_null())
        .filter(vehicle_unit::Column::PhysicalStatus.ne(PhysicalStatus::TotalLoss));
    let cars = cars.all(db).await.unwrap();
    let mut handed_over = BTreeMap::new();
    let events = vehicle_event::Entity::find()
        .filter(vehicle_event::Column::ToStatus.eq("DELIVERED"))
        .filter(vehicle_event::Column::OccurredAt.gt(from));
    for event in events.all(db).await.unwrap() {
        let last = handed_over.entry(event.vehicle_id).or_insert(event.occurred_at);
        *last = event.occurred_at.max(*last);
    }
    let mut stores: BTreeMap<StoreId, (i64, i64)> = BTreeMap::new();
    for car in cars {
        let gone = car.physical_status == PhysicalStatus::Delivered;
        let at = handed_over.get(&car.id).copied().filter(|_| gone);
        if !gone || at.is_some() {
            let of = stores.entry(car.store_id.unwrap()).or_default();
            of.0 += i64::from(gone);
            of.1 += stay(car.stock_since, at, (from, now));
        }
    }
    let measured: BTreeMap<_, _> =
        stores.iter().filter_map(|(store, (sold, stays))| Some((*store, turnover(*sold, *stays)?))).collect();
    let most = measured.values().copied().max().unwrap();
    assert!(measured[&quick] > 0, "{measured:?}");
    let expected: BTreeMap<_, _> =
        measured.iter().filter(|(_, found)| **found < most).map(|(store, found)| (*store, *found)).collect();
    assert!(!expected.is_empty() && expected.len() < measured.len(), "{measured:?}");

    let id = made(&server, &rule("TURNOVER_LOW", "STORE_STOCK", i32::try_from(most).unwrap())).await;
    let found: BTreeMap<_, _> =
        of(&server, id).await.into_iter().map(|a| (a.store_id.unwrap(), i64::from(a.value))).collect();
    assert_eq!(found, expected);
    due(&server).await;
    assert_eq!(of(&server, id).await.len(), expected.len(), "nothing is told of twice");
    // One store alone; and a threshold that none is under closes what stood.
    let one = *expected.keys().next().unwrap();
    let mut of_one = rule("TURNOVER_LOW", "STORE_STOCK", 10_000);
    of_one["storeIds"] = json!([one.to_string()]);
    let id = made(&server, &of_one).await;
    assert_eq!(of(&server, id).await.iter().map(|alert| alert.store_id).collect::<Vec<_>>(), [Some(one)]);
}

#[tokio::test]
async fn what_a_metric_does_not_look_at_is_refused() {
    let server = Server::start().await;
    let before = alert_rule::Entity::find().count(server.db().conn()).await.unwrap();
    let mut demo_of_stores = of_demos(180, json!(null));
    demo_of_stores["stockType"] = json!("STORE_STOCK");
    let mut age_with_mileage = rule("AGE_OVER", "STORE_STOCK", 30);
    age_with_mileage["mileageKm"] = json!(8_000);
    for (input, field, constraint) in [
        (demo_of_stores, "stockType", "alert-demo"),
        (age_with_mileage, "mileageKm", "alert-mileage"),
        (of_demos(180, json!(-1)), "mileageKm", "ingest-number"),
        (rule("TURNOVER_LOW", "STORE_STOCK", 0), "threshold", "ingest-number"),
    ] {
        let refused = server.operator().payload(UPSERT, json!({ "input": input })).await;
        let error = &refused["userErrors"][0];
        assert_eq!((&error["field"], &error["constraint"]), (&json!(["input", field]), &json!(constraint)));
    }
    assert_eq!(alert_rule::Entity::find().count(server.db().conn()).await.unwrap(), before);
}

#[tokio::test]
async fn what_a_car_has_run_is_told_by_its_system_and_stays() {
    let server = Server::start().await;
    let data = |run: Value| {
        json!({ "vin": "L00C5D1E7TX900001", "trimCode": "C5-660", "optionCodes": [], "status": "IN_STOCK", "stockType": "DEMO",
            "salesModel": "DIRECT", "ownerCode": "YC", "storeCode": "YC001", "cityCode": "310100", "odometerKm": run,
            "priceMinor": 20_000_000, "costMinor": 17_000_000 })
    };
    for (run, word, kept) in
        [(json!(4_200), "applied", 4_200), (json!(null), "applied", 4_200), (json!(-1), "refused", 4_200)]
    {
        let told = results(&server.system(), &[event(&key(), VEHICLE, None, data(run))]).await;
        assert_eq!(words(&told), [word], "{told:#?}");
        let found = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq("L00C5D1E7TX900001"));
        assert_eq!(found.one(server.db().conn()).await.unwrap().unwrap().odometer_km, Some(kept));
    }
}
