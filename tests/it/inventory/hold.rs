//! Holding a car and setting it free.

use entity::inventory::{allocation, event as vehicle_event, vehicle_unit};
use entity::*;
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use serde_json::{Value, json};

use crate::harness::Server;

const RESERVE: &str = "mutation($input: VehicleReserveInput!) { vehicleReserve(input: $input) {
    vehicle { id version commercialStatus status allowedActions }
    allocation { id kind expiresAt store { id } }
    userErrors { __typename code message field ... on VersionConflict { currentVersion } }
} }";
const RELEASE: &str = "mutation($input: VehicleReleaseInput!) { vehicleRelease(input: $input) {
    vehicle { version commercialStatus } userErrors { __typename code field } } }";

/// A free car in the demo store's own stock.
async fn free_car(server: &Server) -> vehicle_unit::Model {
    vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.eq(server.demo.store))
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .filter(vehicle_unit::Column::StockType.eq(StockType::StoreStock))
        .one(server.db().conn())
        .await
        .unwrap()
        .expect("the demo store has a free car")
}

fn input(key: &str, car: &vehicle_unit::Model) -> Value {
    json!({ "input": { "idempotencyKey": key, "vehicleId": car.id.to_string(), "expectedVersion": car.version } })
}

async fn rows(server: &Server, car: VehicleUnitId) -> (vehicle_unit::Model, u64, u64) {
    let db = server.db().conn();
    let car_row = vehicle_unit::Entity::find_by_id(car).one(db).await.unwrap().unwrap();
    let holds = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(car))
        .filter(allocation::Column::ReleasedAt.is_null())
        .count(db)
        .await
        .unwrap();
    let history =
        vehicle_event::Entity::find().filter(vehicle_event::Column::VehicleId.eq(car)).count(db).await.unwrap();
    (car_row, holds, history)
}

#[tokio::test]
async fn of_two_hundred_at_once_one_wins() {
    let server = Server::start().await;
    let car = free_car(&server).await;
    let (_, _, history) = rows(&server, car.id).await;
    let clients = (0..200).map(|n| {
        let client = server.consultant();
        let input = input(&format!("race-{n}"), &car);
        async move { client.payload(RESERVE, input).await }
    });
    let answers = join_all(clients).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["userErrors"] == json!([]));
    assert_eq!((won.len(), lost.len()), (1, 199));
    assert!(lost.iter().all(|answer| answer["userErrors"][0]["code"] == "VEHICLE_UNAVAILABLE"), "{:?}", lost[0]);
    assert!(lost.iter().all(|answer| answer["userErrors"][0]["__typename"] == "VehicleUnavailable"));
    let (after, holds, history_after) = rows(&server, car.id).await;
    assert_eq!((after.commercial_status, after.version), (CommercialStatus::Reserved, car.version + 1));
    assert_eq!((holds, history_after), (1, history + 1));
}

#[tokio::test]
async fn a_key_has_one_effect_and_is_bound_to_its_input() {
    let server = Server::start().await;
    let car = free_car(&server).await;
    let consultant = server.consultant();
    let first = consultant.payload(RESERVE, input("k", &car)).await;
    let again = consultant.query(RESERVE, input("k", &car)).await;
    assert_eq!(again.data["vehicleReserve"], first);
    assert_eq!(again.json["extensions"]["idempotency"]["replayed"], true);
    let mut other = input("k", &car);
    other["input"]["ttlMinutes"] = json!(60);
    let other = consultant.payload(RESERVE, other).await;
    assert_eq!(other["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    // Another caller's key of the same text is another key.
    let manager = server.manager().payload(RESERVE, input("k", &car)).await;
    assert_eq!(manager["userErrors"][0]["code"], "VEHICLE_UNAVAILABLE");
    for key in [String::new(), "x".repeat(256)] {
        let refused = consultant.payload(RESERVE, input(&key, &car)).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["input", "idempotencyKey"]));
    }
    assert_eq!(rows(&server, car.id).await.1, 1);
}

#[tokio::test]
async fn a_hold_ends_by_release_or_by_time() {
    let server = Server::start().await;
    let car = free_car(&server).await;
    let consultant = server.consultant();
    let held = consultant.payload(RESERVE, input("a", &car)).await;
    assert_eq!(held["vehicle"]["allowedActions"], json!(["RELEASE"]));
    assert_eq!(held["allocation"]["store"]["id"], server.demo.store.to_string());
    let stale = consultant.payload(RELEASE, input("b", &car)).await;
    assert_eq!(stale["userErrors"][0]["code"], "VERSION_CONFLICT");
    let (now, ..) = rows(&server, car.id).await;
    let freed = consultant.payload(RELEASE, input("b", &now)).await;
    assert_eq!(
        freed,
        json!({ "vehicle": { "version": now.version + 1, "commercialStatus": "FREE" }, "userErrors": [] })
    );
    let (now, ..) = rows(&server, car.id).await;
    let none = consultant.payload(RELEASE, input("c", &now)).await;
    assert_eq!(none["userErrors"][0]["code"], "NOT_ELIGIBLE");

    // Held again, and run out: the next one gets it.
    consultant.payload(RESERVE, input("d", &now)).await;
    let hold = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(car.id))
        .filter(allocation::Column::ReleasedAt.is_null())
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let mut past = hold.into_active_model();
    past.expires_at = Set(Some(chrono::DateTime::UNIX_EPOCH));
    past.update(server.db().conn()).await.unwrap();
    let (now, ..) = rows(&server, car.id).await;
    let next = server.manager().payload(RESERVE, input("e", &now)).await;
    assert_eq!(next["userErrors"], json!([]));
    assert_eq!(rows(&server, car.id).await.1, 1);
}

