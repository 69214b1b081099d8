//! Changes of an order before the hand-over (C075): each kind at each stage, what was quoted is what happens, and one of many at once.

mod mends;
mod stages;
mod table;
mod wished;

use std::collections::BTreeSet;

use entity::inventory::vehicle_unit;
use entity::order::{change_request, contract, event as order_event, price_line};
use entity::place::store;
use entity::*;
use futures_util::future::join_all;
use milepost::events::log;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::{all_back, cancel, cool_off, decide, ordered, pay, reach, refunds};
use super::ground::Ground;
use super::handover::{BOOK, about, ready, slots, state};
use super::place::{PLACE, input, priced};
use super::{contract as signed, key, order_row, other_store_of, staff_of};
use crate::harness::{Answer, Client, Server};

const MEANS: &str = "earnestDeposit refund { minorUnits } forfeited { minorUnits } compensation { minorUnits }
    carriedOver { minorUnits } priceBefore { minorUnits } priceAfter { minorUnits } toPay { minorUnits } expectedBefore expectedAfter
    losesCar needsContract needsRedInvoice needsLoan losesAppointment";

const SAVE: &str = "mutation($input: ConfigurationSaveInput!) { configurationSave(input: $input) {
    configuration { id } userErrors { code } } }";

const WITHDRAW: &str = "mutation($input: OrderChangeWithdrawInput!) { orderChangeWithdraw(input: $input) {
    changeRequest { state } userErrors { code } } }";

const LISTED: &str = "query($where: OrderChangeWhereInput) { orderChangeRequests(where: $where, first: 50) {
    nodes { id kind state order { id } } } }";

const FOLLOW: &str = "subscription($id: ID!) { orderChangeChanged(orderId: $id) {
    changeRequest { kind state } order { id hasOpenChangeRequest } } }";

async fn quote(client: &Client, id: OrderId, change: &Value) -> Answer {
    quote_by(client, id, change, Fault::Customer).await
}

async fn quote_by(client: &Client, id: OrderId, change: &Value, fault: Fault) -> Answer {
    let document = format!(
        "query($input: OrderChangeQuoteInput!) {{ orderChangeQuote(input: $input) {{
            kind isImmediate orderVersion consequences {{ {MEANS} }} }} }}"
    );
    client.query(&document, json!({ "input": { "orderId": id.to_string(), "change": change, "fault": fault } })).await
}

async fn ask_at(client: &Client, id: OrderId, version: i32, change: &Value, more: Value) -> Value {
    let document = format!(
        "mutation($input: OrderChangeRequestInput!) {{ orderChangeRequest(input: $input) {{
            order {{ id version status }} changeRequest {{ id kind state decidedBy buyerName consequences {{ {MEANS} }} }}
            userErrors {{ code message field ... on InvalidTransition {{ from action allowed }} }} }} }}"
    );
    let mut input = json!({ "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": version,
        "reason": "Another wish", "change": change });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.payload(&document, json!({ "input": input })).await
}

async fn ask(client: &Client, server: &Server, id: OrderId, change: &Value) -> Value {
    ask_at(client, id, order_row(server, id).await.version, change, json!({})).await
}

/// Saved configurations of the customer, one of each trim of the order's model, without options.
pub async fn configurations(server: &Server, id: OrderId) -> Vec<Value> {
    let order = order_row(server, id).await;
    let customer = server.customer_with(order.customer_id);
    let models = customer.data("{ vehicleModels { trims { id } } }", json!({})).await["vehicleModels"].clone();
    let own =
        |model: &&Value| model["trims"].as_array().unwrap().iter().any(|trim| trim["id"] == order.trim_id.to_string());
    let trims = models.as_array().unwrap().iter().find(own).expect("the model")["trims"].as_array().unwrap().clone();
    let mut saved = Vec::new();
    for trim in trims {
        let input =
            json!({ "idempotencyKey": key(), "trimId": trim["id"], "optionCodes": [], "cityCode": order.city_code });
        let kept = customer.payload(SAVE, json!({ "input": input })).await;
        if kept["userErrors"] == json!([]) {
            saved.push(json!({ "reconfigure": { "configurationId": kept["configuration"]["id"] } }));
        }
    }
    saved
}

