//! Cars that go from store to store (C103).

use entity::inventory::{allocation, transfer, vehicle_unit, visibility_policy};
use entity::place::store;
use entity::*;
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::sight::policy;
use crate::harness::{Client, Server};
use crate::ingest::{event, results, words};
use crate::order::key;

const ANSWER: &str = "transfer { id state version allowedActions fromStore { id } toStore { id } }
    vehicle { id status allowedActions } userErrors { __typename code field ... on InvalidTransition { from action allowed }
        ... on QuotaFull { quotaId oldestVehicleId } }";
const LIST: &str = "query($where: StockTransferWhereInput) { stockTransfers(where: $where, first: 100) {
    nodes { id state allowedActions vehicle { id } } } }";

pub async fn send(client: &Client, step: &str, input: Value) -> Value {
    let kind = match step {
        "Request" | "Approve" | "Ship" => step,
        _ => "Step",
    };
    let document =
        format!("mutation($input: StockTransfer{kind}Input!) {{ stockTransfer{step}(input: $input) {{ {ANSWER} }} }}");
    client.payload(&document, json!({ "input": input })).await
}

pub fn step(transfer: &Value) -> Value {
    json!({ "idempotencyKey": key(), "transferId": transfer["id"], "expectedVersion": transfer["version"] })
}

/// A car of another store for which the demo store's manager may ask, and the manager of that store.
pub async fn foreign_car(server: &Server) -> (vehicle_unit::Model, Client) {
    let db = server.db().conn();
    let mut open = policy(VisibilityScope::Nationwide, PolicyEffect::Allow);
    open.may_request_transfer = true;
    open.into_active_model().reset_all().insert(db).await.unwrap();
    let car = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.is_not_null())
        .filter(vehicle_unit::Column::StoreId.ne(server.demo.store))
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
        .filter(vehicle_unit::Column::StockType.eq(StockType::StoreStock))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let holder = server.staff(server.demo.consultant, car.store_id.unwrap(), true);
    (car, holder)
}

pub fn asked(car: &vehicle_unit::Model) -> Value {
    json!({ "idempotencyKey": key(), "vehicleId": car.id.to_string(), "expectedVersion": car.version, "reason": "客户等车" })
}

