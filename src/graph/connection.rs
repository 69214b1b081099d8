//! Lists after the Relay specification, over keyset pages.

use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{Enum, OutputType, SimpleObject};
use entity::{Columns, Wanted};
use sea_orm::sea_query::{Condition, Expr, SelectStatement, SimpleExpr, Value};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait};

use super::answer::{Ask, Joins};
use super::call::Call;
use super::error::{Error, Result};
use super::link::{One, wanted};
use crate::app::App;
use crate::store::page::{self, COUNT_CAP, Cursor, MAX_FIRST, Page, PageArgs, PageError, Sorting};
use crate::store::rows::some_rows;

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

/// Answers a root list: one statement for the page, one for the count when asked.
pub async fn list<R, N>(
    ask: &Ask<'_>,
    select: SelectStatement,
    sorting: &Sorting<R>,
    args: &PageArgs,
    wrap: impl Fn(R) -> N,
) -> Result<List<N>>
where
    R: Columns,
    N: OutputType,
{
    list_by(ask, select, Vec::new(), sorting, args, wrap).await
}

/// As [`list`], for rows that are seen in any of several ways, each of which has an index in the order of the list. One
/// condition with `OR` would walk the rows of everybody.
pub async fn list_by<R, N>(
    ask: &Ask<'_>,
    select: SelectStatement,
    ways: Vec<Condition>,
    sorting: &Sorting<R>,
    args: &PageArgs,
    wrap: impl Fn(R) -> N,
) -> Result<List<N>>
where
    R: Columns,
    N: OutputType,
{
    let mut own: Vec<String> = Vec::new();
    for expr in sorting.keys.iter().map(|key| &key.expr).chain([&sorting.id]) {
        match column_of(expr) {
            Some(name) => own.push(name),
            None => return listing(ask, (select, ways), sorting, args, Wanted::ALL, |row| Some(wrap(row))).await,
        }
    }
    let wanted = ask.call.wanted::<R>(&own.iter().map(String::as_str).collect::<Vec<_>>());
    listing(ask, (select, ways), sorting, args, wanted, |row| Some(wrap(row))).await
}

/// The column that an expression is.
fn column_of(expr: &SimpleExpr) -> Option<String> {
    match expr {
        SimpleExpr::Column(column) => column.column().map(|name| name.inner().into_owned()),
        _ => None,
    }
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
    R: Columns,
    N: OutputType,
{
    listing(ask, (select, Vec::new()), sorting, args, Wanted::ALL, wrap).await
}

async fn listing<R, N>(
    ask: &Ask<'_>,
    (mut select, ways): (SelectStatement, Vec<Condition>),
    sorting: &Sorting<R>,
    args: &PageArgs,
    wanted: Wanted,
    wrap: impl Fn(R) -> Option<N>,
) -> Result<List<N>>
where
    R: Columns,
    N: OutputType,
{
    let app = &ask.call.app;
    let total_count = if ask.selected.selects("totalCount") {
        let counted = page::count(&app.db, page::in_any(select.clone(), &ways)).await?;
        Some(if counted > COUNT_CAP {
            Count { value: COUNT_CAP, precision: CountPrecision::AtLeast }
        } else {
            Count { value: counted, precision: CountPrecision::Exact }
        })
    } else {
        None
    };
    let mut columns = R::COUNT;
    if wanted != Wanted::ALL {
        select.clear_selects().expr(Expr::cust(wanted.list::<R>(R::TABLE)));
        columns = wanted.count::<R>();
    }
    select = page::narrow(&app.vault, select, &ways, sorting, args)?;
    let joins = Joins::add(ask.call, &mut select, R::TABLE, columns, &ask.selected.rows()).await?;
    let page = page::fetch(&app.db, &app.vault, select, wanted, sorting, args).await?;
    joins.learn(ask.call, &page.found)?;
    Ok(listed(ask.call, page, total_count, wrap))
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
pub async fn one<R: One>(ask: &Ask<'_>, key: R::Key) -> Result<R::Found>
where
    R::Key: Into<Value>,
{
    let call = ask.call;
    R::prepare(call).await?;
    let wanted = wanted::<R>(call);
    let mut select = some_rows::<<R::Entity as EntityTrait>::Model>(wanted);
    select.and_where(R::key().eq(key)).cond_where(R::condition(call));
    let table = <R::Entity as EntityTrait>::Model::TABLE;
    let columns = wanted.count::<<R::Entity as EntityTrait>::Model>();
    let joins = Joins::add(call, &mut select, table, columns, &[ask.selected]).await?;
    let Some(row) = call.db().query_one(&select).await? else { return Ok(None) };
    let model = <R::Entity as EntityTrait>::Model::read_some(&row, 0, wanted)?;
    joins.learn(call, &[row])?;
    Ok(R::show(call, model))
}
