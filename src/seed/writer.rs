//! Puts rows into the store as fast as each database takes them: `COPY` on PostgreSQL, on SQLite inserts of many rows
//! whose text is the same each time, so that it is prepared once.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement};
use sqlx::{PgPool, Postgres, Transaction};

use crate::events::Hub;
use crate::store::{Db, Tx};

/// Rows of one SQLite statement. More do not make it faster, and all tables stay far below 32,766 values.
const ROWS: usize = 100;

/// Bytes of one message of a `COPY`.
const COPY_BYTES: usize = 1 << 20;

/// An open transaction that takes rows.
pub(super) enum Sink {
    Sqlite(Box<Tx>),
    Postgres(Transaction<'static, Postgres>),
}

impl Sink {
    pub(super) async fn open(db: &Db, now: DateTime<Utc>) -> Result<Self> {
        if db.backend() == DbBackend::Postgres {
            let pool: &PgPool = db.conn().get_postgres_connection_pool();
            return Ok(Self::Postgres(pool.begin().await?));
        }
        Ok(Self::Sqlite(Box::new(Tx::begin(db, now).await?)))
    }

    pub(super) async fn commit(self) -> Result<()> {
        match self {
            // The hub of nobody: there are no readers of a database that is being filled.
            Self::Sqlite(tx) => tx.commit(&Hub::default()).await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Writes rows of one table.
    pub(super) async fn rows<E: EntityTrait>(&mut self, rows: Vec<E::Model>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let table = E::default().table_name();
        let columns: Vec<E::Column> = E::Column::iter().collect();
        match self {
            Self::Sqlite(tx) => insert::<E>(tx, table, &columns, &rows).await,
            Self::Postgres(tx) => copy::<E>(tx, table, &columns, &rows).await,
        }
        .with_context(|| format!("rows of {table}"))
    }
}

fn names<C: IdenStatic>(columns: &[C]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
    quoted.join(", ")
}

async fn insert<E: EntityTrait>(tx: &Tx, table: &str, columns: &[E::Column], rows: &[E::Model]) -> Result<()> {
    let head = format!("INSERT INTO \"{table}\" ({}) VALUES ", names(columns));
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    for chunk in rows.chunks(ROWS) {
        let sql = format!("{head}{}", vec![row.as_str(); chunk.len()].join(", "));
        let values = chunk.iter().flat_map(|row| columns.iter().map(|column| row.get(*column)));
        tx.conn().execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await?;
    }
    Ok(())
}

async fn copy<E: EntityTrait>(
    tx: &mut Transaction<'static, Postgres>,
    table: &str,
    columns: &[E::Column],
    rows: &[E::Model],
) -> Result<()> {
    let mut copy = tx.copy_in_raw(&format!("COPY \"{table}\" ({}) FROM STDIN", names(columns))).await?;
    let mut text = String::with_capacity(COPY_BYTES + 4096);
    for row in rows {
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                text.push('\t');
            }
            field(&mut text, row.get(*column))?;
        }
        text.push('\n');
        if text.len() >= COPY_BYTES {
            copy.send(text.as_bytes()).await?;
            text.clear();
        }
    }
    copy.send(text.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

/// A value in the text form of `COPY`.
fn field(text: &mut String, value: Value) -> Result<()> {
    match value {
        Value::Bool(Some(value)) => text.push(if value { 't' } else { 'f' }),
        Value::Int(Some(value)) => write!(text, "{value}")?,
        Value::BigInt(Some(value)) => write!(text, "{value}")?,
        Value::Double(Some(value)) => write!(text, "{value}")?,
        Value::String(Some(value)) => escaped(text, &value),
        Value::Json(Some(value)) => escaped(text, &value.to_string()),
        Value::Uuid(Some(value)) => write!(text, "{}", value.hyphenated())?,
        Value::ChronoDate(Some(value)) => write!(text, "{value}")?,
        Value::ChronoDateTimeUtc(Some(value)) => write!(text, "{}", value.format("%Y-%m-%dT%H:%M:%S%.6fZ"))?,
        Value::Bytes(Some(value)) => {
            text.push_str("\\\\x");
            for byte in value {
                write!(text, "{byte:02x}")?;
            }
        }
        value if value == value.as_null() => text.push_str("\\N"),
        value => anyhow::bail!("no column has values like {:?}", value.as_null()),
    }
    Ok(())
}

fn escaped(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_copy_reads_them() {
        let mut text = String::new();
        for value in [
            Value::String(Some("a\tb\\c\nd".into())),
            Value::Bytes(Some(vec![0, 255])),
            Value::String(None),
            Value::Bool(Some(true)),
            Value::Json(Some(Box::new(serde_json::json!({ "a": "\n" })))),
        ] {
            field(&mut text, value).unwrap();
            text.push('|');
        }
        assert_eq!(text, r#"a\tb\\c\nd|\\x00ff|\N|t|{"a":"\\n"}|"#);
    }
}
