//! What subscriptions cost: the time from commit to the client's socket, the memory of idle ones, and a storm in which all
//! of them drop and come back.

mod client;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::Duration as Span;
use clap::Parser;
use entity::{CustomerId, OrderId, PrefixedId};
use milepost::access::{Viewer, ViewerKind};
use milepost::app::Clock;
use milepost::identity::dev;
use milepost::seed::demo_people;
use milepost::settings::{AuthSettings, Settings, Sources};
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::run::ground::{Ground, Server};
use crate::run::procfs::{cpu_seconds, open_files, resident_kib};
use crate::run::say;
use client::{Crowd, Dead};
use writer::{Versions, versions};

/// The database's name.
const DATABASE: &str = "streams";

/// What subscriptions cost. Call bench/streams, which builds and starts the services.
#[derive(Parser, Clone, Debug)]
#[command(name = "bench/streams", max_term_width = 100)]
pub struct Options {
    /// How many orders to seed; each subscription follows another one.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    orders: u32,
    /// Subscriptions while events are written, each on a socket of its own.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    subscriptions: usize,
    /// Events a second.
    #[arg(long, value_name = "N", default_value_t = 500)]
    rate: u32,
    /// Seconds of writing.
    #[arg(long, value_name = "S", default_value_t = 20)]
    seconds: u32,
    /// Then the same beside so many sockets that follow everything and never read; 0 leaves that out.
    #[arg(long, value_name = "N", default_value_t = 50)]
    dead: usize,
    /// Idle subscriptions, whose memory is measured, and which then come back all at once.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    idle: usize,
    /// Where `scripts/services up` was called; bench/streams gives it.
    #[arg(long, value_name = "DIR", hide = true)]
    services: PathBuf,
}

/// Who follows what.
#[derive(Clone, Debug)]
pub struct Followed {
    order: OrderId,
    version: i32,
    token: String,
}

/// Does what the options ask for.
///
/// # Errors
/// When a step fails, or a subscription is not told what it should be.
pub async fn run(options: &Options) -> Result<()> {
    let ground = Ground::of(&options.services, false)?;
    say(&format!("seeding {} orders", options.orders))?;
    ground.seeded(DATABASE, options.orders).await?;
    let db = ground.pool(DATABASE).await?;
    sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(&db).await?;
    let auth = Settings::load(&Sources::default())?.auth;
    latency(options, &ground, &db, &auth).await?;
    // Each side has a socket for each, and some files of its own.
    let most = open_files()?.saturating_sub(500);
    if options.idle > most {
        say(&format!("this machine lets a process have {most} sockets: as many idle subscriptions"))?;
    }
    match options.idle.min(most) {
        0 => Ok(()),
        sockets => idle(sockets, &ground, &db, &auth).await,
    }
}

fn token(auth: &AuthSettings, kind: ViewerKind) -> Result<String> {
    let claims = dev::claims(auth, &Viewer::of(kind), Clock::default().now(), Span::hours(12));
    Ok(format!("Bearer {}", dev::sign(&claims.context("a role has a token")?)?))
}

/// Orders with their customers; where events are to be written, those whose arrival can be put off.
async fn followed(db: &PgPool, auth: &AuthSettings, many: usize, written: bool) -> Result<Vec<Followed>> {
    let condition = if written {
        "JOIN milestone m ON m.order_id = o.id AND m.code = 'ARRIVED' AND m.state IN ('PENDING', 'ACTIVE', 'DELAYED')
         WHERE o.status IN ('LOCKED', 'CONTRACTED', 'IN_FULFILLMENT')"
    } else {
        ""
    };
    let text = format!(
        "SELECT DISTINCT ON (o.customer_id) o.id, o.customer_id, o.version FROM customer_order o {condition}
         ORDER BY o.customer_id, o.id LIMIT $1"
    );
    let rows: Vec<(Uuid, Uuid, i32)> =
        sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(i64::try_from(many)?).fetch_all(db).await?;
    ensure!(rows.len() == many, "only {} such orders of different customers: seed more", rows.len());
    rows.into_iter()
        .map(|(order, customer, version)| {
            let token = token(auth, ViewerKind::Customer(CustomerId::from_uuid(customer)))?;
            Ok(Followed { order: OrderId::from_uuid(order), version, token })
        })
        .collect()
}

