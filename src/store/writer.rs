//! The connection of a write transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;

use super::held::{Held, PATIENCE};
use super::{Db, Knows};

/// A connection on which a transaction is open. Dropped before it has ended, all of it is taken back.
///
/// Not sea-orm's own transaction: a connection that has committed is well, and waits for the next who needs one
/// (`store/spare.rs`) without being asked, which was the sixth message there and back of a change of five.
pub struct Writer {
    db: Db,
    /// Asked by one statement at a time; none once the transaction has ended.
    held: Mutex<Option<Held>>,
    /// Whether a statement is under way.
    asking: AtomicBool,
}

/// How long a connection may take to take a transaction back when nothing was under way.
const IDLE: Duration = Duration::from_secs(2);

const OPEN: &str = "there until the end, which takes the writer";

impl Writer {
    /// Opens a transaction.
    ///
    /// # Errors
    /// When the pool has no connection in time, or the store fails.
    pub(super) async fn begin(db: &Db) -> Result<Self, DbErr> {
        let spares = db.spares();
        let spare = match spares.spare() {
            Some(held) => Some(Opening::begin(held).await),
            None => None,
        };
        let held = match spare {
            Some(Ok(held)) => held,
            // Another process writes; to ask again would be to wait twice as long.
            Some(Err(error)) if db.backend() == DbBackend::Sqlite => return Err(error),
            // The server of one that waited may be gone; the pool, which asks, has a better one.
            Some(Err(_)) => {
                spares.clear();
                Opening::begin(Held::of(db.conn()).await?).await?
            }
            None => Opening::begin(spares.pooled(db.conn()).await?).await.inspect_err(|_| spares.clear())?,
        };
        Ok(Self { db: db.clone(), held: Mutex::new(Some(held)), asking: AtomicBool::new(false) })
    }

    /// Makes what was written stay.
    ///
    /// # Errors
    /// When the store fails; then nothing stays, unless only the answer was lost.
    pub(super) async fn commit(mut self) -> Result<(), DbErr> {
        *self.asking.get_mut() = true;
        self.held.get_mut().as_mut().expect(OPEN).commit().await?;
        self.put();
        Ok(())
    }

    /// Takes back what was written.
    ///
    /// # Errors
    /// When the store fails; then too nothing stays.
    pub(super) async fn rollback(mut self) -> Result<(), DbErr> {
        *self.asking.get_mut() = true;
        self.held.get_mut().as_mut().expect(OPEN).rollback().await?;
        self.put();
        Ok(())
    }

    fn put(&mut self) {
        self.db.spares().put(self.held.get_mut().take().expect(OPEN));
    }

    /// Asks it something. What is dropped half-way stays noted as under way.
    async fn ask<T>(&self, what: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.asking.store(true, Ordering::Relaxed);
        let answer = what.await;
        self.asking.store(false, Ordering::Relaxed);
        answer
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Writer {
    fn get_database_backend(&self) -> DbBackend {
        self.db.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.note(&statement);
        let mut held = self.held.lock().await;
        self.ask(held.as_mut().expect(OPEN).execute(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut held = self.held.lock().await;
        self.ask(held.as_mut().expect(OPEN).execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.db.note(&statement);
        let mut held = self.held.lock().await;
        self.ask(held.as_mut().expect(OPEN).row(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.db.note(&statement);
        let mut held = self.held.lock().await;
        self.ask(held.as_mut().expect(OPEN).rows(statement)).await
    }
}

impl Knows for Writer {
    fn by_heart<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.db.by_heart()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(held) = self.held.get_mut().take() {
            held.leave(if *self.asking.get_mut() { PATIENCE } else { IDLE });
        }
    }
}

/// A connection that is about to begin. Dropped before the answer is there, it is closed: nobody knows whether a
/// transaction is open on it.
struct Opening(Option<Held>);

impl Opening {
    async fn begin(held: Held) -> Result<Held, DbErr> {
        let mut opening = Self(Some(held));
        let begun = opening.0.as_mut().expect("taken below").begin().await;
        let held = opening.0.take().expect("put there above");
        begun.map(|()| held)
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            held.close();
        }
    }
}
