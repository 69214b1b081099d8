//! Keyset paging: a page starts after the last row's sort keys and id, whatever the page's number.

use chrono::{DateTime, Utc};
use entity::{Columns, Wanted};
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr, UnionType, Value,
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Vault;
use super::rows::first;

/// Most rows of a page (domain.md 2.3, choice 4).
pub const MAX_FIRST: i32 = 100;

/// Past this a count says "at least" (domain.md 2.2).
pub const COUNT_CAP: i64 = 10_000;

/// One value of a cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyValue {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// Microseconds since 1970.
    Time {
        /// The microseconds.
        us: i64,
    },
}

impl From<DateTime<Utc>> for KeyValue {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time { us: time.timestamp_micros() }
    }
}

impl From<i64> for KeyValue {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<String> for KeyValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl KeyValue {
    fn into_value(self) -> Option<Value> {
        Some(match self {
            Self::Int(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::Time { us } => DateTime::from_timestamp_micros(us)?.into(),
        })
    }
}

/// One part of an order: what to sort by, which way, and the row's value for the cursor.
///
/// The expression must not be null; put lists in an order whose key every row has.
pub struct SortKey<R> {
    /// What to sort by.
    pub expr: SimpleExpr,
    /// Which way.
    pub order: Order,
    /// The row's value of `expr`: of its column, or where it is computed, of a value that was read beside the columns.
    pub value: Box<dyn Fn(&R) -> KeyValue + Send + Sync>,
}

impl<R> SortKey<R> {
    /// A part of an order.
    pub fn new(
        expr: impl Into<SimpleExpr>,
        order: Order,
        value: impl Fn(&R) -> KeyValue + Send + Sync + 'static,
    ) -> Self {
        Self { expr: expr.into(), order, value: Box::new(value) }
    }
}

/// Before the version in an order's name.
pub const VERSIONED: char = '#';

/// An order of rows. The id is always the last key, in the direction of the key before it.
pub struct Sorting<R> {
    /// Names the order; a cursor of another order is refused. What follows [`VERSIONED`] is the version of an order that somebody
    /// may change: a cursor of another version is stale.
    pub name: String,
    /// The keys.
    pub keys: Vec<SortKey<R>>,
    /// The id's column.
    pub id: SimpleExpr,
    /// The row's id.
    pub id_of: fn(&R) -> Uuid,
}

impl<R> Sorting<R> {
    /// An order by one key of a list. `list` and `field` name it together with its direction.
    pub fn new(list: &str, field: &str, key: SortKey<R>, id: impl Into<SimpleExpr>, id_of: fn(&R) -> Uuid) -> Self {
        let way = if key.order == Order::Desc { "desc" } else { "asc" };
        Self { name: format!("{list}.{field}.{way}"), keys: vec![key], id: id.into(), id_of }
    }
}

/// Which page.
#[derive(Clone, Debug)]
pub struct PageArgs {
    /// How many rows, 1 to [`MAX_FIRST`].
    pub first: u64,
    /// After which row, as the client keeps it.
    pub after: Option<String>,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// Name of the order.
    o: String,
    /// Values of the keys.
    k: Vec<KeyValue>,
    /// Id of the row.
    i: Uuid128,
}

/// A 128-bit number as text, since JSON numbers end at 53 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Uuid128(Uuid);

impl Serialize for Uuid128 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.simple())
    }
}

