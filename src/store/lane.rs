//! What one request reads over.

use std::sync::OnceLock;

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sea_query::Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres, Sqlite};
use tokio::sync::Mutex;

use super::Db;

/// The pool, or after [`Lane::keep`] one connection of it for all statements. A connection that goes back to the pool
/// is asked whether it is well, which on PostgreSQL is a message there and back: as much as a small statement costs.
pub struct Lane {
    db: Db,
    kept: OnceLock<Mutex<Option<Held>>>,
}

enum Held {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

impl Held {
    async fn of(db: &Db) -> Result<Self, DbErr> {
        let held = match db.backend() {
            DbBackend::Postgres => db.conn().get_postgres_connection_pool().acquire().await.map(Self::Postgres),
            _ => db.conn().get_sqlite_connection_pool().acquire().await.map(Self::Sqlite),
        };
        held.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
        })
    }

    async fn rows(&mut self, Statement { sql, values, .. }: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let values = SqlxValues(values.unwrap_or(Values(Vec::new())));
        // Statements are made by sea-query, which binds what callers give.
        let sql = AssertSqlSafe(sql);
        let found = match self {
            Self::Postgres(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
            Self::Sqlite(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            }
        };
        found.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
    }
}

impl Lane {
    /// Over the pool.
    pub fn new(db: Db) -> Self {
        Self { db, kept: OnceLock::new() }
    }

    /// From now on statements go over one connection, one after the other. For what ends soon: whoever waits for
    /// another's connection while holding one can wait for ever.
    pub fn keep(&self) {
        self.kept.get_or_init(Mutex::default);
    }

    /// Gives the connection back; the next statement takes one again.
    pub async fn rest(&self) {
        if let Some(kept) = self.kept.get() {
            *kept.lock().await = None;
        }
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
        let Some(kept) = self.kept.get() else { return self.db.conn().query_all_raw(statement).await };
        let mut held = kept.lock().await;
        self.db.note(&statement);
        match &mut *held {
            Some(held) => held.rows(statement).await,
            none => none.insert(Held::of(&self.db).await?).rows(statement).await,
        }
    }
}