/// Commit to socket, over open subscriptions.
async fn latency(options: &Options, ground: &Ground, db: &PgPool, auth: &AuthSettings) -> Result<()> {
    let gateway = ground.gateway(DATABASE).await?;
    let orders = followed(db, auth, options.subscriptions, true).await?;
    let crowd = Arc::new(Crowd::new(&gateway.url, orders.clone()));
    let opened = Instant::now();
    crowd.come().await?;
    crowd.wait(|state| state.sequence.is_some(), Duration::from_secs(120)).await?;
    say(&format!("{} subscriptions open after {:.1} s", options.subscriptions, opened.elapsed().as_secs_f64()))?;
    // Whose rows nobody touches again, so that they keep the moment of their commit; entries get a number later on.
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS written (stream text NOT NULL, sequence bigint NOT NULL);
         CREATE OR REPLACE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO written VALUES (NEW.stream, NEW.sequence); RETURN NULL; END';
         CREATE OR REPLACE TRIGGER note_written AFTER INSERT ON event FOR EACH ROW
         WHEN (NEW.stream LIKE 'order:%') EXECUTE FUNCTION note_written()",
    )
    .execute(db)
    .await?;
    let operator = token(auth, ViewerKind::Operator(demo_people().operator))?;
    let burst = Burst {
        options,
        gateway: &gateway,
        db,
        crowd: &crowd,
        orders: &orders,
        operator: &operator,
        versions: versions(&orders),
    };
    let alone = burst.run().await?;
    if options.dead > 0 {
        let before = resident_kib(gateway.pid)?;
        let dead = Dead::come(&gateway.url, &operator, options.dead).await?;
        let beside = burst.run().await?;
        say(&format!(
            "beside {} sockets that follow everything and never read: median {:.2} x, p99 {:.2} x; {:+} MiB",
            dead.len(),
            beside.median / alone.median,
            beside.p99 / alone.p99,
            (i128::from(resident_kib(gateway.pid)?) - i128::from(before)) / 1024
        ))?;
    }
    crowd.leave().await;
    sqlx::raw_sql("DROP TABLE written; DROP FUNCTION note_written CASCADE").execute(db).await?;
    Ok(())
}

/// Longest wait for the last events to be told.
const LAG: Duration = Duration::from_secs(60);

/// Events at a steady rate for some seconds.
struct Burst<'a> {
    options: &'a Options,
    gateway: &'a Server,
    db: &'a PgPool,
    crowd: &'a Crowd,
    orders: &'a [Followed],
    operator: &'a str,
    versions: Versions,
}

/// How long they took from commit to socket, ms.
struct Delays {
    median: f64,
    p99: f64,
}

impl Burst<'_> {
    async fn run(&self) -> Result<Delays> {
        let Options { rate, seconds, .. } = *self.options;
        sqlx::raw_sql("TRUNCATE written").execute(self.db).await?;
        let (cpu, began) = (cpu_seconds(self.gateway.pid)?, Instant::now());
        let written =
            writer::write(&self.gateway.url, self.operator, self.orders, &self.versions, rate, seconds).await?;
        let cpu = cpu_seconds(self.gateway.pid)? - cpu;
        let took = began.elapsed().as_secs_f64();
        // By the database's own clock, which is this machine's.
        let commits: Vec<(String, i64, f64)> = sqlx::query_as(
            "SELECT stream, sequence, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 FROM written",
        )
        .fetch_all(self.db)
        .await?;
        ensure!(!commits.is_empty(), "no event was written");
        let until = Instant::now() + LAG;
        let mut delays = loop {
            let heard = commits.iter().filter_map(|(stream, sequence, committed)| {
                Some((self.crowd.heard(stream, *sequence)? - committed) * 1000.0)
            });
            let delays: Vec<f64> = heard.collect();
            if delays.len() == commits.len() {
                break delays;
            }
            let missing = commits.len() - delays.len();
            ensure!(Instant::now() < until, "{missing} of {} events were not told", commits.len());
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        delays.sort_by(f64::total_cmp);
        let quantile = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
        let (median, p99) = (quantile(0.5), quantile(0.99));
        say(&format!(
            "{written} changes, {} events in {took:.1} s ({:.0} events/s, {:.2} CPU s/s of the gateway): commit to socket \
             median {median:.1} ms, p99 {p99:.1} ms, worst {:.1} ms",
            delays.len(),
            delays.len() as f64 / took,
            cpu / took,
            quantile(1.0)
        ))?;
        Ok(Delays { median, p99 })
    }
}

