//! Orders that wait for a car, and cars that they could have.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use entity::inventory::{allocation, vehicle_unit};
use entity::order::{milestone, order};
use entity::place::store;
use entity::*;
use milepost::order::rules::milestone::plan;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::{ordered, reach};
use super::{key, order_row};
use crate::harness::{Client, Server};

pub const MATCHES: &str = "query($id: ID!, $first: Int!) { vehicleMatches(orderId: $id, first: $first) {
    vehicle { id distanceMeters status } score etaDeltaDays differences { group { code } wanted found } } }";

pub const ALLOCATE: &str = "mutation($input: VehicleAllocateInput!) { vehicleAllocate(input: $input) {
    order { id version status vehicle { id } eta { likely } milestones { code state }
        timeline { kind note } }
    vehicle { id commercialStatus } userErrors { code message field ... on VehicleUnavailable { vehicleId } } } }";

pub const DEALLOCATE: &str = "mutation($input: VehicleDeallocateInput!) { vehicleDeallocate(input: $input) {
    order { status vehicle { id } milestones { code state } timeline { kind note } }
    vehicle { id commercialStatus } userErrors { code field ... on InvalidTransition { from action } } } }";

pub const SWAP: &str = "mutation($input: VehicleSwapInput!) { vehicleSwap(input: $input) {
    order { status vehicle { id } milestones { code state } } otherOrder { vehicle { id } }
    vehicle { id } userErrors { code field } } }";

/// Orders of one kind whose configuration is locked, none with a car; and no car of their trim is to be had.
pub struct Ground {
    /// The server.
    pub server: Server,
    /// The orders, as they were made; the first one has waited longest.
    pub orders: Vec<order::Model>,
}

impl Ground {
    pub async fn of(count: usize, mode: FulfillmentMode) -> Self {
        let server = Server::start().await;
        let id = ordered(&server, "PLACED").await;
        reach(&server, id, &[MilestoneCode::ConfigLocked]).await;
        let db = server.db().conn();
        let first = order_row(&server, id).await;
        let planned = plan(mode, false);
        let rows = milestone::Entity::find().filter(milestone::Column::OrderId.eq(id)).all(db).await.unwrap();
        let rows = rows.into_iter().map(|row| {
            let skipped = planned.iter().find(|one| one.code == row.code).expect("a plan of all").state;
            let state = if row.state == MilestoneState::Pending { skipped } else { row.state };
            milestone::Model { state, ..row }
        });
        let rows: Vec<_> = rows.collect();
        let mut orders = Vec::new();
        let mut milestones = Vec::new();
        for n in 0..count {
            let order = order::Model {
                id: OrderId::generate(),
                number: format!("YCTEST{n:04}"),
                fulfillment_mode: mode,
                placed_at: first.placed_at.map(|at| at + TimeDelta::minutes(n as i64)),
                ..first.clone()
            };
            milestones.extend(rows.iter().map(|row| {
                milestone::Model { id: MilestoneId::generate(), order_id: order.id, ..row.clone() }
                    .into_active_model()
                    .reset_all()
            }));
            orders.push(order);
        }
        let models = orders.iter().map(|order| order.clone().into_active_model().reset_all());
        order::Entity::insert_many(models).exec(db).await.unwrap();
        for part in milestones.chunks(400) {
            milestone::Entity::insert_many(part.to_vec()).exec(db).await.unwrap();
        }
        // The one that they are copies of waits for nothing.
        let ended = order::ActiveModel { status: Set(OrderStatus::Completed), ..Default::default() };
        order::Entity::update_many().set(ended).filter(order::Column::Id.eq(id)).exec(db).await.unwrap();
        let sold = vehicle_unit::ActiveModel { commercial_status: Set(CommercialStatus::Sold), ..Default::default() };
        let of_trim = vehicle_unit::Column::TrimId.eq(first.trim_id);
        vehicle_unit::Entity::update_many().set(sold).filter(of_trim).exec(db).await.unwrap();
        Self { server, orders }
    }

    pub async fn store(&self, id: StoreId) -> store::Model {
        store::Entity::find_by_id(id).one(self.server.db().conn()).await.unwrap().unwrap()
    }

