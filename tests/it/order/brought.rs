//! Cars of other stores that are brought to the store which hands them over (C082, C103).

use chrono::TimeDelta;
use entity::inventory::{allocation, quota, transfer, vehicle_unit};
use entity::order::order;
use entity::place::store;
use entity::*;
use futures_util::future::join_all;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{cancel, cool_off, decide, reach, request};
use super::ground::{ALLOCATE, Ground, MATCHES};
use super::handover::about;
use super::invoice::{person, saved};
use super::walk::{self, vin};
use super::{key, order_row, other_store, state_of};
use crate::harness::{Client, Server};
use crate::inventory::sight::policy;
use crate::inventory::transfers::{asked, row, send, step};

const SEEN: &str = "query($id: ID!) { order(id: $id) { status version eta { likely } milestones { code state }
    vehicleTransfer { id state isForOrder order { id } vehicle { id openTransfer { id } } } } }";

const CAR: &str = "query($id: ID!) { vehicleUnit(id: $id) { allowedActions openTransfer { state } } }";

const WAY: [&str; 4] = ["ALLOCATED", "SHIPPED", "IN_TRANSIT", "ARRIVED"];

async fn seen(client: &Client, id: OrderId) -> Value {
    client.data(SEEN, json!({ "id": id.to_string() })).await["order"].clone()
}

fn way(order: &Value) -> [String; 4] {
    WAY.map(|code| state_of(order, code))
}

fn yes(transfer: &Value) -> Value {
    let mut input = step(transfer);
    input["approve"] = json!(true);
    input
}

fn refusal(answer: &Value) -> Value {
    json!([answer["userErrors"][0]["code"], answer["userErrors"][0]["field"][1]])
}

/// The transfers of a car, in the order in which they were asked for.
async fn of_car(server: &Server, car: &vehicle_unit::Model) -> Vec<transfer::Model> {
    let found = transfer::Entity::find().filter(transfer::Column::VehicleId.eq(car.id));
    let mut found = found.all(server.db().conn()).await.unwrap();
    found.sort_by_key(|row| row.id);
    found
}

/// Orders that wait for a car, none of which is wanted to be paid before it is moved, and a car of another store.
async fn ground(orders: usize) -> (Ground, vehicle_unit::Model, Client) {
    let ground = Ground::of(orders, FulfillmentMode::LocateToOrder).await;
    let change = order::ActiveModel { balance_first: Set(Some(false)), ..Default::default() };
    let own = order::Column::Id.is_in(ground.orders.iter().map(|order| order.id));
    order::Entity::update_many().set(change).filter(own).exec(ground.server.db().conn()).await.unwrap();
    let away = ground.store(other_store(&ground.server, &ground.order(0).await).await).await;
    let car = ground.car(&away, |_| {}).await;
    let holder = ground.server.staff(ground.server.demo.consultant, away.id, true);
    (ground, car, holder)
}

/// The car given to the first order, asked for and given.
async fn approved(ground: &Ground, car: &vehicle_unit::Model, holder: &Client) -> Value {
    let given = ground.allocate(&ground.server.operator(), 0, car, json!({})).await;
    assert_eq!(given["userErrors"], json!([]), "{given:#}");
    let made = send(&ground.server.consultant(), "Request", asked(&ground.row(car).await)).await;
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    let given = send(holder, "Approve", yes(&made["transfer"])).await;
    assert_eq!(given["transfer"]["state"], "APPROVED", "{given:#}");
    given["transfer"].clone()
}

