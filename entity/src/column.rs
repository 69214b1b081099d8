//! Values read from a row's columns.
//!
//! sea-orm takes a text for each value of a vocabulary and asks of each value whether its column has the right type. The
//! tables are ours; on PostgreSQL, where rows are many, both are left out and values are read from the bytes of its binary
//! format.

use chrono::{Days, NaiveDate, TimeDelta};
use sea_orm::prelude::{Date, DateTimeUtc, Json};
use sea_orm::{DbErr, TryGetable};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::cells::{Cells, wrong};
use crate::values::{
    AddOns, BenefitItems, Blind, Clauses, Codes, FinanceTerms, Media, QuotedBenefits, QuotedLines, Sealed,
    SortCriteria, StatusEntries, TemplateNodes,
};

/// A value that stands in a column.
pub trait Column: TryGetable {
    /// The value of these bytes, in PostgreSQL's binary format.
    ///
    /// # Errors
    /// When they are no such value.
    fn of_bytes(bytes: &[u8]) -> Result<Self, DbErr>;

    /// The value in the column at this place; none when it is null.
    ///
    /// # Errors
    /// When the column does not hold such a value.
    fn optional(row: Cells<'_>, at: usize) -> Result<Option<Self>, DbErr> {
        match row {
            Cells::Other(row) => row.try_get_by(at),
            row => row.bytes(at)?.map(Self::of_bytes).transpose(),
        }
    }

    /// The value in a column that is never null.
    ///
    /// # Errors
    /// When the column does not hold such a value.
    fn required(row: Cells<'_>, at: usize) -> Result<Self, DbErr> {
        Self::optional(row, at)?.ok_or_else(|| wrong(format!("column {at} is null")))
    }
}

fn text(bytes: &[u8]) -> Result<&str, DbErr> {
    std::str::from_utf8(bytes).map_err(wrong)
}

/// A value of a vocabulary, by its spelling.
pub(crate) fn word<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, DbErr> {
    let text: StrDeserializer<'_, Error> = text(bytes)?.into_deserializer();
    T::deserialize(text).map_err(wrong)
}

/// A `jsonb`: the number of its format, then JSON.
fn json<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, DbErr> {
    match bytes {
        [1, json @ ..] => serde_json::from_slice(json).map_err(wrong),
        _ => Err(wrong("no jsonb of the first format")),
    }
}

/// Where PostgreSQL's days and microseconds begin.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date");

fn date(days: i32) -> Option<NaiveDate> {
    let length = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 { EPOCH.checked_sub_days(length) } else { EPOCH.checked_add_days(length) }
}

fn instant(microseconds: i64) -> Option<DateTimeUtc> {
    let epoch = EPOCH.and_hms_opt(0, 0, 0)?.and_utc();
    epoch.checked_add_signed(TimeDelta::microseconds(microseconds))
}

macro_rules! columns {
    ($($ty:ty: |$bytes:ident| $read:expr;)*) => {
        $(
            impl Column for $ty {
                fn of_bytes($bytes: &[u8]) -> Result<Self, DbErr> {
                    $read
                }
            }
        )*
    };
}

columns! {
    String: |bytes| text(bytes).map(str::to_owned);
    bool: |bytes| bytes.try_into().map(|[byte]: [u8; 1]| byte != 0).map_err(wrong);
    i32: |bytes| bytes.try_into().map(Self::from_be_bytes).map_err(wrong);
    i64: |bytes| bytes.try_into().map(Self::from_be_bytes).map_err(wrong);
    f64: |bytes| bytes.try_into().map(Self::from_be_bytes).map_err(wrong);
    Vec<u8>: |bytes| Ok(bytes.to_owned());
    Date: |bytes| date(i32::of_bytes(bytes)?).ok_or_else(|| wrong("a date out of range"));
    DateTimeUtc: |bytes| instant(i64::of_bytes(bytes)?).ok_or_else(|| wrong("an instant out of range"));
    Sealed: |bytes| Ok(Self(bytes.to_owned()));
    Blind: |bytes| Ok(Self(bytes.to_owned()));
    Codes: |bytes| json(bytes);
    Media: |bytes| json(bytes);
    FinanceTerms: |bytes| json(bytes);
    BenefitItems: |bytes| json(bytes);
    QuotedBenefits: |bytes| json(bytes);
    QuotedLines: |bytes| json(bytes);
    Clauses: |bytes| json(bytes);
    SortCriteria: |bytes| json(bytes);
    StatusEntries: |bytes| json(bytes);
    AddOns: |bytes| json(bytes);
    TemplateNodes: |bytes| json(bytes);
    Json: |bytes| json(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_instants_count_from_the_year_2000() {
        let date = |days: i32| Date::of_bytes(&days.to_be_bytes()).map(|date| date.to_string());
        assert_eq!(date(0).unwrap(), "2000-01-01");
        assert_eq!(date(-1).unwrap(), "1999-12-31");
        assert_eq!(date(9_460).unwrap(), "2025-11-25");
        date(i32::MAX).unwrap_err();
        let instant = |micros: i64| DateTimeUtc::of_bytes(&micros.to_be_bytes()).map(|at| at.to_rfc3339());
        assert_eq!(instant(0).unwrap(), "2000-01-01T00:00:00+00:00");
        assert_eq!(instant(-1).unwrap(), "1999-12-31T23:59:59.999999+00:00");
        // `infinity`
        instant(i64::MAX).unwrap_err();
    }

    #[test]
    fn values_of_another_width_are_refused() {
        i32::of_bytes(&[0; 8]).unwrap_err();
        bool::of_bytes(&[]).unwrap_err();
        String::of_bytes(&[0xff]).unwrap_err();
        Codes::of_bytes(b"[]").unwrap_err();
        assert_eq!(Codes::of_bytes(b"\x01[\"a\"]").unwrap(), Codes(vec!["a".to_owned()]));
    }
}
