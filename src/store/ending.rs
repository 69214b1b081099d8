//! How a write transaction ends: the writes that were put off, then the stream counters, then the events.
//!
//! PostgreSQL gets it as one statement, since a statement costs more than the row that it writes. SQLite has no such
//! statement, and no way to go either: there the same is done one after the other.

use std::any::Any;
use std::fmt::Write as _;

use sea_orm::sea_query::{InsertStatement, OnConflict, PostgresQueryBuilder, QueryStatementBuilder, SqlWriterValues};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, Iterable, QueryTrait, Statement, StatementBuilder,
};

use crate::events::{Batch, Heads};

/// Most values of one statement: SQLite takes 32,766, PostgreSQL 65,535.
pub const VALUES: usize = 30_000;

/// Writes, and values of new rows, from which on a statement is large: it takes long to plan, and others may follow.
const LARGE: (usize, usize) = (50, 20_000);

/// What a transaction has put off.
pub(super) struct Ending {
    writes: Writes,
    /// For each write, whether it must find exactly one row.
    one: Vec<bool>,
    /// New rows, those of one table together.
    rows: Vec<Box<dyn NewRows>>,
}

/// New rows of one table.
trait NewRows: Send + Sync {
    fn as_any(&mut self) -> &mut dyn Any;

    /// How many values they have.
    fn values(&self) -> usize;

    /// What writes them.
    fn inserts(&mut self) -> Vec<InsertStatement>;
}

struct RowsOf<A> {
    rows: Vec<A>,
    known: Option<OnConflict>,
}

impl<A: ActiveModelTrait + Send + Sync + 'static> RowsOf<A> {
    fn columns() -> usize {
        <A::Entity as EntityTrait>::Column::iter().count()
    }
}

impl<A: ActiveModelTrait + Send + Sync + 'static> NewRows for RowsOf<A> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn values(&self) -> usize {
        self.rows.len() * Self::columns()
    }

    fn inserts(&mut self) -> Vec<InsertStatement> {
        let mut rows = std::mem::take(&mut self.rows).into_iter().peekable();
        let mut inserts = Vec::new();
        while rows.peek().is_some() {
            let part = rows.by_ref().take(VALUES / Self::columns());
            let insert = A::Entity::insert_many(part);
            inserts.push(match &self.known {
                Some(known) => insert.on_conflict(known.clone()).into_query(),
                None => insert.into_query(),
            });
        }
        inserts
    }
}

enum Writes {
    /// `WITH w0 AS (…), w1 AS (…), ` and the values in it.
    Together(SqlWriterValues),
    /// SQLite's.
    InTurn(Vec<Statement>),
}

impl Ending {
    /// Nothing so far.
    pub fn new(backend: DbBackend) -> Self {
        let writes = match backend {
            DbBackend::Postgres => {
                let mut sql = SqlWriterValues::new("$", true);
                let _ = sql.write_str("WITH ");
                Writes::Together(sql)
            }
            _ => Writes::InTurn(Vec::new()),
        };
        Self { writes, one: Vec::new(), rows: Vec::new() }
    }

    /// Puts new rows off.
    pub fn insert<A>(&mut self, new: impl IntoIterator<Item = A>, known: Option<OnConflict>)
    where
        A: ActiveModelTrait + Send + Sync + 'static,
    {
        let same = self
            .rows
            .iter_mut()
            .find_map(|rows| rows.as_any().downcast_mut::<RowsOf<A>>().filter(|rows| rows.known == known));
        match same {
            Some(rows) => rows.rows.extend(new),
            None => self.rows.push(Box::new(RowsOf { rows: new.into_iter().collect(), known })),
        }
    }

    /// Whether what was put off fills a statement.
    pub fn is_large(&self) -> bool {
        let (writes, values) = LARGE;
        self.one.len() >= writes || self.rows.iter().map(|rows| rows.values()).sum::<usize>() >= values
    }

    /// Puts a write off.
    pub fn put(&mut self, write: &(impl StatementBuilder + QueryStatementBuilder), one: bool) {
        match &mut self.writes {
            Writes::Together(sql) => {
                let _ = write!(sql, "w{} AS (", self.one.len());
                write.build_collect_any_into(&PostgresQueryBuilder, sql);
                let _ = sql.write_str(" RETURNING 1), ");
            }
            Writes::InTurn(steps) => steps.push(DbBackend::Sqlite.build(write)),
        }
        self.one.push(one);
    }

    /// Writes it all; answers the new heads of the streams.
    ///
    /// # Errors
    /// [`DbErr::RecordNotUpdated`] when a write that must find one row did not.
    pub async fn write(mut self, conn: &impl ConnectionTrait, events: &Batch<'_>) -> Result<Heads, DbErr> {
        for mut rows in std::mem::take(&mut self.rows) {
            for insert in rows.inserts() {
                self.put(&insert, false);
            }
        }
        match self.writes {
            Writes::InTurn(steps) => {
                if steps.len() > 1 {
                    // As on PostgreSQL, a row may come before the one that it refers to. Ends with the transaction.
                    conn.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
                }
                for (step, one) in steps.into_iter().zip(self.one) {
                    let rows = conn.execute_raw(step).await?.rows_affected();
                    check(one, rows == 1)?;
                }
                events.append(conn).await
            }
            Writes::Together(_) if self.one.is_empty() && events.is_empty() => Ok(Heads::new()),
            Writes::Together(sql) => together(conn, sql, &self.one, events).await,
        }
    }
}

const COUNTS: &str = " SELECT counts FROM done";

const COUNTS_AND_HEADS: &str = "
    SELECT counts, (SELECT array_agg(stream) FROM bumped) AS streams, (SELECT array_agg(head) FROM bumped) AS heads
    FROM done";

/// The one statement. `done` counts the rows of the writes, so it makes them; the counters are taken through `done`, so
/// they are locked last, whatever the writes had to wait for.
async fn together(
    conn: &impl ConnectionTrait,
    mut sql: SqlWriterValues,
    one: &[bool],
    events: &Batch<'_>,
) -> Result<Heads, DbErr> {
    let counts: Vec<String> = (0..one.len()).map(|n| format!("(SELECT count(*) FROM w{n})")).collect();
    let _ = write!(sql, "done AS MATERIALIZED (SELECT ARRAY[{}]::bigint[] AS counts)", counts.join(", "));
    if !events.is_empty() {
        events.append_after_done(&mut sql);
    }
    let _ = sql.write_str(if events.is_empty() { COUNTS } else { COUNTS_AND_HEADS });
    let (sql, values) = sql.into_parts();
    let row = conn.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the outcome of a transaction's writes".into()))?;
    for (one, count) in one.iter().zip(row.try_get::<Vec<i64>>("", "counts")?) {
        check(*one, count == 1)?;
    }
    if events.is_empty() {
        return Ok(Heads::new());
    }
    let (streams, heads): (Vec<String>, Vec<i64>) = (row.try_get("", "streams")?, row.try_get("", "heads")?);
    Ok(streams.into_iter().zip(heads).collect())
}

fn check(one: bool, is_one: bool) -> Result<(), DbErr> {
    if one && !is_one { Err(DbErr::RecordNotUpdated) } else { Ok(()) }
}