    /// A free car as the orders want it that stands at a store, with something different.
    pub async fn car(&self, at: &store::Model, change: impl Fn(&mut vehicle_unit::Model)) -> vehicle_unit::Model {
        let db = self.server.db().conn();
        let like = vehicle_unit::Entity::find().one(db).await.unwrap().unwrap();
        let order = &self.orders[0];
        let place = milepost::values::geo::Point::new(at.latitude, at.longitude).unwrap();
        let [unit_x, unit_y, unit_z] = place.unit_vector();
        let now = self.server.app().clock.now();
        let mut car = vehicle_unit::Model {
            id: VehicleUnitId::generate(),
            vin: None,
            trim_id: order.trim_id,
            option_codes: order.option_codes.clone(),
            physical_status: PhysicalStatus::InStock,
            commercial_status: CommercialStatus::Free,
            resume_to: None,
            held_upstream: false,
            stock_type: StockType::StoreStock,
            sales_model: order.sales_model,
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
            stock_since: now - TimeDelta::days(10),
            version: 1,
            created_at: now,
            updated_at: now,
            ..like
        };
        change(&mut car);
        car.clone().into_active_model().reset_all().insert(db).await.unwrap();
        car
    }

    pub async fn here(&self) -> vehicle_unit::Model {
        let store = self.store(self.server.demo.store).await;
        self.car(&store, |_| {}).await
    }

    pub async fn order(&self, n: usize) -> order::Model {
        order_row(&self.server, self.orders[n].id).await
    }

    pub async fn allocate(&self, client: &Client, n: usize, car: &vehicle_unit::Model, more: Value) -> Value {
        let mut input = json!({ "idempotencyKey": key(), "orderId": self.orders[n].id.to_string(),
            "expectedVersion": self.order(n).await.version, "vehicleId": car.id.to_string() });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.payload(ALLOCATE, json!({ "input": input })).await
    }

    pub async fn deallocate(&self, client: &Client, n: usize) -> Value {
        let input = json!({ "idempotencyKey": key(), "orderId": self.orders[n].id.to_string(),
            "expectedVersion": self.order(n).await.version, "reason": "A dent in the door" });
        client.payload(DEALLOCATE, json!({ "input": input })).await
    }

    pub async fn swap(&self, client: &Client, n: usize, with: Value) -> Value {
        let mut input = json!({ "idempotencyKey": key(), "orderId": self.orders[n].id.to_string(),
            "expectedVersion": self.order(n).await.version, "reason": "The other one is sooner" });
        input.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        client.payload(SWAP, json!({ "input": input })).await
    }

    pub async fn row(&self, car: &vehicle_unit::Model) -> vehicle_unit::Model {
        vehicle_unit::Entity::find_by_id(car.id).one(self.server.db().conn()).await.unwrap().unwrap()
    }

    pub async fn active(&self) -> Vec<allocation::Model> {
        allocation::Entity::find()
            .filter(allocation::Column::ReleasedAt.is_null())
            .filter(allocation::Column::OrderId.is_in(self.orders.iter().map(|order| order.id)))
            .order_by_asc(allocation::Column::Id)
            .all(self.server.db().conn())
            .await
            .unwrap()
    }

    /// Every order and every car has at most one, and both say the same.
    pub async fn is_sound(&self) {
        let active = self.active().await;
        let (orders, cars): (BTreeSet<_>, BTreeSet<_>) =
            active.iter().map(|row| (row.order_id.unwrap(), row.vehicle_id)).unzip();
        assert_eq!((orders.len(), cars.len()), (active.len(), active.len()));
        for n in 0..self.orders.len() {
            let order = self.order(n).await;
            let own = active.iter().find(|row| row.order_id == Some(order.id)).map(|row| row.vehicle_id);
            assert_eq!(order.vehicle_id, own, "{}", order.number);
        }
        for row in &active {
            let car = vehicle_unit::Entity::find_by_id(row.vehicle_id).one(self.server.db().conn()).await.unwrap();
            assert_eq!(car.unwrap().commercial_status, CommercialStatus::Allocated);
        }
    }

    pub async fn matches(&self, client: &Client, n: usize, first: i32) -> Vec<Value> {
        let asked = json!({ "id": self.orders[n].id.to_string(), "first": first });
        client.data(MATCHES, asked).await["vehicleMatches"].as_array().unwrap().clone()
    }
}

/// A hold of a car, for so long.
pub async fn hold(
    ground: &Ground,
    car: &vehicle_unit::Model,
    store: Option<StoreId>,
    order: Option<OrderId>,
    left: TimeDelta,
) {
    let now = ground.server.app().clock.now();
    let made = allocation::Model {
        id: AllocationId::generate(),
        vehicle_id: car.id,
        order_id: order,
        store_id: store,
        kind: AllocationKind::Soft,
        actor: "test".into(),
        expires_at: Some(now + left),
        released_at: None,
        created_at: now,
    };
    made.into_active_model().reset_all().insert(ground.server.db().conn()).await.unwrap();
}