#[tokio::test]
async fn a_car_that_another_store_has_is_brought_and_made_ready() {
    use MilestoneCode::{Insured, PdiDone, PlateReady, Ready};
    let server = &Server::start().await;
    let walk = walk::order(server, "LOCATE_TO_ORDER", 800_011).await;
    let (id, db) = (walk.id, server.db().conn());
    let (consultant, customer) = (server.consultant(), server.customer());
    cool_off(server, id).await;
    walk.lock().await;
    walk.sign().await;
    // Another store has a car just as ordered, and shows it to others.
    let mut open = policy(VisibilityScope::Nationwide, PolicyEffect::Allow);
    open.may_reserve = true;
    open.into_active_model().reset_all().insert(db).await.unwrap();
    let of = order_row(server, id).await;
    let away = store::Entity::find_by_id(other_store(server, &of).await).one(db).await.unwrap().unwrap();
    let car = stands_at(server, &of, &away, 800_011).await;
    let found = consultant.data(MATCHES, json!({ "id": id.to_string(), "first": 20 })).await["vehicleMatches"].clone();
    assert!(found.as_array().unwrap().iter().any(|one| one["vehicle"]["id"] == car.id.to_string()), "{found:#}");
    let given = about(server, id, json!({ "vehicleId": car.id.to_string() })).await;
    let given = consultant.payload(ALLOCATE, given).await;
    assert_eq!(given["userErrors"], json!([]), "{given:#}");
    walk.paid().await;
    assert_eq!(way(&seen(&consultant, id).await), ["DONE", "PENDING", "PENDING", "PENDING"]);

    // Whoever sees to the order asks for it; where it is to go follows from the order.
    let of_car = json!({ "id": car.id.to_string() });
    let told = consultant.data(CAR, of_car.clone()).await["vehicleUnit"].clone();
    assert!(told["allowedActions"].as_array().unwrap().contains(&json!("REQUEST_TRANSFER")), "{told}");
    let input = asked(&row(server, &car).await);
    let made = send(&consultant, "Request", input.clone()).await;
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    assert_eq!(send(&consultant, "Request", input).await, made, "the same key brings the same");
    assert_eq!(made["transfer"]["toStore"]["id"], of.delivery_store_id.to_string());
    assert_eq!(made["transfer"]["allowedActions"], json!(["CANCEL"]), "who may ask may call it off");
    let link = seen(&consultant, id).await["vehicleTransfer"].clone();
    assert_eq!((&link["state"], &link["isForOrder"]), (&json!("REQUESTED"), &json!(true)));
    assert_eq!((&link["order"]["id"], &link["vehicle"]["openTransfer"]["id"]), (&json!(id.to_string()), &link["id"]));
    assert_eq!(seen(&customer, id).await["vehicleTransfer"], json!(null));
    let told = consultant.data(CAR, of_car).await["vehicleUnit"].clone();
    assert_eq!(told["openTransfer"]["state"], "REQUESTED");

    let holder = server.staff(server.demo.consultant, away.id, true);
    let given = send(&holder, "Approve", yes(&made["transfer"])).await;
    assert_eq!(given["transfer"]["state"], "APPROVED", "{given:#}");
    let mut leaves = step(&given["transfer"]);
    leaves["expectedAt"] = json!(server.app().clock.now() + TimeDelta::days(30));
    let before = seen(&consultant, id).await;
    let sent = send(&holder, "Ship", leaves).await;
    assert_eq!(sent["transfer"]["state"], "SHIPPED", "{sent:#}");
    let on_the_way = seen(&consultant, id).await;
    assert_eq!(way(&on_the_way), ["DONE", "DONE", "ACTIVE", "PENDING"]);
    let likely = |order: &Value| order["eta"]["likely"].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
    let today = milepost::values::calendar::day(server.app().clock.now());
    assert!(likely(&on_the_way) > likely(&before) && (likely(&on_the_way) - today).num_days() > 30, "{on_the_way}");
    let come = send(&consultant, "Receive", step(&sent["transfer"])).await;
    assert_eq!((&come["transfer"]["state"], &come["userErrors"]), (&json!("RECEIVED"), &json!([])), "{come:#}");
    let there = seen(&consultant, id).await;
    assert_eq!(way(&there), ["DONE", "DONE", "DONE", "DONE"]);
    assert!(likely(&there) < likely(&on_the_way), "and sooner than was said");
    assert_eq!(there["vehicleTransfer"], json!(null), "it is over");

    walk.invoiced(Some(&saved(server, person("欧阳娜娜")).await)).await;
    reach(server, id, &[PdiDone, Insured, PlateReady, Ready]).await;
    walk.is(OrderStatus::ReadyForDelivery).await;
}

