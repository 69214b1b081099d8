//! Where a subscription goes on, and what it says when the log does not go on from there (guarantees 2.1).

use std::time::Duration;

use entity::{MilestoneCode as Code, MilestoneState as State};
use milepost::events::{epoch, log};
use milepost::store::Db;
use milepost::store::db::DbOptions;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::feed::{FOLLOW, next, report};
use crate::harness::{Server, Stream};

/// Follows the demo order from a place.
async fn follow(server: &Server, name: &str, place: impl Into<Value>) -> Stream {
    let mut variables = json!({ "orderId": server.demo.order.to_string() });
    variables[name] = place.into();
    server.customer().subscribe_ws(FOLLOW, variables).await
}

/// The first message, which must be a snapshot; the reason for it and its cursor.
async fn snapshot(stream: &mut Stream) -> (Value, String) {
    let first = next(stream).await;
    assert_eq!((&first["kind"], &first["previousSequence"]), (&json!("SNAPSHOT"), &json!(null)));
    (first["replayGap"].clone(), first["cursor"].as_str().unwrap().to_owned())
}

fn name_of(server: &Server) -> String {
    format!("order:{}", server.demo.order)
}

#[tokio::test]
async fn a_cursor_brings_back_exactly_what_came_after_it() {
    let server = Server::start().await;
    let mut live = follow(&server, "cursor", json!(null)).await;
    let (gap, cursor) = snapshot(&mut live).await;
    assert_eq!(gap, json!(null));
    report(&server, Code::Arrived, State::Done).await;
    let told = next(&mut live).await;
    assert_eq!(told["kind"], "REACHED");

    let mut again = follow(&server, "cursor", cursor).await;
    let replayed = next(&mut again).await;
    assert_eq!((&replayed["eventId"], &replayed["cursor"]), (&told["eventId"], &told["cursor"]));
    assert_eq!((&replayed["replayed"], &replayed["replayGap"]), (&json!(true), &json!(null)));
    assert_eq!(replayed["previousSequence"], told["previousSequence"]);
}

#[tokio::test]
async fn a_place_that_the_log_does_not_go_on_from_is_a_gap() {
    let server = Server::start().await;
    let head = log::head(server.db().conn(), &name_of(&server)).await.unwrap();
    for after in [head + 1, head + 1_000, -1] {
        let mut stream = follow(&server, "after", after).await;
        let (gap, cursor) = snapshot(&mut stream).await;
        assert_eq!(gap, "AHEAD_OF_STREAM", "after {after}");
        assert!(cursor.ends_with(&format!("-{head}")), "{cursor}");
    }
    // The beginning of the stream is no longer kept.
    entity::log::event::Entity::delete_many()
        .filter(entity::log::event::Column::Stream.eq(name_of(&server)))
        .filter(entity::log::event::Column::Sequence.lt(head))
        .exec(server.db().conn())
        .await
        .unwrap();
    let mut stream = follow(&server, "after", 0).await;
    let (gap, cursor) = snapshot(&mut stream).await;
    assert_eq!(gap, "NO_LONGER_KEPT");
    // From there it goes on as from any other.
    let mut again = follow(&server, "cursor", cursor).await;
    for stream in [&mut stream, &mut again] {
        assert!(stream.is_quiet(Duration::from_millis(200)).await);
    }
    report(&server, Code::Arrived, State::Done).await;
    for stream in [&mut stream, &mut again] {
        let news = next(stream).await;
        assert_eq!((&news["kind"], &news["previousSequence"]), (&json!("REACHED"), &json!(head)));
    }
}

#[tokio::test]
async fn a_place_in_another_history_is_a_gap() {
    let server = Server::start().await;
    let mut live = follow(&server, "cursor", json!(null)).await;
    let (_, before) = snapshot(&mut live).await;
    let mut number = follow(&server, "cursor", json!(null)).await;
    snapshot(&mut number).await;

    epoch::renew(server.db(), server.app().clock.now()).await.unwrap();
    // Those who follow are told too, though nothing was written.
    for stream in [&mut live, &mut number] {
        let (gap, cursor) = snapshot(stream).await;
        assert_eq!(gap, "OTHER_HISTORY");
        assert_ne!(cursor, before);
    }
    let (gap, after) = snapshot(&mut follow(&server, "cursor", before.clone()).await).await;
    assert_eq!(gap, "OTHER_HISTORY");
    assert_eq!(after.split('-').nth(1), before.split('-').nth(1), "the same number, of another history");

    report(&server, Code::Arrived, State::Done).await;
    let news = next(&mut follow(&server, "cursor", after).await).await;
    assert_eq!((&news["kind"], &news["replayed"]), (&json!("REACHED"), &json!(true)));
    assert_eq!(next(&mut live).await["eventId"], news["eventId"]);
}

#[tokio::test]
async fn a_place_is_given_once_and_as_it_was_told() {
    let server = Server::start().await;
    let id = server.demo.order.to_string();
    for (variables, rule) in [
        (json!({ "orderId": id, "after": 1, "cursor": "9f3a61c2-1" }), "`after`"),
        (json!({ "orderId": id, "cursor": "yesterday" }), "`cursor`"),
        (json!({ "orderId": id, "cursor": "" }), "`cursor`"),
    ] {
        let answer = server.customer().subscribe_sse(FOLLOW, variables.clone()).await.next().await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{variables}");
        assert_eq!(error["extensions"]["argument"], "after");
        assert!(error["message"].as_str().unwrap().contains(rule), "{error}");
    }
}

/// What is read of the log for one event does not hang on how many follow it.
#[tokio::test]
async fn readers_of_a_stream_read_the_log_together() {
    const FOLLOWERS: usize = 40;
    let server = Server::start().await;
    let head = log::head(server.db().conn(), &name_of(&server)).await.unwrap();
    let mut readers = Vec::new();
    for _ in 0..FOLLOWERS {
        readers.push(server.app().hub.listen(name_of(&server)));
    }
    let epoch = server.app().hub.epoch(server.db(), server.app().clock.now()).await.unwrap();
    let read = async |seen: i64| {
        let reads = readers.iter().map(|reader| reader.after(server.db(), seen, epoch, 100));
        let (entries, statements) = server.counted(futures_util::future::try_join_all(reads)).await;
        let entries = entries.unwrap();
        assert!(entries.iter().all(|entries| entries.first().is_some_and(|first| first.sequence == seen + 1)));
        (statements, entries[0].last().unwrap().sequence)
    };
    // What another process wrote is read once for all; what this one wrote is at hand.
    let other = Server::setup().beside(&server).start().await;
    report(&other, Code::Arrived, State::Done).await;
    let (statements, last) = read(head).await;
    assert_eq!(statements, 1);
    report(&server, Code::PdiDone, State::Done).await;
    assert_eq!(read(last).await.0, 0);
}

#[tokio::test]
async fn the_history_is_known_where_the_cluster_is_not_to_be_seen() {
    let server = Server::start().await;
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    let run = async |sql: String| server.db().conn().execute_unprepared(&sql).await.unwrap();
    let user = format!("managed_{}", std::process::id());
    run("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC".into()).await;
    run(format!("CREATE ROLE {user} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}")).await;
    let mut options = DbOptions::new(server.database_url().replace("postgres@", &format!("{user}@")));
    options.max_connections = 2;
    let managed = Db::connect(&options).await.unwrap();
    let now = server.app().clock.now();
    let first = epoch::settle(&managed, now).await.unwrap();
    assert_eq!(epoch::settle(&managed, now).await.unwrap(), first);
    managed.close().await.unwrap();
    run(format!("DROP OWNED BY {user}; DROP ROLE {user}")).await;
}
