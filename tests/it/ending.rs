//! How a write transaction ends: what was put off, then the stream counters, then the events.

use std::time::Duration;

use entity::EventKind;
use entity::log::{event, idempotency};
use milepost::events::{Draft, log};
use milepost::store::Tx;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, TransactionTrait,
};
use serde_json::json;
use tokio::time::timeout;

use crate::harness::Server;

const STREAM: &str = "order:test";

fn said(streams: &[&str]) -> Draft {
    Draft {
        kind: EventKind::MilestoneChanged,
        aggregate: "ord_test".into(),
        version: 1,
        streams: streams.iter().map(|name| (*name).to_owned()).collect(),
        payload: json!({}),
    }
}

async fn begin(server: &Server) -> Tx {
    Tx::begin(&server.app().db, server.app().clock.now()).await.expect("a transaction")
}

/// A row with a key of its own; the mutation's name is of `consentGrant`, for which the demo customer asks.
fn record(server: &Server, key: &str) -> idempotency::ActiveModel {
    idempotency::ActiveModel {
        caller: Set(server.demo.customer.to_string()),
        mutation: Set("consentGrant".into()),
        key: Set(key.into()),
        input_hash: Set(vec![0]),
        outcome: Set(None),
        created_at: Set(server.app().clock.now()),
    }
}

#[tokio::test]
async fn events_are_numbered_in_order_on_each_of_their_streams() {
    let server = Server::start().await;
    for _ in 0..2 {
        let mut tx = begin(&server).await;
        tx.put(idempotency::Entity::insert(record(&server, &entity::EventId::generate().to_string())));
        tx.emit(said(&["order:b", "order:a"]));
        tx.emit(said(&["order:b"]));
        tx.commit(&server.app().hub).await.expect("a commit");
    }
    let rows = event::Entity::find()
        .filter(event::Column::Stream.is_in(["order:a", "order:b"]))
        .order_by_asc(event::Column::Stream)
        .order_by_asc(event::Column::Sequence)
        .all(server.db().conn())
        .await
        .unwrap();
    let places: Vec<_> = rows.iter().map(|row| (row.stream.as_str(), row.sequence)).collect();
    assert_eq!(
        places,
        [("order:a", 1), ("order:a", 2), ("order:b", 1), ("order:b", 2), ("order:b", 3), ("order:b", 4)]
    );
    // One event on two streams is one event.
    assert_eq!(rows[0].event_id, rows[2].event_id);
    assert_eq!(rows[1].event_id, rows[4].event_id);
    assert_eq!(log::head(server.db().conn(), "order:b").await.unwrap(), 4);
}

#[tokio::test]
async fn a_write_that_misses_its_row_takes_all_back() {
    let server = Server::start().await;
    let mut tx = begin(&server).await;
    tx.put(idempotency::Entity::insert(record(&server, "kept")));
    let missing = idempotency::Entity::update_many()
        .set(idempotency::ActiveModel { outcome: Set(Some(json!({}))), ..Default::default() })
        .filter(idempotency::Column::Key.eq("missing"));
    tx.put_one(missing);
    tx.emit(said(&[STREAM]));
    assert!(tx.commit(&server.app().hub).await.is_err());
    let kept = idempotency::Entity::find().filter(idempotency::Column::Key.eq("kept")).count(server.db().conn()).await;
    assert_eq!((kept.unwrap(), log::head(server.db().conn(), STREAM).await.unwrap()), (0, 0));
}

#[tokio::test]
async fn counters_are_taken_after_whatever_a_write_waits_for() {
    let server = Server::start().await;
    if server.db().backend() != DbBackend::Postgres {
        return; // One writer.
    }
    let other = server.db().conn().begin().await.unwrap();
    idempotency::Entity::insert(record(&server, "held")).exec_without_returning(&other).await.unwrap();
    let mut waits = begin(&server).await;
    waits.put(idempotency::Entity::insert(record(&server, "held")));
    waits.emit(said(&[STREAM]));
    let hub = server.app().hub.clone();
    let waiting = tokio::spawn(async move { waits.commit(&hub).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!waiting.is_finished(), "it waits for the row");

    let mut passes = begin(&server).await;
    passes.emit(said(&[STREAM]));
    timeout(Duration::from_secs(5), passes.commit(&server.app().hub)).await.expect("no counter is held").unwrap();
    assert_eq!(log::head(server.db().conn(), STREAM).await.unwrap(), 1);
    other.rollback().await.unwrap();
    waiting.await.unwrap().expect("the row is free");
    assert_eq!(log::head(server.db().conn(), STREAM).await.unwrap(), 2);
}

#[tokio::test]
async fn a_key_in_flight_makes_the_next_wait() {
    let server = Server::start().await;
    if server.db().backend() != DbBackend::Postgres {
        return; // One writer.
    }
    let document = "mutation($input: ConsentGrantInput!) { consentGrant(input: $input) {
        consent { id } userErrors { code } } }";
    let input = json!({ "input": { "idempotencyKey": "flies", "purpose": "CROSS_BORDER", "documentVersion": "v1" } });
    let customer = server.customer();
    for lands in [false, true] {
        let other = server.db().conn().begin().await.unwrap();
        idempotency::Entity::insert(record(&server, "flies")).exec_without_returning(&other).await.unwrap();
        let asking = tokio::spawn({
            let (customer, input) = (customer.clone(), input.clone());
            async move { customer.payload(document, input).await }
        });
        if lands {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(!asking.is_finished(), "it waits for the key");
            other.rollback().await.unwrap();
            assert_eq!(asking.await.unwrap()["userErrors"], json!([]));
        } else {
            // It gives up in the end, and says so.
            assert_eq!(asking.await.unwrap()["userErrors"][0]["code"], "IDEMPOTENCY_IN_PROGRESS");
            other.rollback().await.unwrap();
        }
    }
}
