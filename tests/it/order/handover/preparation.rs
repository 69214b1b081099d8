//! What is done before a hand-over (C088).

use entity::order::preparation_task;
use entity::{MilestoneCode, OrderStatus};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::super::back_out::{ordered, reach};
use super::super::{order_in, order_row, other_store, staff_of};
use super::{BOOK, about, arrived, code_and_field, some_slot, told};
use crate::harness::{Client, Server};

const TASKS: &str =
    "query($id: ID!) { order(id: $id) { preparationTasks { code title dueAt doneBy done doneAt byWord } } }";

const COMPLETE: &str = "mutation($input: PreparationTaskCompleteInput!) { preparationTaskComplete(input: $input) {
    order { version preparationTasks { code done } } userErrors { code message field } } }";

async fn tasks(client: &Client, id: entity::OrderId) -> Vec<Value> {
    client.data(TASKS, json!({ "id": id.to_string() })).await["order"]["preparationTasks"].as_array().unwrap().clone()
}

fn codes(tasks: &[Value]) -> Vec<&str> {
    tasks.iter().map(|task| task["code"].as_str().unwrap()).collect()
}

fn of<'t>(tasks: &'t [Value], code: &str) -> &'t Value {
    tasks.iter().find(|task| task["code"] == code).expect("the task")
}

#[tokio::test]
async fn tasks_follow_the_order_and_what_nobody_can_tell_is_said_once() {
    let server = Server::start().await;
    let (customer, id) = (server.customer(), arrived(&server).await);
    let before = tasks(&customer, id).await;
    assert_eq!(codes(&before), ["BALANCE", "INSURANCE", "PLATE", "VEHICLE", "CHARGER", "DOCUMENTS"]);
    assert_eq!((&of(&before, "BALANCE")["done"], &of(&before, "VEHICLE")["done"]), (&json!(true), &json!(false)));
    assert_eq!((&of(&before, "PLATE")["doneBy"], &of(&before, "PLATE")["byWord"]), (&json!("STAFF"), &json!(false)));
    assert!(of(&before, "CHARGER")["dueAt"].is_string());
    reach(&server, id, &[MilestoneCode::PdiDone]).await;
    let inspected = of(&tasks(&customer, id).await, "VEHICLE").clone();
    assert!(inspected["done"] == true && inspected["doneAt"].is_string(), "{inspected}");

    let input = about(&server, id, json!({ "code": "CHARGER" })).await;
    let done = customer.payload(COMPLETE, input.clone()).await;
    assert_eq!(done["userErrors"], json!([]));
    let shown = done["order"]["preparationTasks"].as_array().unwrap();
    assert_eq!((&of(shown, "CHARGER")["done"], &of(shown, "DOCUMENTS")["done"]), (&json!(true), &json!(false)));
    assert_eq!(customer.payload(COMPLETE, input).await, done, "the same key");
    // The store may say so for the customer; what is done stays done, and changes nothing.
    let version = order_row(&server, id).await.version;
    let again = server.consultant().payload(COMPLETE, about(&server, id, json!({ "code": "CHARGER" })).await).await;
    assert_eq!((&again["userErrors"], &again["order"]["version"]), (&json!([]), &json!(version)));
    assert_eq!(told(&server, id).await, ["TASK_COMPLETED"]);
    assert_eq!(
        preparation_task::Entity::find().count(server.db().conn()).await.unwrap(),
        said_before(&server).await + 1
    );
}

/// What the demo data has of them, on other orders.
async fn said_before(server: &Server) -> u64 {
    use sea_orm::{ColumnTrait, QueryFilter};
    let of = preparation_task::Entity::find().filter(preparation_task::Column::OrderId.ne(server.demo.order));
    of.count(server.db().conn()).await.unwrap()
}

#[tokio::test]
async fn a_word_makes_no_fact_and_the_stores_tasks_are_the_stores() {
    let server = Server::start().await;
    let (customer, id) = (server.customer(), arrived(&server).await);
    let manager = server.manager();
    let say = async |client: &Client, code: &str| {
        code_and_field(&client.payload(COMPLETE, about(&server, id, json!({ "code": code })).await).await)
    };
    let of_code = |code: &str| json!([code, ["input", "code"]]);
    assert_eq!(say(&customer, "INSURANCE").await, of_code("NOT_ELIGIBLE"));
    assert_eq!(say(&manager, "PLATE").await, of_code("NOT_ELIGIBLE"));
    assert_eq!(say(&customer, "CEREMONY").await, of_code("NOT_ELIGIBLE"), "there is none yet");
    let ceremony = "query($id: ID!) { handoverCeremonies(storeId: $id) { id code } }";
    let ceremony = customer.data(ceremony, json!({ "id": server.demo.store.to_string() })).await;
    let ceremony = ceremony["handoverCeremonies"][1]["id"].clone();
    let slot = some_slot(&server, 3).await;
    let booked =
        customer.payload(BOOK, about(&server, id, json!({ "startsAt": slot, "ceremonyId": ceremony })).await).await;
    assert_eq!(booked["userErrors"], json!([]));
    assert_eq!(of(&tasks(&customer, id).await, "CEREMONY")["doneBy"], "STAFF");
    assert_eq!(say(&customer, "CEREMONY").await, of_code("FORBIDDEN"));
    assert_eq!(say(&manager, "CEREMONY").await, json!([null, null]));
    assert_eq!(told(&server, id).await, ["BOOKED", "TASK_COMPLETED"]);

    // Nobody says so of another's order, of a stale one, or before there is anything to prepare.
    let row = order_row(&server, id).await;
    let stranger = staff_of(&server, other_store(&server, &row).await).await;
    assert_eq!(say(&stranger, "CHARGER").await, json!(["NOT_FOUND", ["input", "orderId"]]));
    assert_eq!(
        server.anonymous().code(COMPLETE, about(&server, id, json!({ "code": "CHARGER" })).await).await,
        "UNAUTHENTICATED"
    );
    let mut stale = about(&server, id, json!({ "code": "CHARGER" })).await;
    stale["input"]["expectedVersion"] = json!(1);
    assert_eq!(code_and_field(&customer.payload(COMPLETE, stale).await)[0], "VERSION_CONFLICT");
    let placed = ordered(&server, "PLACED").await;
    assert_eq!(tasks(&customer, placed).await, Vec::<Value>::new());
    let early = customer.payload(COMPLETE, about(&server, placed, json!({ "code": "CHARGER" })).await).await;
    assert_eq!(code_and_field(&early), of_code("NOT_ELIGIBLE"));
    assert_eq!(order_row(&server, id).await.version, row.version, "nothing changed");
    let cancelled = order_in(&server, OrderStatus::Cancelled).await;
    assert_eq!(tasks(&server.operator(), cancelled.id).await, Vec::<Value>::new());
}
