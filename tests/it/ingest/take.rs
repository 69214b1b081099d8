//! What becomes of each event.

use entity::inventory::vehicle_unit;
use entity::{InboundState, MilestoneCode, MilestoneState, PhysicalStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{
    MILESTONE, VEHICLE, ago, demo_order, event, fingerprint, milestones, outcomes, records, result, results, words,
};
use crate::harness::Server;

#[tokio::test]
async fn a_batch_sent_twice_changes_nothing_the_second_time() {
    let server = Server::start().await;
    let system = server.system();
    let order = demo_order(&server).await;
    let arrived = json!({ "orderNumber": order.number, "code": "ARRIVED", "state": "DONE" });
    let mut car = (milepost::ingest::registry::find(VEHICLE).unwrap().example)();
    let batch = [
        event("m-1", MILESTONE, Some(ago(&server, 60)), arrived.clone()),
        event("v-1", VEHICLE, Some(ago(&server, 60)), car.clone()),
        event("x-1", "cn.milepost.no.such.v1", None, json!({})),
        event("m-2", MILESTONE, None, json!({ "orderNumber": "YC0001010001", "code": "ARRIVED", "state": "DONE" })),
    ];
    let first = results(&system, &batch).await;
    assert_eq!(words(&first), ["applied", "applied", "refused", "held"], "{first:#?}");
    assert_eq!(first[0]["implied"], json!(["IN_TRANSIT DONE"]));
    assert_eq!(first[2]["code"], "UNKNOWN_TYPE");
    assert_eq!(first[3]["waitsFor"], "order/YC0001010001");
    assert_eq!(first[3]["field"], "data.orderNumber");

    let (print, before) = (fingerprint(&server).await, records(&server).await);
    let second = results(&system, &batch).await;
    assert_eq!(words(&second), ["repeated", "repeated", "refused", "held"]);
    assert_eq!(second[2]["code"], "UNKNOWN_TYPE");
    assert_eq!((fingerprint(&server).await, records(&server).await), (print.clone(), before.clone()));

    // The same identity with another content is a conflict, not a repeat.
    car["status"] = "TOTAL_LOSS".into();
    let conflict = result(&system, event("v-1", VEHICLE, Some(ago(&server, 60)), car)).await;
    assert_eq!((conflict["outcome"].as_str(), conflict["code"].as_str()), (Some("refused"), Some("ID_CONFLICT")));
    assert_eq!((fingerprint(&server).await, records(&server).await), (print, before));
    let codes: Vec<_> =
        milestones(&server, order.id).await.into_iter().filter(|row| row.0 == MilestoneCode::Arrived).collect();
    assert_eq!(codes[0].1, MilestoneState::Done);
}

#[tokio::test]
async fn twins_of_one_batch_count_once() {
    let server = Server::start().await;
    let car = (milepost::ingest::registry::find(VEHICLE).unwrap().example)();
    let one = event("v-1", VEHICLE, None, car.clone());
    let mut other = one.clone();
    other["data"]["cityCode"] = "110100".into();
    let found = results(&server.system(), &[one.clone(), one, other]).await;
    assert_eq!(words(&found), ["applied", "repeated", "refused"]);
    assert_eq!(found[2]["code"], "ID_CONFLICT");
    assert_eq!(records(&server).await.len(), 1);
}

#[tokio::test]
async fn many_who_send_one_event_at_once_do_it_once() {
    let server = Server::start().await;
    let order = demo_order(&server).await;
    let data = json!({ "orderNumber": order.number, "code": "ARRIVED", "state": "DONE" });
    let one = event("m-1", MILESTONE, Some(ago(&server, 60)), data);
    let calls = (0..12).map(|_| {
        let (client, one) = (server.system(), one.clone());
        async move { outcomes(&client, &[one]).await.remove(0) }
    });
    let mut words = futures_util::future::join_all(calls).await;
    words.sort();
    assert_eq!(words.iter().filter(|word| *word == "applied").count(), 1, "{words:?}");
    assert_eq!(words.iter().filter(|word| *word == "repeated").count(), 11);
    let after = demo_order(&server).await;
    assert_eq!(after.version, order.version + 1);
}

#[tokio::test]
async fn one_bad_event_spoils_none_of_its_batch() {
    let server = Server::start().await;
    let example = (milepost::ingest::registry::find(VEHICLE).unwrap().example)();
    let spoilt = |path: &str, value: serde_json::Value| {
        let mut data = example.clone();
        *data.pointer_mut(path).unwrap() = value;
        data
    };
    let mut unknown = example.clone();
    unknown["colour"] = "white".into();
    let mut half = example.clone();
    half["latitude"] = json!(31.0);
    let bad = [
        (spoilt("/vin", json!("L00C5D1E1TX900001")), "refused", "INVALID", "data.vin"),
        (spoilt("/status", json!("FLYING")), "refused", "INVALID", "data.status"),
        (spoilt("/priceMinor", json!(-1)), "refused", "INVALID", "data.priceMinor"),
        (spoilt("/optionCodes/1", json!("a\u{0}b")), "refused", "INVALID", "data.optionCodes.1"),
        (unknown, "refused", "INVALID", "data.colour"),
        (half, "refused", "INVALID", "data.longitude"),
        (spoilt("/trimCode", json!("C5-1")), "held", "WAITS_FOR_REFERENCE", "data.trimCode"),
        (spoilt("/storeCode", json!("YC999")), "held", "WAITS_FOR_REFERENCE", "data.storeCode"),
    ];
    let mut batch: Vec<_> =
        bad.iter().enumerate().map(|(at, (data, ..))| event(&format!("v-{at}"), VEHICLE, None, data.clone())).collect();
    batch.push(event("good", VEHICLE, None, example.clone()));
    batch.push(json!({ "specversion": "1.0" }));
    batch.push(json!(7));
    let found = results(&server.system(), &batch).await;
    for ((data, word, code, field), found) in bad.iter().zip(&found) {
        let told = (found["outcome"].as_str(), found["code"].as_str(), found["field"].as_str());
        assert_eq!(told, (Some(*word), Some(*code), Some(*field)), "{data:#}");
    }
    assert_eq!(words(&found[bad.len()..]), ["applied", "refused", "refused"]);
    assert_eq!(found[bad.len() + 1]["field"], "id");
    // What has no identity is on no record; the others are, the bodies sealed.
    let kept = records(&server).await;
    assert_eq!(kept.len(), bad.len() + 1);
    for row in kept {
        assert_eq!(row.body.is_some(), row.state != InboundState::Applied, "{}", row.reference);
    }
}

#[tokio::test]
async fn a_car_is_as_its_latest_report_says_whatever_the_order_of_arrival() {
    let server = Server::start().await;
    let system = server.system();
    let example = (milepost::ingest::registry::find(VEHICLE).unwrap().example)();
    let report = |id: &str, seconds: i64, status: &str, city: &str| {
        let mut data = example.clone();
        (data["status"], data["cityCode"]) = (status.into(), city.into());
        event(id, VEHICLE, Some(ago(&server, seconds)), data)
    };
    let late = [
        report("v-3", 100, "IN_STOCK", "310100"),
        report("v-1", 300, "IN_PRODUCTION", "340100"),
        report("v-2", 200, "IN_TRANSIT", "330100"),
    ];
    assert_eq!(outcomes(&system, &late).await, ["applied", "outdated", "outdated"]);
    let car = || async {
        let vin = example["vin"].as_str().unwrap();
        let found = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(vin));
        found.one(server.db().conn()).await.unwrap().unwrap()
    };
    let row = car().await;
    assert_eq!((row.physical_status, row.city_code.as_str(), row.version), (PhysicalStatus::InStock, "310100", 1));
    // Steps back are none; steps over what nobody reports are.
    let back = result(&system, report("v-4", 50, "IN_PRODUCTION", "340100")).await;
    assert_eq!((back["code"].as_str(), back["field"].as_str()), (Some("INVALID_TRANSITION"), Some("data.status")));
    assert_eq!(car().await, row);
    assert_eq!(outcomes(&system, &[report("v-5", 40, "READY", "310100")]).await, ["applied"]);
    let after = car().await;
    assert_eq!((after.physical_status, after.version), (PhysicalStatus::Ready, 2));
    // In order within one batch, one after the other.
    let both = [report("v-6", 30, "DELIVERED", "310100"), report("v-7", 20, "RETURNED", "310100")];
    assert_eq!(outcomes(&system, &both).await, ["applied", "applied"]);
    assert_eq!(car().await.version, 4);
}
