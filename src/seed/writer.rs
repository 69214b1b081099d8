//! Puts rows into the store as fast as each database takes them: `COPY` on PostgreSQL, on SQLite inserts of many rows
//! whose text is the same each time, so that it is prepared once.

use anyhow::{Context, Result, bail};
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

/// Signature, no flags, no extension: the head of binary `COPY` data.
const COPY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A row of minus one columns: the end of it.
const COPY_END: &[u8] = &[0xff, 0xff];

/// From when PostgreSQL counts days and microseconds: 2000-01-01.
const EPOCH: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("in range");

/// Writers at once on PostgreSQL. More than there are cores, because each waits a while for the answer to every `COPY`.
const WRITERS: u32 = 8;

/// How many transactions may take rows at once: SQLite has one writer, PostgreSQL as many as the pool allows.
pub(super) fn writers(db: &Db) -> usize {
    if db.backend() != DbBackend::Postgres {
        return 1;
    }
    let most = db.conn().get_postgres_connection_pool().options().get_max_connections();
    usize::try_from(most.clamp(1, WRITERS)).unwrap_or(1)
}

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
    let width = i16::try_from(columns.len())?.to_be_bytes();
    let mut copy = tx.copy_in_raw(&format!("COPY \"{table}\" ({}) FROM STDIN (FORMAT binary)", names(columns))).await?;
    let mut bytes = Vec::with_capacity(COPY_BYTES + 4096);
    bytes.extend_from_slice(COPY_HEAD);
    for row in rows {
        bytes.extend_from_slice(&width);
        for column in columns {
            field(&mut bytes, row.get(*column))?;
        }
        if bytes.len() >= COPY_BYTES {
            copy.send(bytes.as_slice()).await?;
            bytes.clear();
        }
    }
    bytes.extend_from_slice(COPY_END);
    copy.send(bytes.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

/// A value in the binary form of `COPY`: its length and its bytes, as each column type sends itself.
fn field(bytes: &mut Vec<u8>, value: Value) -> Result<()> {
    let mut put = |value: &[u8]| -> Result<()> {
        bytes.extend_from_slice(&i32::try_from(value.len())?.to_be_bytes());
        bytes.extend_from_slice(value);
        Ok(())
    };
    match value {
        Value::Bool(Some(value)) => put(&[u8::from(value)]),
        Value::Int(Some(value)) => put(&value.to_be_bytes()),
        Value::BigInt(Some(value)) => put(&value.to_be_bytes()),
        Value::Double(Some(value)) => put(&value.to_be_bytes()),
        Value::String(Some(value)) => put(value.as_bytes()),
        Value::Bytes(Some(value)) => put(&value),
        Value::Uuid(Some(value)) => put(value.as_bytes()),
        Value::ChronoDate(Some(value)) => put(&i32::try_from((value - EPOCH.date_naive()).num_days())?.to_be_bytes()),
        Value::ChronoDateTimeUtc(Some(value)) => {
            put(&(value.timestamp_micros() - EPOCH.timestamp_micros()).to_be_bytes())
        }
        // `jsonb` sends itself as a version and the text.
        Value::Json(Some(value)) => put(&[&[1], value.to_string().as_bytes()].concat()),
        value if value == value.as_null() => {
            bytes.extend_from_slice(&(-1_i32).to_be_bytes());
            Ok(())
        }
        value => bail!("no column has values like {:?}", value.as_null()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_copy_reads_them() {
        let written = |value| {
            let mut bytes = Vec::new();
            field(&mut bytes, value).unwrap();
            bytes
        };
        assert_eq!(written(Value::String(Some("a\t曜".into()))), b"\0\0\0\x05a\t\xe6\x9b\x9c");
        assert_eq!(written(Value::String(None)), [0xff; 4]);
        assert_eq!(written(Value::Bool(Some(true))), [0, 0, 0, 1, 1]);
        assert_eq!(written(Value::Int(Some(-2))), [0, 0, 0, 4, 0xff, 0xff, 0xff, 0xfe]);
        assert_eq!(written(Value::Json(Some(Box::new(serde_json::json!([]))))), b"\0\0\0\x03\x01[]");
        let second = EPOCH + chrono::TimeDelta::seconds(1);
        assert_eq!(written(Value::ChronoDateTimeUtc(Some(second))), [0, 0, 0, 8, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40]);
        let eve = second.date_naive().pred_opt().unwrap();
        assert_eq!(written(Value::ChronoDate(Some(eve))), [0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff]);
    }
}