/// Another configuration that the order could have now for less, and what it would cost.
async fn other_car(server: &Server, id: OrderId) -> (Value, i64) {
    let order = order_row(server, id).await;
    for change in configurations(server, id).await {
        let quoted = quote(&server.operator(), id, &change).await;
        let means = &quoted.data["orderChangeQuote"]["consequences"];
        let Some(price) = means["priceAfter"]["minorUnits"].as_i64() else { continue };
        if price < order.total_minor {
            return (change, price);
        }
    }
    panic!("no such configuration");
}

/// Another store that sells as this one does.
async fn alike(server: &Server, id: OrderId) -> StoreId {
    let order = order_row(server, id).await;
    let found = store::Entity::find()
        .filter(store::Column::SalesModel.eq(order.sales_model))
        .filter(store::Column::Id.is_not_in([order.store_id, order.delivery_store_id]))
        .order_by_asc(store::Column::Id);
    found.one(server.db().conn()).await.unwrap().expect("a store").id
}

async fn stage(server: &Server, stage: &str) -> OrderId {
    use MilestoneCode::*;
    let codes: &[MilestoneCode] = match stage {
        "DRAFT" => {
            let customer = server.customer();
            let input = priced(&customer, input(server).await).await;
            let order = customer.payload(PLACE, json!({ "input": input })).await["order"].clone();
            return order["id"].as_str().unwrap().parse().unwrap();
        }
        "INTENTION" => return ordered(server, "INTENTION").await,
        "READY_FOR_DELIVERY" => {
            // The demo has one such order; another kind may have left it so.
            let demo = order_row(server, server.demo.order).await;
            return if demo.status == OrderStatus::ReadyForDelivery { demo.id } else { ready(server).await };
        }
        "LOCKED" => &[ConfigLocked],
        "CONTRACTED" => &[ConfigLocked, ContractSigned],
        "IN_FULFILLMENT" => &[ConfigLocked, ContractSigned, Scheduled],
        _ => &[],
    };
    let id = ordered(server, "PLACED").await;
    reach(server, id, codes).await;
    id
}

async fn wish(server: &Server, kind: ChangeKind, id: OrderId) -> Value {
    let order = order_row(server, id).await;
    match kind {
        ChangeKind::Reconfigure => {
            // Where none is possible any more, any will be refused.
            let all = configurations(server, id).await;
            for change in &all {
                if quote(&server.operator(), id, change).await.code().is_none() {
                    return change.clone();
                }
            }
            all[0].clone()
        }
        ChangeKind::BuyerChange => json!({ "buyer": { "type": "INDIVIDUAL", "name": "李四光" } }),
        ChangeKind::StoreChange => {
            let other = alike(server, id).await.to_string();
            json!({ "store": { "storeId": other, "deliveryStoreId": other } })
        }
        ChangeKind::DeliveryDefer => {
            let today = milepost::values::calendar::day(server.app().clock.now());
            let expected = order.eta_likely.unwrap().max(today);
            json!({ "defer": { "until": (expected + chrono::TimeDelta::days(10)).to_string() } })
        }
        other => panic!("{other} is tried elsewhere"),
    }
}

async fn told(server: &Server, id: OrderId) -> Vec<String> {
    let entries = log::read(server.db().conn(), &format!("order:{id}"), 0, 10_000).await.unwrap();
    let own = entries.iter().filter(|entry| entry.kind == EventKind::ChangeRequestChanged);
    own.map(|entry| entry.payload["state"].as_str().unwrap().to_owned()).collect()
}

/// How often the order's history speaks of requests.
async fn remembered(server: &Server, id: OrderId) -> usize {
    let found = order_event::Entity::find()
        .filter(order_event::Column::OrderId.eq(id))
        .filter(order_event::Column::Kind.eq(OrderEventKind::ChangeRequestChanged));
    found.all(server.db().conn()).await.unwrap().len()
}

async fn lines_minor(server: &Server, id: OrderId) -> i64 {
    let lines = price_line::Entity::find().filter(price_line::Column::OrderId.eq(id));
    lines.all(server.db().conn()).await.unwrap().iter().map(|line| line.amount_minor).sum()
}

