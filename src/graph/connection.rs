//! Lists after the Relay specification, over keyset pages.

use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{Context, Enum, Lookahead, OutputType, SimpleObject};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::SelectStatement;

use super::call::CallExt;
use super::error::{Error, Result};
use super::link::{Prefetch, Relation};
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
#[derive(SimpleObject, Clone, Debug)]
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

/// Answers a root list: one statement for the page, one for each relation selected, one for the count when asked.
pub async fn list<R, N>(
    ctx: &Context<'_>,
    select: SelectStatement,
    sorting: &Sorting<R>,
    args: &PageArgs,
    wrap: impl Fn(R) -> N,
) -> Result<List<N>>
where
    R: FromQueryResult,
    N: OutputType + Prefetch + Clone,
{
    list_filtered(ctx, select, sorting, args, |row| Some(wrap(row))).await
}

/// As [`list`], for rows that are seen only together with a right found for each of them.
pub async fn list_filtered<R, N>(
    ctx: &Context<'_>,
    select: SelectStatement,
    sorting: &Sorting<R>,
    args: &PageArgs,
    wrap: impl Fn(R) -> Option<N>,
) -> Result<List<N>>
where
    R: FromQueryResult,
    N: OutputType + Prefetch + Clone,
{
    let call = ctx.call();
    let total_count = if ctx.look_ahead().field("totalCount").exists() {
        let counted = page::count(&call.app.db, select.clone()).await?;
        Some(if counted > COUNT_CAP {
            Count { value: COUNT_CAP, precision: CountPrecision::AtLeast }
        } else {
            Count { value: counted, precision: CountPrecision::Exact }
        })
    } else {
        None
    };
    let page = page::fetch(&call.app.db, &call.app.vault, select, sorting, args).await?;
    listed(ctx, page, total_count, wrap).await
}

/// Answers a root list with a page already at hand: one statement for each relation selected.
pub async fn listed<R, N>(
    ctx: &Context<'_>,
    page: Page<R>,
    total_count: Option<Count>,
    wrap: impl Fn(R) -> Option<N>,
) -> Result<List<N>>
where
    N: OutputType + Prefetch + Clone,
{
    let (call, look) = (ctx.call(), ctx.look_ahead());
    let mut list = List::with_additional_fields(page.has_previous, page.has_next, Totals { total_count });
    let edges = page.rows.into_iter().filter_map(|(cursor, row)| Some(Edge::new(Opaque(cursor), wrap(row)?)));
    list.edges.extend(edges);
    for look in node_looks(&look) {
        N::prefetch(call, look, list.edges.iter().map(|edge| edge.node.clone()).collect()).await?;
    }
    Ok(list)
}

/// The two ways in which a document selects a list's rows.
pub fn node_looks<'a>(look: &Lookahead<'a>) -> impl Iterator<Item = Lookahead<'a>> {
    [look.field("nodes"), look.field("edges").field("node")].into_iter().filter(Lookahead::exists)
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

/// Answers a root field of one row: a statement for the row, one for each relation selected.
pub async fn one<R, N>(ctx: &Context<'_>, key: R::Key) -> Result<Option<N>>
where
    R: Relation<Found = Option<N>>,
    N: Prefetch + Clone + Send + Sync + 'static,
{
    let call = ctx.call();
    let found = call.link::<R>().one(key).await?;
    if let Some(row) = &found {
        N::prefetch(call, ctx.look_ahead(), vec![row.clone()]).await?;
    }
    Ok(found)
}

/// Answers a root field with rows already at hand: one statement for each relation selected.
pub async fn ahead<N: Prefetch + Clone + Send + Sync>(ctx: &Context<'_>, rows: Vec<N>) -> Result<Vec<N>> {
    if !rows.is_empty() {
        N::prefetch(ctx.call(), ctx.look_ahead(), rows.clone()).await?;
    }
    Ok(rows)
}
