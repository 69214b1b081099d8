//! The conversation on an order (C076).

use std::collections::BTreeSet;

use chrono::{Duration, TimeDelta};
use entity::order::{conversation, event, message, order, shared_file};
use entity::{OrderId, OrderStatus, StoreId};
use futures_util::future::join_all;
use milepost::access::{Scope, ViewerKind};
use milepost::order::Revision;
use milepost::store::Tx;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{key, order_row, other_store_of, staff_of};
use crate::harness::{Client, Server};

const SEND: &str = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
    message { id number side senderRole isMine text sentAt recalledAt staff { name } customer { displayName }
        files { id name contentType size sha256 state link { url expiresAt } } }
    conversation { messageCount unanswered unreadCount readUpTo readByOtherUpTo }
    userErrors { code field message } } }";

const READ: &str = "mutation($input: MessagesMarkReadInput!) { messagesMarkRead(input: $input) {
    conversation { unreadCount readUpTo readByOtherUpTo } userErrors { code field } } }";

const RECALL: &str = "mutation($input: MessageRecallInput!) { messageRecall(input: $input) {
    message { number text recalledAt files { id } } conversation { messageCount unanswered }
    userErrors { code field } } }";

const TALK: &str =
    "query($id: ID!) { order(id: $id) { conversation { id messageCount unanswered unreadCount readUpTo readByOtherUpTo
    closesAt messages(first: 3) { number side text isMine } } } }";

const LIST: &str = "query($id: ID!, $direction: Direction, $first: Int!, $after: String) {
    messages(orderId: $id, direction: $direction, first: $first, after: $after) {
        nodes { number text } pageInfo { hasNextPage endCursor } totalCount { value } } }";

const INBOX: &str = "query($where: ConversationWhereInput, $first: Int!) { conversations(where: $where, first: $first) {
    nodes { id unanswered unreadCount lastMessageAt order { id number } messages(first: 1) { number text files { id } } } } }";

/// The input of a message.
fn says(order: OrderId, text: &str) -> Value {
    json!({ "idempotencyKey": key(), "orderId": order.to_string(), "text": text })
}

/// Sends, and answers the payload.
pub async fn send(client: &Client, input: Value) -> Value {
    client.payload(SEND, json!({ "input": input })).await
}

async fn sent(client: &Client, order: OrderId, text: &str) -> Value {
    let payload = send(client, says(order, text)).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload["message"].clone()
}

/// The demo's order, on which nobody has written.
pub async fn blank(server: &Server) -> OrderId {
    let (db, id) = (server.db().conn(), server.demo.order);
    message::Entity::delete_many().filter(message::Column::OrderId.eq(id)).exec(db).await.unwrap();
    conversation::Entity::delete_many().filter(conversation::Column::OrderId.eq(id)).exec(db).await.unwrap();
    id
}

async fn row(server: &Server, order: OrderId) -> Option<conversation::Model> {
    let of_order = conversation::Column::OrderId.eq(order);
    conversation::Entity::find().filter(of_order).one(server.db().conn()).await.unwrap()
}

async fn messages(server: &Server, order: OrderId) -> Vec<message::Model> {
    let of_order = message::Entity::find().filter(message::Column::OrderId.eq(order));
    of_order.order_by_asc(message::Column::Number).all(server.db().conn()).await.unwrap()
}

fn codes(payload: &Value) -> Vec<(String, Value)> {
    let errors = payload["userErrors"].as_array().expect("errors");
    errors.iter().map(|error| (error["code"].as_str().unwrap().to_owned(), error["field"].clone())).collect()
}

fn refusal(code: &str, field: &[&str]) -> Vec<(String, Value)> {
    vec![(code.to_owned(), json!([&["input"], field].concat()))]
}

async fn talk(client: &Client, order: OrderId) -> Value {
    client.data(TALK, json!({ "id": order.to_string() })).await["order"]["conversation"].clone()
}

