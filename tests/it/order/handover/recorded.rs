//! Hand-overs that an operator or a system records: they bring what a confirmed one does, once, and are taken back whole.

use entity::customer::owned_vehicle;
use entity::inventory::{allocation, vehicle_unit};
use entity::loyalty::{account, growth_entry, points_entry, points_lot};
use entity::order::{order, settlement_line};
use entity::{CommercialStatus, LotState, MilestoneCode, MilestoneState, OrderId, PhysicalStatus};
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::super::{order_row, record};
use super::{ready, told};
use crate::harness::Server;
use crate::ingest::{event, example, result};

pub async fn owned(server: &Server, id: OrderId) -> Vec<owned_vehicle::Model> {
    let of = owned_vehicle::Entity::find().filter(owned_vehicle::Column::OrderId.eq(id));
    of.all(server.db().conn()).await.unwrap()
}

pub async fn car(server: &Server, id: entity::VehicleUnitId) -> vehicle_unit::Model {
    vehicle_unit::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap()
}

/// Lots that orders' hand-overs gave: source, state, what is left.
pub async fn lots(server: &Server, id: OrderId) -> Vec<(String, LotState, i64)> {
    let of = points_lot::Entity::find().filter(points_lot::Column::SourceId.starts_with(id.to_string()));
    let of = of.filter(points_lot::Column::RuleCode.eq("ORDER_DELIVERED")).order_by_asc(points_lot::Column::SourceId);
    let rows = of.all(server.db().conn()).await.unwrap();
    rows.into_iter().map(|lot| (lot.source_id.replace(&id.to_string(), ""), lot.state, lot.remaining)).collect()
}

/// Growth of an order's hand-overs, in sum.
pub async fn growth(server: &Server, id: OrderId) -> i64 {
    let of = growth_entry::Entity::find().filter(growth_entry::Column::SourceId.starts_with(id.to_string()));
    let of = of.filter(growth_entry::Column::Reason.eq("ORDER_DELIVERED"));
    of.all(server.db().conn()).await.unwrap().iter().map(|row| row.amount).sum()
}

/// The books of the customer's points come out: lots, lines, debt.
pub async fn points_come_out(server: &Server, id: OrderId) {
    let db = server.db().conn();
    let customer = order_row(server, id).await.customer_id;
    let account =
        account::Entity::find().filter(account::Column::CustomerId.eq(customer)).one(db).await.unwrap().unwrap();
    let lots = points_lot::Entity::find().filter(points_lot::Column::AccountId.eq(account.id)).all(db).await.unwrap();
    let lines =
        points_entry::Entity::find().filter(points_entry::Column::AccountId.eq(account.id)).all(db).await.unwrap();
    let active: i64 = lots.iter().filter(|lot| lot.state == LotState::Active).map(|lot| lot.remaining).sum();
    let pending: i64 = lots.iter().filter(|lot| lot.state == LotState::Pending).map(|lot| lot.remaining).sum();
    assert_eq!((account.balance, account.pending), (active, pending));
    assert_eq!(lines.iter().map(|line| line.points).sum::<i64>(), active - account.debt);
}

/// What stands of an order's settlement, fen.
pub async fn settled(server: &Server, id: OrderId) -> i64 {
    let of = settlement_line::Entity::find().filter(settlement_line::Column::OrderId.eq(id));
    of.all(server.db().conn()).await.unwrap().iter().map(|line| line.amount_minor).sum()
}

#[tokio::test]
async fn what_an_operator_records_is_what_a_store_confirms_and_is_taken_back_whole() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let operator = server.operator();
    let before = order_row(&server, id).await;
    let vehicle = before.vehicle_id.unwrap();
    let was_settled = settled(&server, id).await;
    let had = server.customer().data("{ me { vehicles { id } } }", json!({})).await["me"]["vehicles"]
        .as_array()
        .unwrap()
        .len();
    let done = record(&operator, id, before.version, MilestoneCode::HandedOver, MilestoneState::Done).await;
    assert_eq!((&done["userErrors"], &done["order"]["status"]), (&json!([]), &json!("DELIVERED")));
    let now = car(&server, vehicle).await;
    assert_eq!((now.physical_status, now.commercial_status), (PhysicalStatus::Delivered, CommercialStatus::Sold));
    let own = owned(&server, id).await.remove(0);
    assert_eq!((own.customer_id, own.vehicle_id, own.ended_at), (before.customer_id, vehicle, None));
    assert_eq!(Some(own.handed_over_at), order_row(&server, id).await.delivered_at);
    let given = lots(&server, id).await;
    assert_eq!((given.len(), given[0].1, given[0].2 > 0), (1, LotState::Pending, true));
    let grown = growth(&server, id).await;
    assert!(grown > 10_000);
    let lines = settled(&server, id).await;
    assert_eq!(told(&server, id).await, ["CONFIRMED"]);
    let vehicles = server.customer().data("{ me { vehicles { endedAt order { id } } } }", json!({})).await;
    assert_eq!(vehicles["me"]["vehicles"].as_array().unwrap().len(), had + 1);

    // Again it changes nothing.
    let version = order_row(&server, id).await.version;
    record(&operator, id, version, MilestoneCode::HandedOver, MilestoneState::Done).await;
    assert_eq!((owned(&server, id).await.len(), lots(&server, id).await), (1, given.clone()));

    // A mistake.
    let version = order_row(&server, id).await.version;
    let undone = record(&operator, id, version, MilestoneCode::HandedOver, MilestoneState::RolledBack).await;
    assert_eq!((&undone["userErrors"], &undone["order"]["status"]), (&json!([]), &json!("READY_FOR_DELIVERY")));
    let now = car(&server, vehicle).await;
    assert_eq!((now.physical_status, now.commercial_status), (PhysicalStatus::Ready, CommercialStatus::Allocated));
    assert_eq!(order_row(&server, id).await.vehicle_id, Some(vehicle));
    assert!(owned(&server, id).await[0].ended_at.is_some());
    assert_eq!(lots(&server, id).await, [(String::new(), LotState::Reversed, 0)]);
    assert_eq!((growth(&server, id).await, settled(&server, id).await), (0, was_settled));
    assert_eq!(told(&server, id).await, ["CONFIRMED", "TAKEN_BACK"]);
    let vehicles = server.customer().data("{ me { vehicles { id } } }", json!({})).await;
    assert_eq!(vehicles["me"]["vehicles"].as_array().unwrap().len(), had);
    points_come_out(&server, id).await;

    // And in earnest.
    let version = order_row(&server, id).await.version;
    record(&operator, id, version, MilestoneCode::HandedOver, MilestoneState::Done).await;
    let again = owned(&server, id).await;
    assert_eq!((again.len(), again[0].id, again[0].ended_at), (1, own.id, None), "the same car of theirs");
    assert_eq!(
        lots(&server, id).await,
        [(String::new(), LotState::Reversed, 0), ("/2".to_owned(), LotState::Pending, given[0].2)]
    );
    assert_eq!((growth(&server, id).await, settled(&server, id).await), (grown, lines));
    points_come_out(&server, id).await;
}

