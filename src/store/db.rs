//! Connections to SQLite or PostgreSQL.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, ConnectOptions, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::heart::Heart;
use super::spare::Spares;

/// A pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    conn: DatabaseConnection,
    /// The same pool, whose statements are not counted.
    uncounted: DatabaseConnection,
    /// SQLite has one writer at a time: it queues here, in order, instead of in `busy_timeout`'s back-off. On PostgreSQL
    /// writers leave connections to readers, so that one that reads beside its transaction cannot wait for itself.
    writers: Arc<Semaphore>,
    /// Subscriptions that read at a time, so that a crowd of them leaves connections to those who ask.
    followers: Arc<Semaphore>,
    spares: Arc<Spares>,
    heart: Arc<Heart>,
    counts: bool,
    statements: Arc<AtomicU64>,
    recorded: Arc<Mutex<Vec<Statement>>>,
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `sqlite:path` or `postgres://…`.
    pub url: String,
    /// Most connections in the pool.
    pub max_connections: u32,
    /// Longest wait for a connection.
    pub acquire_timeout: Duration,
    /// Count and keep statements, for tests; costs a call for each, and memory until they are taken.
    pub count_statements: bool,
}

impl DbOptions {
    /// Defaults for an address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_connections: 16, acquire_timeout: Duration::from_secs(5), count_statements: false }
    }
}

/// Longest wait for a row lock on PostgreSQL; past it a statement fails instead of queueing without bound.
const LOCK_TIMEOUT_MS: &str = "10000";

/// How often PostgreSQL looks whether somebody still waits for what it is doing.
const CHECK_MS: &str = "25";

/// Longest wait for a turn to write.
const WRITE_WAIT: Duration = Duration::from_secs(30);

impl Db {
    /// Opens the pool; a SQLite file and its folder are made when missing.
    ///
    /// # Errors
    /// When the address is not understood or nothing answers there.
    pub async fn connect(options: &DbOptions) -> Result<Self, DbErr> {
        let mut connect = ConnectOptions::new(sqlite_url(&options.url));
        connect
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .sqlx_logging(false)
            .test_before_acquire(false)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(10))
            })
            .map_sqlx_postgres_opts(|postgres| {
                // Planning a wide statement costs more than running it, and what differs from one time to the next
                // (whose, after which row) does not change the plan; limits stand in the text.
                postgres.application_name("milepost").options([
                    ("lock_timeout", LOCK_TIMEOUT_MS),
                    ("plan_cache_mode", "force_generic_plan"),
                    ("client_connection_check_interval", CHECK_MS),
                ])
            });
        let mut conn = Database::connect(connect).await?;
        let uncounted = conn.clone();
        let statements = Arc::new(AtomicU64::new(0));
        let recorded: Arc<Mutex<Vec<Statement>>> = Arc::default();
        if options.count_statements {
            let (counter, recorder) = (statements.clone(), recorded.clone());
            conn.set_metric_callback(move |info| {
                counter.fetch_add(1, Ordering::Relaxed);
                recorder.lock().expect("no panic while held").push(info.statement.clone());
            });
        }
        let writers = match conn.get_database_backend() {
            DbBackend::Sqlite => 1,
            _ => (options.max_connections * 3 / 4).max(1),
        };
        Ok(Self {
            conn,
            uncounted,
            writers: Arc::new(Semaphore::new(writers as usize)),
            // Of a turn a part goes by while others read for it (see `events/returns.rs`).
            followers: Arc::new(Semaphore::new((options.max_connections as usize * 3 / 4).max(1))),
            spares: Arc::new(Spares::of(options.max_connections)),
            heart: Arc::default(),
            counts: options.count_statements,
            statements,
            recorded,
        })
    }

    /// The pool, for reads.
    pub fn conn(&self) -> &DatabaseConnection {
        &self.conn
    }

    /// The same for work in the background, which counts for nobody's statements.
    #[must_use]
    pub fn aside(&self) -> Self {
        Self { conn: self.uncounted.clone(), counts: false, ..self.clone() }
    }

    /// Waits for a turn to read for a subscription, in order.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it.
        self.followers.clone().acquire_owned().await.ok()
    }

    /// Connections that wait for the next read.
    pub(super) fn spares(&self) -> &Spares {
        &self.spares
    }

    /// What the process knows by heart of this kind; its default as long as nobody has read it.
    pub fn by_heart<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.heart.get()
    }

    /// Puts what the process knows by heart in place of what it knew.
    pub fn learn<T: Send + Sync + 'static>(&self, what: T) {
        self.heart.put(what);
    }

    /// Gives the connections that wait for the next read back to the pool, which takes them for used.
    pub fn gather(&self) {
        self.spares.clear();
    }

    /// Closes all connections, once their statements are through.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.spares.close();
        self.conn.clone().close().await
    }

    /// Which database this is.
    pub fn backend(&self) -> DbBackend {
        self.conn.get_database_backend()
    }

    /// Statements sent so far, when they are counted.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Notes a statement that goes past sea-orm, when they are counted.
    pub(super) fn note(&self, statement: &Statement) {
        if self.counts {
            self.statements.fetch_add(1, Ordering::Relaxed);
            self.recorded.lock().expect("no panic while held").push(statement.clone());
        }
    }

    /// Takes the statements sent since the last time, when they are kept; their plans can then be read.
    pub fn take_statements(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.recorded.lock().expect("no panic while held"))
    }

    /// Waits for a turn to write, in order.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit, DbErr> {
        match tokio::time::timeout(WRITE_WAIT, self.writers.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }
}

/// `sqlite:data/x.db` as the driver wants it, with its folder made.
fn sqlite_url(url: &str) -> String {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
        if let Some(folder) = std::path::Path::new(path).parent() {
            // A folder that cannot be made shows as the driver's own error on opening the file.
            let _ = std::fs::create_dir_all(folder);
        }
        return format!("sqlite://{path}?mode=rwc");
    }
    url.to_owned()
}
