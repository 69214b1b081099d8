//! Cars for orders (C079): what fits, who gives it and takes it back, and that no car has two orders.

use chrono::TimeDelta;
use entity::catalog::trim;
use entity::inventory::{allocation, event as vehicle_event, vehicle_unit};
use entity::order::{eta_revision, invoice, order};
use entity::*;
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Value, json};

use super::back_out::{cancel, decide, reach};
use super::ground::{ALLOCATE, DEALLOCATE, Ground, MATCHES, SWAP, hold};
use super::{key, other_store, staff_of, state_of};
use crate::ingest::{event, results, words};

const MATCH_ALL: &str = "mutation($input: VehicleAutoMatchInput!) { vehicleAutoMatch(input: $input) {
    matches { order { id vehicle { id } } vehicle { id } } userErrors { code field } } }";

const PREVIEW: &str = "query($trim: ID!, $options: [String!]!, $city: CityCode!) {
    etaPreview(configuration: { trimId: $trim, optionCodes: $options }, cityCode: $city) {
        builtToOrder { fulfillmentMode earliest likely latest confidence }
        fromStock { fulfillmentMode earliest likely latest confidence } } }";

fn error(payload: &Value) -> Value {
    json!([payload["userErrors"][0]["code"], payload["userErrors"][0]["field"]])
}

#[tokio::test]
async fn the_best_car_is_found_given_and_taken_back() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let (server, before) = (&ground.server, ground.order(0).await);
    let (consultant, manager) = (server.consultant(), server.manager());
    let here = ground.here().await;
    let own = ground.store(server.demo.store).await;
    let older = ground.car(&own, |car| car.stock_since -= TimeDelta::days(55)).await;
    let painted = ground
        .car(&own, |car| {
            let other = ["EXT-TEAL", "EXT-BLACK"].into_iter().find(|code| !before.option_codes.has(code)).unwrap();
            let codes = car.option_codes.0.iter().map(|code| if code.starts_with("EXT-") { other } else { code });
            car.option_codes = codes.map(str::to_owned).collect();
        })
        .await;
    let _gone = ground.car(&own, |car| car.physical_status = PhysicalStatus::QualityHold).await;
    let _driven = ground.car(&own, |car| car.stock_type = StockType::Demo).await;
    let found = ground.matches(&consultant, 0, 20).await;
    let ids: Vec<_> = found.iter().map(|one| one["vehicle"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [older.id.to_string(), here.id.to_string(), painted.id.to_string()]);
    // 65 days are two months more.
    assert_eq!(found.iter().map(|one| one["score"].as_f64().unwrap()).collect::<Vec<_>>(), [102.0, 100.0, 70.0]);
    assert_eq!((&found[0]["differences"], &found[0]["vehicle"]["distanceMeters"]), (&json!([]), &json!(0)));
    let difference = &found[2]["differences"];
    assert_eq!((difference.as_array().unwrap().len(), &difference[0]["group"]["code"]), (1, &json!("EXTERIOR")));
    assert!(difference[0]["wanted"][0].as_str().unwrap().starts_with("EXT-"));
    assert_eq!(ground.matches(&consultant, 0, 1).await.len(), 1);

    let delta = found[1]["etaDeltaDays"].as_i64().unwrap();
    assert!(delta < 0, "a car that stands there is sooner: {delta}");
    let input = json!({ "idempotencyKey": key(), "orderId": before.id.to_string(), "expectedVersion": before.version,
        "vehicleId": here.id.to_string() });
    let given = consultant.payload(ALLOCATE, json!({ "input": input })).await;
    assert_eq!(given["userErrors"], json!([]), "{given:#}");
    assert_eq!(consultant.payload(ALLOCATE, json!({ "input": input })).await, given, "the same key");
    let order = &given["order"];
    assert_eq!((&order["status"], &order["vehicle"]["id"]), (&json!("IN_FULFILLMENT"), &json!(here.id.to_string())));
    assert_eq!(given["vehicle"]["commercialStatus"], "ALLOCATED");
    let states = ["OFF_LINE", "ALLOCATED", "SHIPPED", "IN_TRANSIT", "ARRIVED", "PDI_DONE"];
    let of = |order: &Value| states.map(|code| state_of(order, code));
    assert_eq!(of(order), ["SKIPPED", "DONE", "SKIPPED", "SKIPPED", "DONE", "PENDING"]);
    let likely: chrono::NaiveDate = order["eta"]["likely"].as_str().unwrap().parse().unwrap();
    assert_eq!((likely - before.eta_likely.unwrap()).num_days(), delta, "as it was said before");
    let active = ground.active().await;
    assert_eq!(active.len(), 1);
    assert_eq!((active[0].kind, active[0].vehicle_id), (AllocationKind::Hard, here.id));
    assert_eq!(active[0].store_id, Some(before.delivery_store_id));
    ground.is_sound().await;
    // It is nobody else's to be had.
    assert!(
        ground
            .matches(&server.operator(), 0, 20)
            .await
            .iter()
            .all(|one| one["vehicle"]["id"] != json!(here.id.to_string()))
    );

    let back = ground.deallocate(&manager, 0).await;
    assert_eq!(back["userErrors"], json!([]), "{back:#}");
    let order = &back["order"];
    assert_eq!((&order["status"], &order["vehicle"]), (&json!("LOCKED"), &json!(null)));
    assert_eq!(of(order), ["SKIPPED", "ROLLED_BACK", "PENDING", "PENDING", "ROLLED_BACK", "PENDING"]);
    assert_eq!(back["vehicle"], json!({ "id": here.id.to_string(), "commercialStatus": "FREE" }));
    let timeline = order["timeline"].as_array().unwrap();
    let said = timeline.iter().rfind(|entry| entry["kind"] == "VEHICLE_CHANGED").unwrap();
    assert_eq!(said["note"], "A dent in the door");
    assert_eq!(ground.active().await, []);
    let history = vehicle_event::Entity::find()
        .filter(vehicle_event::Column::VehicleId.eq(here.id))
        .order_by_asc(vehicle_event::Column::OccurredAt)
        .all(server.db().conn())
        .await
        .unwrap();
    let kinds: Vec<_> = history.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [VehicleEventKind::Allocated, VehicleEventKind::Deallocated]);
    assert_eq!(ground.row(&here).await.version, here.version + 2);
    // And again, as if nothing had been.
    let again = ground.allocate(&consultant, 0, &here, json!({})).await;
    assert_eq!(of(&again["order"]), ["SKIPPED", "DONE", "SKIPPED", "SKIPPED", "DONE", "PENDING"], "{again:#}");
}

