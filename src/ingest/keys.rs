//! What event types share: rows found by the keys that people give them, and written many at a time.

use std::collections::HashMap;

use aws_lc_rs::digest;
use entity::{Codes, Columns, InboundCode, PrefixedId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable, QueryFilter,
    QueryOrder, QueryTrait, Select,
};
use uuid::Uuid;

use super::inbound::Verdict;
use super::reason::Reason;
use crate::store::rows::{ByPlace, among};
use crate::store::{Lock, Tx, VALUES};
use crate::values::error::Invalid;
use crate::values::text;

/// Rows by a unique text, in one statement.
///
/// # Errors
/// When the store fails.
pub async fn by_key<'k, E>(
    tx: &Tx,
    column: E::Column,
    keys: impl IntoIterator<Item = &'k str>,
    key: impl Fn(&E::Model) -> Option<&str>,
) -> Result<HashMap<String, E::Model>, DbErr>
where
    E: EntityTrait<Model: Columns + Send>,
{
    let Some(select) = select_by_key::<E>(tx, column, keys) else { return Ok(HashMap::new()) };
    Ok(keyed(select.by_place(tx.conn()).await?, key))
}

/// As [`by_key`], locked for the rest of the transaction: of rows that others write too, and that are written back whole.
///
/// # Errors
/// When the store fails.
pub async fn lock_by_key<'k, E>(
    tx: &Tx,
    column: E::Column,
    keys: impl IntoIterator<Item = &'k str>,
    key: impl Fn(&E::Model) -> Option<&str>,
) -> Result<HashMap<String, E::Model>, DbErr>
where
    E: EntityTrait<Model: Columns + Send>,
{
    let Some(select) = select_by_key::<E>(tx, column, keys) else { return Ok(HashMap::new()) };
    Ok(keyed(Lock::row(select.order_by_asc(column)).all(tx.conn()).await?, key))
}

fn select_by_key<'k, E: EntityTrait>(
    tx: &Tx,
    column: E::Column,
    keys: impl IntoIterator<Item = &'k str>,
) -> Option<Select<E>> {
    let mut keys: Vec<&str> = keys.into_iter().collect();
    keys.sort_unstable();
    keys.dedup();
    (!keys.is_empty()).then(|| E::find().filter(among(tx.conn().get_database_backend(), column, keys)))
}

fn keyed<M>(rows: Vec<M>, key: impl Fn(&M) -> Option<&str>) -> HashMap<String, M> {
    rows.into_iter().filter_map(|row| Some((key(&row)?.to_owned(), row))).collect()
}

/// Inserts rows, or updates those that are there by a unique key; all but the key, and the columns that stay as they were
/// first. At once, since the next events read them.
///
/// # Errors
/// When the store fails.
pub async fn upsert<E>(tx: &Tx, rows: Vec<E::Model>, key: &[E::Column], stay: &[E::Column]) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<<E as EntityTrait>::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let fixed = |column: &E::Column| key.iter().chain(stay).any(|other| other.as_str() == column.as_str());
    let changing = columns.iter().copied().filter(|column| !fixed(column));
    let known = OnConflict::columns(key.iter().copied()).update_columns(changing).to_owned();
    let mut rows = rows.into_iter().map(|row| row.into_active_model().reset_all()).peekable();
    while rows.peek().is_some() {
        let part: Vec<E::ActiveModel> = rows.by_ref().take(VALUES / columns.len()).collect();
        let insert = E::insert_many(part).on_conflict(known.clone()).into_query();
        tx.conn().execute(&insert).await?;
    }
    Ok(())
}

/// A text of the data.
pub fn line(field: &str, given: &str, max: u32) -> Result<String, Reason> {
    text::line(given, max).map_err(|invalid| Reason::value(field, invalid))
}

/// A text of the data that may be missing.
pub fn optional_line(field: &str, given: Option<&str>, max: u32) -> Result<Option<String>, Reason> {
    given.map(|given| line(field, given, max)).transpose()
}

