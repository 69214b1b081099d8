//! Lists after the Relay specification, over keyset pages.

use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{Enum, OutputType, SimpleObject};
use entity::{Columns, Wanted};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Condition, SimpleExpr};

use super::answer::Ask;
use super::call::Call;
use super::error::{Error, Result};
use super::relation::{One, Stored, all_of, one_by};
use crate::app::App;
use crate::store::page::{self, COUNT_CAP, Cursor, MAX_FIRST, Page, PageArgs, PageError, Sorting};

/// A list of rows with their cursors and, when asked for, their number.
pub type List<N> = Connection<Opaque, N, Totals>;

/// A row's cursor, sealed when it is asked for.
pub struct Opaque {
    cursor: Cursor,
    app: App,
}

impl CursorType for Opaque {
    type Error = PageError;

    /// Cursors are read by the page that they lead to.
    fn decode_cursor(_text: &str) -> Result<Self, PageError> {
        Err(PageError::WrongCursor)
    }

    fn encode_cursor(&self) -> String {
        self.cursor.seal(&self.app.vault)
    }
}

/// How many there are.
#[derive(super::Fields, SimpleObject, Clone, Debug)]
pub struct Count {
    /// The number, or the cap when there are more.
    pub value: i64,
    /// Whether the number is exact.
    pub precision: CountPrecision,
}

/// Whether a count is exact.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountPrecision {
    /// As many as it says.
    Exact,
    /// At least as many.
    AtLeast,
}

/// What a list says beside its rows.
#[derive(SimpleObject, Default)]
pub struct Totals {
    /// Rows in the whole list, counted only when asked for and up to 10,000.
    pub total_count: Option<Count>,
}

/// Reads `first` and `after`.
pub fn page_args(first: i32, after: Option<&str>) -> Result<PageArgs> {
    let first = u64::try_from(first)
        .ok()
        .filter(|n| (1..=MAX_FIRST as u64).contains(n))
        .ok_or_else(|| Error::argument("first", "first").with("max", i64::from(MAX_FIRST)))?;
    Ok(PageArgs { first, after: after.map(str::to_owned) })
}

/// Which rows a list has.
pub struct Rows {
    condition: Condition,
    ways: Vec<Condition>,
    beside: Vec<SimpleExpr>,
    looks_at: &'static [&'static str],
}

impl Rows {
    /// Those that fulfil a condition, which holds who may see them.
    pub fn those(condition: Condition) -> Self {
        Self { condition, ways: Vec::new(), beside: Vec::new(), looks_at: &[] }
    }

    /// Those of them that are seen in any of several ways, each of which has an index in the order of the list. One
    /// condition with `OR` would walk the rows of everybody.
    #[must_use]
    pub fn seen_by(self, ways: Vec<Condition>) -> Self {
        Self { ways, ..self }
    }

    /// With values before the row's own columns, which [`Columns::read_some`] finds there, and the columns that whoever
    /// shows a row looks at.
    #[must_use]
    pub fn with(self, beside: Vec<SimpleExpr>, looks_at: &'static [&'static str]) -> Self {
        Self { beside, looks_at, ..self }
    }
}

/// Answers a root list: one statement for the page, one for the count when asked. A row that `wrap` does not show is left
/// out.
///
/// # Errors
/// A cursor of another list, or when the store fails.
pub async fn list<R, N>(
    ask: &Ask<'_>,
    rows: Rows,
    sorting: &Sorting<R>,
    args: &PageArgs,
    wrap: impl Fn(R) -> Option<N>,
) -> Result<List<N>>
where
    R: Columns,
    N: OutputType,
{
    let app = &ask.call.app;
    let Rows { condition, ways, beside, looks_at } = rows;
    let total_count = if ask.selected.selects("totalCount") {
        let counted = page::count::<R>(ask.call.db(), page::in_any(condition.clone(), &ways)).await?;
        Some(if counted > COUNT_CAP {
            Count { value: COUNT_CAP, precision: CountPrecision::AtLeast }
        } else {
            Count { value: counted, precision: CountPrecision::Exact }
        })
    } else {
        None
    };
    let own = columns_of(sorting).and(Wanted::of::<R>(looks_at));
    let head = ask.selected.heads().head::<R>(ask.call, own, &ask.selected.rows());
    head.prepare(ask.call).await?;
    let others = beside.len();
    let select = head.select(beside, page::narrow(&app.vault, condition, &ways, sorting, args)?);
    let page = page::fetch(ask.call.db(), select, head.wanted, sorting, args).await?;
    head.learn(ask.call, &page.found, others)?;
    Ok(listed(ask.call, page, total_count, wrap))
}

/// The columns that a page's cursors are made of. What is computed looks at none that it would have to read.
fn columns_of<R: Columns>(sorting: &Sorting<R>) -> Wanted {
    let exprs = sorting.keys.iter().map(|key| &key.expr).chain([&sorting.id]);
    let names = exprs.filter_map(|expr| match expr {
        SimpleExpr::Column(column) => column.column().map(|name| name.inner().into_owned()),
        _ => None,
    });
    Wanted::of::<R>(names)
}

/// A root list of a page already at hand.
pub fn listed<R, N>(call: &Call, page: Page<R>, total_count: Option<Count>, wrap: impl Fn(R) -> Option<N>) -> List<N>
where
    N: OutputType,
{
    let mut list = List::with_additional_fields(page.has_previous, page.has_next, Totals { total_count });
    let edges = page
        .rows
        .into_iter()
        .filter_map(|(cursor, row)| Some(Edge::new(Opaque { cursor, app: call.app.clone() }, wrap(row)?)));
    list.edges.extend(edges);
    list
}

/// Which way a list is sorted.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Greatest first.
    Desc,
}

impl From<Direction> for sea_orm::sea_query::Order {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Asc => Self::Asc,
            Direction::Desc => Self::Desc,
        }
    }
}

/// Answers a root field of one row, in one statement with the rows that it names.
///
/// # Errors
/// When the store fails.
pub async fn one<R: One>(ask: &Ask<'_>, key: <R as Stored>::Key) -> Result<R::Found> {
    one_by::<R>(ask.call, key, Some(ask.selected)).await
}

/// Answers a root field of all rows that fulfil a condition, which holds who may see them, in the order of these columns:
/// one statement, with the rows that they name. `most` where there may be more than anybody wants.
///
/// # Errors
/// When the store fails.
pub async fn every<R: One>(
    ask: &Ask<'_>,
    rows: Condition,
    order: &[<R::Entity as EntityTrait>::Column],
    most: Option<u64>,
) -> Result<Vec<<R as Stored>::Row>> {
    all_of::<R>(ask.call, ask.selected, rows, order, most).await
}
