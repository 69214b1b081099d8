//! Gateways are killed, Redis and PostgreSQL crash, while milestones are written and subscribers come back from where they
//! stood: each is told the log, every event once and in order (guarantees 2).
//!
//! The program itself runs, in processes of its own. The few rounds here are the short form; `scripts/chaos` runs a hundred
//! of each.

mod history;
mod ingest;
mod people;
mod program;

use std::time::{Duration, Instant};

use milepost::store::Db;
use milepost::store::db::DbOptions;

use self::history::{Line, faults};
use self::people::{Subscriber, Writer};
use self::program::{Door, House, between};
use crate::harness::TempDir;

/// Who subscribes.
const SUBSCRIBERS: usize = 10;

/// How often something is killed.
fn rounds(short: u32) -> u32 {
    std::env::var("MILEPOST_TEST_ROUNDS").map_or(short, |text| text.parse().expect("a number of rounds"))
}

/// What happens to the house in a round.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Blow {
    /// SIGKILL to a gateway, which is started again.
    Gateway,
    /// Redis loses everything.
    Redis,
    /// PostgreSQL stops without a checkpoint.
    Postgres,
}

/// Writes, subscribes, and strikes so often; then compares what was told with the log.
async fn run(house: House, blow: Blow, rounds: u32) {
    let began = Instant::now();
    let lines = people::Lines::default();
    let door = Door::open(house.ports()).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let mut subscribers = Vec::new();
    for who in 0..SUBSCRIBERS {
        let subscriber = Subscriber::new(who, door.url(), &house, lines.clone());
        subscribers.push(tokio::spawn(subscriber.follow(stop.clone())));
    }
    let until = began + Duration::from_secs(60);
    while lines.began() < SUBSCRIBERS {
        assert!(Instant::now() < until, "not all subscriptions began");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let writing = tokio_util::sync::CancellationToken::new();
    let writer = tokio::spawn(Writer::new(door.url(), &house, lines.clone()).write(writing.clone()));
    let mut house = house;
    for _ in 0..rounds {
        tokio::time::sleep(between(50, 400)).await;
        house.strike(blow, between(0, 300)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    writing.cancel();
    let written = writer.await.expect("the writer ends");

    // Whoever is still behind comes after it.
    let log = house.log().await;
    let until = Instant::now() + Duration::from_secs(60);
    while !lines.all_told(&log) && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What is told too much would come now.
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.cancel();
    let mut came_back = 0;
    for subscriber in subscribers {
        came_back += subscriber.await.expect("a subscriber ends");
    }
    let mut all = lines.take();
    let told = all.iter().filter(|line| matches!(line, Line::Told { .. })).count();
    all.extend(log);
    let file = house.folder().join("history.ndjson");
    people::keep(&file, &all);
    let found = faults(&people::read(&file));
    assert!(found.is_empty(), "{} faults, among them {:?}", found.len(), &found[..found.len().min(5)]);
    assert!(written > 0 && told >= written, "{written} changes acknowledged, {told} messages told");
    assert!(blow != Blow::Gateway || came_back > 0, "nobody lost a connection");
    eprintln!(
        "{blow:?}: {rounds} rounds in {} s, {written} changes acknowledged, {told} messages told to {SUBSCRIBERS} \
         subscribers, who came back {came_back} times: nothing lost, nothing doubled, in order",
        began.elapsed().as_secs()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_gateways_lose_and_double_nothing() {
    let house = House::of_the_tests().await;
    run(house, Blow::Gateway, rounds(4)).await;
}

/// Whether a PostgreSQL and a Redis of one's own can be had; the part of `./test` that runs on SQLite needs none.
fn with_services() -> bool {
    std::env::var("MILEPOST_TEST_DB").is_ok_and(|db| db == "postgres")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_behind_one_address_lose_and_double_nothing() {
    if with_services() {
        run(House::with_services(2).await, Blow::Gateway, rounds(4)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_crashes_loses_and_doubles_nothing() {
    if with_services() {
        run(House::with_services(2).await, Blow::Redis, rounds(3)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_crashes_loses_and_doubles_nothing() {
    if with_services() {
        run(House::with_services(2).await, Blow::Postgres, rounds(3)).await;
    }
}

async fn connect(url: &str) -> Db {
    let mut options = DbOptions::new(url);
    options.max_connections = 1;
    Db::connect(&options).await.expect("the database answers")
}