#[tokio::test]
async fn a_cheaper_car_gives_money_back_and_is_signed_and_paid_anew() {
    let server = super::provider::watchful().setting("MILEPOST_CONTRACTS__CHECK_SECONDS", "1").start().await;
    let customer = server.customer();
    let id = signed::locked(&server).await;
    let (drawn, page) = signed::signing(&server, id).await;
    signed::deed(&server, &page, "sign", "once").await;
    signed::until(&server, &drawn, ContractState::Completed).await;
    let now = order_row(&server, id).await;
    let left = now.total_minor - now.paid_minor;
    let amount = format!("{}.{:02}", left / 100, left % 100);
    pay(&server, &json!({ "id": id.to_string() }), now.version, "BALANCE", Some(&amount)).await;
    let before = order_row(&server, id).await;
    assert_eq!(state(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done);
    let (change, price) = other_car(&server, id).await;
    let quoted = quote(&customer, id, &change).await.data["orderChangeQuote"]["consequences"].clone();
    assert_eq!(quoted["refund"]["minorUnits"], before.total_minor - price);
    assert_eq!((&quoted["needsContract"], &quoted["toPay"]), (&json!(true), &json!(null)));
    let asked = ask(&customer, &server, id, &change).await;
    let decided = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({ "note": "Gladly" })).await;
    assert_eq!(decided["userErrors"], json!([]));
    let back = all_back(&server, id).await;
    assert_eq!((back.paid_minor, back.total_minor, back.status), (price, price, OrderStatus::Locked));
    assert_eq!(back.payment_status, OrderPaymentStatus::Full);
    let gone: i64 = refunds(&server, id).await.iter().map(|row| row.amount_minor).sum();
    assert_eq!(gone, before.total_minor - price, "paid in is what is kept and what went back");
    assert_eq!(told(&server, id).await, ["SUBMITTED", "EXECUTING", "DONE"]);
    let old = contract::Entity::find().filter(contract::Column::OrderId.eq(id)).one(server.db().conn()).await.unwrap();
    assert_eq!(old.unwrap().state, ContractState::Rescinded);
    assert_eq!(state(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::RolledBack);
    // The next contract says what is so now, and all is paid with it.
    let (drawn, page) = signed::signing(&server, id).await;
    assert_eq!(drawn["orderSnapshot"]["total"]["minorUnits"], price);
    signed::deed(&server, &page, "sign", "once").await;
    signed::until(&server, &drawn, ContractState::Completed).await;
    assert_eq!(order_row(&server, id).await.status, OrderStatus::Contracted);
    assert_eq!(state(&server, id, MilestoneCode::BalancePaid).await, MilestoneState::Done);
}

#[tokio::test]
async fn what_is_with_those_who_sign_is_taken_back_first() {
    let server = Server::start().await;
    let id = signed::locked(&server).await;
    let _with_them = signed::signing(&server, id).await;
    let buyer =
        json!({ "buyer": { "type": "COMPANY", "name": "苏州行者汽车有限公司", "idNumber": "91350100M000100Y43" } });
    let asked = ask(&server.customer(), &server, id, &buyer).await;
    assert_eq!(asked["changeRequest"]["state"], "SUBMITTED", "{asked}");
    let before = order_row(&server, id).await;
    let refused = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({})).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_ELIGIBLE");
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "changeRequestId"]));
    assert_eq!(order_row(&server, id).await, before);
    assert_eq!(told(&server, id).await, ["SUBMITTED"]);
}

