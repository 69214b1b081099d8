//! Locking rows for the rest of a write transaction, so that rules decide on values that stay.

use entity::Columns;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryResult, QueryTrait, Select};

/// A row to be locked, and how it is read.
pub struct Lock<T> {
    select: SelectStatement,
    read: fn(&QueryResult, usize) -> Result<T, DbErr>,
}

impl<M: Columns> Lock<M> {
    /// The whole row that this finds.
    pub fn row<E: EntityTrait<Model = M>>(select: Select<E>) -> Self {
        Self::of(select.into_query(), M::read)
    }
}

impl<T> Lock<T> {
    /// What this statement finds; `read` reads it from the columns that begin at a place.
    pub fn of(mut select: SelectStatement, read: fn(&QueryResult, usize) -> Result<T, DbErr>) -> Self {
        // Left out on SQLite, whose writer is alone anyway.
        select.lock_exclusive();
        Self { select, read }
    }

    /// The statement.
    pub fn select(&self) -> &SelectStatement {
        &self.select
    }

    /// Reads the row from the columns that begin at `at`.
    ///
    /// # Errors
    /// When a column does not hold what is wanted.
    pub fn read(&self, row: &QueryResult, at: usize) -> Result<T, DbErr> {
        (self.read)(row, at)
    }

    /// Locks and reads the row, when there is one.
    ///
    /// # Errors
    /// When the store fails, or another holds the row for too long.
    pub async fn take(&self, conn: &impl ConnectionTrait) -> Result<Option<T>, DbErr> {
        conn.query_one(&self.select).await?.map(|row| self.read(&row, 0)).transpose()
    }

    /// Locks and reads all rows, in the order of the statement: one that all who lock several of them have, so that no two
    /// wait for each other.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub async fn all(&self, conn: &impl ConnectionTrait) -> Result<Vec<T>, DbErr> {
        conn.query_all(&self.select).await?.iter().map(|row| self.read(row, 0)).collect()
    }
}
