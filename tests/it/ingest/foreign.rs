//! What a dealer's system may not say: of cars, customers and plans that are others'.

use entity::inventory::vehicle_unit;
use entity::place::{organization, store};
use entity::{OrganizationKind, PhysicalStatus};
use milepost::ingest::registry::find;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::systems::{of, register, signed};
use super::{VEHICLE, ago, demo_order, event, fingerprint, result};
use crate::harness::Server;

const TRANSFER: &str = "cn.milepost.inventory.transfer.v1";
const PRODUCTION: &str = "cn.milepost.inventory.production.v1";
const ORDER: &str = "cn.milepost.order.order.v1";

/// A store's company with a system of its own, and the store of another company.
struct Dealer {
    server: Server,
    own: organization::Model,
    store: store::Model,
    other: store::Model,
    secret: Vec<u8>,
}

impl Dealer {
    async fn start() -> Self {
        let server = Server::start().await;
        let db = server.db().conn();
        let order = demo_order(&server).await;
        let store = store::Entity::find_by_id(order.store_id).one(db).await.unwrap().unwrap();
        let own = organization::Entity::find_by_id(store.organization_id).one(db).await.unwrap().unwrap();
        let others = store::Entity::find()
            .filter(store::Column::OrganizationId.ne(own.id))
            .order_by_asc(store::Column::Code)
            .one(db);
        let other = others.await.unwrap().unwrap();
        let (_, secret) = register(&server, "dms", Some(&own.code), &["*"]).await;
        Self { server, own, store, other, secret }
    }

    async fn says(&self, id: &str, kind: &str, seconds: i64, data: Value) -> Value {
        let event = of("dms", event(id, kind, Some(ago(&self.server, seconds)), data));
        signed(&self.server, "dms", &self.secret, event).await
    }

    /// Sees that it is refused as another's, and that nothing has changed.
    async fn may_not(&self, id: &str, kind: &str, data: Value, field: &str) {
        let before = fingerprint(&self.server).await;
        let answer = self.says(id, kind, 60, data).await;
        let told = (answer["outcome"].as_str(), answer["code"].as_str(), answer["field"].as_str());
        assert_eq!(told, (Some("refused"), Some("FOREIGN_ORGANIZATION"), Some(field)), "{answer:#}");
        assert_eq!(fingerprint(&self.server).await, before);
    }

    async fn car(&self, vin: &str) -> vehicle_unit::Model {
        let found = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(vin));
        found.one(self.server.db().conn()).await.unwrap().unwrap()
    }

    /// The car maker's system says it.
    async fn maker_says(&self, id: &str, kind: &str, seconds: i64, data: Value) {
        let answer = result(&self.server.system(), event(id, kind, Some(ago(&self.server, seconds)), data)).await;
        assert_eq!(answer["outcome"], "applied", "{answer:#}");
    }
}

#[tokio::test]
async fn a_dealer_takes_over_no_car() {
    let dealer = Dealer::start().await;
    let mut car = (find(VEHICLE).unwrap().example)();
    car["storeCode"] = dealer.other.code.as_str().into();
    let vin = car["vin"].as_str().unwrap().to_owned();
    dealer.maker_says("v-1", VEHICLE, 300, car.clone()).await;

    // Named as its own, and left where it is: the car of another store.
    let mut taken = car.clone();
    (taken["ownerCode"], taken["priceMinor"]) = (dealer.own.code.as_str().into(), 1.into());
    dealer.may_not("v-2", VEHICLE, taken.clone(), "data.vin").await;
    taken["storeCode"] = dealer.store.code.as_str().into();
    dealer.may_not("v-3", VEHICLE, taken.clone(), "data.vin").await;
    // Who has it may report it, and is not its owner by saying so.
    car["storeCode"] = dealer.store.code.as_str().into();
    dealer.maker_says("v-4", VEHICLE, 200, car.clone()).await;
    dealer.may_not("v-5", VEHICLE, taken, "data.ownerCode").await;
    let answer = dealer.says("v-6", VEHICLE, 50, car).await;
    assert_eq!(answer["outcome"], "applied", "{answer:#}");
    assert_eq!(dealer.car(&vin).await.price_minor, 20_480_000);
}

