//! When and how a car is to be handed over (C089).

use chrono::{DateTime, Duration, Utc};
use entity::order::{handover_appointment, milestone, order};
use entity::place::store;
use entity::{MilestoneCode, MilestoneState, OrderId, OrderStatus};
use futures_util::future::join_all;
use milepost::values::calendar;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::super::back_out::{cancel, decide};
use super::super::{key, order_row, other_store, staff_of};
use super::{BOOK, about, arrived, code_and_field, slots, some_slot, standing, state, told};
use crate::harness::{Client, Server};

const RESCHEDULE: &str =
    "mutation($input: HandoverAppointmentRescheduleInput!) { handoverAppointmentReschedule(input: $input) {
    order { version delivery { appointment { id startsAt endsAt addOns { code } } } } userErrors { code field } } }";

const CANCEL: &str = "mutation($input: HandoverAppointmentCancelInput!) { handoverAppointmentCancel(input: $input) {
    order { version delivery { mode appointment { id } } } userErrors { code field } } }";

const CEREMONIES: &str = "query($id: ID!) { handoverCeremonies(storeId: $id) { id code } }";

async fn signature(server: &Server) -> Value {
    let found = server.customer().data(CEREMONIES, json!({ "id": server.demo.store.to_string() })).await;
    assert_eq!(found["handoverCeremonies"][0]["code"], "SIGNATURE");
    found["handoverCeremonies"][0]["id"].clone()
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_appointment_is_made_put_off_and_called_off() {
    let server = Server::start().await;
    let (customer, id) = (server.customer(), arrived(&server).await);
    let ceremony = signature(&server).await;
    let long = slots(&customer, server.demo.store, ceremony.clone(), 14).await;
    let free: Vec<_> = long.iter().filter(|slot| slot["free"] == 2).collect();
    assert_eq!(moment(&free[0]["endsAt"]) - moment(&free[0]["startsAt"]), Duration::minutes(120));
    let (first, later) = (free[4]["startsAt"].clone(), free[20]["startsAt"].clone());

    let more = json!({ "startsAt": first, "ceremonyId": ceremony, "addOns": ["CAKE", "FLOWERS"] });
    let input = about(&server, id, more).await;
    let booked = customer.payload(BOOK, input.clone()).await;
    assert_eq!(booked["userErrors"], json!([]));
    let made = &booked["order"]["delivery"];
    let appointment = &made["appointment"];
    assert_eq!((&made["mode"], &appointment["startsAt"]), (&json!("STORE"), &first));
    assert_eq!(appointment["price"]["minorUnits"], 128_800 + 19_900 + 26_800);
    let add_ons: Vec<_> = appointment["addOns"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
    assert_eq!(add_ons, ["FLOWERS", "CAKE"], "in the ceremony's order");
    assert_eq!(
        (&appointment["address"], &appointment["store"]["id"]),
        (&json!(null), &json!(server.demo.store.to_string()))
    );
    assert_eq!(state(&server, id, MilestoneCode::AppointmentSet).await, MilestoneState::Done);
    assert_eq!(customer.payload(BOOK, input).await, booked, "the same key");
    assert_eq!(standing(&server, id).await.len(), 1);
    let taken = slots(&customer, server.demo.store, json!(null), 14).await;
    let at =
        |slots: &[Value], start: &Value| slots.iter().find(|slot| slot["startsAt"] == *start).unwrap()["free"].clone();
    assert_eq!(at(&taken, &first), 1);
    let twice = customer.payload(BOOK, about(&server, id, json!({ "startsAt": later })).await).await;
    assert_eq!(code_and_field(&twice), json!(["INVALID_TRANSITION", ["input", "orderId"]]));

    let moved = server.consultant().payload(RESCHEDULE, about(&server, id, json!({ "startsAt": later })).await).await;
    assert_eq!(moved["userErrors"], json!([]));
    let stands = &moved["order"]["delivery"]["appointment"];
    assert_eq!((&stands["id"], &stands["startsAt"]), (&appointment["id"], &later));
    assert_eq!(moment(&stands["endsAt"]) - moment(&later), Duration::minutes(120));
    assert_eq!(stands["addOns"].as_array().unwrap().len(), 2, "what was agreed stays");
    assert_eq!(state(&server, id, MilestoneCode::AppointmentSet).await, MilestoneState::Done);
    let taken = slots(&customer, server.demo.store, json!(null), 14).await;
    assert_eq!((at(&taken, &first), at(&taken, &later)), (json!(2), json!(1)));

    let off = customer.payload(CANCEL, about(&server, id, json!({})).await).await;
    assert_eq!(off["order"]["delivery"], json!({ "mode": "STORE", "appointment": null }));
    assert_eq!(state(&server, id, MilestoneCode::AppointmentSet).await, MilestoneState::RolledBack);
    assert_eq!(standing(&server, id).await, []);
    let none = json!(["NOT_ELIGIBLE", ["input", "orderId"]]);
    assert_eq!(code_and_field(&customer.payload(CANCEL, about(&server, id, json!({})).await).await), none);
    let more = json!({ "startsAt": first });
    assert_eq!(code_and_field(&customer.payload(RESCHEDULE, about(&server, id, more).await).await), none);
    let again = customer.payload(BOOK, about(&server, id, json!({ "startsAt": first })).await).await;
    assert_eq!(again["order"]["delivery"]["appointment"]["price"]["minorUnits"], 0);
    assert_eq!(state(&server, id, MilestoneCode::AppointmentSet).await, MilestoneState::Done);
    assert_eq!(told(&server, id).await, ["BOOKED", "RESCHEDULED", "APPOINTMENT_CANCELLED", "BOOKED"]);
}

#[tokio::test]
async fn what_cannot_be_agreed_is_named_and_nothing_changes() {
    let server = Server::start().await;
    let customer = server.customer();
    let id = server.demo.order;
    let slot = some_slot(&server, 4).await;
    let early = customer.payload(BOOK, about(&server, id, json!({ "startsAt": slot })).await).await;
    assert_eq!(code_and_field(&early), json!(["INVALID_TRANSITION", ["input", "orderId"]]), "it has not arrived");
    assert_eq!(
        (&early["userErrors"][0]["from"], &early["userErrors"][0]["action"]),
        (&json!("PENDING"), &json!("DONE"))
    );
    arrived(&server).await;
    let before = order_row(&server, id).await;
    let refused = async |client: &Client, more: Value| client.payload(BOOK, about(&server, id, more).await).await;
    let fields = |payload: &Value| {
        let errors = payload["userErrors"].as_array().unwrap();
        json!(
            errors.iter().map(|error| json!([error["code"], error["field"][1], error["field"][2]])).collect::<Vec<_>>()
        )
    };
    let off_grid = moment(&slot) + Duration::minutes(1);
    let all = json!({ "startsAt": off_grid, "mode": "HOME", "ceremonyId": "hoc_00000000000000000000000000", "addOns": ["X"] });
    assert_eq!(
        fields(&refused(&customer, all).await),
        json!([
            ["NOT_FOUND", "ceremonyId", null],
            ["REQUIRED", "address", null],
            ["NOT_FOUND", "addOns", "0"],
            ["INVALID", "startsAt", null]
        ])
    );
    let ceremony = signature(&server).await;
    let home =
        json!({ "startsAt": slot, "mode": "HOME", "ceremonyId": ceremony, "address": "上海市浦东新区世纪大道1号" });
    assert_eq!(fields(&refused(&customer, home).await), json!([["INVALID", "ceremonyId", null]]));
    let twice = json!({ "startsAt": slot, "ceremonyId": ceremony, "addOns": ["CAKE", "CAKE"] });
    assert_eq!(fields(&refused(&customer, twice).await), json!([["INVALID", "addOns", "1"]]));
    let idle = json!({ "startsAt": slot, "address": "上海市浦东新区世纪大道1号" });
    assert_eq!(fields(&refused(&customer, idle).await), json!([["INVALID", "address", null]]));
    let now = server.app().clock.now();
    let past = calendar::start_of_day(calendar::day(now)) - Duration::hours(12);
    let far = moment(&slot) + Duration::days(30);
    for start in [past, now + Duration::minutes(30), far] {
        let said = refused(&customer, json!({ "startsAt": start })).await;
        assert_eq!(fields(&said), json!([["INVALID", "startsAt", null]]), "{start}");
    }
    let own = store::Entity::find_by_id(server.demo.store).one(server.db().conn()).await.unwrap().unwrap();
    let center = refused(&customer, json!({ "startsAt": slot, "mode": "CENTER" })).await;
    if own.delivery_center {
        assert_eq!(center["order"]["delivery"]["mode"], "CENTER");
        customer.payload(CANCEL, about(&server, id, json!({})).await).await;
    } else {
        assert_eq!(fields(&center), json!([["NOT_ELIGIBLE", "mode", null]]));
        assert_eq!(order_row(&server, id).await.version, before.version, "nothing changed");
    }
    assert_eq!(standing(&server, id).await, []);

    let stranger = staff_of(&server, other_store(&server, &before).await).await;
    assert_eq!(
        code_and_field(&refused(&stranger, json!({ "startsAt": slot })).await),
        json!(["NOT_FOUND", ["input", "orderId"]])
    );
    let other = super::foreign(&server).await;
    let foreign = customer.payload(BOOK, about(&server, other.id, json!({ "startsAt": slot })).await).await;
    assert_eq!(code_and_field(&foreign), json!(["NOT_FOUND", ["input", "orderId"]]));
    assert_eq!(server.system().code(BOOK, about(&server, id, json!({ "startsAt": slot })).await).await, "FORBIDDEN");
}

#[tokio::test]
async fn an_address_is_sealed_and_a_place_of_an_order_that_is_called_off_is_free() {
    let server = Server::start().await;
    let (customer, id) = (server.customer(), arrived(&server).await);
    let slot = some_slot(&server, 6).await;
    let address = "上海市浦东新区世纪大道100号";
    let home = json!({ "startsAt": slot, "mode": "HOME", "address": address });
    let booked = customer.payload(BOOK, about(&server, id, home).await).await;
    assert_eq!(booked["order"]["delivery"]["appointment"]["address"], address);
    let kept = standing(&server, id).await.remove(0).address.unwrap().0;
    assert!(!kept.windows(address.len()).any(|part| part == address.as_bytes()));
    let read = "query($id: ID!) { order(id: $id) { delivery { mode appointment { address } } } }";
    let seen = server.consultant().data(read, json!({ "id": id.to_string() })).await;
    assert_eq!(
        seen["order"]["delivery"],
        json!({ "mode": "HOME", "appointment": { "address": "上海市浦东新区****" } })
    );
    let at = async || {
        let all = slots(&customer, server.demo.store, json!(null), 14).await;
        all.iter().find(|one| one["startsAt"] == slot).unwrap()["free"].clone()
    };
    assert_eq!(at().await, 1);
    let request = cancel(&customer, &server, id).await["changeRequest"].clone();
    let decided = decide(&server.manager(), &server, id, &request, json!({})).await;
    assert_eq!(decided["userErrors"], json!([]));
    assert_eq!(order_row(&server, id).await.status, OrderStatus::Cancelled);
    assert_eq!(at().await, 2);
    let seen = customer.data(read, json!({ "id": id.to_string() })).await;
    assert_eq!(seen["order"]["delivery"]["appointment"], json!(null));
    // Money goes back meanwhile, which is a version more each time.
    let late = loop {
        let said = customer.payload(BOOK, about(&server, id, json!({ "startsAt": slot })).await).await;
        if code_and_field(&said)[0] != "VERSION_CONFLICT" {
            break said;
        }
    };
    assert_eq!(code_and_field(&late), json!(["NOT_ELIGIBLE", ["input", "orderId"]]));
}

/// Orders that the demo store hands over, and whose cars have arrived.
async fn many(server: &Server) -> Vec<OrderId> {
    let db = server.db().conn();
    let change = order::ActiveModel {
        delivery_store_id: Set(server.demo.store),
        status: Set(OrderStatus::ReadyForDelivery),
        ..Default::default()
    };
    order::Entity::update_many().set(change).exec(db).await.unwrap();
    handover_appointment::Entity::delete_many().exec(db).await.unwrap();
    let open = milestone::Column::Code.is_in([
        MilestoneCode::AppointmentSet,
        MilestoneCode::HandedOver,
        MilestoneCode::OwnershipTransferred,
    ]);
    for (state, which) in [(MilestoneState::Done, open.clone().not()), (MilestoneState::Pending, open)] {
        let change = milestone::ActiveModel { state: Set(state), ..Default::default() };
        milestone::Entity::update_many().set(change).filter(which).exec(db).await.unwrap();
    }
    order::Entity::find().all(db).await.unwrap().iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn of_two_hundred_at_once_as_many_get_a_place_as_there_are() {
    let server = Server::start().await;
    let orders = many(&server).await;
    assert!(orders.len() >= 50);
    let set = json!({ "input": { "idempotencyKey": key(), "storeId": server.demo.store.to_string(), "bays": 3 } });
    let capacity = "mutation($input: HandoverCapacitySetInput!) { handoverCapacitySet(input: $input) { bays } }";
    assert_eq!(server.manager().payload(capacity, set).await["bays"], 3);
    let operator = server.operator();
    let slot = slots(&operator, server.demo.store, json!(null), 14).await[5]["startsAt"].clone();
    let mut inputs = Vec::new();
    for n in 0..200 {
        inputs.push(about(&server, orders[n % orders.len()], json!({ "startsAt": slot })).await);
    }
    let answers = join_all(inputs.into_iter().map(|input| operator.query(BOOK, input))).await;
    let mut got = 0;
    for answer in &answers {
        let payload = &answer.data["handoverAppointmentBook"];
        let code = payload["userErrors"][0]["code"].as_str();
        match code {
            None => got += i32::from(payload["order"].is_object()),
            Some("LIMIT_REACHED" | "VERSION_CONFLICT") => {}
            Some(other) => panic!("{other}: {payload}"),
        }
    }
    assert_eq!(got, 3);
    assert_eq!(handover_appointment::Entity::find().count(server.db().conn()).await.unwrap(), 3);
    let set: Vec<_> = milestone::Entity::find()
        .filter(milestone::Column::Code.eq(MilestoneCode::AppointmentSet))
        .filter(milestone::Column::State.eq(MilestoneState::Done))
        .all(server.db().conn())
        .await
        .unwrap();
    assert_eq!(set.len(), 3);
    let free = slots(&operator, server.demo.store, json!(null), 14).await[5]["free"].clone();
    assert_eq!(free, 0);
}