/// A value of the data that one of `values` reads.
pub fn value<T>(field: &str, parsed: Result<T, Invalid>) -> Result<T, Reason> {
    parsed.map_err(|invalid| Reason::value(field, invalid))
}

/// A number of the data within bounds.
pub fn number(field: &str, given: i64, min: i64, max: i64) -> Result<i64, Reason> {
    if (min..=max).contains(&given) {
        return Ok(given);
    }
    Err(Reason::invalid(field, "ingest-number").with("min", min).with("max", max))
}

/// As [`number`], for columns of 32 bits.
pub fn small(field: &str, given: i32, min: i32, max: i32) -> Result<i32, Reason> {
    number(field, given.into(), min.into(), max.into()).map(|_| given)
}

/// Most fen of any amount: a thousand million yuan.
pub const MAX_MINOR: i64 = 100_000_000_000;

/// An amount of the data, fen.
pub fn minor(field: &str, given: i64) -> Result<i64, Reason> {
    number(field, given, 0, MAX_MINOR)
}

/// Waits for a thing that the data names: `field` and the subject with which it will come.
pub fn waits(field: &str, subject: String) -> Verdict {
    let reason = Reason::new(InboundCode::WaitsForReference, "ingest-waits-reference");
    Verdict::Held(reason.at(field).with("subject", subject.as_str()), subject)
}

/// The longest code that people give a thing.
pub const MAX_CODE: u32 = 40;

/// The longest name.
pub const MAX_NAME: u32 = 120;

/// A code of the data.
pub fn code(field: &str, given: &str) -> Result<String, Reason> {
    line(field, given, MAX_CODE)
}

/// A name of the data.
pub fn name(field: &str, given: &str) -> Result<String, Reason> {
    line(field, given, MAX_NAME)
}

/// Codes of the data, each once, sorted.
pub fn codes(field: &str, given: &[String]) -> Result<Codes, Reason> {
    let mut codes = Vec::with_capacity(given.len());
    for (at, one) in given.iter().enumerate() {
        codes.push(code(&format!("{field}.{at}"), one)?);
    }
    codes.sort_unstable();
    codes.dedup();
    Ok(Codes(codes))
}

/// The first that comes twice.
pub fn twice<'k>(keys: impl IntoIterator<Item = &'k str>) -> Option<usize> {
    let mut seen = std::collections::HashSet::new();
    keys.into_iter().position(|key| !seen.insert(key))
}

/// A thing that the data names, or that it is waited for: `kind` is the beginning of its subject.
pub fn found<'m, M>(rows: &'m HashMap<String, M>, field: &str, kind: &str, key: &str) -> Result<&'m M, Verdict> {
    rows.get(key).ok_or_else(|| waits(field, format!("{kind}/{key}")))
}

/// As [`found`], of what may be left out.
pub fn found_or_none<'m, M>(
    rows: &'m HashMap<String, M>,
    field: &str,
    kind: &str,
    key: Option<&str>,
) -> Result<Option<&'m M>, Verdict> {
    key.map(|key| found(rows, field, kind, key)).transpose()
}

/// Sixteen bytes that a name of the sender's own always gives again, for the id of a thing that has no key but that.
pub fn named_id<K: PrefixedId>(name: &str) -> K {
    let hash = digest::digest(&digest::SHA256, format!("{}/{name}", K::PREFIX).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    K::from_uuid(Uuid::from_bytes(bytes))
}

/// Splits verdicts from rows: those that are to be written, and what is answered for each item.
pub fn sorted_out<T, M>(
    items: &[super::inbound::Item<T>],
    mut row: impl FnMut(&super::inbound::Item<T>) -> Result<M, Verdict>,
) -> (Vec<M>, Vec<Verdict>) {
    let mut rows = Vec::with_capacity(items.len());
    let verdicts = items.iter().map(|item| match row(item) {
        Ok(row) => {
            rows.push(row);
            Verdict::DONE
        }
        Err(verdict) => verdict,
    });
    let verdicts = verdicts.collect();
    (rows, verdicts)
}