#[tokio::test]
async fn bad_input_names_the_field_and_changes_nothing() {
    let server = Server::start().await;
    let car = free_car(&server).await;
    let before = rows(&server, car.id).await;
    let consultant = server.consultant();
    let with = |field: &str, value: Value| {
        let mut input = input("bad", &car);
        input["input"][field] = value;
        input
    };
    for (input, code, field) in [
        (with("vehicleId", json!("ord_01JGFJJZ000000000000000002")), "INVALID_ID", "vehicleId"),
        (with("vehicleId", json!("veh_01JGFJJZ000000000000000002")), "NOT_FOUND", "vehicleId"),
        (with("ttlMinutes", json!(9)), "INVALID", "ttlMinutes"),
        (with("ttlMinutes", json!(-5)), "INVALID", "ttlMinutes"),
        (with("orderId", json!("nonsense")), "INVALID_ID", "orderId"),
        (with("orderId", json!("ord_01JGFJJZ000000000000000009")), "NOT_FOUND", "orderId"),
        (with("expectedVersion", json!(car.version + 1)), "VERSION_CONFLICT", "expectedVersion"),
    ] {
        let answer = consultant.payload(RESERVE, input).await;
        assert_eq!(answer["userErrors"][0]["code"], code, "{answer}");
        assert_eq!(answer["userErrors"][0]["field"], json!(["input", field]));
        assert_eq!(answer["vehicle"], json!(null));
    }
    assert_eq!(server.customer().code(RESERVE, input("x", &car)).await, "FORBIDDEN");
    assert_eq!(server.anonymous().code(RESERVE, input("x", &car)).await, "UNAUTHENTICATED");
    assert_eq!(rows(&server, car.id).await, before);
}

#[tokio::test]
async fn a_store_does_not_end_another_stores_hold() {
    let server = Server::start().await;
    let car = free_car(&server).await;
    server.operator().payload(RESERVE, input("o", &car)).await;
    let (held, ..) = rows(&server, car.id).await;
    assert_eq!(held.commercial_status, CommercialStatus::Reserved);
    let refused = server.consultant().payload(RELEASE, input("r", &held)).await;
    assert_eq!(refused["userErrors"][0]["code"], "FORBIDDEN");
    assert_eq!(rows(&server, car.id).await.0, held);
    let freed = server.operator().payload(RELEASE, input("r", &held)).await;
    assert_eq!(freed["userErrors"], json!([]));
}

#[tokio::test]
async fn cars_whose_hold_has_run_out_are_set_free_by_the_watch() {
    let server = Server::start().await;
    let car = free_car(&server).await;
    let held = server.consultant().payload(RESERVE, input("a", &car)).await;
    assert_eq!(held["userErrors"], json!([]));
    let other = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Allocated))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    let later = Server::setup().beside(&server).clock(chrono::TimeDelta::hours(25)).start().await;
    // By as many as there are, beside the later one's own watch.
    join_all(
        (0..10)
            .map(|_| async { while milepost::inventory::watch::free_holds(later.app(), later.db()).await.unwrap() {} }),
    )
    .await;
    let freed = rows(&server, car.id).await.0;
    assert_eq!((freed.commercial_status, freed.version), (CommercialStatus::Free, car.version + 2));
    let standing = allocation::Entity::find()
        .filter(allocation::Column::Kind.eq(AllocationKind::Soft))
        .filter(allocation::Column::ReleasedAt.is_null())
        .filter(allocation::Column::ExpiresAt.lte(later.app().clock.now()));
    assert_eq!(standing.all(server.db().conn()).await.unwrap(), []);
    let told = log::event::Entity::find()
        .filter(log::event::Column::Stream.eq(format!("store:{}", car.store_id.unwrap())))
        .filter(log::event::Column::AggregateId.eq(car.id.to_string()))
        .filter(log::event::Column::Kind.eq(EventKind::VehicleReleased));
    assert_eq!(told.all(server.db().conn()).await.unwrap().len(), 1, "its store is told once");
    assert_eq!(rows(&server, other.id).await.0, other, "what an order has stays its own");
}