#[tokio::test]
async fn a_car_on_its_way_is_received_where_it_goes_and_nowhere_else() {
    let dealer = Dealer::start().await;
    let db = dealer.server.db().conn();
    let mut car = (find(VEHICLE).unwrap().example)();
    car["storeCode"] = dealer.other.code.as_str().into();
    let vin = car["vin"].as_str().unwrap().to_owned();
    dealer.maker_says("v-1", VEHICLE, 300, car).await;
    let third = store::Entity::find()
        .filter(store::Column::OrganizationId.is_not_in([dealer.own.id, dealer.other.organization_id]))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let transfer = |to: &str, state: &str| json!({ "vin": vin, "toStoreCode": to, "state": state });
    dealer.maker_says("t-1", TRANSFER, 200, transfer(&third.code, "STARTED")).await;
    assert_eq!(dealer.car(&vin).await.transfer_to_store_id, Some(third.id));
    dealer.may_not("t-2", TRANSFER, transfer(&dealer.store.code, "RECEIVED"), "data.vin").await;

    dealer.maker_says("t-3", TRANSFER, 50, transfer(&third.code, "RECEIVED")).await;
    dealer.maker_says("t-4", TRANSFER, 40, transfer(&dealer.store.code, "STARTED")).await;
    let answer = dealer.says("t-5", TRANSFER, 30, transfer(&dealer.store.code, "RECEIVED")).await;
    assert_eq!(answer["outcome"], "applied", "{answer:#}");
    let row = dealer.car(&vin).await;
    assert_eq!((row.physical_status, row.store_id), (PhysicalStatus::InStock, Some(dealer.store.id)));
    assert_eq!(row.transfer_to_store_id, None);
}

#[tokio::test]
async fn a_plan_is_a_plants() {
    let dealer = Dealer::start().await;
    let car = (find(VEHICLE).unwrap().example)();
    dealer.maker_says("v-1", VEHICLE, 300, car).await;
    let mut plan = (find(PRODUCTION).unwrap().example)();
    dealer.maker_says("p-1", PRODUCTION, 200, plan.clone()).await;
    plan["plantCode"] = dealer.own.code.as_str().into();
    let answer = dealer.says("p-2", PRODUCTION, 60, plan.clone()).await;
    assert_eq!((answer["code"].as_str(), answer["field"].as_str()), (Some("INVALID"), Some("data.plantCode")));
    assert_ne!(dealer.own.kind, OrganizationKind::Plant);
    plan["plantCode"] = "PLANT-340100".into();
    dealer.may_not("p-3", PRODUCTION, plan, "data.plantCode").await;
}

#[tokio::test]
async fn a_dealer_sells_to_those_it_deals_with() {
    let dealer = Dealer::start().await;
    let mut profile = (find("cn.milepost.customer.profile.v1").unwrap().example)();
    profile["preferredStoreCode"] = dealer.other.code.as_str().into();
    dealer.maker_says("c-1", "cn.milepost.customer.profile.v1", 300, profile.clone()).await;
    let mut order = (find(ORDER).unwrap().example)();
    (order["customerNumber"], order["storeCode"]) = (profile["number"].clone(), dealer.store.code.as_str().into());
    dealer.may_not("o-1", ORDER, order.clone(), "data.customerNumber").await;

    // A lead shows by the phone that the dealer knows whom it names.
    let mut lead = (find("cn.milepost.lead.lead.v1").unwrap().example)();
    lead["storeCode"] = dealer.store.code.as_str().into();
    lead["customerNumber"] = profile["number"].clone();
    dealer.may_not("l-1", "cn.milepost.lead.lead.v1", lead.clone(), "data.customerNumber").await;
    lead["phone"] = profile["phone"].clone();
    for (id, kind, data) in [("l-2", "cn.milepost.lead.lead.v1", lead), ("o-2", ORDER, order)] {
        let answer = dealer.says(id, kind, 50, data).await;
        assert_eq!(answer["outcome"], "applied", "{answer:#}");
    }
}