#[tokio::test]
async fn what_a_system_reports_is_the_same_even_of_a_car_that_was_last_seen_on_its_way() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let before = order_row(&server, id).await;
    let vehicle = before.vehicle_id.unwrap();
    let change = vehicle_unit::ActiveModel { physical_status: Set(PhysicalStatus::InTransit), ..Default::default() };
    let of = vehicle_unit::Column::Id.eq(vehicle);
    vehicle_unit::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
    let kind = "cn.milepost.order.milestone.v1";
    let mut data = example(kind);
    (data["orderNumber"], data["code"], data["state"]) = (json!(before.number), json!("HANDED_OVER"), json!("DONE"));
    let at = server.app().clock.now() - chrono::TimeDelta::hours(2);
    data["occurredAt"] = json!(at);
    data.as_object_mut()
        .unwrap()
        .retain(|name, _| ["orderNumber", "code", "state", "occurredAt"].contains(&name.as_str()));
    let told_of = event("recorded-1", kind, None, data);
    assert_eq!(result(&server.system(), told_of.clone()).await["outcome"], "applied");
    assert_eq!(car(&server, vehicle).await.physical_status, PhysicalStatus::Delivered);
    let own = owned(&server, id).await.remove(0);
    assert_eq!(own.handed_over_at, order_row(&server, id).await.delivered_at.unwrap());
    assert!((own.handed_over_at - at).num_seconds().abs() < 2);
    let given = lots(&server, id).await;
    assert_eq!(given.len(), 1);
    result(&server.system(), told_of).await;
    assert_eq!((owned(&server, id).await.len(), lots(&server, id).await), (1, given));
    points_come_out(&server, id).await;
}

#[tokio::test]
async fn a_car_that_is_known_later_is_its_customers_then() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let db = server.db().conn();
    let vehicle = order_row(&server, id).await.vehicle_id.unwrap();
    // As order management has it that tells of its cars late.
    let freed = allocation::ActiveModel { released_at: Set(Some(server.app().clock.now())), ..Default::default() };
    allocation::Entity::update_many()
        .set(freed)
        .filter(allocation::Column::VehicleId.eq(vehicle))
        .exec(db)
        .await
        .unwrap();
    let none = order::ActiveModel { vehicle_id: Set(None), ..Default::default() };
    order::Entity::update_many().set(none).filter(order::Column::Id.eq(id)).exec(db).await.unwrap();
    let free = vehicle_unit::ActiveModel { commercial_status: Set(CommercialStatus::Free), ..Default::default() };
    vehicle_unit::Entity::update_many().set(free).filter(vehicle_unit::Column::Id.eq(vehicle)).exec(db).await.unwrap();
    let version = order_row(&server, id).await.version;
    let done = record(&server.operator(), id, version, MilestoneCode::HandedOver, MilestoneState::Done).await;
    assert_eq!(done["order"]["status"], "DELIVERED");
    assert_eq!((owned(&server, id).await.len(), lots(&server, id).await.len()), (0, 1));
    let row = order_row(&server, id).await;
    let vin = car(&server, vehicle).await.vin.unwrap();
    let told_of = json!({ "vin": vin, "orderNumber": row.number, "state": "ALLOCATED" });
    let told_of = result(&server.system(), event("late-1", "cn.milepost.inventory.allocation.v1", None, told_of)).await;
    assert_eq!(told_of["outcome"], "applied", "{told_of}");
    let now = car(&server, vehicle).await;
    assert_eq!((now.physical_status, now.commercial_status), (PhysicalStatus::Delivered, CommercialStatus::Sold));
    assert_eq!((owned(&server, id).await.len(), lots(&server, id).await.len()), (1, 1));
}

#[tokio::test]
async fn of_forty_at_once_one_hands_over() {
    let server = Server::start().await;
    let id = ready(&server).await;
    let version = order_row(&server, id).await.version;
    let operator = server.operator();
    let all = (0..40).map(|_| record(&operator, id, version, MilestoneCode::HandedOver, MilestoneState::Done));
    let done = join_all(all).await.iter().filter(|payload| payload["order"].is_object()).count();
    assert_eq!((done, owned(&server, id).await.len(), lots(&server, id).await.len()), (1, 1, 1));
    assert_eq!(told(&server, id).await, ["CONFIRMED"]);
}