pub async fn row(server: &Server, car: &vehicle_unit::Model) -> vehicle_unit::Model {
    vehicle_unit::Entity::find_by_id(car.id).one(server.db().conn()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_car_is_asked_for_given_sent_and_received() {
    let server = Server::start().await;
    let (car, holder) = foreign_car(&server).await;
    let manager = server.manager();
    let seen = manager
        .data("query($id: ID!) { vehicleUnit(id: $id) { allowedActions } }", json!({ "id": car.id.to_string() }))
        .await;
    assert!(seen["vehicleUnit"]["allowedActions"].as_array().unwrap().contains(&json!("REQUEST_TRANSFER")));
    let input = asked(&car);
    let made = send(&manager, "Request", input.clone()).await;
    assert_eq!(made["userErrors"], json!([]));
    assert_eq!(made["transfer"]["state"], "REQUESTED");
    assert_eq!(made["transfer"]["allowedActions"], json!(["CANCEL"]));
    assert_eq!(send(&manager, "Request", input).await, made, "the same key brings the same");
    assert_eq!(row(&server, &car).await, car, "nothing has happened to the car");

    let given = send(&holder, "Approve", {
        let mut s = step(&made["transfer"]);
        s["approve"] = json!(true);
        s
    })
    .await;
    assert_eq!(
        (&given["transfer"]["state"], &given["transfer"]["allowedActions"]),
        (&json!("APPROVED"), &json!(["CANCEL", "SHIP"]))
    );
    let expected = (server.app().clock.now() + chrono::TimeDelta::days(3)).to_rfc3339();
    let sent = send(&holder, "Ship", {
        let mut s = step(&given["transfer"]);
        s["expectedAt"] = json!(expected);
        s
    })
    .await;
    assert_eq!(sent["transfer"]["state"], "SHIPPED", "{sent}");
    let away = row(&server, &car).await;
    assert_eq!(
        (away.physical_status, away.transfer_to_store_id),
        (PhysicalStatus::Transferring, Some(server.demo.store))
    );
    assert_eq!((away.store_id, away.version), (car.store_id, car.version + 1));
    let come = send(&server.consultant(), "Receive", step(&sent["transfer"])).await;
    assert_eq!((&come["transfer"]["state"], &come["transfer"]["allowedActions"]), (&json!("RECEIVED"), &json!([])));
    assert_eq!(come["vehicle"]["status"], "IN_STOCK");
    let here = row(&server, &car).await;
    let store = store::Entity::find_by_id(server.demo.store).one(server.db().conn()).await.unwrap().unwrap();
    assert_eq!(
        (here.store_id, here.physical_status, here.stock_type),
        (Some(store.id), PhysicalStatus::InStock, StockType::StoreStock)
    );
    assert_eq!((here.city_code, here.latitude, here.transfer_to_store_id), (store.city_code, store.latitude, None));
}

#[tokio::test]
async fn each_step_is_for_its_store_and_in_its_order() {
    let server = Server::start().await;
    let (car, holder) = foreign_car(&server).await;
    assert_eq!(server.consultant().code(&format!("mutation($input: StockTransferRequestInput!) {{ stockTransferRequest(input: $input) {{ {ANSWER} }} }}"), json!({ "input": asked(&car) })).await, "FORBIDDEN");
    let mut for_others = asked(&car);
    for_others["toStoreId"] = json!(car.store_id.unwrap().to_string());
    assert_eq!(send(&server.manager(), "Request", for_others).await["userErrors"][0]["code"], "FORBIDDEN");
    assert_eq!(send(&server.operator(), "Request", asked(&car)).await["userErrors"][0]["code"], "REQUIRED");
    let mut stale = asked(&car);
    stale["expectedVersion"] = json!(car.version + 1);
    assert_eq!(send(&server.manager(), "Request", stale).await["userErrors"][0]["code"], "VERSION_CONFLICT");
    let own = vehicle_unit::Entity::find()
        .filter(vehicle_unit::Column::StoreId.eq(server.demo.store))
        .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(send(&server.manager(), "Request", asked(&own)).await["userErrors"][0]["code"], "NOT_ELIGIBLE");

    let made = send(&server.manager(), "Request", asked(&car)).await;
    let transfer = &made["transfer"];
    let approve = |yes: bool| {
        let mut s = step(transfer);
        s["approve"] = json!(yes);
        s
    };
    // Who asks does not decide; nobody else sees it.
    assert_eq!(send(&server.manager(), "Approve", approve(true)).await["userErrors"][0]["code"], "FORBIDDEN");
    let stranger = store::Entity::find()
        .filter(store::Column::Id.is_not_in([server.demo.store, car.store_id.unwrap()]))
        .one(server.db().conn())
        .await
        .unwrap()
        .unwrap()
        .id;
    let stranger = server.staff(server.demo.consultant, stranger, true);
    assert_eq!(send(&stranger, "Approve", approve(true)).await["userErrors"][0]["code"], "NOT_FOUND");
    let listed = stranger.data(LIST, json!({})).await;
    assert!(!listed["stockTransfers"]["nodes"].as_array().unwrap().iter().any(|node| node["id"] == transfer["id"]));
    let listed = holder.data(LIST, json!({ "where": { "state": ["REQUESTED"] } })).await;
    assert!(
        listed["stockTransfers"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|node| node["id"] == transfer["id"] && node["allowedActions"] == json!(["DECIDE"]))
    );
    let early = send(&holder, "Ship", step(transfer)).await;
    assert_eq!(
        (&early["userErrors"][0]["code"], &early["userErrors"][0]["allowed"]),
        (&json!("INVALID_TRANSITION"), &json!(["APPROVE", "REJECT"]))
    );
    let twice = send(&server.operator(), "Request", {
        let mut s = asked(&car);
        s["toStoreId"] = json!(server.demo.store.to_string());
        s
    })
    .await;
    assert_eq!(twice["userErrors"][0]["code"], "DUPLICATE");
    let no = send(&holder, "Approve", approve(false)).await;
    assert_eq!(no["transfer"]["state"], "REJECTED");
    assert_eq!(row(&server, &car).await, car);

    // Held in the meantime: it cannot leave. Called off, it can be asked for again.
    let again = send(&server.manager(), "Request", asked(&car)).await["transfer"].clone();
    let given = send(&holder, "Approve", {
        let mut s = step(&again);
        s["approve"] = json!(true);
        s
    })
    .await["transfer"]
        .clone();
    let held = vehicle_unit::ActiveModel {
        commercial_status: sea_orm::ActiveValue::Set(CommercialStatus::Reserved),
        ..Default::default()
    };
    vehicle_unit::Entity::update_many()
        .set(held)
        .filter(vehicle_unit::Column::Id.eq(car.id))
        .exec(server.db().conn())
        .await
        .unwrap();
    assert_eq!(send(&holder, "Ship", step(&given)).await["userErrors"][0]["code"], "VEHICLE_UNAVAILABLE");
    let off = send(&server.manager(), "Cancel", step(&given)).await;
    assert_eq!(off["transfer"]["state"], "CANCELLED");
}

#[tokio::test]
async fn of_two_hundred_that_ask_at_once_one_does() {
    let server = Server::start().await;
    let (car, _) = foreign_car(&server).await;
    let answers = join_all((0..200).map(|_| {
        let (client, input) = (server.manager(), asked(&car));
        async move { send(&client, "Request", input).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer["userErrors"] == json!([])).count(), 1);
    let open = transfer::Entity::find()
        .filter(transfer::Column::VehicleId.eq(car.id))
        .count(server.db().conn())
        .await
        .unwrap();
    assert_eq!(open, 1);
}

#[tokio::test]
async fn what_another_system_says_of_the_car_takes_the_transfer_along() {
    let server = Server::start().await;
    let (car, _) = foreign_car(&server).await;
    let made = send(&server.manager(), "Request", asked(&car)).await["transfer"].clone();
    let store = store::Entity::find_by_id(server.demo.store).one(server.db().conn()).await.unwrap().unwrap();
    let said = |id: &str, state: &str| {
        let data = json!({ "vin": car.vin, "toStoreCode": store.code, "state": state });
        event(id, "cn.milepost.inventory.transfer.v1", None, data)
    };
    let state = || async {
        let id: StockTransferId = made["id"].as_str().unwrap().parse().unwrap();
        transfer::Entity::find_by_id(id).one(server.db().conn()).await.unwrap().unwrap().state
    };
    assert_eq!(words(&results(&server.system(), &[said("t-1", "STARTED")]).await), ["applied"]);
    assert_eq!(state().await, StockTransferState::Shipped);
    assert_eq!(words(&results(&server.system(), &[said("t-2", "RECEIVED")]).await), ["applied"]);
    assert_eq!(state().await, StockTransferState::Received);
    let told = log_kinds(&server, car.store_id.unwrap()).await;
    let told: Vec<_> = told.into_iter().filter(|kind| *kind == EventKind::StockTransferChanged).collect();
    assert_eq!(told.len(), 3, "asked for, left, come: the store that gave it is told of each");
    // Told once more, it is known.
    assert_eq!(words(&results(&server.system(), &[said("t-3", "RECEIVED")]).await), ["applied"]);
    assert!(visibility_policy::Entity::find().count(server.db().conn()).await.unwrap() > 0);
}

#[tokio::test]
async fn one_that_is_lost_on_its_way_is_called_off_and_a_used_car_stays_used() {
    let server = Server::start().await;
    let (car, holder) = foreign_car(&server).await;
    let used =
        vehicle_unit::ActiveModel { stock_type: sea_orm::ActiveValue::Set(StockType::Display), ..Default::default() };
    let of = vehicle_unit::Column::Id.eq(car.id);
    vehicle_unit::Entity::update_many().set(used).filter(of.clone()).exec(server.db().conn()).await.unwrap();
    let sent = async || {
        let made = send(&server.manager(), "Request", asked(&row(&server, &car).await)).await;
        assert_eq!(made["userErrors"], json!([]), "{made}");
        let mut yes = step(&made["transfer"]);
        yes["approve"] = json!(true);
        let given = send(&holder, "Approve", yes).await;
        let sent = send(&holder, "Ship", step(&given["transfer"])).await["transfer"].clone();
        assert_eq!(sent["state"], "SHIPPED", "{sent}");
        sent
    };
    let lost = sent().await;
    assert_eq!(lost["allowedActions"], json!([]), "who gave it has nothing more to do");
    assert_eq!(send(&server.manager(), "Cancel", step(&lost)).await["userErrors"][0]["code"], "FORBIDDEN");
    let off = send(&server.operator(), "Cancel", step(&lost)).await;
    assert_eq!((&off["transfer"]["state"], &off["userErrors"]), (&json!("CANCELLED"), &json!([])));
    // Its system says where it is.
    let back = vehicle_unit::ActiveModel {
        physical_status: sea_orm::ActiveValue::Set(PhysicalStatus::InStock),
        ..Default::default()
    };
    vehicle_unit::Entity::update_many().set(back).filter(of).exec(server.db().conn()).await.unwrap();
    let again = sent().await;
    let come = send(&server.consultant(), "Receive", step(&again)).await;
    assert_eq!(come["transfer"]["state"], "RECEIVED", "{come}");
    assert_eq!(row(&server, &car).await.stock_type, StockType::Display);
}

/// The kinds of what a store was told, in order.
pub async fn log_kinds(server: &Server, store: StoreId) -> Vec<EventKind> {
    let rows = log::event::Entity::find()
        .filter(log::event::Column::Stream.eq(format!("store:{store}")))
        .order_by_asc(log::event::Column::Sequence);
    rows.all(server.db().conn()).await.unwrap().into_iter().map(|row| row.kind).collect()
}

#[tokio::test]
async fn who_gets_a_car_sees_it_from_when_it_has_left() {
    const CAR: &str = "query($id: ID!) { vehicleUnit(id: $id) { id vin allowedActions } }";
    let server = Server::start().await;
    let db = server.db().conn();
    let (car, holder) = foreign_car(&server).await;
    let made = send(&server.manager(), "Request", asked(&car)).await;
    let mut yes = step(&made["transfer"]);
    yes["approve"] = json!(true);
    let given = send(&holder, "Approve", yes).await;
    // The policies show it no more.
    visibility_policy::Entity::delete_many().exec(db).await.unwrap();
    let id = json!({ "id": car.id.to_string() });
    assert_eq!(server.consultant().data(CAR, id.clone()).await["vehicleUnit"], json!(null));
    let sent = send(&holder, "Ship", step(&given["transfer"])).await;
    assert_eq!(sent["transfer"]["state"], "SHIPPED", "{sent}");
    let seen = server.consultant().data(CAR, id.clone()).await["vehicleUnit"].clone();
    assert_eq!((&seen["vin"], &seen["allowedActions"]), (&json!(car.vin), &json!([])));
    assert_eq!(server.customer().data(CAR, id).await["vehicleUnit"], json!(null));
    let listed = server.consultant().data(LIST, json!({ "where": { "vehicleId": car.id.to_string() } })).await;
    assert_eq!(listed["stockTransfers"]["nodes"][0]["vehicle"]["id"], car.id.to_string());
}

#[tokio::test]
async fn who_gave_a_car_takes_that_back_until_it_has_left() {
    let server = Server::start().await;
    let (car, holder) = foreign_car(&server).await;
    let made = send(&server.manager(), "Request", asked(&car)).await;
    assert_eq!(send(&holder, "Cancel", step(&made["transfer"])).await["userErrors"][0]["code"], "FORBIDDEN");
    let mut yes = step(&made["transfer"]);
    (yes["approve"], yes["note"]) = (json!(true), json!("周五发车"));
    let given = send(&holder, "Approve", yes).await;
    let off = send(&holder, "Cancel", step(&given["transfer"])).await;
    assert_eq!((&off["transfer"]["state"], &off["userErrors"]), (&json!("CANCELLED"), &json!([])));
    let noted = server
        .manager()
        .data(
            "query($id: ID!) { node(id: $id) { ... on StockTransfer { note answer } } }",
            json!({ "id": made["transfer"]["id"] }),
        )
        .await;
    assert_eq!(noted["node"], json!({ "note": "周五发车", "answer": "周五发车" }));
}

#[tokio::test]
async fn transfers_are_found_by_store_and_car() {
    let server = Server::start().await;
    let (car, _) = foreign_car(&server).await;
    let made = send(&server.manager(), "Request", asked(&car)).await["transfer"].clone();
    let found = async |filter: Value| {
        let page = server.operator().data(LIST, json!({ "where": filter })).await;
        let nodes = page["stockTransfers"]["nodes"].as_array().unwrap().clone();
        nodes.iter().any(|node| node["id"] == made["id"])
    };
    let (from, to) = (car.store_id.unwrap().to_string(), server.demo.store.to_string());
    assert!(found(json!({ "fromStoreId": from, "toStoreId": to, "vehicleId": car.id.to_string() })).await);
    assert!(!found(json!({ "fromStoreId": to })).await && !found(json!({ "toStoreId": from })).await);
    assert!(!found(json!({ "vehicleId": VehicleUnitId::generate().to_string() })).await);
    let wrong = json!({ "where": { "toStoreId": car.id.to_string() } });
    assert_eq!(server.operator().code(LIST, wrong).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_hold_that_ran_out_stands_in_no_ones_way() {
    const RESERVE: &str = "mutation($input: VehicleReserveInput!) { vehicleReserve(input: $input) {
        allocation { id } userErrors { code } } }";
    let server = Server::start().await;
    let db = server.db().conn();
    let (car, holder) = foreign_car(&server).await;
    let hold = async || {
        let input = json!({ "idempotencyKey": key(), "vehicleId": car.id.to_string(),
            "expectedVersion": row(&server, &car).await.version });
        let held = holder.payload(RESERVE, json!({ "input": input })).await;
        let id: AllocationId = held["allocation"]["id"].as_str().unwrap().parse().unwrap();
        id
    };
    let run_out = async |id: AllocationId| {
        let past = allocation::ActiveModel {
            expires_at: sea_orm::ActiveValue::Set(Some(chrono::DateTime::UNIX_EPOCH)),
            ..Default::default()
        };
        let rows = allocation::Entity::update_many().set(past);
        rows.filter(allocation::Column::Id.eq(id)).exec(db).await.unwrap();
    };
    let held = hold().await;
    let standing = send(&server.manager(), "Request", asked(&row(&server, &car).await)).await;
    assert_eq!(standing["userErrors"][0]["code"], "VEHICLE_UNAVAILABLE");
    run_out(held).await;
    let made = send(&server.manager(), "Request", asked(&row(&server, &car).await)).await;
    assert_eq!(made["userErrors"], json!([]), "{made}");
    assert_eq!(row(&server, &car).await.commercial_status, CommercialStatus::Free);
    // Held in the meantime, and run out before it is given.
    run_out(hold().await).await;
    let mut yes = step(&made["transfer"]);
    yes["approve"] = json!(true);
    let given = send(&holder, "Approve", yes).await;
    assert_eq!(given["transfer"]["state"], "APPROVED", "{given}");
    run_out(hold().await).await;
    let sent = send(&holder, "Ship", step(&given["transfer"])).await;
    assert_eq!(sent["transfer"]["state"], "SHIPPED", "{sent}");
}