#[tokio::test]
async fn customer_and_store_write_to_each_other_and_each_is_told_what_is_new() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    assert_eq!(talk(&customer, id).await, json!(null));

    let payload = send(&customer, says(id, "  When does it come?\r\nI'll be away in May. ")).await;
    let message = &payload["message"];
    assert_eq!((&message["number"], &message["side"]), (&json!(1), &json!("CUSTOMER")));
    assert_eq!((&message["senderRole"], &message["isMine"]), (&json!("CUSTOMER"), &json!(true)));
    assert_eq!(message["text"], "When does it come?\nI'll be away in May.");
    assert_eq!((&message["staff"], &message["files"]), (&json!(null), &json!([])));
    let counted =
        json!({ "messageCount": 1, "unanswered": true, "unreadCount": 0, "readUpTo": 0, "readByOtherUpTo": 0 });
    assert_eq!(payload["conversation"], counted);

    let seen = talk(&consultant, id).await;
    assert_eq!((&seen["unanswered"], &seen["unreadCount"]), (&json!(true), &json!(1)));
    assert_eq!(seen["messages"][0]["isMine"], false);
    sent(&customer, id, "Hello?").await;
    let answer = sent(&consultant, id, "In April.").await;
    assert_eq!((&answer["number"], &answer["senderRole"]), (&json!(3), &json!("CONSULTANT")));
    assert!(answer["staff"]["name"].is_string() && answer["customer"].is_null());

    let read = json!({ "input": { "orderId": id.to_string(), "upTo": 1 } });
    let payload = consultant.payload(READ, read.clone()).await;
    assert_eq!(payload["conversation"], json!({ "unreadCount": 1, "readUpTo": 1, "readByOtherUpTo": 0 }));
    // Another of the store reads for it, and nobody unreads.
    let manager = server.manager();
    let up_to = |number: i32| json!({ "input": { "orderId": id.to_string(), "upTo": number } });
    assert_eq!(manager.payload(READ, up_to(3)).await["conversation"]["unreadCount"], 0);
    assert_eq!(consultant.payload(READ, read).await["conversation"]["readUpTo"], 3);
    let seen = talk(&customer, id).await;
    assert_eq!(
        (&seen["unreadCount"], &seen["readByOtherUpTo"], &seen["unanswered"]),
        (&json!(1), &json!(3), &json!(false))
    );
    assert_eq!(seen["closesAt"], json!(null));
    let numbers: Vec<_> = seen["messages"].as_array().unwrap().iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3], "the newest last");
    for wrong in [0, -1, 4] {
        let payload = customer.payload(READ, up_to(wrong)).await;
        assert_eq!(codes(&payload), refusal("INVALID", &["upTo"]));
    }
    let kept = row(&server, id).await.unwrap();
    assert_eq!((kept.customer_read, kept.customer_unread, kept.store_read, kept.store_unread), (0, 1, 3, 0));
    assert_eq!(server.operator().code(READ, up_to(3)).await, "FORBIDDEN", "an operator reads for nobody");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_once_and_nothing_is_written() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let customer = server.customer();
    let long = "x".repeat(2001);
    let nothing = entity::SharedFileId::generate().to_string();
    for (changed, wanted) in [
        (json!({ "text": " " }), vec![("REQUIRED", vec!["text"])]),
        (json!({ "text": null }), vec![("REQUIRED", vec!["text"])]),
        (json!({ "text": "a\u{202e}b" }), vec![("INVALID", vec!["text"])]),
        (
            json!({ "text": long, "fileIds": ["x", nothing] }),
            vec![("INVALID", vec!["text"]), ("INVALID_ID", vec!["fileIds", "0"])],
        ),
        (json!({ "fileIds": [nothing, nothing] }), vec![("DUPLICATE", vec!["fileIds", "1"])]),
        (json!({ "fileIds": vec![nothing.clone(); 11] }), vec![("LIMIT_REACHED", vec!["fileIds"])]),
        (json!({ "fileIds": [nothing] }), vec![("NOT_FOUND", vec!["fileIds", "0"])]),
        (json!({ "orderId": "x" }), vec![("INVALID_ID", vec!["orderId"])]),
    ] {
        let mut input = says(id, "Hello");
        input.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let payload = send(&customer, input).await;
        let wanted: Vec<_> = wanted.into_iter().flat_map(|(code, field)| refusal(code, &field)).collect();
        assert_eq!(codes(&payload), wanted, "{changed}");
        assert_eq!(payload["message"], json!(null));
    }
    assert!(row(&server, id).await.is_none() && messages(&server, id).await.is_empty());
    let payload = send(&customer, says(id, &"曜".repeat(2000))).await;
    assert_eq!(payload["message"]["number"], 1, "characters, not bytes");
}