/// A free car as ordered that stands at a store.
async fn stands_at(server: &Server, of: &order::Model, at: &store::Model, serial: u32) -> vehicle_unit::Model {
    let db = server.db().conn();
    let like = vehicle_unit::Entity::find().one(db).await.unwrap().unwrap();
    let place = milepost::values::geo::Point::new(at.latitude, at.longitude).unwrap();
    let [unit_x, unit_y, unit_z] = place.unit_vector();
    let car = vehicle_unit::Model {
        id: VehicleUnitId::generate(),
        vin: Some(vin(serial)),
        trim_id: of.trim_id,
        option_codes: of.option_codes.clone(),
        physical_status: PhysicalStatus::InStock,
        commercial_status: CommercialStatus::Free,
        resume_to: None,
        held_upstream: false,
        stock_type: StockType::StoreStock,
        sales_model: of.sales_model,
        store_id: Some(at.id),
        city_code: at.city_code.clone(),
        latitude: at.latitude,
        longitude: at.longitude,
        unit_x,
        unit_y,
        unit_z,
        production_slot_id: None,
        transfer_to_store_id: None,
        expected_at: None,
        version: 1,
        ..like
    };
    car.clone().into_active_model().reset_all().insert(db).await.unwrap();
    car
}

#[tokio::test]
async fn an_orders_car_goes_to_its_store_and_nowhere_else() {
    let (ground, car, holder) = ground(1).await;
    let server = &ground.server;
    ground.allocate(&server.operator(), 0, &car, json!({})).await;
    let before = ground.row(&car).await;
    let order = ground.order(0).await;
    let third = store::Column::Id.is_not_in([order.store_id, order.delivery_store_id, car.store_id.unwrap()]);
    let third = store::Entity::find().filter(third).one(server.db().conn()).await.unwrap().unwrap().id;
    let stranger = server.staff(server.demo.consultant, third, true);
    // Another store does not even see it.
    assert_eq!(refusal(&send(&stranger, "Request", asked(&before)).await), json!(["NOT_FOUND", "vehicleId"]));
    let elsewhere = |mut input: Value| {
        input["toStoreId"] = json!(third.to_string());
        input
    };
    for (client, code) in [
        (server.consultant(), "NOT_ELIGIBLE"),
        (server.operator(), "NOT_ELIGIBLE"),
        (holder.clone(), "FORBIDDEN"),
        (stranger, "NOT_FOUND"),
    ] {
        assert_eq!(send(&client, "Request", elsewhere(asked(&before))).await["userErrors"][0]["code"], code);
    }
    let mut stale = asked(&before);
    stale["expectedVersion"] = json!(before.version - 1);
    assert_eq!(send(&server.consultant(), "Request", stale).await["userErrors"][0]["code"], "VERSION_CONFLICT");
    assert_eq!((of_car(server, &car).await.len(), ground.row(&car).await), (0, before.clone()));

    // One that was asked for before falls away where the order is handed over elsewhere; one that goes there goes on.
    let row = transfer::Model {
        id: StockTransferId::generate(),
        vehicle_id: car.id,
        from_store_id: car.store_id.unwrap(),
        to_store_id: third,
        state: StockTransferState::Requested,
        reason: None,
        answer: None,
        requested_by: "test".into(),
        requested_at: server.app().clock.now(),
        decided_by: None,
        decided_at: None,
        expected_at: None,
        shipped_at: None,
        received_at: None,
        version: 1,
        out_vehicle_id: None,
        order_id: None,
        order_store_id: None,
    };
    ground.deallocate(&server.manager(), 0).await;
    for (to, state, of) in [
        (third, StockTransferState::Cancelled, None),
        (order.delivery_store_id, StockTransferState::Requested, Some(order.id)),
    ] {
        let asked = transfer::Model { id: StockTransferId::generate(), to_store_id: to, ..row.clone() };
        asked.clone().into_active_model().reset_all().insert(server.db().conn()).await.unwrap();
        let given = ground.allocate(&server.operator(), 0, &car, json!({})).await;
        assert_eq!(given["userErrors"], json!([]), "{given:#}");
        let now = of_car(server, &car).await.into_iter().find(|row| row.id == asked.id).unwrap();
        assert_eq!((now.state, now.order_id, now.order_store_id), (state, of, of.map(|_| order.store_id)));
        ground.deallocate(&server.manager(), 0).await;
    }
    assert!(of_car(server, &car).await.iter().all(|row| row.state == StockTransferState::Cancelled));
}

