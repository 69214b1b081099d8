//! Time that is over, and callers who have left: what nobody waits for is stopped, down to the database.

use std::time::{Duration, Instant};

use reqwest::Method;
use sea_orm::DbBackend;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::eventually;
use crate::harness::{Answer, Server, Setup};

const ME: &str = "{ me { id } }";

fn setup(deadline: &str) -> Setup {
    Server::setup().setting("MILEPOST_CLIENTS__DEFAULT__DEADLINE_MS", deadline)
}

/// Holds all connections of a server's pool.
async fn hold_all(server: &Server) -> Box<dyn std::any::Any> {
    server.db().gather();
    let conn = server.db().conn();
    match server.db().backend() {
        DbBackend::Postgres => {
            let pool = conn.get_postgres_connection_pool();
            let mut held = Vec::new();
            for _ in 0..8 {
                held.push(pool.acquire().await.unwrap());
            }
            Box::new(held)
        }
        _ => {
            let pool = conn.get_sqlite_connection_pool();
            let mut held = Vec::new();
            for _ in 0..8 {
                held.push(pool.acquire().await.unwrap());
            }
            Box::new(held)
        }
    }
}

#[tokio::test]
async fn what_takes_too_long_is_refused_when_its_time_is_over() {
    let server = setup("300").start().await;
    let customer = server.customer();
    assert_eq!(customer.query(ME, json!({})).await.status, 200);
    let held = hold_all(&server).await;
    for accept in ["application/json", "application/graphql-response+json"] {
        let begun = Instant::now();
        let request = customer.request(Method::POST, "/graphql").header("accept", accept);
        let answer = Answer::of(request.json(&json!({ "query": ME })).send().await.unwrap()).await;
        assert_eq!(answer.code(), Some("DEADLINE_EXCEEDED"), "{:#}", answer.json);
        assert!(answer.errors[0]["message"].as_str().unwrap().starts_with("This took longer"), "{:#}", answer.json);
        let took = begun.elapsed();
        assert!((Duration::from_millis(290)..Duration::from_secs(2)).contains(&took), "{took:?}");
    }
    // What needs no store is answered, beside what is null.
    let answer = customer.query("{ apiVersion me { id } }", json!({})).await;
    assert_eq!(answer.code(), Some("DEADLINE_EXCEEDED"));
    assert!(answer.data["apiVersion"].is_string() && answer.data["me"].is_null(), "{:#}", answer.json);
    drop(held);
    assert_eq!(customer.query(ME, json!({})).await.errors.len(), 0);
}

#[tokio::test]
async fn an_operation_may_have_a_deadline_of_its_own() {
    let operations = concat!(env!("CARGO_MANIFEST_DIR"), "/operations");
    let server = Server::setup()
        .setting("MILEPOST_OPERATIONS__FOLDER", operations)
        .setting("MILEPOST_CLIENTS__MOBILE__OPERATION_DEADLINES_MS", "order-list = 200, home = 60000")
        .start()
        .await;
    let _held = hold_all(&server).await;
    let begun = Instant::now();
    let request = server.customer().request(Method::GET, "/bff/mobile/order-list?first=1");
    let answer = Answer::of(request.send().await.unwrap()).await;
    assert_eq!((answer.status, answer.code()), (504, Some("DEADLINE_EXCEEDED")), "{:#}", answer.json);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

/// Statements of the server that wait for a lock.
async fn waiting(watcher: &mut PgConnection) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
               AND wait_event_type = 'Lock'";
    sqlx::query_scalar(sql).fetch_one(watcher).await.unwrap()
}

/// Waits until so many do; how long that took.
async fn until_waiting(watcher: &mut PgConnection, wanted: i64) -> Duration {
    let begun = Instant::now();
    while waiting(watcher).await != wanted {
        assert!(begun.elapsed() < Duration::from_secs(5), "waited 5 s for {wanted} statements");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn who_hangs_up_stops_the_statement_in_the_database() {
    let server = setup("60000").start().await;
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    let customer = server.customer();
    assert_eq!(customer.query(ME, json!({})).await.status, 200);
    let mut locker = PgConnection::connect(server.database_url()).await.unwrap();
    let mut watcher = PgConnection::connect(server.database_url()).await.unwrap();
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let mut lock = locker.begin().await.unwrap();
        sqlx::query("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
        let request = customer.request(Method::POST, "/graphql").json(&json!({ "query": ME }));
        let asking = tokio::spawn(request.send());
        until_waiting(&mut watcher, 1).await;
        asking.abort();
        best = best.min(until_waiting(&mut watcher, 0).await);
        lock.rollback().await.unwrap();
    }
    // The best of five: the machine does other things as well.
    assert!(best < Duration::from_millis(100), "{best:?}");
    // No connection is lost by it.
    let pool = server.db().conn().get_postgres_connection_pool();
    eventually("all connections are back", || {
        server.db().gather();
        pool.num_idle() == pool.size() as usize
    })
    .await;
    assert_eq!(customer.query(ME, json!({})).await.errors.len(), 0);
}

#[tokio::test]
async fn a_deadline_stops_the_statement_in_the_database() {
    let server = setup("200").start().await;
    if server.db().backend() != DbBackend::Postgres {
        return;
    }
    let customer = server.customer();
    let mut locker = PgConnection::connect(server.database_url()).await.unwrap();
    let mut watcher = PgConnection::connect(server.database_url()).await.unwrap();
    let mut lock = locker.begin().await.unwrap();
    sqlx::query("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    assert_eq!(customer.code(ME, json!({})).await, "DEADLINE_EXCEEDED");
    until_waiting(&mut watcher, 0).await;
    lock.rollback().await.unwrap();
    assert_eq!(customer.query(ME, json!({})).await.errors.len(), 0);
}
