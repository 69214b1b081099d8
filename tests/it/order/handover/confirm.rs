//! The hand-over itself (C090, C091), and the end of its order.

use chrono::Duration;
use entity::customer::owned_vehicle;
use entity::inventory::vehicle_unit;
use entity::loyalty::{growth_entry, points_lot};
use entity::order::{delivery, event, milestone, price_line};
use entity::{
    CommercialStatus, HandoverCheck, LotState, MilestoneCode, MilestoneState, OrderEventKind, OrderId, OrderStatus,
    PhysicalStatus, PriceLineKind,
};
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::super::{order_row, other_store, staff_of};
use super::pickup::code;
use super::{BOOK, SHA, about, code_and_field, ready, some_slot, state, told};
use crate::harness::{Client, Server};

pub const CONFIRM: &str = "mutation($input: DeliveryHandoverConfirmInput!) { deliveryHandoverConfirm(input: $input) {
    order { id version status deliveredAt delivery { handedOverAt pickupCode checklist { check done }
        ownershipTransfer { transferredAt vehicle { id vin odometerKm handedOverAt trim { code }
            warranty { startAt replaceUntil replaceKm repairUntil repairKm } } } } }
    userErrors { code message field ... on InvalidTransition { from action allowed } ... on VersionConflict { currentVersion } } } }";

const CHECKED: &str = "mutation($input: DeliveryChecklistCompleteInput!) { deliveryChecklistComplete(input: $input) {
    order { version delivery { checklistCompletedAt checklist { done } } } userErrors { code field message } } }";

const VEHICLES: &str = "{ me { vehicles { id vin odometerKm order { id status } warranty { startAt } } } }";

fn all() -> Vec<String> {
    HandoverCheck::ALL.iter().map(ToString::to_string).collect()
}

/// All that a hand-over wants.
pub async fn whole(server: &Server, id: OrderId, code: &str) -> Value {
    let signatures =
        json!([{ "signer": "CUSTOMER", "sha256": SHA }, { "signer": "STORE", "sha256": SHA.to_uppercase() }]);
    let more = json!({ "pickupCode": code, "checklist": all(), "odometerKm": 12, "signatures": signatures });
    about(server, id, more).await
}

async fn car(server: &Server, id: OrderId) -> vehicle_unit::Model {
    let vehicle = order_row(server, id).await.vehicle_id.expect("a car");
    vehicle_unit::Entity::find_by_id(vehicle).one(server.db().conn()).await.unwrap().unwrap()
}

async fn owned(server: &Server, id: OrderId) -> Vec<owned_vehicle::Model> {
    let of = owned_vehicle::Entity::find().filter(owned_vehicle::Column::OrderId.eq(id));
    of.all(server.db().conn()).await.unwrap()
}

/// What an order has brought in points: rule, state, what was earned.
pub async fn lots(server: &Server, id: OrderId) -> Vec<(String, LotState, i64)> {
    let of = points_lot::Entity::find().filter(points_lot::Column::SourceId.eq(id.to_string()));
    let mut lots: Vec<_> = of.all(server.db().conn()).await.unwrap();
    lots.sort_by_key(|lot| lot.rule_code.clone());
    lots.into_iter().map(|lot| (lot.rule_code, lot.state, lot.earned)).collect()
}

/// Car, options and discount, fen.
async fn invoice(server: &Server, id: OrderId) -> i64 {
    let lines =
        price_line::Entity::find().filter(price_line::Column::OrderId.eq(id)).all(server.db().conn()).await.unwrap();
    let counts = [PriceLineKind::Msrp, PriceLineKind::Option, PriceLineKind::Discount];
    lines.iter().filter(|line| counts.contains(&line.kind)).map(|line| line.amount_minor).sum()
}