#[tokio::test]
async fn a_car_that_does_not_fit_is_free_again() {
    for kind in [ChangeKind::Reconfigure, ChangeKind::StoreChange] {
        let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
        let (server, id) = (&ground.server, ground.orders[0].id);
        let car = ground.here().await;
        let given = ground.allocate(&server.consultant(), 0, &car, json!({})).await;
        assert_eq!(given["userErrors"], json!([]));
        let starts = slots(&server.customer(), ground.orders[0].delivery_store_id, json!(null), 7).await;
        let starts = starts.iter().find(|slot| slot["free"].as_i64() > Some(0)).unwrap()["startsAt"].clone();
        let booked = server.customer().payload(BOOK, about(server, id, json!({ "startsAt": starts })).await).await;
        assert_eq!(booked["userErrors"], json!([]));
        let change = wish(server, kind, id).await;
        let quoted = quote(&server.customer(), id, &change).await;
        let quoted = &quoted.data["orderChangeQuote"];
        assert_eq!(
            (&quoted["isImmediate"], &quoted["consequences"]["losesCar"]),
            (&json!(false), &json!(true)),
            "{kind}"
        );
        assert_eq!(quoted["consequences"]["losesAppointment"], true);
        let asked = ask(&server.customer(), server, id, &change).await;
        let decided = decide(&server.manager(), server, id, &asked["changeRequest"], json!({})).await;
        assert_eq!(decided["userErrors"], json!([]), "{kind}");
        let now = order_row(server, id).await;
        assert_eq!((now.vehicle_id, now.status), (None, OrderStatus::Locked), "{kind}");
        let row = vehicle_unit::Entity::find_by_id(car.id).one(server.db().conn()).await.unwrap().unwrap();
        assert_eq!(row.commercial_status, CommercialStatus::Free);
        assert_eq!(ground.active().await, []);
        for code in [MilestoneCode::Allocated, MilestoneCode::Arrived, MilestoneCode::AppointmentSet] {
            assert_eq!(state(server, id, code).await, MilestoneState::RolledBack, "{kind} {code}");
        }
        assert_eq!(super::handover::standing(server, id).await, []);
        ground.is_sound().await;
    }
}

#[tokio::test]
async fn what_the_plant_builds_is_what_was_ordered() {
    let server = Server::start().await;
    let id = stage(&server, "IN_FULFILLMENT").await;
    let change = wish(&server, ChangeKind::Reconfigure, id).await;
    let asked = ask(&server.customer(), &server, id, &change).await;
    assert_eq!(asked["changeRequest"]["state"], "SUBMITTED");
    reach(&server, id, &[MilestoneCode::Body]).await;
    let before = order_row(&server, id).await;
    let refused = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({})).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_ELIGIBLE");
    assert_eq!(order_row(&server, id).await, before);
    let rejected =
        decide(&server.manager(), &server, id, &asked["changeRequest"], json!({ "decision": "REJECT" })).await;
    assert_eq!(rejected["changeRequest"]["state"], "REJECTED");
    let now = order_row(&server, id).await;
    assert_eq!((now.status, now.has_open_change_request), (OrderStatus::InFulfillment, false));
    assert_eq!(told(&server, id).await, ["SUBMITTED", "REJECTED"]);
}

#[tokio::test]
async fn a_long_wait_has_to_be_granted_and_calls_the_appointment_off() {
    let server = Server::start().await;
    let id = stage(&server, "LOCKED").await;
    let order = order_row(&server, id).await;
    let expected = order.eta_likely.unwrap();
    let until = |days: i64| json!({ "defer": { "until": (expected + chrono::TimeDelta::days(days)).to_string() } });
    let customer = server.customer();
    for (days, immediate) in [(30, true), (31, false)] {
        let quoted = quote(&customer, id, &until(days)).await;
        assert_eq!(quoted.data["orderChangeQuote"]["isImmediate"], immediate, "{days}");
    }
    for days in [0, 400] {
        assert_eq!(quote(&customer, id, &until(days)).await.code(), Some("BAD_USER_INPUT"), "{days}");
        let refused = ask(&customer, &server, id, &until(days)).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["input", "change", "defer", "until"]));
    }
    let done = ask(&customer, &server, id, &until(20)).await;
    assert_eq!(done["changeRequest"]["state"], "DONE");
    let asked =
        "query($id: ID!) { order(id: $id) { eta { likely promisedBy deferredUntil pausedBy revisions { reason } } } }";
    let eta = customer.data(asked, json!({ "id": id.to_string() })).await["order"]["eta"].clone();
    let day = (expected + chrono::TimeDelta::days(20)).to_string();
    assert_eq!(
        (&eta["likely"], &eta["deferredUntil"], &eta["pausedBy"]),
        (&json!(day), &json!(day), &json!("CUSTOMER"))
    );
    assert_eq!(eta["revisions"][0]["reason"], "CUSTOMER");
    // What is reached later does not bring it forward again.
    reach(&server, id, &[MilestoneCode::ContractSigned, MilestoneCode::Scheduled]).await;
    assert!(order_row(&server, id).await.eta_likely >= order_row(&server, id).await.deferred_until);

    // Ready, with an appointment within.
    let demo = ready(&server).await;
    let starts = super::handover::some_slot(&server, 1).await;
    let booked = customer.payload(BOOK, about(&server, demo, json!({ "startsAt": starts })).await).await;
    assert_eq!(booked["userErrors"], json!([]), "{booked}");
    let change = wish(&server, ChangeKind::DeliveryDefer, demo).await;
    let quoted = quote(&customer, demo, &change).await.data["orderChangeQuote"].clone();
    let appointment = super::handover::standing(&server, demo).await.remove(0);
    let within = milepost::values::calendar::day(appointment.starts_at).to_string().as_str()
        < change["defer"]["until"].as_str().unwrap();
    assert_eq!(
        (&quoted["consequences"]["losesAppointment"], &quoted["isImmediate"]),
        (&json!(within), &json!(!within))
    );
    let asked = ask(&customer, &server, demo, &change).await;
    if within {
        let decided = decide(&server.manager(), &server, demo, &asked["changeRequest"], json!({})).await;
        assert_eq!(decided["userErrors"], json!([]));
        assert_eq!(super::handover::standing(&server, demo).await, []);
        assert_eq!(state(&server, demo, MilestoneCode::AppointmentSet).await, MilestoneState::RolledBack);
    }
    assert_eq!(order_row(&server, demo).await.status, OrderStatus::ReadyForDelivery);
}