#[tokio::test]
async fn a_car_does_not_leave_before_the_balance_where_that_comes_first() {
    let (ground, car, holder) = ground(1).await;
    let (server, db) = (&ground.server, ground.server.db().conn());
    let given = approved(&ground, &car, &holder).await;
    let first = order::ActiveModel { balance_first: Set(Some(true)), ..Default::default() };
    let own = order::Column::Id.eq(ground.orders[0].id);
    order::Entity::update_many().set(first).filter(own.clone()).exec(db).await.unwrap();
    let before = (ground.row(&car).await, ground.order(0).await, of_car(server, &car).await);
    let early = send(&holder, "Ship", step(&given)).await;
    assert_eq!(refusal(&early), json!(["NOT_ELIGIBLE", "transferId"]), "{early:#}");
    assert_eq!((ground.row(&car).await, ground.order(0).await, of_car(server, &car).await), before);
    let not = order::ActiveModel { balance_first: Set(Some(false)), ..Default::default() };
    order::Entity::update_many().set(not).filter(own).exec(db).await.unwrap();
    assert_eq!(send(&holder, "Ship", step(&given)).await["transfer"]["state"], "SHIPPED");
}

#[tokio::test]
async fn without_its_order_what_has_not_left_stays_and_what_is_on_its_way_comes() {
    let (ground, car, holder) = ground(1).await;
    let server = &ground.server;
    approved(&ground, &car, &holder).await;
    let back = ground.deallocate(&server.manager(), 0).await;
    assert_eq!(back["userErrors"], json!([]), "{back:#}");
    let fallen = of_car(server, &car).await;
    assert_eq!((fallen.len(), fallen[0].state, fallen[0].version), (1, StockTransferState::Cancelled, 3));

    let again = approved(&ground, &car, &holder).await;
    let sent = send(&holder, "Ship", step(&again)).await["transfer"].clone();
    assert_eq!(sent["state"], "SHIPPED");
    let back = ground.deallocate(&server.manager(), 0).await;
    assert_eq!(back["userErrors"], json!([]), "{back:#}");
    assert_eq!(way(&back["order"]), ["ROLLED_BACK", "ROLLED_BACK", "PENDING", "PENDING"]);
    let order = ground.order(0).await;
    let on_the_way = of_car(server, &car).await.pop().unwrap();
    assert_eq!((on_the_way.state, on_the_way.order_id), (StockTransferState::Shipped, None));
    let mut receive = step(&sent);
    receive["expectedVersion"] = json!(on_the_way.version);
    let come = send(&server.consultant(), "Receive", receive).await;
    assert_eq!(come["transfer"]["state"], "RECEIVED", "{come:#}");
    let here = ground.row(&car).await;
    assert_eq!(
        (here.store_id, here.physical_status, here.commercial_status),
        (Some(order.delivery_store_id), PhysicalStatus::InStock, CommercialStatus::Free)
    );
    assert_eq!(ground.order(0).await, order, "it was none of the order's any more");
    // Given to it on its way, or once it is there, it is the order's again.
    let given = ground.allocate(&server.consultant(), 0, &here, json!({})).await;
    assert_eq!(way(&given["order"]), ["DONE", "SKIPPED", "SKIPPED", "DONE"], "{given:#}");
}

#[tokio::test]
async fn a_car_given_on_its_way_has_arrived_when_it_is_there() {
    let (ground, car, holder) = ground(1).await;
    let server = &ground.server;
    let given = approved(&ground, &car, &holder).await;
    let sent = send(&holder, "Ship", step(&given)).await["transfer"].clone();
    ground.deallocate(&server.manager(), 0).await;
    let again = ground.allocate(&server.operator(), 0, &car, json!({})).await;
    assert_eq!(way(&again["order"]), ["DONE", "ROLLED_BACK", "PENDING", "PENDING"], "{again:#}");
    let now = of_car(server, &car).await.pop().unwrap();
    assert_eq!((now.state, now.order_id), (StockTransferState::Shipped, Some(ground.orders[0].id)));
    let mut receive = step(&sent);
    receive["expectedVersion"] = json!(now.version);
    let come = send(&server.consultant(), "Receive", receive).await;
    assert_eq!(come["transfer"]["state"], "RECEIVED", "{come:#}");
    let order = seen(&server.consultant(), ground.orders[0].id).await;
    assert_eq!(way(&order), ["DONE", "SKIPPED", "SKIPPED", "DONE"]);
    ground.is_sound().await;
}