#[tokio::test]
async fn a_car_is_handed_over_and_all_follows_from_it() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let before = (order_row(&server, id).await, car(&server, id).await);
    assert_eq!(before.1.commercial_status, CommercialStatus::Allocated);
    assert_eq!(lots(&server, id).await, [("INTENTION_DEPOSIT".to_owned(), LotState::Pending, 300)]);
    let had = customer.data(VEHICLES, json!({})).await["me"]["vehicles"].as_array().unwrap().len();
    let input = whole(&server, id, &code(&server, id).await).await;
    let done = consultant.payload(CONFIRM, input.clone()).await;
    assert_eq!(done["userErrors"], json!([]));
    let order = &done["order"];
    assert_eq!((&order["status"], &order["version"]), (&json!("DELIVERED"), &json!(before.0.version + 1)));
    assert_eq!(order["deliveredAt"], order["delivery"]["handedOverAt"]);
    assert!(order["delivery"]["checklist"].as_array().unwrap().iter().all(|line| line["done"] == true));
    let transfer = &order["delivery"]["ownershipTransfer"];
    assert_eq!(transfer["transferredAt"], order["deliveredAt"]);
    assert_eq!(transfer["vehicle"]["odometerKm"], 12);
    let vin = before.1.vin.clone().unwrap();
    let shown = transfer["vehicle"]["vin"].as_str().unwrap();
    assert!(shown.contains('*') && shown.len() == 17 && shown[..9] == vin[..9], "{shown}");
    for code in [MilestoneCode::HandedOver, MilestoneCode::OwnershipTransferred] {
        assert_eq!(state(&server, id, code).await, MilestoneState::Done, "{code}");
    }
    assert_eq!(state(&server, id, MilestoneCode::AppointmentSet).await, MilestoneState::Skipped, "without one");
    let now = car(&server, id).await;
    assert_eq!((now.physical_status, now.commercial_status), (PhysicalStatus::Delivered, CommercialStatus::Sold));
    assert_eq!(now.version, before.1.version + 1);

    // The car is the customer's, under a seal.
    let kept = owned(&server, id).await.remove(0);
    assert_eq!((kept.customer_id, kept.vehicle_id, kept.odometer_km), (server.demo.customer, now.id, 12));
    assert!(!kept.vin.0.windows(vin.len()).any(|part| part == vin.as_bytes()));
    let vehicles = customer.data(VEHICLES, json!({})).await["me"]["vehicles"].clone();
    assert_eq!(vehicles.as_array().unwrap().len(), had + 1);
    assert_eq!((&vehicles[0]["vin"], &vehicles[0]["order"]["id"]), (&json!(vin), &json!(id.to_string())));
    // Invoice and hand-over are of one day here: it counts from the invoice.
    let invoiced = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(id))
        .filter(milestone::Column::Code.eq(MilestoneCode::Invoiced))
        .one(server.db().conn());
    assert_eq!(kept.warranty_start_at, invoiced.await.unwrap().unwrap().actual_at.unwrap());
    assert_eq!(transfer["vehicle"]["warranty"]["repairKm"], 60_000);

    // Points: those of the small deposit, and one in a hundred of the invoice, which wait.
    let invoice = invoice(&server, id).await;
    assert!(invoice > 10_000_000);
    let earned = ("ORDER_DELIVERED".to_owned(), LotState::Pending, invoice / 100);
    assert_eq!(lots(&server, id).await, [("INTENTION_DEPOSIT".to_owned(), LotState::Active, 300), earned]);
    let growth = growth_entry::Entity::find().filter(growth_entry::Column::SourceId.eq(id.to_string()));
    let growth: Vec<_> =
        growth.filter(growth_entry::Column::Reason.eq("ORDER_DELIVERED")).all(server.db().conn()).await.unwrap();
    assert_eq!(growth.iter().map(|row| row.amount).collect::<Vec<_>>(), [10_000 + invoice / 10_000]);

    // Once.
    assert_eq!(consultant.payload(CONFIRM, input).await, done, "the same key");
    let again = consultant.payload(CONFIRM, whole(&server, id, "000000").await).await;
    let error = &again["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["from"], &error["action"]),
        (&json!("INVALID_TRANSITION"), &json!("DELIVERED"), &json!("HAND_OVER"))
    );
    assert_eq!((owned(&server, id).await.len(), order_row(&server, id).await.version), (1, before.0.version + 1));
    assert_eq!(told(&server, id).await, ["CONFIRMED"]);
    let history = event::Entity::find().filter(event::Column::OrderId.eq(id));
    let history =
        history.filter(event::Column::Kind.eq(OrderEventKind::HandoverChanged)).all(server.db().conn()).await.unwrap();
    assert_eq!(history.iter().map(|row| row.actor.clone()).collect::<Vec<_>>(), [server.demo.consultant.to_string()]);
    let row = delivery::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!((row.customer_signature.as_deref(), row.store_signature.as_deref()), (Some(SHA), Some(SHA)));
    assert_eq!(row.confirmed_by, Some(server.demo.consultant.to_string()));
}

