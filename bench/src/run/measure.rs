//! One window, and what it cost.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde::Serialize;
use sqlx::PgPool;

use super::compare::ask;
use super::ground::{Ground, Server};
use super::procfs;
use super::workload::{Known, Workload};
use super::wrk::{self, Load};

/// One side in one window.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sample {
    /// Requests that came back.
    pub requests: u64,
    /// Requests a second.
    pub rps: f64,
    /// Median of the latency, milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 were at least as fast, milliseconds.
    pub p99_ms: f64,
    /// Answers other than 2xx, and broken sockets.
    pub errors: u64,
    /// CPU seconds of the server for a thousand requests.
    pub server_cpu: f64,
    /// CPU seconds of PostgreSQL, all its processes, for a thousand requests; 0 with SQLite, whose work is the server's.
    pub database_cpu: f64,
    /// Resident memory of the server after the window, MiB.
    pub resident_mib: f64,
}

/// Measures windows; each has a number of its own, so that no two send the same key or the same unseen document.
pub struct Meter<'a> {
    ground: &'a Ground,
    admin: Option<PgPool>,
    windows: u32,
}

/// Longest window, seconds.
const LONGEST: u32 = 30;

/// Longest wait for requests that wrk left behind.
const SETTLE: Duration = Duration::from_secs(20);

/// Waits until a server has nothing under way: wrk goes away with requests open, whose cost must not be the next
/// window's. PostgreSQL says whether a statement or a transaction is; with SQLite the server's CPU has to stand still.
///
/// # Errors
/// When they do not end.
pub async fn settle(admin: Option<&PgPool>, server: &Server) -> Result<()> {
    let sql = "SELECT count(*) FROM pg_stat_activity
               WHERE application_name IN ('milepost', 'floor') AND state <> 'idle'";
    let quiet = async {
        // Twice in a row: between two statements of one request nothing is open.
        let mut seen = 0;
        while seen < 2 {
            let before = procfs::cpu_seconds(server.pid)?;
            tokio::time::sleep(Duration::from_millis(30)).await;
            let open = match admin {
                Some(admin) => sqlx::query_scalar::<_, i64>(sql).fetch_one(admin).await? > 0,
                None => procfs::cpu_seconds(server.pid)? > before,
            };
            seen = if open { 0 } else { seen + 1 };
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(SETTLE, quiet).await.context("requests of the last window do not end")?
}

impl<'a> Meter<'a> {
    /// A meter on this ground.
    ///
    /// # Errors
    /// When PostgreSQL cannot be reached.
    pub async fn new(ground: &'a Ground) -> Result<Self> {
        Ok(Self { ground, admin: ground.admin().await?, windows: 0 })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.ground.scratch.join(name)
    }

    /// Loads one side for so many seconds, or as long as it takes until each connection has an answer.
    ///
    /// # Errors
    /// When wrk or a server fails.
    pub async fn window(
        &mut self,
        server: &Server,
        workload: &Workload,
        known: Known,
        connections: u32,
        seconds: u32,
    ) -> Result<Sample> {
        self.windows += 1;
        let (path, body) = match server.name {
            "gateway" => ("/graphql".to_owned(), workload.gateway_body(known)),
            _ => (workload.floor_path(), workload.floor_body()),
        };
        let (tokens, script) = (self.file("tokens"), self.file("load.lua"));
        std::fs::write(&tokens, workload.tokens.join("\n"))?;
        let seed = format!("r{}w{}n", *wrk::RUN, self.windows);
        std::fs::write(&script, wrk::script(&Load { path: &path, body: &body, tokens: &tokens, seed: &seed }))?;
        let mut seconds = seconds;
        let (before, window, after) = loop {
            settle(self.admin.as_ref(), server).await?;
            let before = self.clocks(server)?;
            let window = wrk::run(&server.url, &script, connections, seconds).await?;
            let after = self.clocks(server)?;
            // Each connection has to see an answer, or the window shows how it began and nothing else.
            if window.requests >= u64::from(connections) || seconds >= LONGEST {
                break (before, window, after);
            }
            seconds = (seconds * 4).min(LONGEST);
        };
        ensure!(window.requests > 0, "{}: the {} answered nothing", workload.name, server.name);
        let thousands = window.requests as f64 / 1000.0;
        Ok(Sample {
            requests: window.requests,
            rps: window.rps,
            p50_ms: window.p50.as_secs_f64() * 1000.0,
            p99_ms: window.p99.as_secs_f64() * 1000.0,
            errors: window.errors,
            server_cpu: (after.0 - before.0) / thousands,
            database_cpu: (after.1 - before.1) / thousands,
            resident_mib: procfs::resident_kib(server.pid)? as f64 / 1024.0,
        })
    }

    /// CPU seconds of the server and of PostgreSQL.
    fn clocks(&self, server: &Server) -> Result<(f64, f64)> {
        let database = self.ground.postgres_pid().map(procfs::tree_cpu_seconds).transpose()?;
        Ok((procfs::cpu_seconds(server.pid)?, database.unwrap_or(0.0)))
    }
}

/// Statements of one kind that one side sends.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Statement {
    /// How often.
    pub calls: i64,
    /// Its text, values left out.
    pub query: String,
}

/// Requests over which statements are counted.
const COUNTED: i64 = 20;

/// The statements that so many requests make, by pg_stat_statements; `BEGIN` and `COMMIT` are among them.
///
/// # Errors
/// When a request or the counting fails.
pub async fn statements(
    client: &Client,
    admin: &PgPool,
    database: &str,
    workload: &Workload,
    server: &Server,
) -> Result<Vec<Statement>> {
    settle(Some(admin), server).await?;
    sqlx::query("SELECT pg_stat_statements_reset()").execute(admin).await?;
    for n in 0..COUNTED {
        // As short as a document's version has to be, and of this run: a key counts once.
        ask(client, workload, server, Known::Ahead, &format!("counted-{}-{}-{n}", server.name, *wrk::RUN)).await?;
    }
    let sql = "SELECT s.calls, s.query FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
               WHERE d.datname = $1 ORDER BY s.calls DESC, s.query";
    Ok(sqlx::query_as(sql).bind(database).fetch_all(admin).await?)
}

/// Statements a request.
pub fn a_request(statements: &[Statement]) -> f64 {
    statements.iter().map(|statement| statement.calls).sum::<i64>() as f64 / COUNTED as f64
}