#[tokio::test]
async fn a_car_elsewhere_is_still_to_come_and_a_built_one_needs_no_plant() {
    let ground = Ground::of(1, FulfillmentMode::BuildToOrder).await;
    let server = &ground.server;
    let away = ground.store(other_store(server, &ground.order(0).await).await).await;
    let car = ground.car(&away, |_| {}).await;
    let operator = server.operator();
    let found = ground.matches(&operator, 0, 5).await;
    let kilometres = found[0]["vehicle"]["distanceMeters"].as_f64().unwrap() / 1000.0;
    let score = found[0]["score"].as_f64().unwrap();
    assert!((score - (100.0 - kilometres * 0.02)).abs() < 0.03, "{score} {kilometres}");
    let before = ground.order(0).await;
    let given = ground.allocate(&operator, 0, &car, json!({})).await;
    assert_eq!(given["userErrors"], json!([]), "{given:#}");
    let states = ["SCHEDULED", "OFF_LINE", "QUALITY_RELEASED", "ALLOCATED", "SHIPPED", "ARRIVED"];
    let of = |order: &Value| states.map(|code| state_of(order, code));
    assert_eq!(of(&given["order"]), ["SKIPPED", "SKIPPED", "SKIPPED", "DONE", "PENDING", "PENDING"]);
    let likely: chrono::NaiveDate = given["order"]["eta"]["likely"].as_str().unwrap().parse().unwrap();
    let delta = found[0]["etaDeltaDays"].as_i64().unwrap();
    assert_eq!((likely - before.eta_likely.unwrap()).num_days(), delta);
    // Sent on its way it has reached something of its own, which falls with it.
    reach(server, before.id, &[MilestoneCode::Shipped, MilestoneCode::Arrived]).await;
    let back = ground.deallocate(&server.manager(), 0).await;
    assert_eq!(of(&back["order"]), ["PENDING", "PENDING", "PENDING", "ROLLED_BACK", "ROLLED_BACK", "ROLLED_BACK"]);
    assert_eq!(back["order"]["status"], "LOCKED");
    ground.is_sound().await;
}