impl<'de> Deserialize<'de> for Uuid128 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Uuid::try_parse(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Cursor {
    /// The cursor of a row in an order.
    pub fn of<R>(sorting: &Sorting<R>, row: &R) -> Self {
        Self {
            o: sorting.name.clone(),
            k: sorting.keys.iter().map(|key| (key.value)(row)).collect(),
            i: Uuid128((sorting.id_of)(row)),
        }
    }

    /// The opaque text that a client keeps. Sealed: a sort key may be a value that the client may not see.
    pub fn seal(&self, vault: &Vault) -> String {
        vault.seal_text(LABEL, self)
    }

    /// Reads an opaque text; `None` when it is not one of ours.
    pub fn open(text: &str, vault: &Vault) -> Option<Self> {
        vault.open_text(LABEL, text, 1000)
    }
}

const LABEL: &[u8] = b"cursor";

/// A page of rows, each with its cursor.
#[derive(Debug)]
pub struct Page<R> {
    /// The rows, each with its cursor; sealing one costs more than reading its row, so that waits until it is asked for.
    pub rows: Vec<(Cursor, R)>,
    /// The same as the statement gave them, with what came along.
    pub found: Vec<QueryResult>,
    /// Whether there are more.
    pub has_next: bool,
    /// Whether the page had rows before it.
    pub has_previous: bool,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The cursor is not ours, or belongs to another list or order.
    #[error("the cursor is not of this list")]
    WrongCursor,
    /// The order that the cursor goes on in has been changed since.
    #[error("the order has changed since the cursor was made")]
    StaleCursor,
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Fetches one page in one statement. `select` has the `wanted` columns and the condition, without order and limit.
///
/// # Errors
/// When the store fails.
pub async fn fetch<R: Columns>(
    db: &impl ConnectionTrait,
    mut select: SelectStatement,
    wanted: Wanted,
    sorting: &Sorting<R>,
    args: &PageArgs,
) -> Result<Page<R>, DbErr> {
    ordered(&mut select, sorting);
    let found = first(db, &select, args.first + 1).await?;
    let has_next = found.len() as u64 > args.first;
    let rows = found
        .iter()
        .take(args.first as usize)
        .map(|row: &QueryResult| {
            let row = R::read_some(row.into(), 0, wanted)?;
            Ok((Cursor::of(sorting, &row), row))
        })
        .collect::<Result<_, DbErr>>()?;
    Ok(Page { rows, found, has_next, has_previous: args.after.is_some() })
}

/// Rows that fulfil a condition and are seen in one of these ways, or in any when there are none.
pub fn in_any(rows: Condition, ways: &[Condition]) -> Condition {
    let all = Condition::all().add(rows);
    if ways.is_empty() { all } else { all.add(ways.iter().cloned().fold(Condition::any(), Condition::add)) }
}

fn ordered<R>(select: &mut SelectStatement, sorting: &Sorting<R>) {
    for key in &sorting.keys {
        select.order_by_expr(key.expr.clone(), key.order.clone());
    }
    select.order_by_expr(sorting.id.clone(), id_order(sorting));
}

/// The condition of a page's rows: those after the cursor that are seen in one of these ways. Of several, each brings its
/// first rows by its own index; the page is among them.
///
/// # Errors
/// [`PageError::WrongCursor`], [`PageError::StaleCursor`].
pub fn narrow<R: Columns>(
    vault: &Vault,
    mut rows: Condition,
    ways: &[Condition],
    sorting: &Sorting<R>,
    args: &PageArgs,
) -> Result<Condition, PageError> {
    if let Some(text) = &args.after {
        let cursor = Cursor::open(text, vault).ok_or(PageError::WrongCursor)?;
        if cursor.o != sorting.name && versioned(&cursor.o).is_some_and(|order| versioned(&sorting.name) == Some(order))
        {
            return Err(PageError::StaleCursor);
        }
        rows = Condition::all().add(rows).add(after(sorting, &cursor).ok_or(PageError::WrongCursor)?);
    }
    if ways.len() < 2 {
        return Ok(in_any(rows, ways));
    }
    let mut found: Option<SelectStatement> = None;
    for way in ways {
        let mut firsts = Query::select()
            .expr_as(sorting.id.clone(), "id")
            .from(R::TABLE)
            .cond_where(rows.clone())
            .cond_where(way.clone())
            .take();
        ordered(&mut firsts, sorting);
        firsts.limit(args.first + 1);
        let firsts = Query::select().column("id").from_subquery(firsts, "firsts").take();
        found = Some(match found {
            Some(mut all) => all.union(UnionType::All, firsts).take(),
            None => firsts,
        });
    }
    Ok(Condition::all().add(sorting.id.clone().in_subquery(found.unwrap_or_default())))
}

/// Cuts one page of rows that are all in memory, in order of a whole number and the id; for a bounded set whose order
/// no column holds. `name` names the order, with whatever the number depends on.
pub fn cut<R>(
    mut rows: Vec<R>,
    name: &str,
    number: impl Fn(&R) -> i64,
    id_of: impl Fn(&R) -> Uuid,
    args: &PageArgs,
    vault: &Vault,
) -> Result<Page<R>, PageError> {
    let place = |row: &R| (number(row), id_of(row));
    if let Some(text) = &args.after {
        let cursor = Cursor::open(text, vault).filter(|cursor| cursor.o == name).ok_or(PageError::WrongCursor)?;
        let [KeyValue::Int(number)] = cursor.k[..] else { return Err(PageError::WrongCursor) };
        let after = (number, cursor.i.0);
        rows.retain(|row| place(row) > after);
    }
    rows.sort_unstable_by_key(place);
    let has_next = rows.len() as u64 > args.first;
    rows.truncate(args.first as usize);
    let rows = rows
        .into_iter()
        .map(|row| {
            let (number, id) = place(&row);
            (Cursor { o: name.to_owned(), k: vec![KeyValue::Int(number)], i: Uuid128(id) }, row)
        })
        .collect();
    Ok(Page { rows, found: Vec::new(), has_next, has_previous: args.after.is_some() })
}

/// Counts the rows of a table that fulfil a condition, up to the cap, in one statement.
///
/// # Errors
/// When the store fails.
pub async fn count<R: Columns>(db: &impl ConnectionTrait, rows: Condition) -> Result<i64, DbErr> {
    let rows = Query::select().expr(Expr::val(1)).from(R::TABLE).cond_where(rows).limit(COUNT_CAP as u64 + 1).take();
    let counted = Query::select().expr_as(Func::count(Expr::cust("*")), "n").from_subquery(rows, "counted").take();
    let row = db.query_one(&counted).await?;
    row.map_or(Ok(0), |row| row.try_get("", "n"))
}

fn id_order<R>(sorting: &Sorting<R>) -> Order {
    sorting.keys.last().map_or(Order::Asc, |key| key.order.clone())
}

/// The name of an order that has versions, without its version.
fn versioned(name: &str) -> Option<&str> {
    name.split_once(VERSIONED).map(|(order, _)| order)
}

/// The rows after a cursor. Keys of one direction become a row comparison, which an index serves as a range.
fn after<R>(sorting: &Sorting<R>, cursor: &Cursor) -> Option<Condition> {
    if cursor.o != sorting.name || cursor.k.len() != sorting.keys.len() {
        return None;
    }
    let values = cursor.k.iter().map(|v| v.clone().into_value()).collect::<Option<Vec<_>>>()?;
    let mut parts: Vec<(SimpleExpr, Order, Value)> =
        sorting.keys.iter().zip(values).map(|(key, value)| (key.expr.clone(), key.order.clone(), value)).collect();
    parts.push((sorting.id.clone(), id_order(sorting), cursor.i.0.into()));

    if parts.iter().all(|(_, order, _)| *order == parts[0].1) {
        let (exprs, values): (Vec<_>, Vec<_>) =
            parts.iter().map(|(expr, _, value)| (expr.clone(), Expr::val(value.clone()))).unzip();
        let (left, right) = (Expr::tuple(exprs), Expr::tuple(values));
        let compared = if parts[0].1 == Order::Desc { left.lt(right) } else { left.gt(right) };
        return Some(Condition::all().add(compared));
    }
    let mut any = Condition::any();
    for end in 0..parts.len() {
        let mut all = Condition::all();
        for (expr, _, value) in &parts[..end] {
            all = all.add(expr.clone().eq(value.clone()));
        }
        let (expr, order, value) = &parts[end];
        all = all.add(match order {
            Order::Desc => expr.clone().lt(value.clone()),
            _ => expr.clone().gt(value.clone()),
        });
        any = any.add(all);
    }
    Some(any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn pages_cut_in_memory_are_the_whole_in_order(
            numbers in proptest::collection::vec(0i64..9, 1..40), first in 1u64..12,
        ) {
            let vault = Vault::new(&BTreeMap::from([("k1".to_owned(), [1; 32])]), "k1", &[9; 32]).unwrap();
            let rows: Vec<(i64, Uuid)> =
                numbers.iter().enumerate().map(|(i, n)| (*n, Uuid::from_u128(i as u128))).collect();
            let mut whole = rows.clone();
            whole.sort_unstable();
            let (mut seen, mut args) = (Vec::new(), PageArgs { first, after: None });
            loop {
                let page = cut(rows.clone(), "near.a", |row| row.0, |row| row.1, &args, &vault).unwrap();
                args.after = page.rows.last().map(|(cursor, _)| cursor.seal(&vault));
                seen.extend(page.rows.into_iter().map(|(_, row)| row));
                if !page.has_next {
                    break;
                }
            }
            prop_assert_eq!(seen, whole);
            let elsewhere = cut(rows, "near.b", |row| row.0, |row| row.1, &args, &vault);
            prop_assert!(matches!(elsewhere, Err(PageError::WrongCursor)));
        }
    }
}
