//! What is forgotten of the log and of idempotency keys, and what is not.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::log::{event, idempotency, stream};
use entity::{EventId, EventKind};
use milepost::events::oem::OEM;
use milepost::events::retention::forget;
use milepost::settings::Keep;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::Server;

const KEEP: Keep = Keep {
    events: Duration::from_hours(48),
    idempotency: Duration::from_hours(24),
    inbound: Duration::from_hours(24),
    webhooks: Duration::from_hours(24),
};

async fn forget_now(server: &Server) -> u64 {
    forget(server.db(), &KEEP, server.app().clock.now(), &CancellationToken::new()).await.unwrap()
}

/// Streams with the numbers and times that they keep.
async fn kept(server: &Server) -> BTreeMap<String, Vec<(i64, DateTime<Utc>)>> {
    let mut streams: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let rows = event::Entity::find().order_by_asc(event::Column::Stream).order_by_asc(event::Column::Sequence);
    for row in rows.all(server.db().conn()).await.unwrap() {
        streams.entry(row.stream).or_default().push((row.sequence, row.occurred_at));
    }
    streams
}

/// The heads of all streams but that of everything, which follows the others by itself.
async fn heads_of_things(server: &Server) -> Vec<stream::Model> {
    let things = stream::Entity::find().filter(stream::Column::Stream.ne(OEM)).order_by_asc(stream::Column::Stream);
    things.all(server.db().conn()).await.unwrap()
}

/// A stream whose times are not in the order of its numbers; hours before now.
async fn write(server: &Server, name: &str, hours: &[i64]) {
    let now = server.app().clock.now();
    let conn = server.db().conn();
    let head = stream::ActiveModel { stream: Set(name.into()), head: Set(hours.len() as i64), ..Default::default() };
    stream::Entity::insert(head).exec_without_returning(conn).await.unwrap();
    let rows = hours.iter().enumerate().map(|(place, hours)| event::ActiveModel {
        stream: Set(name.into()),
        sequence: Set(place as i64 + 1),
        event_id: Set(EventId::generate()),
        kind: Set(EventKind::EtaChanged),
        aggregate_id: Set("ord_x".into()),
        aggregate_version: Set(1),
        payload: Set(json!({})),
        occurred_at: Set(now - TimeDelta::hours(*hours)),
        oem_sequence: Set(Some(0)),
    });
    event::Entity::insert_many(rows).exec_without_returning(conn).await.unwrap();
}

#[tokio::test]
async fn the_beginning_of_each_stream_goes_and_no_hole_is_left() {
    let server = Server::start().await;
    write(&server, "test:mixed", &[90, 50, 40, 49, 47, 1]).await;
    write(&server, "test:old", &[90, 80, 70]).await;
    write(&server, "test:new", &[10, 20, 5]).await;
    // More than one part of it.
    write(&server, "test:long", &[[60; 700], [2; 700]].concat()).await;
    let before = kept(&server).await;
    let heads = heads_of_things(&server).await;

    let removed = forget_now(&server).await;
    let after = kept(&server).await;
    let rows = |streams: &BTreeMap<String, Vec<_>>| streams.values().map(Vec::len).sum::<usize>();
    assert!(rows(&before) - rows(&after) <= removed as usize, "keys are counted too");
    let limit = server.app().clock.now() - TimeDelta::hours(48);
    for (name, was) in &before {
        let is = after.get(name).cloned().unwrap_or_default();
        assert!(was.ends_with(&is), "{name}: not the end of what it was");
        let first_to_keep = was.iter().rposition(|(_, time)| *time < limit).map_or(0, |old| old + 1);
        assert_eq!(is.len(), was.len() - first_to_keep, "{name}");
    }
    let numbers = |name: &str| after.get(name).map(|rows| rows.iter().map(|row| row.0).collect::<Vec<_>>());
    assert_eq!(numbers("test:mixed"), Some(vec![5, 6]), "what stands before an old one goes with it");
    assert_eq!(numbers("test:old"), None);
    assert_eq!(numbers("test:new"), Some(vec![1, 2, 3]));
    assert_eq!(numbers("test:long"), Some((701..=1400).collect()));
    assert_eq!(heads_of_things(&server).await, heads, "numbers go on from where they were");
    assert_eq!(forget_now(&server).await, 0);
}

#[tokio::test]
async fn a_key_is_known_for_its_time() {
    let server = Server::start().await;
    let now = server.app().clock.now();
    let rows = (0..1_200).map(|n| idempotency::ActiveModel {
        caller: Set("test".into()),
        mutation: Set("test".into()),
        key: Set(format!("key-{n}")),
        input_hash: Set(vec![1]),
        outcome: Set(Some(json!({}))),
        created_at: Set(now - TimeDelta::hours(if n < 800 { 25 } else { 23 })),
    });
    idempotency::Entity::insert_many(rows).exec_without_returning(server.db().conn()).await.unwrap();
    forget_now(&server).await;
    let left = idempotency::Entity::find().filter(idempotency::Column::Caller.eq("test"));
    assert_eq!(left.count(server.db().conn()).await.unwrap(), 400);
}
