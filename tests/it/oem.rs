//! The stream of everything: each event once, without a hole, in the order of its own stream, whoever numbers it
//! (guarantees 1.2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use entity::log::event;
use entity::{EventKind, MilestoneCode, MilestoneState};
use milepost::events::feed::{Feed, ReplayGap, Step};
use milepost::events::oem::{self, OEM, Pass};
use milepost::events::{Batch, Draft, Entry, Hub, log};
use milepost::store::Tx;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::{PATIENCE, Server};
use crate::order::feed::report;

/// What one transaction does.
#[derive(Clone, Debug)]
struct Change {
    /// Things that it changes, by number.
    things: Vec<u8>,
    /// How long it stays open after it has taken its numbers, in milliseconds.
    held: u64,
    commits: bool,
    /// Whether this process's sequencer is told.
    told: bool,
    pause: u64,
}

fn plans() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let change =
        (proptest::collection::vec(0..4_u8, 1..4), 0..12_u64, proptest::bool::weighted(0.8), any::<bool>(), 0..6_u64);
    let change = change.prop_map(|(things, held, commits, told, pause)| Change { things, held, commits, told, pause });
    proptest::collection::vec(proptest::collection::vec(change, 1..10), 2..6)
}

static CASE: AtomicU32 = AtomicU32::new(0);

/// An event of a thing, with a copy on a stream that all of the case share.
fn draft(case: u32, thing: u8) -> Draft {
    Draft {
        kind: EventKind::EtaChanged,
        aggregate: format!("thing{thing}"),
        version: 1,
        streams: vec![format!("case{case}:{thing}"), format!("copies{case}:all")],
        payload: json!({}),
    }
}

async fn write(server: &Server, case: u32, changes: &[Change]) {
    let app = server.app();
    for change in changes {
        tokio::time::sleep(Duration::from_millis(change.pause)).await;
        let tx = Tx::begin(&app.db, app.clock.now()).await.expect("a transaction");
        let drafts: Vec<_> = change.things.iter().map(|thing| draft(case, *thing)).collect();
        let batch = Batch::of(&drafts, tx.now());
        batch.append(tx.conn()).await.expect("numbers");
        tokio::time::sleep(Duration::from_millis(change.held)).await;
        if change.commits {
            tx.commit(&Hub::default()).await.expect("a commit");
            if change.told {
                app.hub.note_written();
            }
        } else {
            tx.rollback().await.expect("a rollback");
        }
    }
}

