//! Hand-over (C088-C093): what is done before it, appointments, the pickup code, and what follows from its confirmation.

mod appointment;
mod ceremony;
pub mod confirm;
pub mod pickup;
mod preparation;
pub mod recorded;

use entity::inventory::vehicle_unit;
use entity::order::{handover_appointment, milestone, order};
use entity::{EventKind, MilestoneCode, MilestoneState, OrderId, OrderStatus, PhysicalStatus, StoreId};
use milepost::events::log;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::back_out::reach;
use super::{key, order_row};
use crate::harness::{Client, Server};

pub const SHA: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub const BOOK: &str = "mutation($input: HandoverAppointmentBookInput!) { handoverAppointmentBook(input: $input) {
    order { id version delivery { mode appointment { id mode startsAt endsAt price { minorUnits } address ceremony { code }
        addOns { code price { minorUnits } } store { id } } } }
    userErrors { code message field ... on InvalidTransition { from action } } } }";

pub const SLOTS: &str = "query($store: ID!, $ceremony: ID, $from: Date, $days: Int) {
    handoverSlots(storeId: $store, ceremonyId: $ceremony, from: $from, days: $days) { startsAt endsAt free } }";

/// The demo's own order, whose car has arrived.
pub async fn arrived(server: &Server) -> OrderId {
    reach(server, server.demo.order, &[MilestoneCode::Arrived]).await;
    server.demo.order
}

/// The demo's own order, whose car is ready to be handed over.
pub async fn ready(server: &Server) -> OrderId {
    use MilestoneCode::*;
    let id = server.demo.order;
    reach(server, id, &[BalancePaid, Arrived, PdiDone, Invoiced, Insured, PlateReady, Ready]).await;
    let car = order_row(server, id).await.vehicle_id.expect("a car");
    let change = vehicle_unit::ActiveModel { physical_status: Set(PhysicalStatus::Ready), ..Default::default() };
    let of = vehicle_unit::Column::Id.eq(car);
    vehicle_unit::Entity::update_many().set(change).filter(of).exec(server.db().conn()).await.unwrap();
    assert_eq!(order_row(server, id).await.status, OrderStatus::ReadyForDelivery);
    id
}

/// An input about an order as it is now, with more.
pub async fn about(server: &Server, id: OrderId, more: Value) -> Value {
    let version = order_row(server, id).await.version;
    let mut input = json!({ "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "input": input })
}

/// The times of a store, free or not.
pub async fn slots(client: &Client, store: StoreId, ceremony: Value, days: i32) -> Vec<Value> {
    let asked = json!({ "store": store.to_string(), "ceremony": ceremony, "days": days });
    client.data(SLOTS, asked).await["handoverSlots"].as_array().unwrap().clone()
}

/// Some time of the demo store that nobody has taken, the more the later.
pub async fn some_slot(server: &Server, nth: usize) -> Value {
    let all = slots(&server.customer(), server.demo.store, json!(null), 14).await;
    let free: Vec<_> = all.iter().filter(|slot| slot["free"] == 2).collect();
    free[nth]["startsAt"].clone()
}

pub async fn state(server: &Server, id: OrderId, code: MilestoneCode) -> MilestoneState {
    let found = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(id))
        .filter(milestone::Column::Code.eq(code))
        .one(server.db().conn())
        .await;
    found.unwrap().unwrap().state
}

/// What the log says of the hand-over.
pub async fn told(server: &Server, id: OrderId) -> Vec<String> {
    let entries = log::read(server.db().conn(), &format!("order:{id}"), 0, 10_000).await.unwrap();
    let own = entries.iter().filter(|entry| entry.kind == EventKind::HandoverChanged);
    own.map(|entry| entry.payload["change"].as_str().unwrap().to_owned()).collect()
}

pub async fn standing(server: &Server, id: OrderId) -> Vec<handover_appointment::Model> {
    let of = handover_appointment::Entity::find().filter(handover_appointment::Column::OrderId.eq(id));
    of.filter(handover_appointment::Column::CancelledAt.is_null()).all(server.db().conn()).await.unwrap()
}

pub fn code_and_field(payload: &Value) -> Value {
    json!([payload["userErrors"][0]["code"], payload["userErrors"][0]["field"]])
}

/// Another customer's order.
pub async fn foreign(server: &Server) -> order::Model {
    let found = order::Entity::find().filter(order::Column::CustomerId.ne(server.demo.customer));
    found.one(server.db().conn()).await.unwrap().unwrap()
}
