//! Equal subscriptions are told together, and each is told the same as if it were alone.

use std::time::Duration;

use async_graphql::{Request, Variables};
use entity::order::order;
use entity::{Locale, MilestoneCode as Code, MilestoneState as State};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use milepost::access::{Viewer, ViewerKind};
use milepost::events::{Draft, log};
use milepost::graph::call::CallState;
use milepost::graph::gateway::{Payload, Told};
use milepost::store::Tx;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbBackend};
use serde_json::{Value, json};

use crate::harness::{PATIENCE, Server, Socket, Stream};
use crate::order::feed::{FOLLOW, next, report, say};

/// A socket of the demo customer on which so many equal subscriptions run, each with its snapshot.
async fn equals(server: &Server, many: usize) -> Socket {
    let customer = server.customer();
    let mut socket = Socket::open(&server.url(), &[]).await;
    let payload = json!({ "authorization": customer.authorization() });
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
    for id in 0..many {
        let payload = json!({ "query": FOLLOW, "variables": { "orderId": server.demo.order.to_string() } });
        socket.send(json!({ "type": "subscribe", "id": id.to_string(), "payload": payload })).await;
    }
    for _ in 0..many {
        assert_eq!(socket.json().await["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
    }
    socket
}

/// Once all who are to sit together do: nothing shows it from outside, so the settled state is waited for.
async fn settled() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// Statements of a message, which shows an order: on SQLite a list takes one of its own.
fn reading(server: &Server) -> u64 {
    match server.db().backend() {
        DbBackend::Postgres => 1,
        _ => 2,
    }
}

/// `MILEPOST_TEST_EQUALS=10000` is the long form.
#[tokio::test]
async fn one_event_for_many_equal_subscriptions_is_judged_read_and_written_once() {
    let many: usize = std::env::var("MILEPOST_TEST_EQUALS").map_or(500, |text| text.parse().unwrap());
    let server = Server::setup()
        .setting("MILEPOST_LIMITS__OPERATIONS_PER_SOCKET", "500")
        .setting("MILEPOST_LIMITS__CONNECTIONS_PER_CALLER", "100")
        .start()
        .await;
    let writing = server.count_statements(say(&server)).await;
    let mut sockets = Vec::new();
    for _ in 0..many.div_ceil(500) {
        sockets.push(equals(&server, many.min(500)).await);
    }
    settled().await;
    let reading = reading(&server);
    let told = server.gateway().told();
    let mut least = u64::MAX;
    // A look at what was written lately, once a second, may fall into some of them.
    for _ in 0..10 {
        let (messages, runs) = (told.messages(), told.runs());
        let event = async {
            say(&server).await;
            sockets[0].json().await
        };
        let (first, statements) = server.counted(event).await;
        assert_eq!(first["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "REACHED");
        for (place, socket) in sockets.iter_mut().enumerate() {
            for _ in usize::from(place == 0)..many.min(500) {
                assert_eq!(socket.json().await["payload"], first["payload"]);
            }
        }
        assert_eq!(told.messages() - messages, 1, "messages made");
        assert_eq!(told.runs(), runs, "runs begun");
        least = least.min(statements);
        if least == writing + reading {
            return;
        }
    }
    panic!("{least} statements, {writing} of them to write; wanted {reading} beside those");
}

#[tokio::test]
async fn who_rests_alone_has_no_run_and_wakes_without_looking_up() {
    let server = Server::start().await;
    let writing = server.count_statements(say(&server)).await;
    let variables = json!({ "orderId": server.demo.order.to_string() });
    let mut stream = server.customer().subscribe_ws(FOLLOW, variables).await;
    assert_eq!(next(&mut stream).await["kind"], "SNAPSHOT");
    let reading = reading(&server);
    let told = server.gateway().told();
    let mut least = u64::MAX;
    // As above, for the look once a second.
    for _ in 0..10 {
        settled().await;
        let runs = told.runs();
        let event = async {
            say(&server).await;
            next(&mut stream).await
        };
        let (news, statements) = server.counted(event).await;
        assert_eq!((&news["kind"], &news["replayed"]), (&json!("REACHED"), &json!(false)));
        assert_eq!(told.runs() - runs, 1, "runs begun");
        least = least.min(statements);
        if least == writing + reading {
            return;
        }
    }
    panic!("{least} statements, {writing} of them to write; wanted {reading} beside those");
}

/// All that a subscription is told, as numbers with what it says came before.
async fn numbers(stream: &mut Stream, many: usize) -> Vec<(i64, Option<i64>, bool)> {
    let mut numbers = Vec::new();
    for _ in 0..many {
        let news = next(stream).await;
        let number = news["sequence"].as_str().map_or_else(|| news["sequence"].as_i64(), |text| text.parse().ok());
        numbers.push((number.unwrap(), news["previousSequence"].as_i64(), news["replayed"].as_bool().unwrap()));
    }
    numbers
}

#[tokio::test]
async fn who_comes_later_or_comes_back_is_told_the_same() {
    let server = Server::start().await;
    let order = server.demo.order;
    let head = log::head(server.db().conn(), &format!("order:{order}")).await.unwrap();
    let at = |after: Value| json!({ "orderId": order.to_string(), "after": after });
    let customer = server.customer();
    let mut early = Vec::new();
    for _ in 0..3 {
        let mut stream = customer.subscribe_ws(FOLLOW, at(json!(null))).await;
        assert_eq!(next(&mut stream).await["kind"], "SNAPSHOT");
        early.push(stream);
    }
    settled().await;
    say(&server).await;
    let mut late = customer.subscribe_ws(FOLLOW, at(json!(head))).await;
    assert_eq!(numbers(&mut late, 1).await, [(head + 1, Some(head), true)]);
    let mut new = customer.subscribe_sse(FOLLOW, at(json!(null))).await;
    assert_eq!(next(&mut new).await["kind"], "SNAPSHOT");
    for _ in 0..2 {
        settled().await;
        say(&server).await;
    }
    for stream in &mut early {
        let told = numbers(stream, 3).await;
        let wanted: Vec<_> = (head + 1..=head + 3).map(|number| (number, Some(number - 1), false)).collect();
        assert_eq!(told, wanted);
    }
    for stream in [&mut late, &mut new] {
        let wanted = [(head + 2, Some(head + 1), false), (head + 3, Some(head + 2), false)];
        assert_eq!(numbers(stream, 2).await, wanted);
    }
    // The first three together twice, then all five.
    assert!(server.gateway().told().messages() < 3 + 3 * 3 + 2 * 3);
}

#[tokio::test]
async fn events_in_quick_succession_reach_all_in_order() {
    let server = Server::start().await;
    let order = server.demo.order;
    let head = log::head(server.db().conn(), &format!("order:{order}")).await.unwrap();
    let mut streams = Vec::new();
    for after in [Value::Null, json!(head), Value::Null, json!(head), Value::Null] {
        streams.push(
            server.customer().subscribe_ws(FOLLOW, json!({ "orderId": order.to_string(), "after": after })).await,
        );
    }
    let write = async {
        for _ in 0..200 {
            say(&server).await;
        }
    };
    let read = async {
        for (place, stream) in streams.iter_mut().enumerate() {
            let mut last = head;
            if place.is_multiple_of(2) {
                last = numbers(stream, 1).await[0].0;
            }
            for number in last + 1..=head + 200 {
                let told = numbers(stream, 1).await;
                assert_eq!((told[0].0, told[0].1), (number, Some(number - 1)), "subscription {place}");
            }
        }
    };
    tokio::join!(write, read);
}

/// The next number of a subscription at the schema's entry, where no connection holds anything back.
async fn told(stream: &mut BoxStream<'static, Told>) -> (i64, Option<i64>, bool) {
    let told = tokio::time::timeout(PATIENCE, stream.next()).await.expect("an answer in time").expect("an answer");
    let data = match told.payload {
        Payload::Own(answer) => answer.data.into_json().unwrap(),
        Payload::Shared(json) => serde_json::from_str::<Value>(json.get()).unwrap()["data"].clone(),
    };
    let news = &data["deliveryMilestoneUpdated"];
    (news["sequence"].as_i64().unwrap(), news["previousSequence"].as_i64(), news["replayed"].as_bool().unwrap())
}

#[tokio::test]
async fn who_does_not_read_for_a_while_finds_everything_in_the_log() {
    let server = Server::start().await;
    let subscribe = || {
        let variables = Variables::from_json(json!({ "orderId": server.demo.order.to_string() }));
        let viewer = Viewer::of(ViewerKind::Customer(server.demo.customer));
        let call = CallState::new(server.app().clone(), viewer, Locale::En, "test".into());
        server.gateway().stream(Request::new(FOLLOW).variables(variables), None, call)
    };
    let (mut reader, mut sleeper) = (subscribe(), subscribe());
    let head = told(&mut reader).await.0;
    assert_eq!(told(&mut sleeper).await.0, head);
    // Both sit down when they are next asked.
    for stream in [&mut reader, &mut sleeper] {
        assert!(tokio::time::timeout(Duration::from_millis(200), stream.next()).await.is_err());
    }
    let runs = server.gateway().told().runs();
    for number in head + 1..=head + 100 {
        say(&server).await;
        assert_eq!(told(&mut reader).await, (number, Some(number - 1), false));
    }
    assert_eq!(server.gateway().told().runs(), runs);
    for number in head + 1..=head + 100 {
        assert_eq!(told(&mut sleeper).await, (number, Some(number - 1), false));
    }
    assert_eq!(server.gateway().told().runs(), runs + 1, "it went on alone");
    // Then it sits with the other again.
    assert!(tokio::time::timeout(Duration::from_millis(200), sleeper.next()).await.is_err());
    let messages = server.gateway().told().messages();
    say(&server).await;
    assert_eq!(told(&mut reader).await, told(&mut sleeper).await);
    assert_eq!(server.gateway().told().messages(), messages + 1);
}

#[tokio::test]
async fn only_equals_are_told_together() {
    let server = Server::start().await;
    let variables = json!({ "orderId": server.demo.order.to_string() });
    let mut streams = Vec::new();
    for client in [server.customer(), server.customer().language("zh-CN"), server.consultant(), server.manager()] {
        for _ in 0..2 {
            let mut stream = client.subscribe_sse(FOLLOW, variables.clone()).await;
            assert_eq!(next(&mut stream).await["kind"], "SNAPSHOT");
            streams.push(stream);
        }
    }
    settled().await;
    let before = server.gateway().told().messages();
    say(&server).await;
    for stream in &mut streams {
        assert_eq!(next(stream).await["kind"], "REACHED");
    }
    assert_eq!(server.gateway().told().messages() - before, 4);
}

#[tokio::test]
async fn whose_rights_change_is_told_alone() {
    let server = Server::start().await;
    let consultant = |store| server.token(ViewerKind::Staff { id: server.demo.consultant, store, manager: false }, &[]);
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let mut socket = Socket::open(&server.url(), &[]).await;
        let payload = json!({ "authorization": format!("Bearer {}", consultant(server.demo.store)) });
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.json().await["type"], "connection_ack");
        let payload = json!({ "query": FOLLOW, "variables": { "orderId": server.demo.order.to_string() } });
        socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
        assert_eq!(socket.json().await["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
        sockets.push(socket);
    }
    settled().await;
    let fresh = format!("Bearer {}", consultant(entity::StoreId::generate()));
    sockets[1].send(json!({ "type": "ping", "payload": { "authorization": fresh } })).await;
    assert_eq!(sockets[1].json().await["type"], "pong");
    report(&server, Code::Arrived, State::Done).await;
    assert_eq!(sockets[0].json().await["payload"]["data"]["deliveryMilestoneUpdated"]["kind"], "REACHED");
    let end = sockets[1].json().await;
    assert_eq!(end["payload"]["data"], json!(null), "{end}");
    assert!(["FORBIDDEN", "NOT_FOUND"].map(Value::from).contains(&end["payload"]["errors"][0]["extensions"]["code"]));
}

#[tokio::test]
async fn a_right_that_is_lost_ends_all_of_them() {
    let server = Server::start().await;
    let id = server.demo.order;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = server.consultant().subscribe_ws(FOLLOW, json!({ "orderId": id.to_string() })).await;
        assert_eq!(next(&mut stream).await["kind"], "SNAPSHOT");
        streams.push(stream);
    }
    settled().await;
    let app = server.app();
    let elsewhere = crate::order::other_store_of(&server, id).await;
    let mut tx = Tx::begin(&app.db, app.clock.now()).await.unwrap();
    let moved = order::ActiveModel {
        id: Set(id),
        store_id: Set(elsewhere),
        delivery_store_id: Set(elsewhere),
        ..Default::default()
    };
    moved.update(tx.conn()).await.unwrap();
    tx.emit(Draft {
        kind: entity::EventKind::OrderStatusChanged,
        aggregate: id.to_string(),
        version: 1,
        streams: vec![format!("order:{id}")],
        payload: json!({}),
    });
    tx.commit(&app.hub).await.unwrap();
    for stream in &mut streams {
        let end = stream.next().await;
        assert!(end["data"].is_null(), "{end}");
        assert!(stream.try_next().await.is_none());
    }
}
