//! `deliveryMilestoneUpdated`.

use std::time::Duration;

use entity::order::order;
use entity::{MilestoneCode as Code, MilestoneState as State, OrderId};
use milepost::access::ViewerKind;
use milepost::events::{Draft, log};
use milepost::store::Tx;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{order_in, order_row, other_store, record, staff_of};
use crate::harness::{Client, Server, Stream};

pub const FOLLOW: &str = "subscription($orderId: ID, $storeId: ID, $after: Int64, $cursor: String) {
    deliveryMilestoneUpdated(orderId: $orderId, storeId: $storeId, afterSequence: $after, after: $cursor) {
        sequence previousSequence cursor eventId occurredAt replayed replayGap kind
        order { id version status store { name } } milestone { code state } eta { likely pausedBy } } }";

pub async fn next(stream: &mut Stream) -> Value {
    stream.data().await["deliveryMilestoneUpdated"].clone()
}

fn of_order(id: OrderId) -> Value {
    json!({ "orderId": id.to_string() })
}

/// Records a milestone of the demo order as an operator; answers the payload.
pub async fn report(server: &Server, code: Code, state: State) -> Value {
    let version = order_row(server, server.demo.order).await.version;
    let payload = record(&server.operator(), server.demo.order, version, code, state).await;
    assert_eq!(payload["userErrors"], json!([]), "{code}");
    payload
}

/// Numbers of the order's events that a follower is told.
async fn told(server: &Server, stream: &str, after: i64) -> Vec<i64> {
    use entity::EventKind::{EtaChanged, MilestoneChanged};
    let entries = log::read(server.db().conn(), stream, after, 10_000).await.unwrap();
    let shown = entries.into_iter().filter(|entry| matches!(entry.kind, EtaChanged | MilestoneChanged));
    shown.map(|entry| entry.sequence).collect()
}

#[tokio::test]
async fn a_snapshot_comes_first_and_then_what_another_client_records_on_both_transports() {
    let server = Server::start().await;
    let id = server.demo.order;
    let head = log::head(server.db().conn(), &format!("order:{id}")).await.unwrap();
    let mut streams = [
        server.customer().subscribe_ws(FOLLOW, of_order(id)).await,
        server.consultant().subscribe_sse(FOLLOW, of_order(id)).await,
    ];
    for stream in &mut streams {
        let first = next(stream).await;
        assert_eq!((&first["kind"], &first["replayed"]), (&json!("SNAPSHOT"), &json!(false)));
        assert_eq!((&first["sequence"], &first["previousSequence"]), (&json!(head), &json!(null)));
        assert_eq!(first["order"]["id"], id.to_string());
        assert_eq!(first["milestone"], json!(null));
    }
    let payload = report(&server, Code::Arrived, State::Done).await;
    for stream in &mut streams {
        let news = next(stream).await;
        assert_eq!(news["kind"], "REACHED");
        assert_eq!(news["milestone"], json!({ "code": "ARRIVED", "state": "DONE" }));
        assert_eq!((&news["sequence"], &news["previousSequence"]), (&json!(head + 1), &json!(head)));
        assert_eq!(news["order"]["version"], payload["order"]["version"]);
        assert_eq!(news["replayed"], false);
    }
}

