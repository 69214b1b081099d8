//! Values read from a row's columns.
//!
//! sea-orm takes a text for each value of a vocabulary and asks of each value whether its column has the right type. The
//! tables are ours; on PostgreSQL, where rows are many, both are left out.

use sea_orm::prelude::{Date, DateTimeUtc, Json};
use sea_orm::{DbErr, QueryResult, TryGetable};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, ValueRef};

use crate::values::{Blind, Codes, Sealed};

/// A value that stands in a column.
pub trait Column: Sized {
    /// The value in the column at this place; none when it is null.
    ///
    /// # Errors
    /// When the column does not hold such a value.
    fn optional(row: &QueryResult, at: usize) -> Result<Option<Self>, DbErr>;

    /// The value in a column that is never null.
    ///
    /// # Errors
    /// When the column does not hold such a value.
    fn required(row: &QueryResult, at: usize) -> Result<Self, DbErr> {
        Self::optional(row, at)?.ok_or_else(|| DbErr::Type(format!("column {at} is null")))
    }
}

fn wrong(error: impl std::fmt::Display) -> DbErr {
    DbErr::Type(error.to_string())
}

fn decoded<'r, T: Decode<'r, Postgres>>(row: &'r PgRow, at: usize) -> Result<Option<T>, DbErr> {
    let value = row.try_get_raw(at).map_err(wrong)?;
    if value.is_null() { Ok(None) } else { T::decode(value).map(Some).map_err(wrong) }
}

/// A value as the driver decodes it.
pub(crate) fn plain<T>(row: &QueryResult, at: usize) -> Result<Option<T>, DbErr>
where
    T: TryGetable + for<'r> Decode<'r, Postgres>,
{
    match row.try_as_pg_row() {
        Some(row) => decoded(row, at),
        None => row.try_get_by(at),
    }
}

/// A value of a vocabulary, by its spelling.
pub(crate) fn word<T>(row: &QueryResult, at: usize) -> Result<Option<T>, DbErr>
where
    T: TryGetable + for<'de> Deserialize<'de>,
{
    let Some(row) = row.try_as_pg_row() else { return row.try_get_by(at) };
    let Some(text) = decoded::<&str>(row, at)? else { return Ok(None) };
    let text: serde::de::value::StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(text).map(Some).map_err(wrong)
}

macro_rules! columns {
    ($($ty:ty: $read:expr;)*) => {
        $(
            impl Column for $ty {
                fn optional(row: &QueryResult, at: usize) -> Result<Option<Self>, DbErr> {
                    $read(row, at)
                }
            }
        )*
    };
}

columns! {
    String: plain;
    bool: plain;
    i32: plain;
    i64: plain;
    f64: plain;
    Vec<u8>: plain;
    Date: plain;
    DateTimeUtc: plain;
    Sealed: |row, at| Ok(plain(row, at)?.map(Self));
    Blind: |row, at| Ok(plain(row, at)?.map(Self));
    Codes: QueryResult::try_get_by;
    Json: QueryResult::try_get_by;
}
