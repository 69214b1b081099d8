//! The write transaction: state, history and event in one commit (architecture: "a mutation").

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, DbErr};
use tokio::sync::OwnedSemaphorePermit;

use super::Db;
use crate::events::{Draft, Hub, log};

/// An open write transaction. Dropped without [`Tx::commit`] it rolls back.
///
/// No HTTP call and no Redis call is made while one is open. What can be read before is read before: links use a second
/// connection.
pub struct Tx {
    conn: DatabaseTransaction,
    now: DateTime<Utc>,
    drafts: Vec<Draft>,
    /// Declared after `conn`: the next SQLite writer starts when this one has rolled back or committed.
    _permit: OwnedSemaphorePermit,
}

impl Tx {
    /// Opens one.
    pub async fn begin(db: &Db, now: DateTime<Utc>) -> Result<Self, DbErr> {
        let (conn, permit) = db.begin().await?;
        Ok(Self { conn, now, drafts: Vec::new(), _permit: permit })
    }

    /// The connection, for statements.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.conn
    }

    /// The moment of this change; every row it writes carries the same.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Adds an event to be written with the commit.
    pub fn emit(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// Writes the events, commits, and wakes the readers of their streams.
    ///
    /// The stream counters are locked last and in sorted order (guarantees 1.1).
    pub async fn commit(self, hub: &Hub) -> Result<(), DbErr> {
        let heads = log::append(&self.conn, &self.drafts, self.now).await?;
        self.conn.commit().await?;
        hub.committed(heads);
        Ok(())
    }

    /// Takes everything back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.conn.rollback().await
    }
}
