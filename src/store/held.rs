//! One connection of the pool, whichever database it is of.

use std::time::{Duration, Instant};

use sea_orm::sea_query::Values;
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, Database, Executor as _, Postgres, SqlSafeStr as _, Sqlite, SqlitePool};
use sqlx_core::transaction::TransactionManager;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long a statement that nobody waits for any more may go on before it is cut off.
pub(super) const PATIENCE: Duration = Duration::from_millis(20);

/// How each database begins, commits and takes back.
type Transactions<D> = <D as Database>::TransactionManager;

/// A connection, and how long it has been away from the pool.
pub struct Held {
    connection: Connection,
    /// When it left the pool.
    pub(super) left: Instant,
    /// When it was last put among the spare ones.
    pub(super) put: Instant,
}

enum Connection {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

/// The same for both kinds.
macro_rules! each {
    ($held:expr, $connection:ident => $run:expr) => {
        match &mut $held.connection {
            Connection::Postgres($connection) => $run,
            Connection::Sqlite($connection) => $run,
        }
    };
}

impl Held {
    /// One from the pool.
    ///
    /// # Errors
    /// When the pool has none in time, or is closed.
    pub async fn of(pool: &DatabaseConnection) -> Result<Self, DbErr> {
        let connection = match pool.get_database_backend() {
            DbBackend::Postgres => pool.get_postgres_connection_pool().acquire().await.map(Connection::Postgres),
            _ => sqlite(pool.get_sqlite_connection_pool()).await.map(Connection::Sqlite),
        };
        let connection = connection.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
        })?;
        let now = Instant::now();
        Ok(Self { connection, left: now, put: now })
    }

    /// The rows of a statement.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rows(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values) = parts(statement);
        let found = each!(self, connection => {
            let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
            rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
        });
        found.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
    }

    /// Its first row, once the statement has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn row(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values) = parts(statement);
        let found = each!(self, connection => {
            sqlx::query_with(sql, values).fetch_optional(&mut **connection).await.map(|row| row.map(QueryResult::from))
        });
        found.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
    }

    /// Runs a statement for what it does.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (sql, values) = parts(statement);
        let done = each!(self, connection => {
            sqlx::query_with(sql, values).execute(&mut **connection).await.map(ExecResult::from)
        });
        done.map_err(failed)
    }

    /// Runs text as it stands.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = AssertSqlSafe(sql.to_owned());
        each!(self, connection => (**connection).execute(sql).await.map(ExecResult::from)).map_err(failed)
    }

    /// Begins to write: at once on SQLite, where a transaction that turns to writing later fails at once (guarantees 1.1);
    /// read committed on PostgreSQL.
    ///
    /// # Errors
    /// When the store fails, or another writes for too long.
    pub async fn begin(&mut self) -> Result<(), DbErr> {
        let begun = match &mut self.connection {
            Connection::Postgres(connection) => Transactions::<Postgres>::begin(connection, None).await,
            Connection::Sqlite(connection) => {
                let at_once = AssertSqlSafe("BEGIN IMMEDIATE").into_sql_str();
                Transactions::<Sqlite>::begin(connection, Some(at_once)).await
            }
        };
        begun.map_err(failed)
    }

    /// Makes what was written since [`Held::begin`] stay.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn commit(&mut self) -> Result<(), DbErr> {
        let done = match &mut self.connection {
            Connection::Postgres(connection) => Transactions::<Postgres>::commit(connection).await,
            Connection::Sqlite(connection) => Transactions::<Sqlite>::commit(connection).await,
        };
        done.map_err(failed)
    }

    /// Takes it back.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rollback(&mut self) -> Result<(), DbErr> {
        let done = match &mut self.connection {
            Connection::Postgres(connection) => Transactions::<Postgres>::rollback(connection).await,
            Connection::Sqlite(connection) => Transactions::<Sqlite>::rollback(connection).await,
        };
        done.map_err(failed)
    }

    /// Lets go of a connection in the middle of a statement or a transaction, which is taken back. One that answers within
    /// `patience` goes back to the pool; another is closed, and PostgreSQL, which looks after its clients while it works
    /// (`client_connection_check_interval`), ends the statement. Not by `pg_cancel_backend`: that would take a connection
    /// more, just when there are none.
    pub fn leave(self, patience: Duration) {
        let mut connection = match self.connection {
            Connection::Postgres(connection) => connection,
            // SQLite stops by itself at the next row.
            Connection::Sqlite(mut connection) => return Transactions::<Sqlite>::start_rollback(&mut connection),
        };
        // Goes before whatever the connection is asked next.
        Transactions::<Postgres>::start_rollback(&mut connection);
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            // Comes after what the statement still has to say.
            if !matches!(timeout(patience, connection.ping()).await, Ok(Ok(()))) {
                drop(connection.detach());
            }
        });
    }

    /// Closes it. For one of which nobody knows whether a transaction is open.
    pub fn close(self) {
        match self.connection {
            Connection::Postgres(connection) => drop(connection.detach()),
            Connection::Sqlite(connection) => drop(connection.detach()),
        }
    }
}

/// A connection on which no transaction is counted as open. SQLite itself takes a transaction back when the disk is full, and
/// the driver goes on counting it; such a connection begins no other and is closed.
async fn sqlite(pool: &SqlitePool) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
    loop {
        let connection = pool.acquire().await?;
        if Transactions::<Sqlite>::get_transaction_depth(&connection) == 0 {
            return Ok(connection);
        }
        drop(connection.detach());
    }
}

/// Statements are made by sea-query, which binds what callers give.
fn parts(Statement { sql, values, .. }: Statement) -> (AssertSqlSafe<String>, SqlxValues) {
    (AssertSqlSafe(sql), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}
