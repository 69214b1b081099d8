//! A pool on either database. What differs between the two is the text of some statements and how lists are bound.

use std::str::FromStr;

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPool, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{Postgres, Sqlite};

use milepost::settings::Settings;

/// Connections to one of the two.
pub enum Pool {
    /// PostgreSQL.
    Postgres(PgPool),
    /// SQLite.
    Sqlite(SqlitePool),
}

/// One connection.
pub enum Conn {
    /// PostgreSQL.
    Postgres(PoolConnection<Postgres>),
    /// SQLite.
    Sqlite(PoolConnection<Sqlite>),
}

/// Asks with the same binds on either database: `fetch!(fetch_all, conn, SQL, first, second)`.
macro_rules! fetch {
    ($how:ident, $conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $conn {
            $crate::pool::Conn::Postgres(conn) => sqlx::query_as($sql)$(.bind($bind))*.$how(&mut **conn).await,
            $crate::pool::Conn::Sqlite(conn) => sqlx::query_as($sql)$(.bind($bind))*.$how(&mut **conn).await,
        }
    };
}
pub(crate) use fetch;

impl Pool {
    /// The database of these settings, opened as the gateway opens it. Connects at the first request.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn open(settings: &Settings) -> Result<Self> {
        let url = settings.database_url.expose_secret();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(std::time::Duration::from_secs(10));
            return Ok(Self::Sqlite(pool::<Sqlite>(settings).connect_lazy_with(options)));
        }
        let options = PgConnectOptions::from_str(url)
            .context("the database's address")?
            .ssl_mode(PgSslMode::Disable)
            .application_name("floor")
            .options([("lock_timeout", "10000")]);
        Ok(Self::Postgres(pool::<Postgres>(settings).connect_lazy_with(options)))
    }

    /// A connection.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn acquire(&self) -> Result<Conn, sqlx::Error> {
        Ok(match self {
            Self::Postgres(pool) => Conn::Postgres(pool.acquire().await?),
            Self::Sqlite(pool) => Conn::Sqlite(pool.acquire().await?),
        })
    }

    /// PostgreSQL's pool, for what is written for it alone.
    ///
    /// # Errors
    /// On SQLite.
    pub fn postgres(&self) -> Result<&PgPool> {
        match self {
            Self::Postgres(pool) => Ok(pool),
            Self::Sqlite(_) => anyhow::bail!("there is no such statement for SQLite"),
        }
    }
}

fn pool<D: sqlx::Database>(settings: &Settings) -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(settings.database.max_connections)
        .acquire_timeout(settings.database.acquire_timeout)
        .test_before_acquire(false)
}

impl Conn {
    /// PostgreSQL's connection, for what is written for it alone.
    ///
    /// # Errors
    /// On SQLite.
    pub fn postgres(&mut self) -> Result<&mut PoolConnection<Postgres>> {
        match self {
            Self::Postgres(conn) => Ok(conn),
            Self::Sqlite(_) => anyhow::bail!("there is no such statement for SQLite"),
        }
    }

    /// The text for this database.
    pub fn text(&self, postgres: &'static str, sqlite: &'static str) -> &'static str {
        match self {
            Self::Postgres(_) => postgres,
            Self::Sqlite(_) => sqlite,
        }
    }
}