#[tokio::test]
async fn nobody_else_sees_or_says_anything() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let said = sent(&server.customer(), id, "Between us").await;
    let stranger = order::Entity::find().filter(order::Column::CustomerId.ne(server.demo.customer));
    let stranger = stranger.one(server.db().conn()).await.unwrap().unwrap().customer_id;
    let elsewhere = staff_of(&server, other_store_of(&server, id).await).await;
    let list = json!({ "id": id.to_string(), "first": 10 });
    let before = (row(&server, id).await, messages(&server, id).await);
    for client in [server.customer_with(stranger), elsewhere] {
        assert_eq!(client.data(LIST, list.clone()).await["messages"]["nodes"], json!([]));
        let node = client.data("query($id: ID!) { node(id: $id) { id } }", json!({ "id": said["id"] })).await;
        assert_eq!(node["node"], json!(null));
        assert_eq!(codes(&send(&client, says(id, "Hello")).await), refusal("NOT_FOUND", &["orderId"]));
        let read = json!({ "input": { "orderId": id.to_string(), "upTo": 1 } });
        assert_eq!(codes(&client.payload(READ, read).await), refusal("NOT_FOUND", &["orderId"]));
        let recall = json!({ "input": { "idempotencyKey": key(), "messageId": said["id"] } });
        assert_eq!(codes(&client.payload(RECALL, recall).await), refusal("NOT_FOUND", &["messageId"]));
    }
    assert_eq!(before, (row(&server, id).await, messages(&server, id).await));
    let input = json!({ "input": says(id, "Hello") });
    assert_eq!(server.anonymous().code(SEND, input.clone()).await, "UNAUTHENTICATED");
    assert_eq!(server.system().code(SEND, input).await, "FORBIDDEN");
    assert_eq!(server.anonymous().code(LIST, list.clone()).await, "UNAUTHENTICATED");
    assert_eq!(server.customer().code(INBOX, json!({ "first": 3 })).await, "FORBIDDEN");

    // An operator looks in, and reads with the right to.
    let text = |answer: &Value| answer["messages"]["nodes"][0]["text"].clone();
    assert_eq!(text(&server.operator().data(LIST, list.clone()).await), "****");
    let trusted = server.client(ViewerKind::Operator(server.demo.operator), &[Scope::PiiRead]);
    assert_eq!(text(&trusted.data(LIST, list).await), "Between us");
    assert_eq!(sent(&server.operator(), id, "The car maker here").await["senderRole"], "OPERATOR");
}

#[tokio::test]
async fn what_was_said_stands_nowhere_in_clear() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let secret = "corresponding-to-nobody-else-4711";
    let said = sent(&server.customer(), id, secret).await;
    let kept = messages(&server, id).await[0].text.clone().unwrap();
    let has = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    assert!(!has(&kept.0));
    let db = server.db().conn();
    let told = entity::log::event::Entity::find()
        .filter(entity::log::event::Column::Kind.eq(entity::EventKind::MessageSent))
        .all(db)
        .await
        .unwrap();
    let streams: BTreeSet<_> = told.iter().map(|entry| entry.stream.clone()).collect();
    let wanted =
        [format!("customer:{}", server.demo.customer), format!("order:{id}"), format!("store:{}", server.demo.store)];
    assert!(wanted.iter().all(|stream| streams.contains(stream)), "{streams:?}");
    assert_eq!(told[0].payload["message"], said["id"]);
    assert!(!has(told[0].payload.to_string().as_bytes()));
    if server.db().backend() == DbBackend::Sqlite {
        db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        for file in ["milepost.db", "milepost.db-wal"] {
            assert!(!has(&std::fs::read(server.folder().join(file)).unwrap_or_default()), "{file}");
        }
    }
}

#[tokio::test]
async fn one_key_is_one_message_and_many_at_once_stand_in_one_row() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let input = says(id, "Once");
    let payloads = join_all((0..40).map(|_| send(&customer, input.clone()))).await;
    let ids: BTreeSet<_> = payloads.iter().filter_map(|payload| payload["message"]["id"].as_str()).collect();
    assert_eq!(ids.len(), 1);
    for payload in &payloads {
        let errors = codes(payload);
        assert!(errors.is_empty() || errors == refusal("IDEMPOTENCY_IN_PROGRESS", &["idempotencyKey"]), "{errors:?}");
    }
    assert_eq!(messages(&server, id).await.len(), 1);

    let texts: Vec<String> = (0..15).map(|n| format!("{n}")).collect();
    let both = texts.iter().flat_map(|text| [(&customer, text), (&consultant, text)]);
    join_all(both.map(|(client, text)| sent(client, id, text))).await;
    let rows = messages(&server, id).await;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), (1..=31).collect::<Vec<_>>());
    let kept = row(&server, id).await.unwrap();
    assert_eq!((kept.message_count, kept.customer_unread, kept.store_unread), (31, 15, 16));
}

