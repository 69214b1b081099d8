//! A car's place in its plant's plan (C083): for those who see who has the car.

use entity::inventory::{production_slot, vehicle_unit, visibility_policy};
use entity::place::organization;
use entity::{CommercialStatus, HolderDisclosure, PhysicalStatus, PolicyEffect, VisibilityScope};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::sight::policy;
use crate::harness::{Client, Server};
use crate::ingest::{ago, event, example, result};

const SLOT: &str = "id plant { id kind } week plannedStart plannedOff actualOff";

/// What a caller sees of a car's place, through the car and by its own id.
async fn seen(client: &Client, car: &vehicle_unit::Model) -> (Value, Value, Value) {
    let document = format!(
        "query($car: ID!, $slot: ID!) {{ vehicleUnit(id: $car) {{ id productionSlot {{ {SLOT} }} }}
            node(id: $slot) {{ ... on ProductionSlot {{ {SLOT} }} }} }}"
    );
    let slot = car.production_slot_id.expect("it is in a plan");
    let answer = client.query(&document, json!({ "car": car.id.to_string(), "slot": slot.to_string() })).await;
    let car = &answer.data["vehicleUnit"];
    (car["id"].clone(), car["productionSlot"].clone(), answer.data["node"].clone())
}

/// A free car of another store that is in a plan.
async fn elsewhere(server: &Server) -> vehicle_unit::Model {
    vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.ne(server.demo.store))
        .filter(vehicle_unit::Column::ProductionSlotId.is_not_null())
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .order_by_asc(vehicle_unit::Column::Id)
        .one(server.db().conn())
        .await
        .unwrap()
        .expect("a car")
}

#[tokio::test]
async fn who_sees_the_holder_sees_the_place_in_the_plan_and_nobody_else() {
    let server = Server::start().await;
    let db = server.db().conn();
    let car = elsewhere(&server).await;
    let slot = production_slot::Entity::find_by_id(car.production_slot_id.unwrap()).one(db).await.unwrap().unwrap();
    let (_, shown, node) = seen(&server.operator(), &car).await;
    assert_eq!(shown["id"], slot.id.to_string());
    assert_eq!(shown["plant"], json!({ "id": slot.plant_id.to_string(), "kind": "PLANT" }));
    assert_eq!(shown["week"], json!(slot.week));
    for (field, at) in [("plannedStart", slot.planned_start), ("plannedOff", slot.planned_off)] {
        let told: chrono::DateTime<chrono::Utc> = shown[field].as_str().unwrap().parse().unwrap();
        assert_eq!(told.timestamp_micros(), at.timestamp_micros(), "{field}");
    }
    assert_eq!(shown["actualOff"].is_null(), slot.actual_off.is_none());
    assert_eq!(shown, node, "by its own id too");

    for (holder, sees) in [(HolderDisclosure::Name, true), (HolderDisclosure::City, false)] {
        visibility_policy::Entity::delete_many().exec(db).await.unwrap();
        let mut open = policy(VisibilityScope::Nationwide, PolicyEffect::Allow);
        open.holder_disclosure = holder;
        open.into_active_model().reset_all().insert(db).await.unwrap();
        for client in [server.consultant(), server.manager()] {
            let (id, through, by_id) = seen(&client, &car).await;
            assert_eq!(id, car.id.to_string(), "the car itself is seen");
            let expected = if sees { shown.clone() } else { Value::Null };
            assert_eq!((&through, &by_id), (&expected, &expected), "{holder:?}");
        }
    }
    visibility_policy::Entity::delete_many().exec(db).await.unwrap();
    for client in [server.consultant(), server.anonymous(), server.system()] {
        assert_eq!(seen(&client, &car).await.2, Value::Null, "a car that is not seen");
    }
}

#[tokio::test]
async fn customers_are_told_when_the_car_comes_and_not_when_it_is_built() {
    let server = Server::start().await;
    let own = entity::order::order::Entity::find_by_id(server.demo.order).one(server.db().conn()).await.unwrap();
    let car = own.unwrap().vehicle_id.expect("the demo order has a car");
    let car = vehicle_unit::Entity::find_by_id(car).one(server.db().conn()).await.unwrap().unwrap();
    let document =
        "query($order: ID!) { order(id: $order) { vehicle { id builtAt productionSlot { week } } eta { likely } } }";
    let seen_by = async |client: Client| {
        client.data(document, json!({ "order": server.demo.order.to_string() })).await["order"].clone()
    };
    let customers = seen_by(server.customer()).await;
    assert_eq!(customers["vehicle"]["id"], car.id.to_string());
    assert_eq!(customers["vehicle"]["productionSlot"], Value::Null);
    assert_eq!(seen(&server.customer(), &car).await.2, Value::Null);
    // The order opens its car to the store that sells it, whatever the policies say.
    visibility_policy::Entity::delete_many().exec(server.db().conn()).await.unwrap();
    assert!(seen_by(server.consultant()).await["vehicle"]["productionSlot"]["week"].is_string());
    assert!(seen(&server.consultant(), &car).await.2["week"].is_string());
}

#[tokio::test]
async fn what_a_plant_tells_is_shown() {
    let server = Server::start().await;
    let car = elsewhere(&server).await;
    let plants = organization::Entity::find().filter(organization::Column::Kind.eq(entity::OrganizationKind::Plant));
    let plant = plants.order_by_asc(organization::Column::Code).one(server.db().conn()).await.unwrap().unwrap();
    let kind = "cn.milepost.inventory.production.v1";
    let mut data = example(kind);
    data["vin"] = json!(car.vin);
    data["plantCode"] = json!(plant.code);
    data["week"] = json!("2026-W31");
    let sent = event("p-1", kind, Some(ago(&server, 5)), data.clone());
    assert_eq!(result(&server.system(), sent).await["outcome"], "applied");
    let (_, shown, _) = seen(&server.operator(), &car).await;
    assert_eq!((&shown["week"], &shown["actualOff"]), (&json!("2026-W31"), &Value::Null));
    assert_eq!(shown["plant"]["id"], plant.id.to_string());
}

#[tokio::test]
async fn a_page_of_cars_with_their_places_costs_no_more_statements_than_one_car() {
    let server = Server::start().await;
    let document = |first: u32| {
        format!("{{ inventory(first: {first}) {{ nodes {{ id productionSlot {{ week plant {{ name }} }} }} }} }}")
    };
    let operator = server.operator();
    let count = async |first| {
        let document = document(first);
        operator.data(&document, json!({})).await;
        server.count_statements(operator.data(&document, json!({}))).await
    };
    let one = count(1).await;
    assert_eq!(count(40).await, one);
}