#[tokio::test]
async fn a_number_brings_back_exactly_what_came_after_it() {
    let server = Server::start().await;
    let id = server.demo.order;
    let stream = format!("order:{id}");
    let head = log::head(server.db().conn(), &stream).await.unwrap();
    let mut live = server.customer().subscribe_ws(FOLLOW, of_order(id)).await;
    assert_eq!(next(&mut live).await["kind"], "SNAPSHOT");
    for code in [Code::Arrived, Code::PdiDone] {
        report(&server, code, State::Done).await;
    }
    let wanted = told(&server, &stream, head).await;
    let mut seen = Vec::new();
    for _ in &wanted {
        seen.push(next(&mut live).await);
    }
    assert_eq!(seen.iter().map(|news| news["sequence"].as_i64().unwrap()).collect::<Vec<_>>(), wanted);
    for (place, after) in std::iter::once(head).chain(wanted.iter().copied()).enumerate() {
        let mut variables = of_order(id);
        variables["after"] = json!(after);
        let mut replay = server.customer().subscribe_sse(FOLLOW, variables).await;
        let mut previous = after;
        for known in &seen[place..] {
            let news = next(&mut replay).await;
            assert_eq!((&news["sequence"], &news["eventId"]), (&known["sequence"], &known["eventId"]));
            assert_eq!((&news["kind"], &news["replayed"]), (&known["kind"], &json!(true)));
            assert_eq!(news["previousSequence"], previous);
            previous = news["sequence"].as_i64().unwrap();
        }
        if after == head {
            report(&server, Code::PdiDone, State::RolledBack).await;
            let news = next(&mut replay).await;
            assert_eq!((&news["kind"], &news["replayed"]), (&json!("ROLLED_BACK"), &json!(false)));
            seen.push(next(&mut live).await);
            while told(&server, &stream, head).await.len() > seen.len() {
                seen.push(next(&mut live).await);
            }
        }
    }
}

#[tokio::test]
async fn a_store_is_followed_as_one_stream() {
    let server = Server::start().await;
    let demo = server.demo;
    let variables = json!({ "storeId": demo.store.to_string() });
    let mut stream = server.manager().subscribe_ws(FOLLOW, variables.clone()).await;
    let under_way = ["PLACED", "LOCKED", "CONTRACTED", "IN_FULFILLMENT", "READY_FOR_DELIVERY"];
    let rows = order::Entity::find()
        .filter(milepost::order::policy::of_store(demo.store))
        .filter(order::Column::Status.is_in(under_way))
        .all(server.db().conn())
        .await
        .unwrap();
    let head = log::head(server.db().conn(), &format!("store:{}", demo.store)).await.unwrap();
    for _ in &rows {
        let first = next(&mut stream).await;
        assert_eq!((&first["kind"], &first["sequence"]), (&json!("SNAPSHOT"), &json!(head)));
    }
    report(&server, Code::Arrived, State::Done).await;
    let news = next(&mut stream).await;
    assert_eq!((&news["kind"], &news["order"]["id"]), (&json!("REACHED"), &json!(demo.order.to_string())));
    assert_eq!(news["previousSequence"], head);

    let outsider = staff_of(&server, other_store(&server, &order_row(&server, demo.order).await).await).await;
    for (client, code) in
        [(outsider, "FORBIDDEN"), (server.customer(), "FORBIDDEN"), (server.anonymous(), "UNAUTHENTICATED")]
    {
        assert_eq!(refused(&client, variables.clone()).await, code);
    }
    let absent = json!({ "storeId": entity::StoreId::generate().to_string() });
    assert_eq!(refused(&server.operator(), absent).await, "NOT_FOUND");
}

/// Code with which a subscription ends at once.
async fn refused(client: &Client, variables: Value) -> String {
    let mut stream = client.subscribe_ws(FOLLOW, variables).await;
    let answer = stream.next().await;
    assert!(stream.try_next().await.is_none(), "the stream ends");
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
}