#[tokio::test]
async fn all_that_is_missing_is_said_at_once_and_nothing_changes() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let consultant = server.consultant();
    let code = code(&server, id).await;
    let before = (order_row(&server, id).await, car(&server, id).await);
    let bad = json!({ "pickupCode": "000000", "checklist": ["KEYS"], "odometerKm": -1, "signatures": [
        { "signer": "STORE", "sha256": "abc" }, { "signer": "STORE", "sha256": SHA }, { "signer": "STORE", "sha256": SHA }] });
    let refused = consultant.payload(CONFIRM, about(&server, id, bad).await).await;
    let fields: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(
        json!(fields),
        json!([
            ["input", "pickupCode"],
            ["input", "odometerKm"],
            ["input", "signatures", "0", "sha256"],
            ["input", "signatures", "2", "signer"],
            ["input", "checklist"],
            ["input", "signatures"]
        ])
    );
    let checklist = refused["userErrors"][4]["message"].as_str().unwrap();
    assert!(checklist.contains("EXTERIOR, INTERIOR, DOCUMENTS, ACCESSORIES, FUNCTIONS"), "{checklist}");
    let mut unsigned = whole(&server, id, &code).await;
    unsigned["input"]["signatures"] = json!([{ "signer": "STORE", "sha256": SHA }]);
    assert_eq!(
        code_and_field(&consultant.payload(CONFIRM, unsigned).await),
        json!(["REQUIRED", ["input", "signatures"]])
    );
    let mut stale = whole(&server, id, &code).await;
    stale["input"]["expectedVersion"] = json!(1);
    let stale = consultant.payload(CONFIRM, stale).await;
    assert_eq!(stale["userErrors"][0]["currentVersion"], before.0.version);

    // Who does not hand over does not confirm, whoever sold it.
    let elsewhere = other_store(&server, &before.0).await;
    let stranger = staff_of(&server, elsewhere).await;
    assert_eq!(
        code_and_field(&stranger.payload(CONFIRM, whole(&server, id, &code).await).await),
        json!(["NOT_FOUND", ["input", "orderId"]])
    );
    assert_eq!(server.customer().code(CONFIRM, whole(&server, id, &code).await).await, "FORBIDDEN");
    assert_eq!(server.anonymous().code(CONFIRM, whole(&server, id, &code).await).await, "UNAUTHENTICATED");
    use entity::order::order;
    let moved = |store| {
        let change = order::ActiveModel { delivery_store_id: Set(store), ..Default::default() };
        order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(server.db().conn())
    };
    moved(elsewhere).await.unwrap();
    assert_eq!(code_and_field(&consultant.payload(CONFIRM, whole(&server, id, &code).await).await)[0], "NOT_FOUND");
    moved(server.demo.store).await.unwrap();

    // A car that is held, or on its way, is not there to be handed over.
    for physical in [PhysicalStatus::QualityHold, PhysicalStatus::InTransit] {
        let change = vehicle_unit::ActiveModel { physical_status: Set(physical), ..Default::default() };
        let of = vehicle_unit::Column::Id.eq(before.1.id);
        vehicle_unit::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
        let held = consultant.payload(CONFIRM, whole(&server, id, &code).await).await;
        assert_eq!(code_and_field(&held), json!(["VEHICLE_UNAVAILABLE", ["input", "orderId"]]), "{physical}");
    }
    assert_eq!(order_row(&server, id).await.version, before.0.version);
    assert_eq!(state(&server, id, MilestoneCode::HandedOver).await, MilestoneState::Pending);
    assert_eq!((owned(&server, id).await.len(), told(&server, id).await.len()), (0, 0));
    assert_eq!(lots(&server, id).await, [("INTENTION_DEPOSIT".to_owned(), LotState::Pending, 300)]);

    // Nor is an order whose car is not ready.
    let early = super::super::order_in(&server, OrderStatus::InFulfillment).await;
    let early = server.operator().payload(CONFIRM, whole(&server, early.id, "123456").await).await;
    let error = &early["userErrors"][0];
    assert_eq!(
        (&error["from"], &error["allowed"]),
        (&json!("IN_FULFILLMENT"), &json!(["BECOME_READY", "REQUEST_CANCELLATION"]))
    );
}