#[tokio::test]
async fn one_of_many_at_once() {
    let server = Server::start().await;
    let id = stage(&server, "LOCKED").await;
    let change = wish(&server, ChangeKind::Reconfigure, id).await;
    let (customer, manager) = (server.customer(), server.manager());
    let version = order_row(&server, id).await.version;
    let asked = join_all((0..40).map(|_| ask_at(&customer, id, version, &change, json!({})))).await;
    let made: Vec<_> = asked.iter().filter(|payload| payload["userErrors"] == json!([])).collect();
    assert_eq!(made.len(), 1);
    let open = made[0]["changeRequest"].clone();
    let decide_at = order_row(&server, id).await.version;
    let document = "mutation($input: OrderChangeDecideInput!) { orderChangeDecide(input: $input) {
        changeRequest { state } userErrors { code } } }";
    let decisions = join_all((0..40).map(|n| {
        let decision = if n % 3 == 0 { "REJECT" } else { "APPROVE" };
        let input = json!({ "input": { "idempotencyKey": key(), "changeRequestId": open["id"],
            "expectedVersion": decide_at, "decision": decision } });
        let manager = manager.clone();
        async move { manager.payload(document, input).await }
    }))
    .await;
    let done: Vec<_> = decisions.iter().filter(|payload| payload["userErrors"] == json!([])).collect();
    assert_eq!(done.len(), 1);
    let rows = change_request::Entity::find().filter(change_request::Column::OrderId.eq(id));
    assert_eq!(rows.all(server.db().conn()).await.unwrap().len(), 1);
    let now = order_row(&server, id).await;
    assert_eq!(now.version, decide_at + 1);
    assert_eq!(lines_minor(&server, id).await, now.total_minor);
    assert_eq!(told(&server, id).await.len(), 2);
    // At once, too: of many that need nobody's leave one is done.
    let placed = stage(&server, "PLACED").await;
    let change = wish(&server, ChangeKind::StoreChange, placed).await;
    let version = order_row(&server, placed).await.version;
    let asked = join_all((0..40).map(|_| ask_at(&customer, placed, version, &change, json!({})))).await;
    assert_eq!(asked.iter().filter(|payload| payload["userErrors"] == json!([])).count(), 1);
    assert_eq!(told(&server, placed).await, ["SUBMITTED", "DONE"]);
}

