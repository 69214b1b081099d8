//! Connections that wait for the next read.
//!
//! sqlx asks a connection whether it is well each time it goes back to the pool: a message there and back, a ninth of the
//! server's time on a page of one statement. One that has just answered all it was asked is well, so a few stay here.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sea_orm::sea_query::Values;
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Sqlite};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Longest that a connection lies here and is still taken for well; what lies between here and the database may have
/// forgotten it later.
const TRUSTED: Duration = Duration::from_secs(5);

/// Longest that a connection stays away from the pool, which looks at its age and closes old ones.
const AWAY: Duration = Duration::from_secs(60);

/// How long a statement that nobody waits for any more may go on before it is cut off.
const PATIENCE: Duration = Duration::from_millis(20);

/// One connection of the pool.
pub struct Held {
    connection: Connection,
    /// When it left the pool.
    left: Instant,
    /// When it was last put here.
    put: Instant,
}

enum Connection {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

impl Held {
    async fn of(pool: &DatabaseConnection) -> Result<Self, DbErr> {
        let connection = match pool.get_database_backend() {
            DbBackend::Postgres => pool.get_postgres_connection_pool().acquire().await.map(Connection::Postgres),
            _ => pool.get_sqlite_connection_pool().acquire().await.map(Connection::Sqlite),
        };
        let connection = connection.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
        })?;
        let now = Instant::now();
        Ok(Self { connection, left: now, put: now })
    }

    async fn rows(&mut self, Statement { sql, values, .. }: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let values = SqlxValues(values.unwrap_or(Values(Vec::new())));
        // Statements are made by sea-query, which binds what callers give.
        let sql = AssertSqlSafe(sql);
        let found = match &mut self.connection {
            Connection::Postgres(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
            Connection::Sqlite(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
        };
        found.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
    }

    /// Lets go of a connection in the middle of a statement. One that soon answers goes back to the pool as it is; another
    /// is closed, and PostgreSQL, which looks after its clients while it works (`client_connection_check_interval`), ends
    /// the statement. Not by `pg_cancel_backend`: that would take a connection more, just when there are none.
    fn leave(self) {
        // SQLite stops by itself at the next row.
        let Connection::Postgres(mut connection) = self.connection else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            // Comes after what the statement still has to say.
            if !matches!(timeout(PATIENCE, connection.ping()).await, Ok(Ok(()))) {
                drop(connection.detach());
            }
        });
    }
}

/// A connection at work. Dropped before its statement has ended, it is let go of.
pub struct Busy(Option<Held>);

impl Busy {
    /// One that is about to be asked.
    pub fn new(held: Held) -> Self {
        Self(Some(held))
    }

    /// The rows of a statement, with the connection; after an error it is not to be trusted.
    pub async fn rows(mut self, statement: Statement) -> Result<(Held, Vec<QueryResult>), DbErr> {
        let held = self.0.as_mut().expect("taken at the end only");
        let rows = held.rows(statement).await;
        let held = self.0.take().expect("taken here only");
        rows.map(|rows| (held, rows))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            held.leave();
        }
    }
}

/// The connections that wait, the last one put first.
pub struct Spares {
    held: Mutex<Vec<Held>>,
    most: AtomicUsize,
    /// How many wait for a connection of the pool.
    waiting: AtomicUsize,
}

impl Spares {
    /// A quarter of the pool at most. Writers take three quarters, so that what lies here keeps none from its turn.
    pub fn of(connections: u32) -> Self {
        let most = connections as usize / 4;
        Self { held: Mutex::default(), most: AtomicUsize::new(most), waiting: AtomicUsize::new(0) }
    }

    /// A connection for reading: one that waits here, or one of the pool.
    ///
    /// # Errors
    /// When the pool has none in time.
    pub async fn take(&self, pool: &DatabaseConnection) -> Result<Held, DbErr> {
        let spare = self.held.lock().expect("no panic while held").pop();
        if let Some(held) = spare {
            if held.put.elapsed() < TRUSTED {
                return Ok(held);
            }
            // The pool asks an old one whether it is well, and the others here are older.
            self.clear();
        }
        let _waiting = self.waiting();
        Held::of(pool).await
    }

    /// Says that somebody waits for a connection of the pool, until the answer is dropped: nothing is put aside meanwhile.
    pub fn waiting(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(&self.waiting)
    }

    /// Puts aside a connection that has answered all it was asked. What broke or was cut off is dropped instead, which
    /// gives it to the pool.
    pub fn put(&self, mut held: Held) {
        if self.waiting.load(Ordering::Relaxed) > 0 || held.left.elapsed() > AWAY {
            return;
        }
        held.put = Instant::now();
        let mut spares = self.held.lock().expect("no panic while held");
        if spares.len() < self.most.load(Ordering::Relaxed) {
            spares.push(held);
        }
    }

    /// Gives all of them to the pool: after an error they may be no better.
    pub fn clear(&self) {
        let spares = std::mem::take(&mut *self.held.lock().expect("no panic while held"));
        drop(spares);
    }

    /// Gives all of them to the pool, and keeps none from now on.
    pub fn close(&self) {
        self.most.store(0, Ordering::Relaxed);
        self.clear();
    }
}

/// See [`Spares::waiting`].
pub struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
