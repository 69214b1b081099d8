//! Connections that wait for the next read (`src/store/spare.rs`): the next read takes them, an error gives them up, and
//! they are in nobody's way.

use std::time::Duration;

use milepost::app::Clock;
use milepost::events::Hub;
use milepost::store::db::DbOptions;
use milepost::store::{Db, Lane, Tx};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::harness::Database;

/// Few, of which one at most waits aside.
const POOL: u32 = 4;

async fn pool(database: &Database) -> Db {
    let acquire_timeout = Duration::from_secs(2);
    let options = DbOptions { max_connections: POOL, acquire_timeout, ..DbOptions::new(database.url()) };
    Db::connect(&options).await.unwrap()
}

async fn read(db: &Db, sql: &str) -> bool {
    let statement = Statement::from_string(db.backend(), sql);
    Lane::new(db.clone()).query_all_raw(statement).await.is_ok()
}

/// How many connections are neither in use nor in the pool.
async fn aside(db: &Db) -> usize {
    // What was given back is in the pool a moment later.
    let mut last = usize::MAX;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let (size, idle) = match db.backend() {
            DbBackend::Postgres => {
                let pool = db.conn().get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
            _ => {
                let pool = db.conn().get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        let now = size as usize - idle;
        if now == last {
            break;
        }
        last = now;
    }
    last
}

#[tokio::test]
async fn a_read_leaves_its_connection_for_the_next() {
    let database = Database::demo().await;
    let db = pool(&database).await;
    assert_eq!(aside(&db).await, 0);
    for _ in 0..3 {
        assert!(read(&db, "SELECT 1").await);
        assert_eq!(aside(&db).await, 1);
    }
    let reads = (0..POOL * 8).map(|_| read(&db, "SELECT 1"));
    assert!(futures_util::future::join_all(reads).await.into_iter().all(|well| well));
    assert_eq!(aside(&db).await, 1, "a quarter of the pool at most");
    db.close().await.unwrap();
}

#[tokio::test]
async fn an_error_gives_it_up() {
    let database = Database::demo().await;
    let db = pool(&database).await;
    assert!(read(&db, "SELECT 1").await);
    assert!(!read(&db, "SELECT nothing_of_this_name").await);
    assert_eq!(aside(&db).await, 0);
    assert!(read(&db, "SELECT 1").await);
    assert_eq!(aside(&db).await, 1);
    db.gather();
    assert_eq!(aside(&db).await, 0);
    db.close().await.unwrap();
}

/// The whole pool's connections are to be had by whoever writes or reads through the pool.
#[tokio::test]
async fn it_is_in_nobodys_way() {
    let database = Database::demo().await;
    let db = pool(&database).await;
    assert!(read(&db, "SELECT 1").await);
    let turns = (0..POOL * 4).map(|_| async {
        let tx = Tx::begin(&db, Clock::default().now()).await.unwrap();
        assert!(read(&db, "SELECT 1").await);
        tx.rollback().await.unwrap();
        db.conn().query_all_raw(Statement::from_string(db.backend(), "SELECT 1")).await.unwrap();
    });
    futures_util::future::join_all(turns).await;
    db.close().await.unwrap();
    assert!(!read(&db, "SELECT 1").await);
    assert_eq!(aside(&db).await, 0);
}

/// A connection that the server has closed costs the read that finds it so, and no other.
#[tokio::test]
async fn one_that_broke_costs_one_read() {
    let database = Database::demo().await;
    let db = pool(&database).await;
    if db.backend() != DbBackend::Postgres {
        // SQLite's connections are in this process: nobody closes them.
        return;
    }
    assert!(read(&db, "SELECT 1").await);
    let other = pool(&database).await;
    let kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(read(&other, kill).await);
    let mut failed = 0;
    for _ in 0..8 {
        failed += usize::from(!read(&db, "SELECT 1").await);
    }
    assert!(failed <= 1, "{failed} reads failed");
    for db in [db, other] {
        db.close().await.unwrap();
    }
}

/// SQLite itself takes a transaction back when there is no room, and the driver goes on counting it as open.
#[tokio::test]
async fn once_there_is_room_again_writes_go_on() {
    let database = Database::demo().await;
    let options = DbOptions { max_connections: 1, ..DbOptions::new(database.url()) };
    let db = Db::connect(&options).await.unwrap();
    if db.backend() != DbBackend::Sqlite {
        return;
    }
    let (clock, hub) = (Clock::default(), Hub::default());
    db.conn().execute_unprepared("CREATE TABLE filler (x blob)").await.unwrap();
    let pages = Statement::from_string(DbBackend::Sqlite, "PRAGMA page_count");
    let pages: i64 = db.conn().query_one_raw(pages).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    db.conn().execute_unprepared(&format!("PRAGMA max_page_count = {}", pages + 2)).await.unwrap();
    let tx = Tx::begin(&db, clock.now()).await.unwrap();
    assert!(tx.conn().execute_unprepared("INSERT INTO filler VALUES (zeroblob(1000000))").await.is_err());
    drop(tx);
    db.conn().execute_unprepared(&format!("PRAGMA max_page_count = {}", pages + 10_000)).await.unwrap();
    let tx = Tx::begin(&db, clock.now()).await.unwrap();
    tx.conn().execute_unprepared("INSERT INTO filler VALUES (zeroblob(10))").await.unwrap();
    tx.commit(&hub).await.unwrap();
    let kept = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM filler WHERE length(x) = 10");
    let kept: i64 = db.conn().query_one_raw(kept).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(kept, 1);
}
