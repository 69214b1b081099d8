//! The order room over HTTP, WebSocket and server-sent events.

mod allocation;
mod at_once;
mod auto_match;
mod back_out;
mod board;
mod brought;
mod bucket;
mod bulk;
mod cancel;
mod change;
mod contract;
pub mod conversation;
mod deal_price;
mod expiry;
pub mod feed;
mod files;
pub mod ground;
pub mod handover;
mod held_price;
mod invoice;
mod loan;
mod milestones;
mod model;
mod money;
mod parity;
mod paused;
mod pay;
pub mod place;
mod printed;
mod provider;
mod queries;
mod queue;
mod quotes;
mod recordable;
mod resume;
mod returned;
mod settlement;
mod tax;
mod templates;
mod took;
mod walk;

use entity::order::order;
use entity::place::{staff, store};
use entity::{MilestoneCode, MilestoneState, OrderId, OrderStatus, StaffId, StoreId};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Client, Server};

const RECORD: &str = "mutation($input: MilestoneRecordInput!) { milestoneRecord(input: $input) {
    order { id version status eta { likely latest confidence } milestones { code state actualAt note forecast { p50 p90 } } }
    milestones { code state }
    userErrors { __typename code message field
        ... on InvalidTransition { from action allowed } ... on VersionConflict { currentVersion currentId } }
} }";

/// A key that no other call has.
pub fn key() -> String {
    entity::EventId::generate().to_string()
}

async fn order_row(server: &Server, id: OrderId) -> order::Model {
    order::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().expect("the order")
}

/// Some order in a state.
pub async fn order_in(server: &Server, status: OrderStatus) -> order::Model {
    let found = order::Entity::find()
        .filter(order::Column::Status.eq(status))
        .order_by_asc(order::Column::Id)
        .one(server.db().conn())
        .await
        .unwrap();
    found.unwrap_or_else(|| panic!("an order in {status}"))
}

/// A store that has nothing to do with this order.
async fn other_store(server: &Server, order: &order::Model) -> StoreId {
    let other =
        Condition::all().add(store::Column::Id.ne(order.store_id)).add(store::Column::Id.ne(order.delivery_store_id));
    store::Entity::find().filter(other).one(server.db().conn()).await.unwrap().expect("a store").id
}

/// Somebody of a store.
async fn staff_of(server: &Server, store: StoreId) -> Client {
    let found = staff::Entity::find().filter(staff::Column::StoreId.eq(store)).one(server.db().conn()).await.unwrap();
    let id: StaffId = found.expect("staff").id;
    server.staff(id, store, false)
}

pub async fn record(
    client: &Client,
    order: OrderId,
    version: i32,
    code: MilestoneCode,
    state: MilestoneState,
) -> Value {
    let input = json!({ "idempotencyKey": key(), "orderId": order.to_string(), "expectedVersion": version,
        "code": code.to_string(), "state": state.to_string() });
    client.payload(RECORD, json!({ "input": input })).await
}

fn state_of(order: &Value, code: &str) -> String {
    let milestones = order["milestones"].as_array().expect("milestones");
    let found = milestones.iter().find(|milestone| milestone["code"] == code).expect("the milestone");
    found["state"].as_str().expect("a state").to_owned()
}

/// A store that has nothing to do with an order.
pub async fn other_store_of(server: &Server, id: OrderId) -> StoreId {
    other_store(server, &order_row(server, id).await).await
}