#[tokio::test]
async fn what_cannot_be_names_why_and_changes_nothing() {
    let ground = Ground::of(2, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let (consultant, operator) = (server.consultant(), server.operator());
    let own = ground.store(server.demo.store).await;
    let here = ground.here().await;
    let differs = ground.car(&own, |car| drop(car.option_codes.0.pop())).await;
    let driven = ground.car(&own, |car| car.stock_type = StockType::Display).await;
    let broken = ground.car(&own, |car| car.physical_status = PhysicalStatus::QualityHold).await;
    let other_trim = ground.car(&own, |_| {}).await;
    let another =
        trim::Entity::find().filter(trim::Column::Id.ne(here.trim_id)).one(server.db().conn()).await.unwrap().unwrap();
    let of_another = vehicle_unit::ActiveModel { trim_id: Set(another.id), ..Default::default() };
    let row = vehicle_unit::Column::Id.eq(other_trim.id);
    vehicle_unit::Entity::update_many().set(of_another).filter(row).exec(server.db().conn()).await.unwrap();
    let held = ground.car(&own, |car| car.commercial_status = CommercialStatus::Reserved).await;
    let elsewhere = other_store(server, &ground.order(0).await).await;
    hold(&ground, &held, Some(elsewhere), None, TimeDelta::hours(1)).await;
    let before = (ground.order(0).await, ground.row(&here).await);

    let none = json!({});
    let accept = json!({ "acceptDifferences": true });
    for (car, more, expected) in [
        (&differs, &none, json!(["NOT_ELIGIBLE", ["input", "vehicleId"]])),
        (&differs, &accept, json!(["FORBIDDEN", ["input", "acceptDifferences"]])),
        (&driven, &none, json!(["NOT_ELIGIBLE", ["input", "vehicleId"]])),
        (&broken, &none, json!(["VEHICLE_UNAVAILABLE", ["input", "vehicleId"]])),
        (&other_trim, &none, json!(["NOT_ELIGIBLE", ["input", "vehicleId"]])),
        (&held, &none, json!(["VEHICLE_UNAVAILABLE", ["input", "vehicleId"]])),
        (&here, &json!({ "expectedVersion": 999 }), json!(["VERSION_CONFLICT", ["input", "expectedVersion"]])),
        (
            &here,
            &json!({ "vehicleId": "ord_01JGFJJZ000000000000000002" }),
            json!(["INVALID_ID", ["input", "vehicleId"]]),
        ),
        (
            &here,
            &json!({ "vehicleId": "veh_01JGFJJZ000000000000000002" }),
            json!(["NOT_FOUND", ["input", "vehicleId"]]),
        ),
        (&here, &json!({ "orderId": "ord_01JGFJJZ000000000000000009" }), json!(["NOT_FOUND", ["input", "orderId"]])),
        (&here, &json!({ "orderId": "nonsense" }), json!(["INVALID_ID", ["input", "orderId"]])),
    ] {
        let said = ground.allocate(&consultant, 0, car, more.clone()).await;
        assert_eq!(error(&said), expected, "{said:#}");
        assert_eq!((&said["order"], &said["vehicle"]), (&json!(null), &json!(null)));
    }
    let state = async |status: OrderStatus| {
        let change = order::ActiveModel { status: Set(status), ..Default::default() };
        let row = order::Column::Id.eq(before.0.id);
        order::Entity::update_many().set(change).filter(row).exec(server.db().conn()).await.unwrap();
    };
    for status in [OrderStatus::Placed, OrderStatus::ReadyForDelivery, OrderStatus::Cancelled] {
        state(status).await;
        let said = ground.allocate(&operator, 0, &here, none.clone()).await;
        assert_eq!(error(&said), json!(["NOT_ELIGIBLE", ["input", "orderId"]]), "{status}");
    }
    state(before.0.status).await;
    let nothing = ground.deallocate(&operator, 0).await;
    assert_eq!(error(&nothing), json!(["NOT_ELIGIBLE", ["input", "orderId"]]));
    for (with, expected) in [
        (json!({}), json!(["REQUIRED", ["input", "vehicleId"]])),
        (
            json!({ "otherOrderId": ground.orders[1].id.to_string() }),
            json!(["REQUIRED", ["input", "otherExpectedVersion"]]),
        ),
        (
            json!({ "otherOrderId": ground.orders[0].id.to_string(), "otherExpectedVersion": 1 }),
            json!(["INVALID", ["input", "otherOrderId"]]),
        ),
        (json!({ "vehicleId": here.id.to_string(), "reason": "" }), json!(["REQUIRED", ["input", "reason"]])),
        (json!({ "vehicleId": here.id.to_string() }), json!(["NOT_ELIGIBLE", ["input", "orderId"]])),
    ] {
        let said = ground.swap(&operator, 0, with).await;
        assert_eq!(error(&said), expected, "{said:#}");
    }
    assert_eq!((ground.order(0).await, ground.row(&here).await), before);
    assert_eq!(ground.active().await, []);
    // With the customer's word an operator takes what differs, and then the order has a car.
    let taken = ground.allocate(&operator, 0, &differs, accept).await;
    assert_eq!(taken["userErrors"], json!([]));
    let twice = ground.allocate(&operator, 0, &here, none).await;
    assert_eq!(error(&twice), json!(["NOT_ELIGIBLE", ["input", "orderId"]]));
}

#[tokio::test]
async fn a_hold_for_the_order_or_of_its_store_gives_way_and_so_does_one_that_ran_out() {
    let ground = Ground::of(3, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let own = ground.store(server.demo.store).await;
    let elsewhere = other_store(server, &ground.order(0).await).await;
    let reserved = |car: &mut vehicle_unit::Model| car.commercial_status = CommercialStatus::Reserved;
    let hour = TimeDelta::hours(1);
    for (n, (store, order, left)) in
        [(own.id, None, hour), (elsewhere, Some(ground.orders[1].id), hour), (elsewhere, None, -hour)]
            .into_iter()
            .enumerate()
    {
        let car = ground.car(&own, reserved).await;
        hold(&ground, &car, Some(store), order, left).await;
        let found = ground.matches(&server.consultant(), n, 20).await;
        assert_eq!(found[0]["vehicle"]["id"], car.id.to_string(), "{n}");
        let given = ground.allocate(&server.consultant(), n, &car, json!({})).await;
        assert_eq!(given["userErrors"], json!([]), "{n}");
        let rows = allocation::Entity::find().filter(allocation::Column::VehicleId.eq(car.id));
        let rows = rows.order_by_asc(allocation::Column::CreatedAt).all(server.db().conn()).await.unwrap();
        let kinds: Vec<_> = rows.iter().map(|row| (row.kind, row.released_at.is_some())).collect();
        assert!(kinds.contains(&(AllocationKind::Soft, true)) && kinds.contains(&(AllocationKind::Hard, false)));
        assert_eq!(kinds.len(), 2);
    }
    ground.is_sound().await;
}

#[tokio::test]
async fn who_is_not_of_the_order_neither_sees_nor_does_anything() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let here = ground.here().await;
    let order = ground.order(0).await;
    let named = json!({ "id": order.id.to_string(), "first": 3 });
    let input = |more: Value| {
        let mut input = json!({ "idempotencyKey": key(), "orderId": order.id.to_string(),
            "expectedVersion": order.version });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "input": input })
    };
    let give = || input(json!({ "vehicleId": here.id.to_string() }));
    let take = || input(json!({ "reason": "No" }));
    let swap = || input(json!({ "vehicleId": here.id.to_string(), "reason": "No" }));
    let all = || json!({ "input": { "idempotencyKey": key() } });
    for (client, code) in
        [(server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED"), (server.system(), "FORBIDDEN")]
    {
        assert_eq!(client.code(MATCHES, named.clone()).await, code);
        assert_eq!(client.code(ALLOCATE, give()).await, code);
        assert_eq!(client.code(DEALLOCATE, take()).await, code);
        assert_eq!(client.code(SWAP, swap()).await, code);
        assert_eq!(client.code(MATCH_ALL, all()).await, code);
    }
    // A consultant gives a car, and a manager takes it back; who gives cars to all is the car maker's.
    let consultant = server.consultant();
    assert_eq!(consultant.code(DEALLOCATE, take()).await, "FORBIDDEN");
    assert_eq!(consultant.code(SWAP, swap()).await, "FORBIDDEN");
    assert_eq!(server.manager().code(MATCH_ALL, all()).await, "FORBIDDEN");
    let stranger = staff_of(server, other_store(server, &order).await).await;
    let answer = stranger.query(MATCHES, named).await;
    assert_eq!(answer.json["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{:#}", answer.json);
    assert_eq!(error(&stranger.payload(ALLOCATE, give()).await), json!(["NOT_FOUND", ["input", "orderId"]]));
    // A car that the policies do not show is as absent.
    let far = ground.store(other_store(server, &order).await).await;
    let hidden = ground
        .car(&far, |car| {
            (car.commercial_status, car.physical_status) = (CommercialStatus::Allocated, PhysicalStatus::InStock)
        })
        .await;
    let said = ground.allocate(&consultant, 0, &hidden, json!({})).await;
    assert_eq!(error(&said), json!(["NOT_FOUND", ["input", "vehicleId"]]));
    assert_eq!((ground.order(0).await, ground.row(&here).await), (order, here));
}

#[tokio::test]
async fn of_two_hundred_orders_at_once_one_gets_the_car() {
    let ground = Ground::of(200, FulfillmentMode::BuildToStock).await;
    let here = ground.here().await;
    let operator = ground.server.operator();
    let answers = join_all((0..200).map(|n| ground.allocate(&operator, n, &here, json!({})))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["userErrors"] == json!([]));
    assert_eq!((won.len(), lost.len()), (1, 199));
    assert!(lost.iter().all(|answer| answer["userErrors"][0]["code"] == "VEHICLE_UNAVAILABLE"), "{:?}", lost[0]);
    let active = ground.active().await;
    assert_eq!((active.len(), active[0].vehicle_id), (1, here.id));
    assert_eq!(ground.row(&here).await.version, here.version + 1);
    ground.is_sound().await;
}

#[tokio::test]
async fn of_two_hundred_cars_at_once_an_order_gets_one() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let mut cars = Vec::new();
    for _ in 0..20 {
        cars.push(ground.here().await);
    }
    let operator = ground.server.operator();
    let version = ground.order(0).await.version;
    let fixed = json!({ "expectedVersion": version });
    let answers = join_all((0..200).map(|n| ground.allocate(&operator, 0, &cars[n % 20], fixed.clone()))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["userErrors"] == json!([]));
    assert_eq!((won.len(), lost.len()), (1, 199));
    assert!(lost.iter().all(|answer| answer["userErrors"][0]["code"] == "VERSION_CONFLICT"), "{:?}", lost[0]);
    assert_eq!((ground.active().await.len(), ground.order(0).await.version), (1, version + 1));
    let allocated = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::Id.is_in(cars.iter().map(|car| car.id)))
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Allocated));
    assert_eq!(allocated.count(ground.server.db().conn()).await.unwrap(), 1);
    ground.is_sound().await;
}

