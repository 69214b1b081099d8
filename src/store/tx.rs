//! The write transaction: state, history and event in one commit (architecture: "a mutation").

use std::any::Any;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{OnConflict, QueryStatementBuilder};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, QueryTrait, StatementBuilder};
use tokio::sync::OwnedSemaphorePermit;

use super::ending::Ending;
use super::{Db, Writer};
use crate::events::{Batch, Draft, Hub};

/// An open write transaction. Dropped without [`Tx::commit`] it rolls back.
///
/// No HTTP call and no Redis call is made while one is open. What can be read before is read before: links use a second
/// connection.
///
/// A mutation locks and reads through [`Tx::conn`] and then, as a rule, puts its writes off until the commit
/// ([`Tx::put`]), where they are one statement.
pub struct Tx {
    conn: Writer,
    now: DateTime<Utc>,
    ending: Ending,
    drafts: Vec<Draft>,
    happened: Vec<Box<dyn Gathered>>,
    /// Declared after `conn`: the next SQLite writer starts when this one has rolled back or committed.
    _permit: OwnedSemaphorePermit,
}

/// Something of which more follows than whoever makes it happen writes, and for which something has to be read first. It is
/// gathered while the change is made, by however many steps, and seen to once, at the commit ([`Tx::happened`]).
pub trait Happening: Send + Sync + Sized + 'static {
    /// Reads what it has to, and puts off what follows from all that happened, in order.
    fn follow(tx: &mut Tx, happened: Vec<Self>) -> BoxFuture<'_, Result<(), DbErr>>;
}

/// What happened of one kind.
trait Gathered: Send + Sync {
    fn as_any(&mut self) -> &mut dyn Any;

    fn follow(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Result<(), DbErr>>;
}

impl<H: Happening> Gathered for Vec<H> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn follow(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Result<(), DbErr>> {
        H::follow(tx, *self)
    }
}

impl Tx {
    /// Opens one.
    pub async fn begin(db: &Db, now: DateTime<Utc>) -> Result<Self, DbErr> {
        let permit = db.permit().await?;
        let conn = Writer::begin(db).await?;
        let ending = Ending::new(conn.get_database_backend());
        Ok(Self { conn, now, ending, drafts: Vec::new(), happened: Vec::new(), _permit: permit })
    }

    /// The connection, for statements.
    pub fn conn(&self) -> &Writer {
        &self.conn
    }

    /// The moment of this change; every row it writes carries the same.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Puts a write off until the commit. For what this change does not read again, and whose rows no other write of
    /// it touches: PostgreSQL makes all of them on one view of the data, in which a row can be written once. A row that
    /// refers to another that is put off may come before or after it.
    pub fn put<W>(&mut self, write: W)
    where
        W: QueryTrait<QueryStatement: StatementBuilder + QueryStatementBuilder>,
    {
        self.ending.put(write.as_query(), false);
    }

    /// As [`Tx::put`], for the write of one row, mostly one that is locked. The commit fails when it finds none.
    pub fn put_one<W>(&mut self, write: W)
    where
        W: QueryTrait<QueryStatement: StatementBuilder + QueryStatementBuilder>,
    {
        self.ending.put(write.as_query(), true);
    }

    /// As [`Tx::put`], for new rows: those of one table are one write, however many calls bring them.
    pub fn insert<A>(&mut self, rows: impl IntoIterator<Item = A>)
    where
        A: ActiveModelTrait + Send + Sync + 'static,
    {
        self.ending.insert(rows, None);
    }

    /// As [`Tx::insert`], for rows that may be there; none of them twice.
    pub fn insert_or<A>(&mut self, known: OnConflict, rows: impl IntoIterator<Item = A>)
    where
        A: ActiveModelTrait + Send + Sync + 'static,
    {
        self.ending.insert(rows, Some(known));
    }

    /// Adds an event to be written with the commit.
    pub fn emit(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// Notes something, so that the commit sees to what follows from it.
    pub fn happened<H: Happening>(&mut self, what: H) {
        let same = self.happened.iter_mut().find_map(|kind| kind.as_any().downcast_mut::<Vec<H>>());
        match same {
            Some(known) => known.push(what),
            None => self.happened.push(Box::new(vec![what])),
        }
    }

    /// Makes the writes that were put off, now: for the rare change that writes a row twice or reads what it wrote.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn flush(&mut self) -> Result<(), DbErr> {
        let ending = std::mem::replace(&mut self.ending, Ending::new(self.conn.get_database_backend()));
        ending.write(&self.conn, &Batch::of(&[], self.now)).await?;
        Ok(())
    }

    /// As [`Tx::flush`], once they fill a statement: for a change of many things, of which none reads what another wrote.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn flush_when_large(&mut self) -> Result<(), DbErr> {
        if self.ending.is_large() { self.flush().await } else { Ok(()) }
    }

    /// Sees to what follows from what happened, makes the writes that were put off, writes the events, commits, and wakes the
    /// readers of their streams.
    ///
    /// The stream counters are locked last and in sorted order (guarantees 1.1).
    ///
    /// # Errors
    /// When the store fails, or a write of [`Tx::put_one`] did not find its row; then nothing is committed.
    pub async fn commit(mut self, hub: &Hub) -> Result<(), DbErr> {
        // What follows may have something follow from it.
        while !self.happened.is_empty() {
            for kind in std::mem::take(&mut self.happened) {
                kind.follow(&mut self).await?;
            }
        }
        let events = Batch::of(&self.drafts, self.now);
        let heads = self.ending.write(&self.conn, &events).await?;
        self.conn.commit().await?;
        hub.committed(heads, &events);
        Ok(())
    }

    /// Takes everything back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.conn.rollback().await
    }
}
