//! The log under many writers: numbers without a gap, in the order of the commits (guarantees 1.1).

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use entity::EventKind;
use milepost::events::feed::{Feed, Step};
use milepost::events::{Batch, Draft, log};
use milepost::store::Tx;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::DbBackend;
use serde_json::json;

use crate::harness::{PATIENCE, Server};

/// What one transaction does.
#[derive(Clone, Debug)]
struct Change {
    /// Streams that it writes to, by number.
    streams: Vec<u8>,
    /// How long it stays open after it has taken its numbers; none for a change as mutations make it.
    held: Option<u64>,
    /// Whether it is committed.
    commits: bool,
    /// How long its connection waits before it.
    pause: u64,
}

/// How many streams there are.
const STREAMS: u8 = 3;

/// What several connections do at the same time.
fn plans() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let streams = proptest::collection::vec(0..STREAMS, 1..4);
    let change = (streams, proptest::option::of(0..12_u64), proptest::bool::weighted(0.8), 0..6_u64);
    let change = change.prop_map(|(streams, held, commits, pause)| Change { streams, held, commits, pause });
    proptest::collection::vec(proptest::collection::vec(change, 1..12), 2..7)
}

static CASE: AtomicU32 = AtomicU32::new(0);

fn draft(case: u32, change: &Change) -> Draft {
    Draft {
        kind: EventKind::EtaChanged,
        aggregate: "none".into(),
        version: 1,
        streams: change.streams.iter().map(|stream| name(case, *stream)).collect(),
        payload: json!({}),
    }
}

fn name(case: u32, stream: u8) -> String {
    format!("case{case}:{stream}")
}

async fn write(server: &Server, case: u32, changes: &[Change]) {
    let app = server.app();
    for change in changes {
        tokio::time::sleep(Duration::from_millis(change.pause)).await;
        let mut tx = Tx::begin(&app.db, app.clock.now()).await.expect("a transaction");
        let drafts = [draft(case, change)];
        match change.held {
            None if change.commits => {
                tx.emit(drafts.into_iter().next().expect("one"));
                tx.commit(&app.hub).await.expect("a commit");
            }
            held => {
                let heads = Batch::of(&drafts, tx.now()).append(tx.conn()).await.expect("numbers");
                tokio::time::sleep(Duration::from_millis(held.unwrap_or_default())).await;
                if change.commits {
                    tx.commit(&app.hub).await.expect("a commit");
                    app.hub.wake(&heads);
                } else {
                    tx.rollback().await.expect("a rollback");
                }
            }
        }
    }
}

/// Reads a stream whole, again and again, until it has so many entries: there is never a gap.
async fn look(server: &Server, stream: &str, until: i64) {
    loop {
        let entries = log::read(server.db().conn(), stream, 0, 10_000).await.expect("the log");
        let numbers: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
        let whole: Vec<i64> = (1..=i64::try_from(numbers.len()).expect("few")).collect();
        assert_eq!(numbers, whole, "{stream}");
        if numbers.len() as i64 >= until {
            assert_eq!(numbers.len() as i64, until, "{stream}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Follows a stream from its beginning: each number comes once, in order.
async fn follow(server: &Server, stream: &str, until: i64) {
    let mut feed = Feed::open(server.app(), stream.to_owned(), Some(0.into())).await.expect("a feed");
    for number in 1..=until {
        match feed.next().await.expect("a step") {
            Step::Entry { entry, .. } => assert_eq!(entry.sequence, number, "{stream}"),
            Step::Snapshot { .. } => panic!("{stream}: a snapshot before {number}"),
        }
    }
}

async fn interleave(server: &Server, plan: &[Vec<Change>]) {
    let case = CASE.fetch_add(1, Ordering::Relaxed);
    let mut jobs: Vec<futures_util::future::LocalBoxFuture<'_, ()>> = Vec::new();
    for changes in plan {
        jobs.push(Box::pin(write(server, case, changes)));
    }
    for stream in 0..STREAMS {
        let committed = plan.iter().flatten().filter(|change| change.commits);
        let entries = committed.flat_map(|change| &change.streams).filter(|own| **own == stream).count() as i64;
        jobs.push(Box::pin(async move { look(server, &name(case, stream), entries).await }));
        jobs.push(Box::pin(async move { follow(server, &name(case, stream), entries).await }));
    }
    let all = futures_util::future::join_all(jobs);
    tokio::time::timeout(PATIENCE, all).await.expect("everything is written and read in time");
}

#[test]
fn no_reader_of_a_stream_ever_sees_a_gap() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let server = runtime.block_on(Server::start());
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&plans(), |plan| {
        runtime.block_on(interleave(&server, &plan));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    runtime.block_on(server.shutdown()).expect("it ends");
}

#[tokio::test]
async fn several_who_come_back_are_read_in_one_statement() {
    let server = Server::start().await;
    let conn = server.db().conn();
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    let (order, store) = (format!("order:{}", server.demo.order), format!("store:{}", server.demo.store));
    let head = log::head(conn, &order).await.unwrap();
    let places = [
        (order.as_str(), 0),
        ("order:of-nobody", 0),
        (store.as_str(), i64::MAX),
        (order.as_str(), head - 2),
        (order.as_str(), head),
        (order.as_str(), -1),
    ];
    let (read, statements) = server.counted(log::read_on(conn, &places, 5)).await;
    let read = read.unwrap();
    assert_eq!((read.len(), statements), (places.len(), 1));
    for ((stream, after), (head, entries)) in places.iter().zip(&read) {
        assert_eq!(*head, log::head(conn, stream).await.unwrap(), "{stream}");
        assert_eq!(*entries, log::read(conn, stream, *after, 5).await.unwrap(), "{stream} after {after}");
    }
    assert_eq!(read.iter().map(|(_, entries)| entries.len()).collect::<Vec<_>>(), [5, 0, 0, 2, 0, 5]);
}