#[tokio::test]
async fn at_the_door_the_customer_goes_through_the_checklist_online() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let code = code(&server, id).await;
    let complete = async |client: &Client, checklist: Vec<String>, signature: &str| {
        let input = about(&server, id, json!({ "checklist": checklist, "signature": signature })).await;
        client.payload(CHECKED, input).await
    };
    let store = complete(&customer, all(), SHA).await;
    assert_eq!(code_and_field(&store), json!(["NOT_ELIGIBLE", ["input", "orderId"]]), "it is not brought");
    let home =
        json!({ "startsAt": some_slot(&server, 5).await, "mode": "HOME", "address": "上海市浦东新区世纪大道1号" });
    assert_eq!(customer.payload(BOOK, about(&server, id, home).await).await["userErrors"], json!([]));
    let alone = consultant.payload(CONFIRM, whole(&server, id, &code).await).await;
    assert_eq!(code_and_field(&alone), json!(["NOT_ELIGIBLE", ["input", "orderId"]]), "not without the customer");
    let part = complete(&customer, all()[1..].to_vec(), "x").await;
    let fields: Vec<_> = part["userErrors"].as_array().unwrap().iter().map(|error| &error["field"][1]).collect();
    assert_eq!(json!(fields), json!(["checklist", "signature"]));
    let input = about(&server, id, json!({ "checklist": all(), "signature": SHA })).await;
    assert_eq!(consultant.code(CHECKED, input.clone()).await, "FORBIDDEN");
    let done = customer.payload(CHECKED, input.clone()).await;
    assert_eq!(done["userErrors"], json!([]));
    assert!(done["order"]["delivery"]["checklistCompletedAt"].is_string());
    assert_eq!(customer.payload(CHECKED, input).await, done, "the same key");
    let signatures = json!([{ "signer": "STORE", "sha256": SHA }]);
    let rest = json!({ "pickupCode": code, "checklist": [], "odometerKm": 30, "signatures": signatures });
    let handed = consultant.payload(CONFIRM, about(&server, id, rest).await).await;
    assert_eq!((&handed["userErrors"], &handed["order"]["status"]), (&json!([]), &json!("DELIVERED")));
    assert_eq!(state(&server, id, MilestoneCode::AppointmentSet).await, MilestoneState::Done);
    assert_eq!(told(&server, id).await, ["BOOKED", "CHECKLIST_COMPLETED", "CONFIRMED"]);
}

#[tokio::test]
async fn of_two_hundred_at_once_one_hands_over() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let code = code(&server, id).await;
    let consultant = server.consultant();
    let mut inputs = Vec::new();
    for _ in 0..200 {
        inputs.push(whole(&server, id, &code).await);
    }
    let answers = join_all(inputs.into_iter().map(|input| consultant.query(CONFIRM, input))).await;
    let done = answers.iter().filter(|answer| answer.data["deliveryHandoverConfirm"]["order"].is_object()).count();
    assert_eq!(done, 1);
    assert_eq!((owned(&server, id).await.len(), told(&server, id).await.len()), (1, 1));
    let given = points_lot::Entity::find()
        .filter(points_lot::Column::SourceId.eq(id.to_string()))
        .filter(points_lot::Column::RuleCode.eq("ORDER_DELIVERED"));
    assert_eq!(given.count(server.db().conn()).await.unwrap(), 1);
    assert_eq!(car(&server, id).await.physical_status, PhysicalStatus::Delivered);
}

#[tokio::test]
async fn seven_days_later_the_order_is_completed() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let mut heard = server
        .customer()
        .subscribe_sse(
            "subscription($id: ID!) { handoverChanged(orderId: $id) { sequence order { status delivery { handedOverAt } } } }",
            json!({ "id": id.to_string() }),
        )
        .await;
    assert_eq!(heard.data().await["handoverChanged"]["order"]["delivery"]["handedOverAt"], json!(null));
    let input = whole(&server, id, &code(&server, id).await).await;
    assert_eq!(server.consultant().payload(CONFIRM, input).await["userErrors"], json!([]));
    assert_eq!(heard.data().await["handoverChanged"]["order"]["status"], "DELIVERED");

    // A day too early, and a minute after it.
    let early = Server::setup().beside(&server).clock(Duration::days(6)).start().await;
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    let delivered = order_row(&server, id).await;
    assert_eq!(delivered.status, OrderStatus::Delivered);
    drop(early);
    let late = Server::setup().beside(&server).clock(Duration::days(7) + Duration::minutes(1)).start().await;
    for _ in 0..300 {
        if order_row(&late, id).await.status == OrderStatus::Completed {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let completed = order_row(&late, id).await;
    assert_eq!((completed.status, completed.version), (OrderStatus::Completed, delivered.version + 1));
    let history = event::Entity::find().filter(event::Column::OrderId.eq(id));
    let last =
        history.filter(event::Column::ToStatus.eq(OrderStatus::Completed)).all(server.db().conn()).await.unwrap();
    assert_eq!(last.iter().map(|row| row.actor.as_str()).collect::<Vec<_>>(), ["system"]);
    let vehicles = server.customer().data(VEHICLES, json!({})).await;
    assert_eq!(vehicles["me"]["vehicles"][0]["order"]["status"], "COMPLETED", "it stays theirs");
}