/// Reads on from a number until so many of the case are there; there is never a hole, and nothing comes twice.
async fn read_case(server: &Server, case: u32, after: i64, until: usize) -> Vec<Entry> {
    let mut seen = after;
    let mut own = Vec::new();
    while own.len() < until {
        for entry in log::read(server.db().conn(), OEM, seen, 7).await.expect("the log") {
            assert_eq!((entry.sequence, entry.stream.as_str()), (seen + 1, OEM));
            seen = entry.sequence;
            own.push(entry);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(own.len(), until, "case {case}");
    own
}

async fn interleave(servers: [&Server; 2], plan: &[Vec<Change>]) {
    let case = CASE.fetch_add(1, Ordering::Relaxed);
    let db = servers[0].db();
    let before = log::head(db.conn(), OEM).await.expect("a head");
    let committed = plan.iter().flatten().filter(|change| change.commits);
    let events: usize = committed.map(|change| change.things.len()).sum();
    let writers = plan.iter().enumerate().map(|(n, changes)| write(servers[n % 2], case, changes));
    let readers = servers.map(|server| read_case(server, case, before, events));
    let both =
        futures_util::future::join(futures_util::future::join_all(writers), futures_util::future::join_all(readers));
    let (_, read) = tokio::time::timeout(PATIENCE, both).await.expect("everything is numbered in time");
    assert_eq!(read[0], read[1], "two readers");
    assert_eq!(log::head(db.conn(), OEM).await.expect("a head"), before + events as i64);

    // Against the streams of the things: the same events, in the order that each of them has.
    let of_things = event::Entity::find().filter(event::Column::Stream.starts_with(format!("case{case}:")));
    let rows = of_things.all(db.conn()).await.expect("the log");
    assert_eq!(rows.len(), events);
    let mut streams: BTreeMap<&str, Vec<&event::Model>> = BTreeMap::new();
    for row in &rows {
        streams.entry(&row.stream).or_default().push(row);
    }
    for (stream, mut own) in streams {
        own.sort_by_key(|row| row.sequence);
        let numbers: Vec<_> = own.iter().map(|row| row.oem_sequence).collect();
        assert!(numbers.is_sorted(), "{stream}: {numbers:?}");
    }
    let ids = |entries: &[Entry]| entries.iter().map(|entry| entry.event_id).collect::<BTreeSet<_>>();
    assert_eq!(ids(&read[0]), ids(&rows));
    let copies = event::Entity::find().filter(event::Column::Stream.eq(format!("copies{case}:all")));
    let numbered = copies.filter(event::Column::OemSequence.is_not_null());
    assert_eq!(numbered.count(db.conn()).await.expect("a count"), 0, "a copy has no number");
}

#[test]
fn everything_is_numbered_once_without_a_hole_and_in_the_order_of_its_stream() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (one, two) = runtime.block_on(async {
        let one = Server::start().await;
        let two = Server::setup().beside(&one).start().await;
        (one, two)
    });
    let mut runner = TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&plans(), |plan| {
        runtime.block_on(interleave([&one, &two], &plan));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    runtime.block_on(async {
        two.shutdown().await.expect("it ends");
        one.shutdown().await.expect("it ends");
    });
}

#[tokio::test]
async fn the_demo_is_numbered_as_it_would_have_been() {
    let server = Server::start().await;
    let entries = log::read(server.db().conn(), OEM, 0, 1_000_000).await.unwrap();
    let numbers: Vec<_> = entries.iter().map(|entry| entry.sequence).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    assert!(numbers.len() > 500, "{}", numbers.len());
    let ids: BTreeSet<_> = entries.iter().map(|entry| entry.event_id).collect();
    assert_eq!(ids.len(), entries.len());
    let all = event::Entity::find().all(server.db().conn()).await.unwrap();
    assert_eq!(ids, all.iter().map(|row| row.event_id).collect(), "each event has one of its copies there");
}

#[tokio::test]
async fn while_one_numbers_another_finds_nothing_to_do() {
    let server = Server::start().await;
    let db = server.db();
    if db.backend() == DbBackend::Sqlite {
        // Its writers queue: there is never another.
        let pass = oem::number(db, &Hub::default(), server.app().clock.now()).await.unwrap();
        let head = log::head(db.conn(), OEM).await.unwrap();
        assert_eq!(pass, Pass::Numbered { entries: 0, head });
        return;
    }
    let tx = Tx::begin(db, server.app().clock.now()).await.unwrap();
    tx.conn().execute_unprepared("SELECT head FROM event_stream WHERE stream = 'oem' FOR UPDATE").await.unwrap();
    let pass = oem::number(db, &Hub::default(), server.app().clock.now()).await.unwrap();
    assert_eq!(pass, Pass::Busy);
    tx.rollback().await.unwrap();
}

const FIELDS: &str = "sequence previousSequence cursor eventId kind subjectVersion subject { __typename id } replayGap";

#[tokio::test]
async fn an_operator_follows_everything() {
    let server = Server::start().await;
    let beside = Server::setup().beside(&server).start().await;
    let document = format!("subscription($after: String) {{ oemEvents(after: $after) {{ {FIELDS} }} }}");
    let mut here = server.operator().subscribe_ws(&document, json!({})).await;
    let mut there = beside.operator().subscribe_sse(&document, json!({})).await;
    let begun = here.data().await["oemEvents"].clone();
    assert_eq!((&begun["subject"], &begun["kind"]), (&json!(null), &json!(null)));
    there.data().await;

    report(&server, MilestoneCode::Arrived, MilestoneState::Done).await;
    let first = here.data().await["oemEvents"].clone();
    assert_eq!(first["subject"], json!({ "__typename": "Order", "id": server.demo.order.to_string() }));
    assert_eq!(first["sequence"].as_i64(), begun["sequence"].as_i64().map(|head| head + 1));
    let same = there.data().await["oemEvents"].clone();
    assert_eq!(
        (&same["eventId"], &same["sequence"]),
        (&first["eventId"], &first["sequence"]),
        "another process tells it"
    );

    // Back from a position, and polled: the same.
    let mut again = server.operator().subscribe_ws(&document, json!({ "after": begun["cursor"] })).await;
    assert_eq!(again.data().await["oemEvents"], first);
    let document = format!(
        "query($after: String) {{ events(stream: \"oem\", after: $after, first: 1) {{
            subject {{ id }} hasMore events {{ {FIELDS} }} }} }}"
    );
    let polled = server.operator().data(&document, json!({ "after": begun["cursor"] })).await["events"].clone();
    assert_eq!(polled["subject"], json!(null));
    assert_eq!(polled["events"], json!([first]));
}

