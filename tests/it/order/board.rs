//! The board of deliveries, where orders stand on it, and what stops them.

use chrono::Duration;
use entity::inventory::vehicle_unit;
use entity::order::{milestone, order};
use entity::{MilestoneCode as Code, MilestoneState as State, OrderStatus, PhysicalStatus};
use milepost::order::rules::standing::{NEVER, standing};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::{cancel, ordered, reach};
use super::handover::car_there;
use super::{order_in, order_row, other_store, record, staff_of};
use crate::harness::{Client, Server};

const BOARD: &str = "query($where: DeliveryBoardWhereInput, $order: DeliveryBoardSort, $first: Int!, $after: String) {
    deliveryBoard(where: $where, orderBy: $order, first: $first, after: $after) {
        totalCount { value } pageInfo { hasNextPage endCursor }
        nodes { id status currentMilestone currentDueAt slaBreached currentOwnerParty placedAt store { id } deliveryStore { id }
            eta { likely } delivery { appointment { startsAt } } vehicle { id status } blockingReasons { code milestone } } } }";

const SUMMARY: &str = "query($where: DeliveryBoardWhereInput) { deliveryBoardSummary(where: $where) {
    count breachedCount columns { milestone title count breachedCount } } }";

const FOLLOW: &str = "subscription($id: ID!, $after: String) { deliveryBoardChanged(storeId: $id, after: $after) {
    sequence cursor kind order { id status currentMilestone } } }";

const STOPS: &str =
    "query($id: ID!) { order(id: $id) { status currentOwnerParty currentMilestone currentDueAt slaBreached
    blockingReasons { code title milestone party } } }";

const ON_BOARD: [OrderStatus; 5] = [
    OrderStatus::Placed,
    OrderStatus::Locked,
    OrderStatus::Contracted,
    OrderStatus::InFulfillment,
    OrderStatus::ReadyForDelivery,
];

async fn all_on_board(server: &Server) -> Vec<order::Model> {
    let rows = order::Entity::find().filter(order::Column::Status.is_in(ON_BOARD));
    rows.order_by_asc(order::Column::CurrentDueAt)
        .order_by_asc(order::Column::Id)
        .all(server.db().conn())
        .await
        .unwrap()
}