/// Memory of idle subscriptions, and how long it takes until all have come back and been told what they missed.
async fn idle(idle: usize, ground: &Ground, db: &PgPool, auth: &AuthSettings) -> Result<()> {
    let gateway = ground.gateway(DATABASE).await?;
    let orders = followed(db, auth, idle, false).await?;
    // What the first request brings in (plans, connections, texts) is not the subscriptions' own.
    let first = Crowd::new(&gateway.url, orders[..200].to_vec());
    first.come().await?;
    first.wait(|state| state.sequence.is_some(), Duration::from_secs(60)).await?;
    first.leave().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = resident_kib(gateway.pid)?;

    let crowd = Arc::new(Crowd::new(&gateway.url, orders.clone()));
    let opened = Instant::now();
    crowd.come().await?;
    crowd.wait(|state| state.sequence.is_some(), Duration::from_secs(300)).await?;
    say(&format!("{} idle subscriptions open after {:.1} s", idle, opened.elapsed().as_secs_f64()))?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let after = resident_kib(gateway.pid)?;
    let (calls, cpu) = (statements(db).await?, cpu_seconds(gateway.pid)?);
    tokio::time::sleep(Duration::from_secs(10)).await;
    say(&format!(
        "memory {} MiB, {} MiB before them: {:.1} KiB each; while idle {:.1} statements/s, {:.1} % of a CPU",
        after / 1024,
        before / 1024,
        (after.saturating_sub(before)) as f64 / idle as f64,
        (statements(db).await? - calls) as f64 / 10.0,
        (cpu_seconds(gateway.pid)? - cpu) * 10.0
    ))?;

    crowd.leave().await;
    missed(db).await?;
    let (storm, cpu) = (Instant::now(), cpu_seconds(gateway.pid)?);
    crowd.come().await?;
    crowd.wait(|state| state.replayed, Duration::from_secs(120)).await?;
    say(&format!(
        "{} came back at once: after {:.1} s all were told what they missed ({:.1} CPU s of the gateway); {} MiB",
        idle,
        storm.elapsed().as_secs_f64(),
        cpu_seconds(gateway.pid)? - cpu,
        resident_kib(gateway.pid)? / 1024
    ))?;
    crowd.leave().await;
    Ok(())
}

/// Statements so far, without those that ask for it.
async fn statements(db: &PgPool) -> Result<i64> {
    let text = "SELECT COALESCE(sum(calls), 0)::bigint FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
                WHERE d.datname = current_database() AND s.query NOT LIKE '%pg_stat_statements%'";
    Ok(sqlx::query_scalar(text).fetch_one(db).await?)
}

/// While nobody listens something happens to every order.
async fn missed(db: &PgPool) -> Result<()> {
    let text = "
        WITH bumped AS (
            UPDATE event_stream SET head = head + 1 WHERE stream LIKE 'order:%' RETURNING stream, head
        )
        INSERT INTO event (stream, sequence, event_id, kind, aggregate_id, aggregate_version, payload, occurred_at)
        SELECT stream, head, gen_random_uuid(), 'ETA_CHANGED', substr(stream, 7), 1, '{}', now() FROM bumped";
    sqlx::raw_sql(text).execute(db).await?;
    Ok(())
}