#[tokio::test]
async fn a_side_sends_so_many_a_minute() {
    let server = Server::start().await;
    let id = blank(&server).await;
    for n in 0..20 {
        // Of the store there are several people, and one pace.
        let client = if n % 2 == 0 { server.consultant() } else { server.manager() };
        sent(&client, id, &n.to_string()).await;
    }
    let before = row(&server, id).await;
    let payload = send(&server.consultant(), says(id, "One more")).await;
    assert_eq!(codes(&payload), refusal("LIMIT_REACHED", &["orderId"]));
    assert_eq!((row(&server, id).await, messages(&server, id).await.len()), (before, 20));
    sent(&server.customer(), id, "The other side goes on").await;
    let later = Server::setup().beside(&server).clock(Duration::seconds(61)).start().await;
    assert_eq!(sent(&later.consultant(), id, "And so do we").await["number"], 22);
}

#[tokio::test]
async fn a_message_is_taken_back_by_its_sender_for_a_while() {
    let server = Server::start().await;
    let id = blank(&server).await;
    let (customer, consultant) = (server.customer(), server.consultant());
    let first = sent(&consultant, id, "Welcome").await;
    let said = sent(&customer, id, "Oops").await;
    let input = |message: &Value| json!({ "input": { "idempotencyKey": key(), "messageId": message["id"] } });
    assert_eq!(codes(&consultant.payload(RECALL, input(&said)).await), refusal("FORBIDDEN", &["messageId"]));
    assert_eq!(row(&server, id).await.unwrap().store_unread, 1);
    let payload = customer.payload(RECALL, input(&said)).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!((&payload["message"]["text"], &payload["message"]["number"]), (&json!(null), &json!(2)));
    assert!(payload["message"]["recalledAt"].is_string());
    assert_eq!(payload["conversation"], json!({ "messageCount": 2, "unanswered": false }));
    assert_eq!(row(&server, id).await.unwrap().store_unread, 0);
    assert!(messages(&server, id).await[1].text.is_none());
    assert_eq!(codes(&customer.payload(RECALL, input(&said)).await), refusal("DUPLICATE", &["messageId"]));
    let later = Server::setup().beside(&server).clock(Duration::seconds(121)).start().await;
    assert_eq!(
        codes(&later.consultant().payload(RECALL, input(&first)).await),
        refusal("NOT_ELIGIBLE", &["messageId"])
    );
    assert!(messages(&server, id).await[0].text.is_some());
}

#[tokio::test]
async fn after_its_orders_end_a_conversation_is_open_for_a_month_and_read_for_good() {
    let server = Server::start().await;
    let id = blank(&server).await;
    sent(&server.customer(), id, "Before").await;
    let db = server.db().conn();
    let ended = server.app().clock.now() - TimeDelta::days(29);
    let changed = order::Entity::update_many()
        .col_expr(order::Column::Status, Expr::value(OrderStatus::Completed))
        .col_expr(order::Column::UpdatedAt, Expr::value(server.app().clock.now()))
        .filter(order::Column::Id.eq(id));
    changed.exec(db).await.unwrap();
    let entry = event::Entity::find().filter(event::Column::OrderId.eq(id)).one(db).await.unwrap().unwrap();
    let told = event::Model {
        id: entity::OrderEventId::generate(),
        kind: entity::OrderEventKind::StatusChanged,
        to_status: Some(OrderStatus::Completed),
        occurred_at: ended,
        ..entry
    };
    event::Entity::insert(sea_orm::IntoActiveModel::into_active_model(told)).exec_without_returning(db).await.unwrap();
    sent(&server.consultant(), id, "Within").await;
    let closes: chrono::DateTime<chrono::Utc> =
        talk(&server.customer(), id).await["closesAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(closes, ended + TimeDelta::days(30));
    let later = Server::setup().beside(&server).clock(Duration::days(2)).start().await;
    let payload = send(&later.customer(), says(id, "After")).await;
    assert_eq!(codes(&payload), refusal("NOT_ELIGIBLE", &["orderId"]));
    assert_eq!(talk(&later.customer(), id).await["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pages_go_either_way_and_cost_the_same() {
    let server = Server::start().await;
    let id = blank(&server).await;
    for n in 1..=7 {
        let client = if n % 2 == 0 { server.customer() } else { server.consultant() };
        sent(&client, id, &n.to_string()).await;
    }
    for (direction, wanted) in [("DESC", [7, 6, 5, 4, 3, 2, 1]), ("ASC", [1, 2, 3, 4, 5, 6, 7])] {
        let (mut seen, mut after) = (Vec::new(), json!(null));
        loop {
            let variables = json!({ "id": id.to_string(), "direction": direction, "first": 3, "after": after });
            let page = server.customer().data(LIST, variables).await["messages"].clone();
            assert_eq!(page["totalCount"]["value"], 7);
            seen.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_i64().unwrap()));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, wanted);
    }
    let page = "query($id: ID!, $first: Int!) { messages(orderId: $id, first: $first) { nodes {
        number text files { name } staff { name } customer { displayName } } } }";
    let client = server.customer();
    let of = |first: i32| json!({ "id": id.to_string(), "first": first });
    let one = server.count_statements(client.data(page, of(1))).await;
    assert_eq!(server.count_statements(client.data(page, of(7))).await, one);
    assert!(one <= 3, "{one}");
}

