//! Lists after the Relay specification, over keyset pages.

use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{Enum, OutputType, SimpleObject};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::SelectStatement;

use super::answer::Ask;
use super::error::{Error, Result};
use super::link::Relation;
use crate::store::page::{self, COUNT_CAP, MAX_FIRST, Page, PageArgs, Sorting};

/// A list of rows with their cursors and, when asked for, their number.
pub type List<N> = Connection<Opaque, N, Totals>;

/// The opaque text of a cursor.
pub struct Opaque(pub String);

impl CursorType for Opaque {
    type Error = std::convert::Infallible;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Ok(Self(text.to_owned()))
    }

    fn encode_cursor(&self) -> String {
        self.0.clone()
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

/// Answers a root list: one statement for the page, one for the count when asked.
pub async fn list<R, N>(
    ask: &Ask<'_>,
    select: SelectStatement,
    sorting: &Sorting<R>,
    args: &PageArgs,
    wrap: impl Fn(R) -> N,
) -> Result<List<N>>
where
    R: FromQueryResult,
    N: OutputType,
{
    list_filtered(ask, select, sorting, args, |row| Some(wrap(row))).await
}

/// As [`list`], for rows that are seen only together with a right found for each of them.
pub async fn list_filtered<R, N>(
    ask: &Ask<'_>,
    select: SelectStatement,
    sorting: &Sorting<R>,
    args: &PageArgs,
    wrap: impl Fn(R) -> Option<N>,
) -> Result<List<N>>
where
    R: FromQueryResult,
    N: OutputType,
{
    let app = &ask.call.app;
    let total_count = if ask.selected.selects("totalCount") {
        let counted = page::count(&app.db, select.clone()).await?;
        Some(if counted > COUNT_CAP {
            Count { value: COUNT_CAP, precision: CountPrecision::AtLeast }
        } else {
            Count { value: counted, precision: CountPrecision::Exact }
        })
    } else {
        None
    };
    Ok(listed(page::fetch(&app.db, &app.vault, select, sorting, args).await?, total_count, wrap))
}

/// A root list of a page already at hand.
pub fn listed<R, N>(page: Page<R>, total_count: Option<Count>, wrap: impl Fn(R) -> Option<N>) -> List<N>
where
    N: OutputType,
{
    let mut list = List::with_additional_fields(page.has_previous, page.has_next, Totals { total_count });
    let edges = page.rows.into_iter().filter_map(|(cursor, row)| Some(Edge::new(Opaque(cursor), wrap(row)?)));
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

/// Answers a root field of one row, in one statement.
pub async fn one<R, N>(ask: &Ask<'_>, key: R::Key) -> Result<Option<N>>
where
    R: Relation<Found = Option<N>>,
{
    ask.call.link::<R>().one(key).await
}