#[tokio::test]
async fn an_order_that_is_called_off_leaves_its_car_where_it_is() {
    let (ground, car, holder) = ground(2).await;
    let (server, id) = (&ground.server, ground.orders[0].id);
    let given = approved(&ground, &car, &holder).await;
    // While somebody decides about the order, nothing leaves.
    let asked = cancel(&server.customer(), server, id).await;
    assert_eq!(asked["userErrors"], json!([]), "{asked:#}");
    assert_eq!(ground.order(0).await.status, OrderStatus::CancellationRequested);
    assert_eq!(refusal(&send(&holder, "Ship", step(&given)).await), json!(["NOT_ELIGIBLE", "transferId"]));
    let wanted = json!({ "id": request(server, id).await.id.to_string() });
    let decided = decide(&server.manager(), server, id, &wanted, json!({})).await;
    assert_eq!(decided["order"]["status"], "CANCELLED", "{decided:#}");
    let fallen = of_car(server, &car).await;
    assert_eq!((fallen.len(), fallen[0].state), (1, StockTransferState::Cancelled));
    let free = ground.row(&car).await;
    assert_eq!((free.commercial_status, free.store_id), (CommercialStatus::Free, car.store_id));
    let active = allocation::Entity::find()
        .filter(allocation::Column::VehicleId.eq(car.id))
        .filter(allocation::Column::ReleasedAt.is_null());
    assert_eq!(active.one(server.db().conn()).await.unwrap(), None);
    // It can be had again, and brought.
    let other = ground.allocate(&server.operator(), 1, &car, json!({})).await;
    assert_eq!(other["userErrors"], json!([]), "{other:#}");
}

#[tokio::test]
async fn a_transfer_goes_on_for_whichever_order_of_its_store_has_the_car() {
    let (ground, car, holder) = ground(2).await;
    let server = &ground.server;
    let here = ground.here().await;
    let given = approved(&ground, &car, &holder).await;
    ground.allocate(&server.operator(), 1, &here, json!({})).await;
    let with = json!({ "otherOrderId": ground.orders[1].id.to_string(),
        "otherExpectedVersion": ground.order(1).await.version });
    let swapped = ground.swap(&server.manager(), 0, with).await;
    assert_eq!(swapped["userErrors"], json!([]), "{swapped:#}");
    let now = of_car(server, &car).await.pop().unwrap();
    assert_eq!((now.state, now.order_id), (StockTransferState::Approved, Some(ground.orders[1].id)));
    let mut leaves = step(&given);
    leaves["expectedVersion"] = json!(now.version);
    let sent = send(&holder, "Ship", leaves).await;
    assert_eq!(sent["transfer"]["state"], "SHIPPED", "{sent:#}");
    assert_eq!(way(&seen(&server.consultant(), ground.orders[1].id).await), ["DONE", "DONE", "ACTIVE", "ROLLED_BACK"]);
    assert_eq!(way(&seen(&server.consultant(), ground.orders[0].id).await)[3], "DONE", "its car stands there");
    ground.is_sound().await;
}

#[tokio::test]
async fn a_full_store_takes_in_no_orders_car_either() {
    let (ground, car, holder) = ground(1).await;
    let server = &ground.server;
    let to = ground.orders[0].delivery_store_id;
    ground.allocate(&server.operator(), 0, &car, json!({})).await;
    let made = send(&server.consultant(), "Request", asked(&ground.row(&car).await)).await;
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    let full = quota::Entity::update_many().col_expr(quota::Column::Cap, Expr::val(1));
    let full = full.filter(quota::Column::StoreId.eq(to)).exec(server.db().conn()).await.unwrap();
    assert!(full.rows_affected > 0);
    let refused = send(&holder, "Approve", yes(&made["transfer"])).await;
    assert_eq!(refused["userErrors"][0]["code"], "QUOTA_FULL", "{refused:#}");
    assert_eq!(of_car(server, &car).await[0].state, StockTransferState::Requested);
}