#[tokio::test]
async fn a_store_has_an_inbox() {
    let server = Server::start().await;
    let id = blank(&server).await;
    sent(&server.customer(), id, "Is anybody there?").await;
    let all = |of: Value, first: i32| json!({ "where": of, "first": first });
    let newest = |answer: Value| answer["conversations"]["nodes"][0].clone();
    let first = newest(server.consultant().data(INBOX, all(json!(null), 5)).await);
    assert_eq!((&first["order"]["id"], &first["unanswered"]), (&json!(id.to_string()), &json!(true)));
    assert_eq!((&first["unreadCount"], &first["messages"][0]["text"]), (&json!(1), &json!("Is anybody there?")));
    let nodes =
        server.consultant().data(INBOX, all(json!({ "unanswered": true }), 100)).await["conversations"]["nodes"]
            .clone();
    assert!(nodes.as_array().unwrap().iter().all(|node| node["unanswered"] == true));
    sent(&server.consultant(), id, "Yes").await;
    let with = |nodes: &Value| nodes.as_array().unwrap().iter().any(|node| node["order"]["id"] == id.to_string());
    let nodes =
        server.consultant().data(INBOX, all(json!({ "unanswered": true }), 100)).await["conversations"]["nodes"]
            .clone();
    assert!(!with(&nodes));
    let nodes =
        server.operator().data(INBOX, all(json!({ "unanswered": false }), 100)).await["conversations"]["nodes"].clone();
    assert!(with(&nodes));
    let store = json!({ "storeId": server.demo.store.to_string() });
    let mine = server.operator().data(INBOX, all(store.clone(), 100)).await["conversations"]["nodes"].clone();
    let own = server.consultant().data(INBOX, all(store, 100)).await["conversations"]["nodes"].clone();
    let ids = |nodes: &Value| nodes.as_array().unwrap().iter().map(|node| node["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&mine), ids(&own));
    assert!(ids(&own).len() > 1);
    let one = server.count_statements(server.consultant().data(INBOX, all(json!(null), 1))).await;
    let many = server.count_statements(server.consultant().data(INBOX, all(json!(null), 50))).await;
    assert_eq!(one, many);

    // It goes with its order to another store.
    let other = other_store_of(&server, id).await;
    assert!(!with(&inbox_of(&server, other).await));
    move_to(&server, id, other).await;
    assert!(with(&inbox_of(&server, other).await));
    assert_eq!(row(&server, id).await.unwrap().delivery_store_id, other);
}

async fn inbox_of(server: &Server, store: StoreId) -> Value {
    let client = staff_of(server, store).await;
    client.data(INBOX, json!({ "where": null, "first": 100 })).await["conversations"]["nodes"].clone()
}

async fn move_to(server: &Server, id: OrderId, store: StoreId) {
    let app = server.app();
    let mut tx = Tx::begin(&app.db, app.clock.now()).await.unwrap();
    let mut revision = Revision::open(&tx, Condition::all(), id, "system".into()).await.unwrap().unwrap();
    revision.order.delivery_store_id = store;
    revision.set_status(OrderStatus::ReadyForDelivery, app.clock.now(), None);
    revision.save(&mut tx);
    tx.commit(&app.hub).await.unwrap();
    assert_eq!(order_row(server, id).await.delivery_store_id, store);
}

#[tokio::test]
async fn the_demo_shows_conversations() {
    let server = Server::start().await;
    let db = server.db().conn();
    assert!(conversation::Entity::find().count(db).await.unwrap() > 10);
    assert_eq!(shared_file::Entity::find().count(db).await.unwrap(), 0);
    let seen = talk(&server.consultant(), server.demo.order).await;
    assert_eq!(
        (&seen["messageCount"], &seen["unanswered"], &seen["unreadCount"]),
        (&json!(3), &json!(true), &json!(1))
    );
}
