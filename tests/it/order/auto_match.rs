//! Orders that wait get the cars that come in, without anybody's call (C079).

use std::time::Duration;

use chrono::TimeDelta;
use entity::inventory::{event as vehicle_event, vehicle_unit};
use entity::order::{match_turn, milestone};
use entity::place::{organization, store};
use entity::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::ground::Ground;
use super::key;
use crate::harness::Server;
use crate::ingest::{event, results, words};

/// Another process, which gives cars every second.
async fn giving(ground: &Ground) -> Server {
    Server::setup().beside(&ground.server).setting("MILEPOST_STOCK__AUTO_MATCH_SECONDS", "1").start().await
}

/// A car as the orders want it comes into the demo store's stock, as its system of record says; its number.
async fn comes_in(ground: &Ground, vin: &str) {
    let (server, order) = (&ground.server, &ground.orders[0]);
    let db = server.db().conn();
    let trim = catalog::trim::Entity::find_by_id(order.trim_id).one(db).await.unwrap().unwrap();
    let store = store::Entity::find_by_id(server.demo.store).one(db).await.unwrap().unwrap();
    let owner = organization::Entity::find_by_id(store.organization_id).one(db).await.unwrap().unwrap();
    let like = vehicle_unit::Entity::find().one(db).await.unwrap().unwrap();
    let data = json!({ "vin": vin, "trimCode": trim.code, "optionCodes": order.option_codes.0, "status": "IN_STOCK",
        "stockType": "STORE_STOCK", "salesModel": order.sales_model.to_string(), "ownerCode": owner.code,
        "storeCode": store.code, "cityCode": store.city_code, "priceMinor": like.price_minor, "costMinor": like.cost_minor });
    let told = results(&server.system(), &[event(&key(), "cn.milepost.inventory.vehicle.v1", None, data)]).await;
    assert_eq!(words(&told), ["applied"], "{told:#?}");
}

/// Waits until an order has a car; its number.
async fn has_car(ground: &Ground, n: usize) -> Option<String> {
    for _ in 0..400 {
        if let Some(car) = ground.order(n).await.vehicle_id {
            let row = vehicle_unit::Entity::find_by_id(car).one(ground.server.db().conn()).await.unwrap();
            return row.unwrap().vin;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("order {n} waits on");
}

async fn turn(ground: &Ground) -> match_turn::Model {
    match_turn::Entity::find().one(ground.server.db().conn()).await.unwrap().expect("the row")
}

/// Waits until so many more turns are over.
async fn turns(ground: &Ground, count: usize) {
    for _ in 0..count {
        let before = turn(ground).await.ended_at;
        for tries in 0.. {
            assert!(tries < 400, "no turn ends");
            if turn(ground).await.ended_at > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn put(ground: &Ground, column: match_turn::Column, value: impl Into<sea_orm::Value>) {
    let change = match_turn::Entity::update_many().col_expr(column, Expr::value(value));
    change.exec(ground.server.db().conn()).await.unwrap();
}

#[tokio::test]
async fn a_car_that_comes_in_goes_to_the_order_that_has_waited_longest() {
    let ground = Ground::of(2, FulfillmentMode::BuildToStock).await;
    let (_one, _two) = (giving(&ground).await, giving(&ground).await);
    comes_in(&ground, "L00C5D1E7TX900001").await;
    assert_eq!(has_car(&ground, 0).await.as_deref(), Some("L00C5D1E7TX900001"));
    turns(&ground, 2).await;
    assert_eq!((ground.active().await.len(), ground.order(1).await.vehicle_id), (1, None));
    assert_eq!(ground.order(0).await.status, OrderStatus::InFulfillment);
    let given = vehicle_event::Entity::find()
        .filter(vehicle_event::Column::VehicleId.eq(ground.order(0).await.vehicle_id))
        .filter(vehicle_event::Column::Kind.eq(VehicleEventKind::Allocated))
        .all(ground.server.db().conn())
        .await
        .unwrap();
    assert_eq!(given.iter().map(|entry| entry.actor.as_str()).collect::<Vec<_>>(), ["system"]);
    ground.here().await;
    has_car(&ground, 1).await;
    ground.is_sound().await;
}

#[tokio::test]
async fn an_order_that_can_have_no_car_holds_up_none_behind_it() {
    let ground = Ground::of(3, FulfillmentMode::LocateToOrder).await;
    let db = ground.server.db().conn();
    // Nothing may follow what is not locked, whatever its state says.
    let open = milestone::Entity::update_many()
        .col_expr(milestone::Column::State, Expr::value(MilestoneState::Pending.to_string()))
        .filter(milestone::Column::OrderId.eq(ground.orders[0].id))
        .filter(milestone::Column::Code.eq(MilestoneCode::ConfigLocked));
    open.exec(db).await.unwrap();
    let before = ground.order(0).await;
    let _giving = giving(&ground).await;
    ground.here().await;
    has_car(&ground, 1).await;
    turns(&ground, 2).await;
    assert_eq!((ground.order(0).await, ground.order(2).await.vehicle_id), (before, None));
    ground.is_sound().await;
}

#[tokio::test]
async fn one_process_has_the_turn_and_the_next_goes_on_where_it_ended() {
    let ground = Ground::of(2, FulfillmentMode::BuildToStock).await;
    let now = ground.server.app().clock.now();
    put(&ground, match_turn::Column::LeasedUntil, now + TimeDelta::hours(1)).await;
    // The turn before came as far as the first order.
    put(&ground, match_turn::Column::AfterPlacedAt, ground.orders[0].placed_at).await;
    put(&ground, match_turn::Column::AfterId, ground.orders[0].id).await;
    let giving = giving(&ground).await;
    ground.here().await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(ground.active().await, [], "another process is at it");
    put(&ground, match_turn::Column::LeasedUntil, now).await;
    has_car(&ground, 1).await;
    turns(&ground, 1).await;
    assert_eq!((turn(&ground).await.after_id, ground.order(0).await.vehicle_id), (None, None));
    ground.here().await;
    has_car(&ground, 0).await;
    ground.is_sound().await;
    drop(giving);
}

/// Who does not want it has it from nobody.
#[tokio::test]
async fn it_is_off_unless_it_is_wanted() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let before: Value = json!(turn(&ground).await.ended_at);
    ground.here().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(json!(turn(&ground).await.ended_at), before);
    assert_eq!(match_turn::Entity::find().count(ground.server.db().conn()).await.unwrap(), 1);
    assert_eq!(ground.active().await, []);
}
