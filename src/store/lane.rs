//! What one request reads over.

use std::sync::{Arc, OnceLock};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::fault::out_of_time;
use super::held::Held;
use super::spare::Busy;
use super::{Db, Knows};

/// A connection for each statement, or after [`Lane::keep`] one connection for all of them.
pub struct Lane {
    db: Db,
    kept: OnceLock<Mutex<Option<Held>>>,
    end: OnceLock<Instant>,
}

impl Lane {
    /// Over this pool.
    pub fn new(db: Db) -> Self {
        Self { db, kept: OnceLock::new(), end: OnceLock::new() }
    }

    /// Reads no longer than until then: what has not come by then fails, and its statement is cut off. The first time that
    /// is said counts.
    pub fn end_at(&self, end: Instant) {
        let _ = self.end.set(end);
    }

    /// See [`Lane::end_at`].
    pub fn end(&self) -> Option<Instant> {
        self.end.get().copied()
    }

    /// From now on statements go over one connection, one after the other. For what ends soon: whoever waits for
    /// another's connection while holding one can wait for ever.
    pub fn keep(&self) {
        self.kept.get_or_init(Mutex::default);
    }

    /// Gives the connection back; the next statement takes one again.
    pub async fn rest(&self) {
        if let Some(kept) = self.kept.get()
            && let Some(held) = kept.lock().await.take()
        {
            self.db.spares().put(held);
        }
    }

    /// The rows, with the connection that brought them; after an error it is not to be trusted.
    async fn read(&self, held: Option<Held>, statement: Statement) -> Result<(Held, Vec<QueryResult>), DbErr> {
        let spares = self.db.spares();
        let held = match held {
            Some(held) => held,
            None => spares.take(self.db.conn()).await?,
        };
        Busy::new(held).rows(statement).await.inspect_err(|_| spares.clear())
    }

    async fn rows(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.db.note(&statement);
        let Some(kept) = self.kept.get() else {
            let (held, rows) = self.read(None, statement).await?;
            self.db.spares().put(held);
            return Ok(rows);
        };
        let mut kept = kept.lock().await;
        let (held, rows) = self.read(kept.take(), statement).await?;
        *kept = Some(held);
        Ok(rows)
    }
}

impl Knows for Lane {
    fn by_heart<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.db.by_heart()
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Lane {
    fn get_database_backend(&self) -> DbBackend {
        self.db.backend()
    }

    /// Nothing that is kept writes.
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.conn().execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.conn().execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.end() {
            None => self.rows(statement).await,
            Some(end) if end <= Instant::now() => Err(out_of_time()),
            Some(end) => timeout_at(end, self.rows(statement)).await.unwrap_or_else(|_| Err(out_of_time())),
        }
    }
}
