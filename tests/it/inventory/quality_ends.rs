//! When damage to a car is over, and what else holds it (C101).

use entity::inventory::quality_case;
use entity::*;
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::quality::{ORDER, SWAP, car_row, case_row, found, go, own_car, report, send, state};
use crate::harness::Server;
use crate::ingest::{event, results, words};
use crate::order::ground::Ground;
use crate::order::key;

#[tokio::test]
async fn a_car_that_its_system_holds_stays_held_when_its_damage_is_seen_to() {
    let server = Server::start().await;
    let (consultant, manager, system) = (server.consultant(), server.manager(), server.system());
    let car = own_car(&server).await;
    let says = async |id: &str, status: &str| {
        let said = event(id, "cn.milepost.inventory.vehicle.v1", None, report(&server, &car, status).await);
        assert_eq!(words(&results(&system, &[said]).await), ["applied"]);
        state(&car_row(&server, car.id).await)
    };
    let held = (PhysicalStatus::QualityHold, Some(PhysicalStatus::InStock));
    let repaired = async || {
        let case = send(&consultant, "Report", found(car.id)).await["case"].clone();
        let case = go(&consultant, "Assess", &case, json!({ "severity": "MINOR", "cost": "0" })).await;
        go(&manager, "Downgrade", &case, json!({ "disclosure": "左侧轻微划痕" })).await;
        state(&car_row(&server, car.id).await)
    };
    assert_eq!(says("h-1", "QUALITY_HOLD").await, held);
    assert_eq!(repaired().await, held, "the plant's reason stands");
    assert_eq!(says("h-2", "IN_STOCK").await, (PhysicalStatus::InStock, None));
    assert_eq!(repaired().await, (PhysicalStatus::InStock, None));
    // The other way round: what is said while damage is open counts when that is over.
    let case = send(&consultant, "Report", found(car.id)).await["case"].clone();
    assert_eq!(says("h-3", "QUALITY_HOLD").await, held);
    assert_eq!(says("h-4", "IN_STOCK").await, held, "the damage stands");
    let case = go(&consultant, "Assess", &case, json!({ "severity": "MINOR", "cost": "0" })).await;
    go(&manager, "Downgrade", &case, json!({ "disclosure": "左侧轻微划痕" })).await;
    assert_eq!(state(&car_row(&server, car.id).await), (PhysicalStatus::InStock, None));
}

#[tokio::test]
async fn a_wish_for_another_car_is_over_with_the_hand_over() {
    let server = Server::start().await;
    let order = crate::order::handover::ready(&server).await;
    let row = async || order::order::Entity::find_by_id(order).one(server.db().conn()).await.unwrap().unwrap();
    let (consultant, manager, customer) = (server.consultant(), server.manager(), server.customer());
    let case = send(&consultant, "Report", found(row().await.vehicle_id.unwrap())).await["case"].clone();
    let case = go(&consultant, "Assess", &case, json!({ "severity": "MINOR", "cost": "0" })).await;
    let stays = json!({ "disclosure": "左侧轻微划痕", "customerAccepts": true });
    let case = go(&manager, "Downgrade", &case, stays).await;
    let ask = |version: i32| json!({ "input": { "idempotencyKey": key(), "caseId": case["id"], "expectedVersion": version } });
    let asked = customer.payload(SWAP, ask(case_row(&server, &case).await.version)).await;
    assert_eq!(asked["userErrors"], json!([]), "{asked:#}");
    let (operator, version) = (server.operator(), row().await.version);
    let done = crate::order::record(&operator, order, version, MilestoneCode::HandedOver, MilestoneState::Done).await;
    assert_eq!(done["userErrors"], json!([]), "{done:#}");
    let after = case_row(&server, &case).await;
    assert_eq!(after.swap_state, Some(QualitySwapState::Declined));
    // Nobody asks anew who has it.
    let none = quality_case::ActiveModel { swap_state: Set(None), ..Default::default() };
    let of = quality_case::Column::Id.eq(after.id);
    quality_case::Entity::update_many().set(none).filter(of).exec(server.db().conn()).await.unwrap();
    let seen = customer.data(ORDER, json!({ "id": order.to_string() })).await["order"]["qualityCases"][0].clone();
    assert_eq!(seen["mayRequestSwap"], false);
    assert_eq!(customer.payload(SWAP, ask(after.version)).await["userErrors"][0]["code"], "NOT_ELIGIBLE");
}

#[tokio::test]
async fn reports_of_many_cars_at_once_wait_for_each_other_in_one_order() {
    let ground = Ground::of(2, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let mut vins = Vec::new();
    for n in 0..2 {
        let vin = ["L00C5D1E7TX900001", "L00C5D1E9TX900002"][n];
        let store = ground.store(server.demo.store).await;
        let car = ground.car(&store, |car| car.vin = Some(vin.to_owned())).await;
        let given = ground.allocate(&server.consultant(), n, &car, json!({})).await;
        assert_eq!(given["userErrors"], json!([]), "{given:#}");
        vins.push(vin);
    }
    let system = server.system();
    let batch = |round: usize, vins: Vec<&'static str>| {
        let all: Vec<_> = vins
            .into_iter()
            .map(|vin| {
                let mut data = crate::ingest::example("cn.milepost.inventory.quality-case.v1");
                let number = format!("{round}-{vin}");
                (data["vin"], data["number"]) = (json!(vin), json!(number));
                event(&number, "cn.milepost.inventory.quality-case.v1", None, data)
            })
            .collect();
        let system = &system;
        async move { words(&results(system, &all).await) }
    };
    let rounds = (0..20).map(|round| {
        let vins = if round % 2 == 0 { vec![vins[0], vins[1]] } else { vec![vins[1], vins[0]] };
        batch(round, vins)
    });
    assert!(join_all(rounds).await.iter().all(|words| *words == ["applied", "applied"]));
}
