//! Gateways as processes over a database, and the address before them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entity::log::event;
use entity::{EventKind, OrderId, StoreId};
use milepost::seed::demo_people;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::net::{TcpListener, TcpStream};

use super::history::Line;
use super::{Blow, TempDir, connect};
use crate::harness::Database;

/// A number below another, as the moment has it.
pub fn random(below: u64) -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish() % below.max(1)
}

/// A time between two, in milliseconds.
pub fn between(least: u64, most: u64) -> Duration {
    Duration::from_millis(least + random(most - least + 1))
}

/// A port that is free, below those that the kernel gives to outgoing connections.
fn free_port() -> u16 {
    loop {
        let port = 20_000 + u16::try_from(random(12_000)).expect("below 12000");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A gateway's process.
struct Gateway {
    port: u16,
    child: Child,
}

/// Gateways over one database.
pub struct House {
    gateways: Vec<Gateway>,
    environment: Vec<(String, String)>,
    database_url: String,
    /// Dropped after the gateways: a database of the tests' own, or services of this house alone.
    database: Option<Database>,
    services: Option<PathBuf>,
    folder: TempDir,
}

impl House {
    /// One gateway over a database as the other tests have it.
    pub async fn of_the_tests() -> Self {
        let database = Database::demo().await;
        let url = database.url().to_owned();
        Self::build(url, Some(database), None, None, 1).await
    }

    /// Gateways over a PostgreSQL and a Redis of their own, which are to crash.
    pub async fn with_services(gateways: usize) -> Self {
        let folder = PathBuf::from(format!("/tmp/milepost-chaos-{}-{}", std::process::id(), random(u64::MAX)));
        let mut up = script("up", &folder, &[]);
        // An acknowledged commit is on disk here, as it is in production.
        up.env("MILEPOST_POSTGRES_OPTIONS", "-c fsync=on -c synchronous_commit=on -c full_page_writes=on");
        let said = finish(up).await;
        let value = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("{name} in {said}")).to_owned()
        };
        let (postgres, redis) = (value("MILEPOST_TEST_POSTGRES"), value("MILEPOST_TEST_REDIS"));
        Self::build(format!("{postgres}/postgres"), None, Some(folder), Some(redis), gateways).await
    }

    async fn build(
        database_url: String,
        database: Option<Database>,
        services: Option<PathBuf>,
        redis: Option<String>,
        gateways: usize,
    ) -> Self {
        let mut environment = vec![
            ("MILEPOST_DATABASE_URL".to_owned(), database_url.clone()),
            ("MILEPOST_LOG__FILTER".to_owned(), "warn".to_owned()),
            ("MILEPOST_DATABASE__ACQUIRE_TIMEOUT_MS".to_owned(), "2000".to_owned()),
        ];
        environment.extend(redis.map(|url| ("MILEPOST_REDIS_URL".to_owned(), url)));
        let folder = TempDir::new();
        let mut house = Self { gateways: Vec::new(), environment, database_url, database, services, folder };
        for _ in 0..gateways {
            let port = free_port();
            let child = house.spawn(port);
            ready(port, Duration::from_secs(120)).await;
            house.gateways.push(Gateway { port, child });
        }
        house
    }

    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
        command.current_dir(self.folder.path());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MILEPOST_")) {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn spawn(&self, port: u16) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"));
        let mut command = self.program();
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.expect("a log")).spawn().expect("it starts")
    }

    /// Where the gateways listen.
    pub fn ports(&self) -> Vec<u16> {
        self.gateways.iter().map(|gateway| gateway.port).collect()
    }

    /// Where the database is.
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A token for a role of the demo data.
    pub fn token(&self, role: &str) -> String {
        let output = self.program().args(["token", "--role", role, "--ttl", "12h"]).output().expect("a token");
        format!("Bearer {}", String::from_utf8_lossy(&output.stdout).trim())
    }

    /// The demo order and the demo store.
    pub fn demo(&self) -> (OrderId, StoreId) {
        let people = demo_people();
        (people.order, people.store)
    }

    /// Strikes, and mends after so long.
    pub async fn strike(&mut self, blow: Blow, pause: Duration) {
        let service = match blow {
            Blow::Gateway => {
                let which = usize::try_from(random(self.gateways.len() as u64)).unwrap_or_default();
                let gateway = &mut self.gateways[which];
                gateway.child.kill().expect("it is killed");
                gateway.child.wait().expect("it is gone");
                tokio::time::sleep(pause).await;
                let port = gateway.port;
                self.gateways[which].child = self.spawn(port);
                ready(port, Duration::from_secs(60)).await;
                return;
            }
            Blow::Redis => "redis",
            Blow::Postgres => "postgres",
        };
        let services = self.services.as_deref().expect("services of its own");
        finish(script("crash", services, &[service, &pause.as_secs_f32().to_string()])).await;
    }

    /// What the log has of what the subscribers follow.
    pub async fn log(&self) -> Vec<Line> {
        let (order, store) = self.demo();
        let db = connect(&self.database_url).await;
        let rows = event::Entity::find()
            .filter(event::Column::Stream.is_in([format!("order:{order}"), format!("store:{store}")]))
            .all(db.conn())
            .await
            .expect("the log");
        db.close().await.expect("it closes");
        rows.into_iter()
            .map(|row| Line::Logged {
                stream: row.stream,
                sequence: row.sequence,
                event: row.event_id.to_string(),
                object: row.aggregate_id,
                version: row.aggregate_version.into(),
                told: matches!(row.kind, EventKind::MilestoneChanged | EventKind::EtaChanged),
            })
            .collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        for gateway in &mut self.gateways {
            let _ = gateway.child.kill();
            let _ = gateway.child.wait();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().rev().take(30).collect();
            eprintln!("the gateways said last: {lines:#?}");
        }
        if let Some(services) = &self.services {
            let _ = script("down", services, &[]).output();
        }
        drop(self.database.take());
    }
}

fn script(verb: &str, folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/services"));
    command.arg(verb).arg(folder).args(more).stdin(Stdio::null());
    command
}

async fn finish(mut command: Command) -> String {
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Waits until a gateway answers.
async fn ready(port: u16, patience: Duration) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let until = Instant::now() + patience;
    while Instant::now() < until {
        let answer = http.get(format!("http://127.0.0.1:{port}/readyz")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the gateway on port {port} does not get ready");
}

/// One address before all gateways: each connection goes to the next one.
pub struct Door {
    port: u16,
}

impl Door {
    /// Opens it.
    pub async fn open(ports: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let turn = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (ports, turn) = (ports.clone(), turn.clone());
                tokio::spawn(async move {
                    let port = ports[turn.fetch_add(1, Ordering::Relaxed) % ports.len()];
                    if let Ok(mut gateway) = TcpStream::connect(("127.0.0.1", port)).await {
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut gateway).await;
                    }
                });
            }
        });
        Self { port }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