/// The whole board, page by page.
async fn board(client: &Client, filter: Value, order: Value, page: i32) -> Vec<Value> {
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let asked = json!({ "where": filter, "order": order, "first": page, "after": after });
        let list = client.data(BOARD, asked).await["deliveryBoard"].clone();
        found.extend(list["nodes"].as_array().unwrap().clone());
        if list["pageInfo"]["hasNextPage"] != json!(true) {
            return found;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_board_has_the_orders_on_their_way_and_what_is_due_first() {
    let server = Server::start().await;
    let now = server.app().clock.now();
    let all = all_on_board(&server).await;
    let store = server.demo.store;
    let own: Vec<_> = all.iter().filter(|row| [row.store_id, row.delivery_store_id].contains(&store)).collect();
    assert!(own.len() > 1 && own.len() < all.len(), "{} of {}", own.len(), all.len());
    let name = |rows: &[&order::Model]| rows.iter().map(|row| row.id.to_string()).collect::<Vec<_>>();
    let seen = board(&server.consultant(), json!(null), json!(null), 2).await;
    assert_eq!(ids(&seen), name(&own));
    let every: Vec<_> = all.iter().collect();
    assert_eq!(ids(&board(&server.operator(), json!(null), json!(null), 100).await), name(&every));
    let of_store = json!({ "storeId": store.to_string() });
    assert_eq!(ids(&board(&server.operator(), of_store, json!(null), 100).await), name(&own));

    // What is late by a column is late by the milestones.
    let late: Vec<_> = all.iter().filter(|row| row.current_due_at.is_some_and(|due| due < now)).collect();
    assert!(!late.is_empty() && late.len() < all.len());
    let breached = board(&server.operator(), json!({ "slaBreached": true }), json!(null), 100).await;
    assert_eq!(ids(&breached), name(&late));
    assert!(breached.iter().all(|row| row["slaBreached"] == true));
    let others = board(&server.operator(), json!({ "slaBreached": false }), json!(null), 100).await;
    assert_eq!(others.len() + breached.len(), all.len());

    let mut oldest = every.clone();
    oldest.sort_by_key(|row| (row.placed_at, row.id));
    let by_age = json!({ "field": "PLACED_AT", "direction": "ASC" });
    assert_eq!(ids(&board(&server.operator(), json!(null), by_age, 7).await), name(&oldest));
    let one = all[0].clone();
    let filter = json!({ "cityCode": one.city_code, "status": [one.status.to_string()], "trimId": one.trim_id.to_string(),
        "milestone": [one.current_milestone.unwrap().to_string()], "fulfillmentMode": [one.fulfillment_mode.to_string()] });
    let like = |row: &&order::Model| {
        row.city_code == one.city_code
            && row.status == one.status
            && row.trim_id == one.trim_id
            && row.current_milestone == one.current_milestone
            && row.fulfillment_mode == one.fulfillment_mode
    };
    let alike: Vec<_> = all.iter().filter(like).collect();
    assert_eq!(ids(&board(&server.operator(), filter, json!(null), 100).await), name(&alike));

    for (client, code) in
        [(server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED"), (server.system(), "FORBIDDEN")]
    {
        assert_eq!(client.code(BOARD, json!({ "first": 1 })).await, code);
        assert_eq!(client.code(SUMMARY, json!({})).await, code);
    }
}

#[tokio::test]
async fn the_columns_add_up_in_one_statement() {
    let server = Server::start().await;
    let now = server.app().clock.now();
    let all = all_on_board(&server).await;
    let (summary, statements) = server.counted(server.operator().data(SUMMARY, json!({}))).await;
    assert_eq!(statements, 1);
    let summary = &summary["deliveryBoardSummary"];
    assert_eq!(summary["count"], all.len());
    for column in summary["columns"].as_array().unwrap() {
        let here = |row: &&order::Model| row.current_milestone.unwrap().to_string() == column["milestone"];
        let own: Vec<_> = all.iter().filter(here).collect();
        let late = own.iter().filter(|row| row.current_due_at.unwrap() < now).count();
        assert_eq!((&column["count"], &column["breachedCount"]), (&json!(own.len()), &json!(late)), "{column}");
    }
    let sum: i64 = summary["columns"].as_array().unwrap().iter().map(|column| column["count"].as_i64().unwrap()).sum();
    assert_eq!(sum, all.len() as i64);
    let own = server.consultant().data(SUMMARY, json!({})).await["deliveryBoardSummary"]["count"].clone();
    let foreign = json!({ "where": { "storeId": other_store(&server, &order_row(&server, server.demo.order).await).await.to_string() } });
    assert!(own.as_i64() < summary["count"].as_i64());
    let _others = server.consultant().data(SUMMARY, foreign).await;
}

#[tokio::test]
async fn a_page_takes_as_many_statements_whatever_it_holds() {
    let server = Server::start().await;
    let client = server.operator();
    let few = server.count_statements(client.data(BOARD, json!({ "first": 2 }))).await;
    let many = server.count_statements(client.data(BOARD, json!({ "first": 100 }))).await;
    assert!(many <= few, "{few} for two, {many} for a hundred");
}

/// Where every order of the demo stands is what its milestones say.
#[tokio::test]
async fn every_order_stands_where_its_milestones_say() {
    let server = Server::start().await;
    let db = server.db().conn();
    for row in order::Entity::find().all(db).await.unwrap() {
        let own = milestone::Entity::find().filter(milestone::Column::OrderId.eq(row.id));
        let own = own.order_by_asc(milestone::Column::Position).all(db).await.unwrap();
        let on_way = ON_BOARD.contains(&row.status)
            || matches!(row.status, OrderStatus::Delivered | OrderStatus::CancellationRequested);
        let next = if on_way { standing(&own) } else { None };
        let stands = (row.current_milestone, row.current_party, row.current_due_at);
        assert_eq!(stands, (next.map(|n| n.code), next.map(|n| n.party), next.map(|n| n.due_at)), "{}", row.number);
    }
}

#[tokio::test]
async fn an_order_moves_over_the_board_and_leaves_it() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let row = order_row(&server, id).await;
    assert_eq!(row.current_milestone, Some(Code::ConfigLocked));
    assert_eq!(row.current_due_at, row.placed_at.map(|at| at + Duration::hours(72)), "by the template of the demo");
    reach(&server, id, &[Code::ConfigLocked]).await;
    assert_eq!(order_row(&server, id).await.current_milestone, Some(Code::ContractSigned));
    let back =
        record(&server.operator(), id, order_row(&server, id).await.version, Code::ConfigLocked, State::RolledBack)
            .await;
    assert_eq!(back["userErrors"], json!([]));
    assert_eq!(order_row(&server, id).await.current_milestone, Some(Code::ConfigLocked));
    let gone = cancel(&server.customer(), &server, id).await;
    assert_eq!(gone["order"]["status"], "CANCELLED", "{gone}");
    let row = order_row(&server, id).await;
    assert_eq!((row.current_milestone, row.current_party, row.current_due_at), (None, None, None));
}

#[tokio::test]
async fn a_store_is_told_which_of_its_orders_moved_and_nobody_else() {
    let server = Server::start().await;
    let id = server.demo.order;
    let asked = json!({ "id": server.demo.store.to_string() });
    let mut stream = server.consultant().subscribe_sse(FOLLOW, asked.clone()).await;
    let mut cursor = Value::Null;
    while cursor.is_null() {
        let told = stream.data().await["deliveryBoardChanged"].clone();
        assert_eq!(told["kind"], "SNAPSHOT");
        cursor = told["cursor"].clone();
    }
    let version = order_row(&server, id).await.version;
    record(&server.operator(), id, version, Code::Arrived, State::Done).await;
    let told = stream.data().await["deliveryBoardChanged"].clone();
    assert_eq!((&told["kind"], &told["order"]["id"]), (&json!("MOVED"), &json!(id.to_string())));
    let stands = order_row(&server, id).await.current_milestone.unwrap();
    assert_eq!(told["order"]["currentMilestone"], stands.to_string());
    let again = json!({ "id": server.demo.store.to_string(), "after": cursor });
    let mut back = server.operator().subscribe_sse(FOLLOW, again).await;
    assert_eq!(back.data().await["deliveryBoardChanged"]["order"]["id"], id.to_string());

    // Who left the store is not told of it: the order is the other store's now.
    let row = order_row(&server, id).await;
    let elsewhere = other_store(&server, &row).await;
    let change =
        order::ActiveModel { store_id: Set(elsewhere), delivery_store_id: Set(elsewhere), ..Default::default() };
    order::Entity::update_many().set(change).filter(order::Column::Id.eq(id)).exec(server.db().conn()).await.unwrap();
    let stranger = staff_of(&server, elsewhere).await;
    let mut refused = stranger.subscribe_sse(FOLLOW, asked).await;
    assert_eq!(refused.next().await["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn what_stops_an_order_is_named_with_what_waits_for_it() {
    let server = Server::start().await;
    let stops = async |client: &Client, id: entity::OrderId| {
        client.data(STOPS, json!({ "id": id.to_string() })).await["order"].clone()
    };
    let codes = |order: &Value| {
        let reasons = order["blockingReasons"].as_array().unwrap().clone();
        reasons.iter().map(|one| format!("{} {}", one["code"], one["milestone"]).replace('"', "")).collect::<Vec<_>>()
    };
    let id = ordered(&server, "PLACED").await;
    let placed = stops(&server.customer(), id).await;
    assert_eq!(codes(&placed), ["CONFIGURATION_NOT_LOCKED CONTRACT_SIGNED"]);
    assert_eq!(placed["currentOwnerParty"], "CUSTOMER");
    assert_eq!([&placed["currentMilestone"], &placed["currentDueAt"], &placed["slaBreached"]], [&json!(null); 3]);
    reach(&server, id, &[Code::ConfigLocked]).await;
    let locked = stops(&server.consultant(), id).await;
    assert_eq!(codes(&locked), ["CONTRACT_NOT_SIGNED BALANCE_PAID", "NO_VEHICLE SHIPPED"]);
    assert_eq!((&locked["currentMilestone"], &locked["slaBreached"]), (&json!("CONTRACT_SIGNED"), &json!(false)));
    assert_eq!(locked["blockingReasons"][0]["title"], "Contract not signed");
    let draft = order_in(&server, OrderStatus::Draft).await;
    assert_eq!(codes(&stops(&server.operator(), draft.id).await), ["DEPOSIT_UNPAID ORDER_PLACED"]);
    let over = order_in(&server, OrderStatus::Completed).await;
    assert_eq!(codes(&stops(&server.operator(), over.id).await), [""; 0]);

    // A car whose quality is in question goes nowhere.
    let row = order_row(&server, server.demo.order).await;
    let held = vehicle_unit::ActiveModel { physical_status: Set(PhysicalStatus::QualityHold), ..Default::default() };
    let own = vehicle_unit::Column::Id.eq(row.vehicle_id.unwrap());
    vehicle_unit::Entity::update_many().set(held).filter(own).exec(server.db().conn()).await.unwrap();
    let found = codes(&stops(&server.customer(), row.id).await);
    assert!(found.contains(&"QUALITY_HOLD ARRIVED".to_owned()), "{found:?}");
}

#[tokio::test]
async fn a_car_is_not_ready_by_hand_before_it_is_there() {
    use Code::*;
    let server = Server::start().await;
    let id = server.demo.order;
    reach(&server, id, &[BalancePaid, Arrived, PdiDone, Invoiced, Insured, PlateReady]).await;
    let before = order_row(&server, id).await;
    for client in [server.consultant(), server.operator()] {
        let refused = record(&client, id, before.version, Ready, State::Done).await;
        let error = &refused["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("NOT_ELIGIBLE"), &json!(["input", "state"])),
            "{refused}"
        );
    }
    assert_eq!(order_row(&server, id).await, before, "nothing has changed");
    car_there(&server, id).await;
    let ready = record(&server.consultant(), id, before.version, Ready, State::Done).await;
    assert_eq!(ready["order"]["status"], "READY_FOR_DELIVERY", "{ready}");
    assert_eq!(order_row(&server, id).await.current_milestone, Some(HandedOver));
    assert!(order_row(&server, id).await.current_due_at < Some(NEVER));
}