#[tokio::test]
async fn what_has_no_node_is_told_too() {
    let server = Server::start().await;
    let app = server.app();
    let start = server.operator().data("{ events(stream: \"oem\", first: 1) { cursor } }", json!({})).await;
    let mut tx = Tx::begin(&app.db, app.clock.now()).await.unwrap();
    tx.emit(draft(0, 1));
    tx.commit(&app.hub).await.unwrap();
    let document = "query($after: String) { events(stream: \"oem\", after: $after, first: 5) {
        events { kind subject { id } } } }";
    let variables = json!({ "after": start["events"]["cursor"] });
    let told = async {
        loop {
            let events = server.operator().data(document, variables.clone()).await["events"]["events"].clone();
            if events != json!([]) {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let events: Value = tokio::time::timeout(PATIENCE, told).await.expect("it is numbered");
    assert_eq!(events, json!([{ "kind": "ETA_CHANGED", "subject": null }]));
}

#[tokio::test]
async fn of_what_is_forgotten_nothing_is_told_in_part() {
    let server = Server::start().await;
    let (db, clock) = (server.db(), server.app().clock.clone());
    // Streams whose old and new entries lie between each other on the stream of everything.
    let long_ago = clock.now() - chrono::TimeDelta::days(3_000);
    let now = clock.now();
    for at in [long_ago, now, long_ago, now + chrono::TimeDelta::milliseconds(1)] {
        for thing in [1, 2] {
            let mut tx = Tx::begin(db, at).await.unwrap();
            tx.emit(draft(thing, 1));
            tx.commit(&server.app().hub).await.unwrap();
        }
    }
    oem::number_all(db, &Hub::default(), clock.now()).await.unwrap();
    let head = log::head(db.conn(), OEM).await.unwrap();
    let keep = milepost::settings::Keep {
        events: Duration::from_hours(24 * 2_000),
        idempotency: Duration::from_hours(24 * 2_000),
        webhooks: Duration::from_hours(24 * 2_000),
        inbound: Duration::from_hours(24),
    };
    let stop = tokio_util::sync::CancellationToken::new();
    milepost::events::retention::forget(db, &keep, clock.now(), &stop).await.unwrap();
    let left = log::read(db.conn(), OEM, 0, 1_000_000).await.unwrap();
    let numbers: Vec<_> = left.iter().map(|entry| entry.sequence).collect();
    assert_eq!(numbers, vec![head - 1, head], "what follows the last that is gone");

    for (after, gap) in [(0, true), (head - 3, true), (head - 2, false)] {
        let mut feed = Feed::open(server.app(), OEM.to_owned(), Some(after.into())).await.unwrap();
        match feed.next().await.unwrap() {
            Step::Snapshot { head: at, gap: why } if gap => {
                assert_eq!((at, why), (head, Some(ReplayGap::NoLongerKept)));
            }
            Step::Entry { entry, .. } if !gap => assert_eq!(entry.sequence, head - 1),
            other => panic!("after {after}: {other:?}"),
        }
    }
}