#[tokio::test]
async fn cars_are_swapped_for_a_free_one_and_between_orders() {
    let ground = Ground::of(2, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let (manager, order) = (server.manager(), ground.order(0).await);
    let (one, two) = (ground.here().await, ground.here().await);
    ground.allocate(&manager, 0, &one, json!({})).await;
    let swapped = ground.swap(&manager, 0, json!({ "vehicleId": two.id.to_string() })).await;
    assert_eq!(swapped["userErrors"], json!([]), "{swapped:#}");
    assert_eq!(swapped["order"]["vehicle"]["id"], two.id.to_string());
    assert_eq!((&swapped["order"]["status"], &swapped["otherOrder"]), (&json!("IN_FULFILLMENT"), &json!(null)));
    assert_eq!(["ALLOCATED", "ARRIVED"].map(|code| state_of(&swapped["order"], code)), ["DONE", "DONE"]);
    assert_eq!(ground.row(&one).await.commercial_status, CommercialStatus::Free);
    let itself = ground.swap(&manager, 0, json!({ "vehicleId": two.id.to_string() })).await;
    assert_eq!(error(&itself), json!(["INVALID", ["input", "vehicleId"]]));
    // One that stands elsewhere has not arrived.
    let away = ground.store(other_store(server, &order).await).await;
    let far = ground.car(&away, |_| {}).await;
    let swapped = ground.swap(&server.operator(), 0, json!({ "vehicleId": far.id.to_string() })).await;
    assert_eq!(
        ["ALLOCATED", "SHIPPED", "ARRIVED"].map(|code| state_of(&swapped["order"], code)),
        ["DONE", "PENDING", "ROLLED_BACK"]
    );

    ground.allocate(&manager, 1, &one, json!({})).await;
    let other = ground.order(1).await;
    let with = |version: i32| json!({ "otherOrderId": other.id.to_string(), "otherExpectedVersion": version });
    let stale = ground.swap(&manager, 0, with(other.version + 1)).await;
    assert_eq!(error(&stale), json!(["VERSION_CONFLICT", ["input", "otherExpectedVersion"]]));
    let exchanged = ground.swap(&manager, 0, with(other.version)).await;
    assert_eq!(exchanged["userErrors"], json!([]), "{exchanged:#}");
    assert_eq!(
        (&exchanged["order"]["vehicle"]["id"], &exchanged["otherOrder"]["vehicle"]["id"], &exchanged["vehicle"]["id"]),
        (&json!(one.id.to_string()), &json!(far.id.to_string()), &json!(one.id.to_string()))
    );
    assert_eq!(state_of(&exchanged["order"], "ARRIVED"), "DONE");
    ground.is_sound().await;
}

#[tokio::test]
async fn two_hundred_swaps_at_once_leave_each_car_with_one_order() {
    let ground = Ground::of(4, FulfillmentMode::BuildToStock).await;
    let operator = ground.server.operator();
    let mut cars = Vec::new();
    for n in 0..6 {
        cars.push(ground.here().await);
        if n < 4 {
            ground.allocate(&operator, n, &cars[n], json!({})).await;
        }
    }
    let answers = join_all((0..200_usize).map(|n| {
        let (ground, operator, cars) = (&ground, &operator, &cars);
        async move {
            let (one, other) = (n % 4, (n / 4 + 1) % 4);
            if n % 3 == 0 || one == other {
                return ground.swap(operator, one, json!({ "vehicleId": cars[n % 6].id.to_string() })).await;
            }
            let version = ground.order(other).await.version;
            let with = json!({ "otherOrderId": ground.orders[other].id.to_string(), "otherExpectedVersion": version });
            ground.swap(operator, one, with).await
        }
    }))
    .await;
    let won = answers.iter().filter(|answer| answer["userErrors"] == json!([])).count();
    assert!(won > 0);
    let known = ["VERSION_CONFLICT", "VEHICLE_UNAVAILABLE", "INVALID"];
    let lost = answers.iter().filter_map(|answer| answer["userErrors"][0]["code"].as_str());
    lost.for_each(|code| assert!(known.contains(&code), "{code}"));
    assert_eq!(ground.active().await.len(), 4, "each has one still");
    ground.is_sound().await;
}

#[tokio::test]
async fn cars_find_the_orders_that_waited_longest() {
    let ground = Ground::of(4, FulfillmentMode::LocateToOrder).await;
    let server = &ground.server;
    let operator = server.operator();
    let own = ground.store(server.demo.store).await;
    let away = ground.store(other_store(server, &ground.order(0).await).await).await;
    let far = ground.car(&away, |_| {}).await;
    let near = ground.here().await;
    let _differs = ground.car(&own, |car| drop(car.option_codes.0.pop())).await;
    let all = || json!({ "input": { "idempotencyKey": key() } });
    for first in [0, 21] {
        let input = json!({ "input": { "idempotencyKey": key(), "first": first } });
        assert_eq!(error(&operator.payload(MATCH_ALL, input).await), json!(["INVALID", ["input", "first"]]));
    }
    let found = operator.payload(MATCH_ALL, all()).await;
    assert_eq!(found["userErrors"], json!([]));
    let pairs: Vec<_> = found["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["order"]["id"].clone(), one["vehicle"]["id"].clone()))
        .collect();
    let expected =
        |n: usize, car: &vehicle_unit::Model| (json!(ground.orders[n].id.to_string()), json!(car.id.to_string()));
    assert_eq!(pairs, [expected(0, &near), expected(1, &far)]);
    assert_eq!(operator.payload(MATCH_ALL, all()).await["matches"], json!([]), "the rest waits on");
    // At once, and with somebody who chooses for himself.
    let cars = [ground.here().await, ground.here().await];
    let (by_hand, by_itself) = tokio::join!(
        join_all((0..10).map(|n| ground.allocate(&operator, 2 + n % 2, &cars[n % 2], json!({})))),
        join_all((0..10).map(|_| operator.payload(MATCH_ALL, all()))),
    );
    let given = by_hand.iter().filter(|answer| answer["userErrors"] == json!([])).count();
    let matched: usize = by_itself.iter().map(|answer| answer["matches"].as_array().map_or(0, Vec::len)).sum();
    let more = operator.payload(MATCH_ALL, all()).await["matches"].as_array().unwrap().len();
    assert_eq!((given + matched + more, ground.active().await.len()), (2, 4), "{by_hand:?} {by_itself:?}");
    ground.is_sound().await;
}

#[tokio::test]
async fn candidates_take_few_statements_however_many_there_are() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let consultant = ground.server.consultant();
    let mut taken = Vec::new();
    for more in [1, 19] {
        for _ in 0..more {
            ground.here().await;
        }
        let (found, count) = ground.server.counted(ground.matches(&consultant, 0, 20)).await;
        taken.push((found.len(), count));
    }
    assert_eq!((taken[0].0, taken[1].0), (1, 20));
    assert_eq!(taken[0].1, taken[1].1);
    assert!(taken[1].1 <= 8, "{taken:?}");
}

#[tokio::test]
async fn a_date_before_the_order_is_that_of_the_order() {
    let ground = Ground::of(1, FulfillmentMode::BuildToOrder).await;
    let (server, order) = (&ground.server, ground.order(0).await);
    let asked = json!({ "trim": order.trim_id.to_string(), "options": order.option_codes.0, "city": order.city_code });
    let anonymous = server.anonymous();
    let said = anonymous.data(PREVIEW, asked.clone()).await["etaPreview"].clone();
    let first = eta_revision::Entity::find()
        .filter(eta_revision::Column::Reason.eq(EtaReason::Initial))
        .order_by_desc(eta_revision::Column::PublishedAt)
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        said["builtToOrder"],
        json!({ "fulfillmentMode": "BUILD_TO_ORDER", "earliest": first.earliest.to_string(),
            "likely": first.likely.to_string(), "latest": first.latest.to_string(), "confidence": "LOW" })
    );
    assert_eq!(said["fromStock"], json!(null), "none is free");
    let own = ground.store(server.demo.store).await;
    let city = json!({ "trim": order.trim_id.to_string(), "options": order.option_codes.0, "city": own.city_code });
    let away = ground.store(other_store(server, &order).await).await;
    ground.car(&away, |car| car.city_code = if own.city_code == "110100" { "310100" } else { "110100" }.into()).await;
    let elsewhere = anonymous.data(PREVIEW, city.clone()).await["etaPreview"]["fromStock"].clone();
    assert_eq!(elsewhere["fulfillmentMode"], "LOCATE_TO_ORDER", "{elsewhere}");
    ground.here().await;
    let here = anonymous.data(PREVIEW, city.clone()).await["etaPreview"]["fromStock"].clone();
    assert_eq!(here["fulfillmentMode"], "BUILD_TO_STOCK");
    // Dwell, inspection and papers take a day each.
    let today = milepost::values::calendar::day(server.app().clock.now());
    assert_eq!(here["likely"], (today + chrono::Days::new(3)).to_string());
    assert!(here["likely"].as_str() < elsewhere["likely"].as_str());
    let wrong = |field: &str, value: Value| {
        let mut wrong = asked.clone();
        wrong[field] = value;
        wrong
    };
    for wrong in [
        wrong("city", json!("999999")),
        wrong("options", json!(["NOTHING"])),
        wrong("trim", json!("trm_01JGFJJZ000000000000000009")),
    ] {
        let answer = anonymous.query(PREVIEW, wrong).await;
        assert_eq!(answer.json["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{:#}", answer.json);
    }
}

#[tokio::test]
async fn a_system_that_gives_a_car_reports_its_milestones_itself() {
    let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
    let server = &ground.server;
    let own = ground.store(server.demo.store).await;
    let vin = "L00C5D1E7TX900001";
    let car = ground.car(&own, |car| car.vin = Some(vin.to_owned())).await;
    let say = |state: &str| {
        let data = json!({ "vin": vin, "orderNumber": ground.orders[0].number, "state": state });
        event(&key(), "cn.milepost.inventory.allocation.v1", None, data)
    };
    assert_eq!(words(&results(&server.system(), &[say("ALLOCATED")]).await), ["applied"]);
    let order = ground.order(0).await;
    assert_eq!((order.vehicle_id, order.status), (Some(car.id), OrderStatus::Locked));
    ground.is_sound().await;
    // Whatever gave it, it is taken back here, and there.
    let back = ground.deallocate(&server.manager(), 0).await;
    assert_eq!((&back["userErrors"], &back["order"]["status"]), (&json!([]), &json!("LOCKED")));
    assert_eq!(words(&results(&server.system(), &[say("ALLOCATED")]).await), ["applied"]);
    // Its invoice names the car.
    let db = server.db().conn();
    let like = invoice::Entity::find().filter(invoice::Column::IssuedAt.is_not_null()).one(db).await.unwrap();
    let row = invoice::Model {
        id: InvoiceId::generate(),
        order_id: ground.orders[0].id,
        state: InvoiceState::RedRequested,
        vehicle_id: Some(car.id),
        number: None,
        checked_at: None,
        ..like.expect("an invoice")
    };
    let (id, row) = (row.id, row.into_active_model().reset_all());
    invoice::Entity::insert(row).exec_without_returning(db).await.unwrap();
    assert_eq!(words(&results(&server.system(), &[say("RELEASED")]).await), ["held"]);
    assert_eq!(ground.order(0).await.vehicle_id, Some(car.id));
    let red = invoice::ActiveModel { state: Set(InvoiceState::RedIssued), ..Default::default() };
    invoice::Entity::update_many().set(red).filter(invoice::Column::Id.eq(id)).exec(db).await.unwrap();
    assert_eq!(words(&results(&server.system(), &[say("RELEASED")]).await), ["applied"]);
    assert_eq!(
        (ground.order(0).await.vehicle_id, ground.row(&car).await.commercial_status),
        (None, CommercialStatus::Free)
    );
    // An order that is called off sets it free as well.
    ground.allocate(&server.operator(), 0, &car, json!({})).await;
    let asked = cancel(&server.customer(), server, ground.orders[0].id).await["changeRequest"].clone();
    let decided = decide(&server.manager(), server, ground.orders[0].id, &asked, json!({})).await;
    assert_eq!(decided["userErrors"], json!([]), "{decided:#}");
    assert_eq!(
        (ground.order(0).await.vehicle_id, ground.row(&car).await.commercial_status),
        (None, CommercialStatus::Free)
    );
    ground.is_sound().await;
}