#[tokio::test]
async fn who_asks_who_decides_and_who_is_told() {
    let server = Server::start().await;
    let id = stage(&server, "CONTRACTED").await;
    let customer = server.customer();
    let mut heard = customer.subscribe_sse(FOLLOW, json!({ "id": id.to_string() })).await;
    assert_eq!(heard.data().await["orderChangeChanged"]["changeRequest"], json!(null));
    let buyer = json!({ "buyer": { "type": "INDIVIDUAL", "name": "李四光" } });
    let stranger = staff_of(&server, other_store_of(&server, id).await).await;
    let hidden = ask(&stranger, &server, id, &buyer).await;
    assert_eq!(hidden["userErrors"][0]["code"], "NOT_FOUND");
    let asked = ask(&server.consultant(), &server, id, &buyer).await;
    assert_eq!(asked["userErrors"], json!([]));
    assert_ne!(asked["changeRequest"]["buyerName"], "李四光", "masked for who may not read it");
    let news = heard.data().await["orderChangeChanged"].clone();
    assert_eq!(news["changeRequest"], json!({ "kind": "BUYER_CHANGE", "state": "SUBMITTED" }));
    let entries = log::read(server.db().conn(), &format!("order:{id}"), 0, 10_000).await.unwrap();
    assert!(entries.iter().all(|entry| !entry.payload.to_string().contains('李')), "nothing personal in the log");

    let twice = ask(&customer, &server, id, &buyer).await;
    assert_eq!(twice["userErrors"][0]["code"], "INVALID_TRANSITION");
    let off = cancel(&customer, &server, id).await;
    assert_eq!(off["userErrors"][0]["code"], "INVALID_TRANSITION", "one at a time");
    let document =
        "mutation($input: OrderChangeDecideInput!) { orderChangeDecide(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "idempotencyKey": key(), "changeRequestId": asked["changeRequest"]["id"],
        "expectedVersion": asked["order"]["version"], "decision": "APPROVE" } });
    assert_eq!(server.consultant().code(document, input.clone()).await, "FORBIDDEN");
    assert_eq!(customer.code(document, input).await, "FORBIDDEN");
    let listed = |client: Client, filter: Value| async move {
        let nodes = client.data(LISTED, json!({ "where": filter })).await["orderChangeRequests"]["nodes"].clone();
        nodes.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let own = asked["changeRequest"]["id"].as_str().unwrap();
    let open = json!({ "state": ["SUBMITTED"], "kind": ["BUYER_CHANGE"] });
    assert_eq!(listed(server.manager(), open.clone()).await, BTreeSet::from([own.to_owned()]));
    assert!(listed(stranger, open.clone()).await.is_empty());
    let store = order_row(&server, id).await.store_id.to_string();
    assert!(listed(server.operator(), json!({ "storeId": store })).await.contains(own));
    assert!(listed(customer.clone(), json!({ "orderId": id.to_string() })).await.contains(own));

    let before = order_row(&server, id).await;
    let input = json!({ "idempotencyKey": key(), "changeRequestId": own, "expectedVersion": before.version });
    let withdrawn = customer.payload(WITHDRAW, json!({ "input": input })).await;
    assert_eq!(withdrawn, json!({ "changeRequest": { "state": "WITHDRAWN" }, "userErrors": [] }));
    let now = order_row(&server, id).await;
    assert_eq!((now.status, now.has_open_change_request), (OrderStatus::Contracted, false));
    assert_eq!(now.buyer_name, before.buyer_name);
    assert_eq!(heard.data().await["orderChangeChanged"]["changeRequest"]["state"], "WITHDRAWN");
}

#[tokio::test]
async fn the_old_store_sees_the_order_no_more() {
    let server = Server::start().await;
    let id = stage(&server, "PLACED").await;
    let old = server.consultant();
    let mut heard = old.subscribe_sse(FOLLOW, json!({ "id": id.to_string() })).await;
    assert_eq!(heard.data().await["orderChangeChanged"]["changeRequest"], json!(null));
    let change = wish(&server, ChangeKind::StoreChange, id).await;
    let done = ask(&server.customer(), &server, id, &change).await;
    assert_eq!(done["changeRequest"]["state"], "DONE");
    let seen = "query($id: ID!) { order(id: $id) { id } }";
    assert_eq!(old.data(seen, json!({ "id": id.to_string() })).await["order"], json!(null));
    let new = staff_of(&server, order_row(&server, id).await.store_id).await;
    assert_eq!(new.data(seen, json!({ "id": id.to_string() })).await["order"]["id"], id.to_string());
}