#[tokio::test]
async fn what_cannot_be_followed_says_why() {
    let server = Server::start().await;
    let id = server.demo.order;
    let foreign = order_in(&server, entity::OrderStatus::Placed).await;
    assert_ne!(foreign.customer_id, server.demo.customer);
    let customer = server.customer();
    assert_eq!(refused(&customer, of_order(foreign.id)).await, "NOT_FOUND");
    assert_eq!(refused(&customer, of_order(OrderId::generate())).await, "NOT_FOUND");
    assert_eq!(refused(&customer, json!({ "orderId": "nonsense" })).await, "BAD_USER_INPUT");
    assert_eq!(refused(&customer, json!({})).await, "BAD_USER_INPUT");
    let both = json!({ "orderId": id.to_string(), "storeId": server.demo.store.to_string() });
    assert_eq!(refused(&server.operator(), both).await, "BAD_USER_INPUT");
    assert_eq!(refused(&server.anonymous(), of_order(id)).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_right_that_is_lost_ends_the_stream() {
    let server = Server::start().await;
    let id = server.demo.order;
    let before = order_row(&server, id).await;
    let mut staff = server.consultant().subscribe_ws(FOLLOW, of_order(id)).await;
    let mut customer = server.customer().subscribe_ws(FOLLOW, of_order(id)).await;
    for stream in [&mut staff, &mut customer] {
        assert_eq!(next(stream).await["kind"], "SNAPSHOT");
    }
    let elsewhere = other_store(&server, &before).await;
    let app = server.app();
    let mut tx = Tx::begin(&app.db, app.clock.now()).await.unwrap();
    let moved = order::ActiveModel {
        id: Set(id),
        store_id: Set(elsewhere),
        delivery_store_id: Set(elsewhere),
        version: Set(before.version + 1),
        ..Default::default()
    };
    moved.update(tx.conn()).await.unwrap();
    tx.emit(Draft {
        kind: entity::EventKind::OrderStatusChanged,
        aggregate: id.to_string(),
        version: before.version + 1,
        streams: vec![format!("order:{id}")],
        payload: json!({}),
    });
    tx.commit(&app.hub).await.unwrap();
    let end = staff.next().await;
    assert_eq!(end["errors"][0]["extensions"]["code"], "FORBIDDEN", "{end}");
    assert!(staff.try_next().await.is_none());
    assert!(customer.is_quiet(Duration::from_millis(300)).await, "the customer's right stands");
}

#[tokio::test]
async fn a_token_that_runs_out_ends_the_stream() {
    let server = Server::start().await;
    let kind = ViewerKind::Customer(server.demo.customer);
    let client = server.with_token(&server.token_for(kind, &[], chrono::Duration::seconds(3)));
    let mut stream = client.subscribe_sse(FOLLOW, of_order(server.demo.order)).await;
    assert_eq!(next(&mut stream).await["kind"], "SNAPSHOT");
    let end = stream.next().await;
    assert_eq!(end["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{end}");
    assert!(stream.try_next().await.is_none());
}

/// Writes an event of the demo order that says of a milestone what is so already.
pub async fn say(server: &Server) {
    let app = server.app();
    let mut tx = Tx::begin(&app.db, app.clock.now()).await.unwrap();
    tx.emit(Draft {
        kind: entity::EventKind::MilestoneChanged,
        aggregate: server.demo.order.to_string(),
        version: 1,
        streams: vec![format!("order:{}", server.demo.order)],
        payload: json!({ "code": "SHIPPED", "from": "PENDING", "to": "DONE" }),
    });
    tx.commit(&app.hub).await.unwrap();
}

#[tokio::test]
async fn a_long_absence_is_replayed_in_pages_and_goes_over_into_what_is_written_meanwhile() {
    let server = Server::start().await;
    let head = log::head(server.db().conn(), &format!("order:{}", server.demo.order)).await.unwrap();
    for _ in 0..230 {
        say(&server).await;
    }
    let mut variables = of_order(server.demo.order);
    variables["after"] = json!(head);
    let mut stream = server.customer().subscribe_ws(FOLLOW, variables).await;
    let write = async {
        for _ in 0..70 {
            say(&server).await;
        }
    };
    let read = async {
        let mut ids = std::collections::BTreeSet::new();
        for wanted in head + 1..=head + 300 {
            let news = next(&mut stream).await;
            assert_eq!((&news["sequence"], &news["previousSequence"]), (&json!(wanted), &json!(wanted - 1)));
            assert!(ids.insert(news["eventId"].to_string()));
        }
    };
    tokio::join!(write, read);
    assert!(stream.is_quiet(Duration::from_millis(200)).await);
}