#[tokio::test]
async fn a_car_that_is_held_for_an_order_may_be_brought_to_its_store() {
    const RESERVE: &str = "mutation($input: VehicleReserveInput!) { vehicleReserve(input: $input) {
        allocation { id } userErrors { code } } }";
    let (ground, car, holder) = ground(1).await;
    let server = &ground.server;
    let mut open = policy(VisibilityScope::Nationwide, PolicyEffect::Allow);
    (open.may_reserve, open.may_request_transfer) = (true, true);
    open.into_active_model().reset_all().insert(server.db().conn()).await.unwrap();
    let hold = json!({ "idempotencyKey": key(), "vehicleId": car.id.to_string(), "expectedVersion": car.version,
        "orderId": ground.orders[0].id.to_string() });
    let held = server.consultant().payload(RESERVE, json!({ "input": hold })).await;
    assert_eq!(held["userErrors"], json!([]), "{held:#}");
    let row = ground.row(&car).await;
    let order = ground.order(0).await;
    let third = store::Column::Id.is_not_in([order.store_id, order.delivery_store_id, car.store_id.unwrap()]);
    let third = store::Entity::find().filter(third).one(server.db().conn()).await.unwrap().unwrap().id;
    let other = send(&server.staff(server.demo.consultant, third, true), "Request", asked(&row)).await;
    assert_eq!(refusal(&other), json!(["VEHICLE_UNAVAILABLE", "vehicleId"]));
    let made = send(&server.manager(), "Request", asked(&row)).await;
    assert_eq!(made["userErrors"], json!([]), "{made:#}");
    let given = send(&holder, "Approve", yes(&made["transfer"])).await;
    assert_eq!(given["transfer"]["state"], "APPROVED", "{given:#}");
    // The order gets it: what was asked for goes on, for the order.
    let allocated = ground.allocate(&server.consultant(), 0, &car, json!({})).await;
    assert_eq!(allocated["userErrors"], json!([]), "{allocated:#}");
    let now = of_car(server, &car).await.pop().unwrap();
    assert_eq!((now.state, now.order_id), (StockTransferState::Approved, Some(order.id)));
}

#[tokio::test]
async fn of_forty_at_once_what_is_left_fits_together() {
    let (ground, car, holder) = ground(2).await;
    let server = &ground.server;
    let here = ground.here().await;
    ground.allocate(&server.operator(), 0, &car, json!({})).await;
    ground.allocate(&server.operator(), 1, &here, json!({})).await;
    let made = send(&server.consultant(), "Request", asked(&ground.row(&car).await)).await["transfer"].clone();
    let versions = [ground.order(0).await.version, ground.order(1).await.version];
    let manager = server.manager();
    let deeds = (0..40).map(|n| {
        let (ground, holder, manager, made) = (&ground, &holder, &manager, &made);
        async move {
            match n % 3 {
                0 => send(holder, "Approve", yes(made)).await["userErrors"] == json!([]),
                1 => {
                    let input = json!({ "idempotencyKey": key(), "orderId": ground.orders[0].id.to_string(),
                        "expectedVersion": versions[0], "reason": "A dent in the door" });
                    manager.payload(super::ground::DEALLOCATE, json!({ "input": input })).await["userErrors"]
                        == json!([])
                }
                _ => {
                    let input = json!({ "idempotencyKey": key(), "orderId": ground.orders[0].id.to_string(),
                        "expectedVersion": versions[0], "reason": "The other one is sooner",
                        "otherOrderId": ground.orders[1].id.to_string(), "otherExpectedVersion": versions[1] });
                    manager.payload(super::ground::SWAP, json!({ "input": input })).await["userErrors"] == json!([])
                }
            }
        }
    });
    let done = join_all(deeds).await;
    let worked = |kind: usize| done.iter().enumerate().filter(|(n, done)| n % 3 == kind && **done).count();
    assert_eq!(worked(1) + worked(2), 1, "the order loses the car once");
    assert!(worked(0) <= 1);
    ground.is_sound().await;
    let row = of_car(server, &car).await.pop().unwrap();
    let car = ground.row(&car).await;
    if worked(1) == 1 {
        assert_eq!((row.state, car.commercial_status), (StockTransferState::Cancelled, CommercialStatus::Free));
    } else {
        let state = if worked(0) == 1 { StockTransferState::Approved } else { StockTransferState::Requested };
        assert_eq!((row.state, row.order_id), (state, Some(ground.orders[1].id)));
        assert_eq!(car.commercial_status, CommercialStatus::Allocated);
    }
}