#[tokio::test]
async fn refusals_name_all_that_is_wrong_and_change_nothing() {
    let server = Server::start().await;
    let id = stage(&server, "PLACED").await;
    let customer = server.customer();
    let before = order_row(&server, id).await;
    let fields = |payload: &Value| {
        let all = payload["userErrors"].as_array().unwrap().iter();
        all.map(|error| {
            let path: Vec<_> = error["field"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
            (error["code"].as_str().unwrap().to_owned(), path.join("."))
        })
        .collect::<Vec<_>>()
    };
    let named = |code: &str, field: &str| (code.to_owned(), format!("input.{field}"));
    let cases = [
        (json!({}), vec![named("REQUIRED", "change")]),
        (json!({ "cancel": true, "defer": { "until": "2030-01-01" } }), vec![named("REQUIRED", "change")]),
        (
            json!({ "buyer": { "type": "COMPANY", "name": " ", "idNumber": "1" } }),
            vec![named("REQUIRED", "change.buyer.name"), named("INVALID", "change.buyer.idNumber")],
        ),
        (
            json!({ "store": { "storeId": "x", "deliveryStoreId": StoreId::generate().to_string() } }),
            vec![named("INVALID_ID", "change.store.storeId")],
        ),
        (
            json!({ "store": { "storeId": StoreId::generate().to_string() } }),
            vec![named("NOT_FOUND", "change.store.storeId")],
        ),
        (json!({ "store": {} }), vec![named("REQUIRED", "change.store")]),
        (
            json!({ "store": { "storeId": before.store_id.to_string() } }),
            vec![named("INVALID", "change.store.storeId")],
        ),
        (
            json!({ "reconfigure": { "configurationId": ConfigurationId::generate().to_string() } }),
            vec![named("NOT_FOUND", "change.reconfigure.configurationId")],
        ),
        (
            json!({ "reconfigure": { "configurationId": before.configuration_id.to_string() } }),
            vec![named("INVALID", "change.reconfigure.configurationId")],
        ),
    ];
    for (change, expected) in cases {
        let refused = ask(&customer, &server, id, &change).await;
        assert_eq!(fields(&refused), expected, "{change}");
        assert_eq!(quote(&customer, id, &change).await.code(), Some("BAD_USER_INPUT"), "{change}");
    }
    let (change, price) = other_car(&server, id).await;
    let stale = ask_at(&customer, id, before.version, &change, json!({ "expectedTotalMinor": price - 1 })).await;
    assert_eq!(fields(&stale), [named("PRICE_CHANGED", "expectedTotalMinor")]);
    let older = ask_at(&customer, id, before.version + 1, &change, json!({})).await;
    assert_eq!(older["userErrors"][0]["code"], "VERSION_CONFLICT");
    assert_eq!(order_row(&server, id).await, before);
    assert_eq!(told(&server, id).await, [""; 0]);
    let agreed = ask_at(&customer, id, before.version, &change, json!({ "expectedTotalMinor": price })).await;
    assert_eq!(agreed["userErrors"], json!([]));
    assert_eq!(agreed["changeRequest"]["consequences"]["toPay"], json!(null));
    assert_eq!(order_row(&server, id).await.total_minor, price);
    // And back again, which is dearer.
    let first = json!({ "reconfigure": { "configurationId": before.configuration_id.to_string() } });
    let dearer = ask(&customer, &server, id, &first).await;
    assert_eq!(dearer["userErrors"], json!([]));
    assert_eq!(dearer["changeRequest"]["consequences"]["toPay"]["minorUnits"], before.total_minor - price);
    assert_eq!(order_row(&server, id).await.total_minor, before.total_minor);
}

#[tokio::test]
async fn calling_off_goes_the_same_way() {
    let server = Server::start().await;
    let id = stage(&server, "PLACED").await;
    cool_off(&server, id).await;
    let customer = server.customer();
    let change = json!({ "cancel": true });
    let quoted = quote(&customer, id, &change).await.data["orderChangeQuote"].clone();
    assert_eq!((&quoted["kind"], &quoted["isImmediate"]), (&json!("CANCEL"), &json!(false)));
    assert_eq!(quoted["consequences"]["earnestDeposit"], "BY_TEMPLATE");
    let asked = ask(&customer, &server, id, &change).await;
    assert_eq!(asked["order"]["status"], "CANCELLATION_REQUESTED");
    assert_eq!(asked["changeRequest"]["consequences"], quoted["consequences"]);
    let decided = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({})).await;
    assert_eq!(decided["order"]["status"], "CANCELLED");
    assert_eq!(decided["changeRequest"]["forfeited"], quoted["consequences"]["forfeited"]);
    assert_eq!(told(&server, id).await[..2], ["SUBMITTED", "EXECUTING"]);
}
