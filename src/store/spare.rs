//! Connections that wait for the next read.
//!
//! sqlx asks a connection whether it is well each time it goes back to the pool: a message there and back, a ninth of the
//! server's time on a page of one statement. One that has just answered all it was asked is well, so a few stay here.
//! Writers take them too, and leave them here when they have committed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbErr, QueryResult, Statement};

use super::held::{Held, PATIENCE};

/// Longest that a connection lies here and is still taken for well; what lies between here and the database may have
/// forgotten it later.
const TRUSTED: Duration = Duration::from_secs(5);

/// Longest that a connection stays away from the pool, which looks at its age and closes old ones.
const AWAY: Duration = Duration::from_secs(60);

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
            held.leave(PATIENCE);
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
        match self.spare() {
            Some(held) => Ok(held),
            None => self.pooled(pool).await,
        }
    }

    /// One that waits here.
    pub fn spare(&self) -> Option<Held> {
        let held = self.held.lock().expect("no panic while held").pop()?;
        if held.put.elapsed() < TRUSTED {
            return Some(held);
        }
        // The pool asks an old one whether it is well, and the others here are older.
        drop(held);
        self.clear();
        None
    }

    /// One of the pool.
    ///
    /// # Errors
    /// When the pool has none in time.
    pub async fn pooled(&self, pool: &DatabaseConnection) -> Result<Held, DbErr> {
        let _waiting = self.waiting();
        // One that was put aside before this was known.
        match self.spare() {
            Some(held) => Ok(held),
            None => Held::of(pool).await,
        }
    }

    /// Says that somebody waits for a connection of the pool, until the answer is dropped: nothing is put aside meanwhile.
    fn waiting(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(&self.waiting)
    }

    /// Puts aside a connection that has answered all it was asked. What broke or was cut off is dropped instead, which
    /// gives it to the pool.
    pub fn put(&self, mut held: Held) {
        if held.left.elapsed() > AWAY {
            return;
        }
        held.put = Instant::now();
        let mut spares = self.held.lock().expect("no panic while held");
        // Asked under the lock: who waits has said so before it looks here a last time.
        if self.waiting.load(Ordering::Relaxed) == 0 && spares.len() < self.most.load(Ordering::Relaxed) {
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
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
