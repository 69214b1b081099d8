//! Queues of what is to be done.

use entity::order::{change_request, order, refund};
use entity::{ChangeState, MilestoneCode as Code, OrderStatus, RefundId, RefundState, WorkQueueType};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

use super::back_out::{cancel, cool_off, ordered, reach};
use super::contract::generate;
use super::ground::Ground;
use super::{order_row, other_store};
use crate::harness::{Client, Server};

const QUEUE: &str = "query($type: WorkQueueType!, $store: ID, $first: Int!, $after: String) {
    workQueue(type: $type, storeId: $store, first: $first, after: $after) {
        totalCount { value } pageInfo { hasNextPage endCursor }
        nodes { type milestone since dueAt changeRequest { id kind state } refund { id state } order { id number status currentMilestone currentDueAt } } } }";

const COUNTS: &str = "query($store: ID) { workQueueCounts(storeId: $store) { type count } }";

async fn queue(client: &Client, of: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let list = client.data(QUEUE, json!({ "type": of, "first": 3, "after": after })).await["workQueue"].clone();
        found.extend(list["nodes"].as_array().unwrap().clone());
        if list["pageInfo"]["hasNextPage"] != json!(true) {
            return found;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

fn of(rows: &[Value], id: entity::OrderId) -> Option<&Value> {
    rows.iter().find(|row| row["order"]["id"] == id.to_string())
}

async fn counts(client: &Client) -> Vec<(String, i64)> {
    let rows = client.data(COUNTS, json!({})).await["workQueueCounts"].clone();
    let row = |row: &Value| (row["type"].as_str().unwrap().to_owned(), row["count"].as_i64().unwrap());
    rows.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn each_queue_holds_as_many_as_it_says() {
    let server = Server::start().await;
    for client in [server.consultant(), server.operator()] {
        let found = counts(&client).await;
        let names: Vec<_> = WorkQueueType::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(found.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), names);
        for (name, count) in found {
            let rows = queue(&client, &name).await;
            assert_eq!(rows.len() as i64, count, "{name}");
            for row in rows {
                assert_eq!(row["type"], name.as_str());
                assert!(row["since"].is_string(), "{row}");
            }
        }
    }
    let statements = server.count_statements(server.consultant().data(COUNTS, json!({}))).await;
    assert_eq!(statements, 1);
    let all: i64 = counts(&server.operator()).await.iter().map(|(_, count)| count).sum();
    let own: i64 = counts(&server.consultant()).await.iter().map(|(_, count)| count).sum();
    assert!(0 < own && own < all, "{own} of {all}");
    for (client, code) in [(server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED")] {
        assert_eq!(client.code(COUNTS, json!({})).await, code);
        assert_eq!(client.code(QUEUE, json!({ "type": "PDI_TO_DO", "first": 1 })).await, code);
    }
}

#[tokio::test]
async fn what_is_due_first_comes_first_and_what_has_ended_is_not_open() {
    let server = Server::start().await;
    let client = server.operator();
    let rows = queue(&client, "CONTRACT_TO_DRAW_UP").await;
    let due: Vec<_> = rows.iter().map(|row| row["order"]["currentDueAt"].as_str().unwrap().to_owned()).collect();
    assert!(due.len() > 1 && due.is_sorted(), "{due:?}");
    let last = rows.last().unwrap()["order"]["id"].as_str().unwrap().parse::<entity::OrderId>().unwrap();
    let soon = order::ActiveModel { current_due_at: Set(Some(chrono::DateTime::UNIX_EPOCH)), ..Default::default() };
    let of_last = order::Column::Id.eq(last);
    order::Entity::update_many().set(soon).filter(of_last).exec(server.db().conn()).await.unwrap();
    assert_eq!(queue(&client, "CONTRACT_TO_DRAW_UP").await[0]["order"]["id"], last.to_string());

    let id = ordered(&server, "PLACED").await;
    let open = async || {
        use entity::order::milestone::{Column, Entity};
        let open = Entity::find().filter(Column::OrderId.eq(id)).filter(Column::OpenSince.is_not_null());
        open.all(server.db().conn()).await.unwrap().len()
    };
    assert!(open().await > 0);
    cancel(&server.customer(), &server, id).await;
    assert_eq!((open().await, order_row(&server, id).await.status), (0, OrderStatus::Cancelled));
}

#[tokio::test]
async fn a_page_of_a_queue_takes_as_many_statements_whatever_it_holds() {
    let server = Server::start().await;
    let client = server.operator();
    for name in WorkQueueType::ALL {
        let asked = |first: i32| json!({ "type": name.to_string(), "first": first });
        let few = server.count_statements(client.data(QUEUE, asked(1))).await;
        let many = server.count_statements(client.data(QUEUE, asked(100))).await;
        assert!(many <= few.max(3), "{name}: {few} for one, {many} for all");
    }
}

#[tokio::test]
async fn a_contract_is_to_be_drawn_up_until_it_is() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    let consultant = server.consultant();
    assert!(of(&queue(&consultant, "CONTRACT_TO_DRAW_UP").await, id).is_none());
    reach(&server, id, &[Code::ConfigLocked]).await;
    let rows = queue(&consultant, "CONTRACT_TO_DRAW_UP").await;
    let item = of(&rows, id).expect("an item");
    assert_eq!(item["milestone"], "CONTRACT_SIGNED");
    assert!(item["dueAt"].as_str() > item["since"].as_str(), "{item}");
    let drawn_up = generate(&consultant, &server, id, json!([])).await;
    assert_eq!(drawn_up["userErrors"], json!([]), "{drawn_up}");
    assert!(of(&queue(&consultant, "CONTRACT_TO_DRAW_UP").await, id).is_none());
    let elsewhere = other_store(&server, &order_row(&server, id).await).await;
    let asked = json!({ "type": "CONTRACT_TO_DRAW_UP", "first": 1, "store": elsewhere.to_string() });
    let none = consultant.data(QUEUE, asked).await["workQueue"]["nodes"].clone();
    assert_eq!(none, json!([]), "another store's are not the caller's");
}

#[tokio::test]
async fn a_car_is_to_be_found_until_there_is_one() {
    let ground = Ground::of(2, entity::FulfillmentMode::LocateToOrder).await;
    let consultant = ground.server.consultant();
    // The orders were put there as rows: their milestones say nothing of since when.
    for order in &ground.orders {
        let open =
            entity::order::milestone::ActiveModel { open_since: Set(Some(order.created_at)), ..Default::default() };
        entity::order::milestone::Entity::update_many()
            .set(open)
            .filter(entity::order::milestone::Column::OrderId.eq(order.id))
            .filter(entity::order::milestone::Column::Code.eq(Code::Allocated))
            .exec(ground.server.db().conn())
            .await
            .unwrap();
    }
    let rows = queue(&consultant, "CAR_TO_ALLOCATE").await;
    assert!(ground.orders.iter().all(|order| of(&rows, order.id).is_some()));
    let car = ground.here().await;
    assert_eq!(ground.allocate(&consultant, 0, &car, json!({})).await["userErrors"], json!([]));
    let rows = queue(&consultant, "CAR_TO_ALLOCATE").await;
    assert!(of(&rows, ground.orders[0].id).is_none() && of(&rows, ground.orders[1].id).is_some());
    let inspected = queue(&consultant, "PDI_TO_DO").await;
    assert!(of(&inspected, ground.orders[0].id).is_some(), "it stands there");
    assert!(of(&queue(&consultant, "APPOINTMENT_TO_BOOK").await, ground.orders[0].id).is_some());
}

#[tokio::test]
async fn what_waits_for_a_word_or_for_money_is_there_whatever_the_order_is() {
    let server = Server::start().await;
    let id = ordered(&server, "PLACED").await;
    reach(&server, id, &[Code::ConfigLocked]).await;
    cool_off(&server, id).await;
    let asked = cancel(&server.customer(), &server, id).await;
    assert_eq!(asked["order"]["status"], "CANCELLATION_REQUESTED", "{asked}");
    let manager = server.manager();
    let rows = queue(&manager, "CHANGE_TO_DECIDE").await;
    let item = of(&rows, id).expect("an item");
    assert!(item["since"].is_string());
    let waits = json!({ "id": asked["changeRequest"]["id"], "kind": "CANCEL", "state": "SUBMITTED" });
    assert_eq!((&item["changeRequest"], &item["refund"]), (&waits, &json!(null)));
    assert!(of(&queue(&manager, "CONTRACT_TO_DRAW_UP").await, id).is_none(), "it is not on the board");
    let withdrawn = change_request::ActiveModel { state: Set(ChangeState::Withdrawn), ..Default::default() };
    let own = change_request::Column::OrderId.eq(id);
    change_request::Entity::update_many().set(withdrawn).filter(own).exec(server.db().conn()).await.unwrap();
    assert!(of(&queue(&manager, "CHANGE_TO_DECIDE").await, id).is_none());

    assert!(of(&queue(&manager, "REFUND_TO_PAY").await, id).is_none());
    let now = server.app().clock.now();
    let due = refund::Model {
        id: RefundId::generate(),
        order_id: id,
        change_request_id: None,
        payment_id: None,
        amount_minor: 1,
        state: RefundState::Failed,
        reference: None,
        failure: None,
        checked_at: None,
        until_minor: 1,
        created_at: now,
        done_at: None,
        waits_for_red: false,
    };
    due.into_active_model().reset_all().insert(server.db().conn()).await.unwrap();
    assert!(of(&queue(&manager, "REFUND_TO_PAY").await, id).is_some());
}

#[tokio::test]
async fn a_promise_is_overdue_the_day_after() {
    let server = Server::start().await;
    let row = order_row(&server, server.demo.order).await;
    let today = (server.app().clock.now() + chrono::Duration::hours(8)).date_naive();
    for (day, is) in [(today, false), (today.pred_opt().unwrap(), true)] {
        let promised = order::ActiveModel { promised_by: Set(Some(day)), ..Default::default() };
        let own = order::Column::Id.eq(row.id);
        order::Entity::update_many().set(promised).filter(own).exec(server.db().conn()).await.unwrap();
        assert_eq!(of(&queue(&server.consultant(), "PROMISE_OVERDUE").await, row.id).is_some(), is, "{day}");
    }
    let ended = order::ActiveModel { status: Set(OrderStatus::Delivered), ..Default::default() };
    order::Entity::update_many()
        .set(ended)
        .filter(order::Column::Id.eq(row.id))
        .exec(server.db().conn())
        .await
        .unwrap();
    assert!(of(&queue(&server.consultant(), "PROMISE_OVERDUE").await, row.id).is_none());
}
