//! Relations that stand in a table: one row by a unique column, or the rows that name a parent.
//!
//! Their statements begin with a [`Head`](super::answer::Head): the columns that a document looks at, and the rows that
//! these name in turn.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use entity::{Cells, Column, Columns, Wanted};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SimpleExpr, Value};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, QueryResult};

use super::answer::{Head, Selected};
use super::call::Call;
use super::error::Result;
use super::link::Relation;
use crate::store::newest::{Groups, firsts};
use crate::store::rows::{among, first};

/// A table's model.
pub type ModelOf<R> = <<R as Stored>::Entity as EntityTrait>::Model;

/// What stands in a table and is found by one of its columns.
pub trait Stored: Send + Sync + 'static {
    /// What it is found by.
    type Key: Eq + Hash + Clone + Debug + Send + Sync + Into<Value> + Column + 'static;
    /// A row as it is shown.
    type Row: Clone + Send + Sync + 'static;
    /// Its table.
    type Entity: EntityTrait<Model: Columns + Send>;

    /// The columns that [`Stored::show`] looks at itself.
    const LOOKS_AT: &'static [&'static str] = &[];

    /// A column that is null in the rows that count; only among them is a key of one row unique.
    fn ended() -> Option<<Self::Entity as EntityTrait>::Column> {
        None
    }

    /// The column of the key.
    fn key() -> <Self::Entity as EntityTrait>::Column;

    /// Which rows the call's viewer may see; an empty condition for all.
    fn condition(call: &Call) -> Condition;

    /// A row as it is shown; none when the call does not show it.
    fn show(call: &Call, row: ModelOf<Self>) -> Option<Self::Row>
    where
        Self: Sized;

    /// Finds what [`Stored::show`] needs to know of the caller.
    const PREPARE: Option<Prepare> = None;
}

/// See [`Stored::PREPARE`].
pub type Prepare = fn(&Call) -> BoxFuture<'_, Result<()>>;

/// At most one row by a unique column.
pub trait One: Stored + Relation<Key = <Self as Stored>::Key, Found = Option<<Self as Stored>::Row>> {}

impl<R: Stored + Relation<Key = <R as Stored>::Key, Found = Option<<R as Stored>::Row>>> One for R {}

/// The rows that name a parent, in order.
pub trait Many: Stored {
    /// Most rows of one parent; all when none.
    const MOST: Option<u64> = None;

    /// The columns that they are sorted by.
    fn order() -> Vec<(<Self::Entity as EntityTrait>::Column, Order)>;
}

/// All rows that name a parent, or its first.
pub trait Listed: Many + Relation<Key = <Self as Stored>::Key, Found = Vec<<Self as Stored>::Row>> {}

impl<R: Many + Relation<Key = <R as Stored>::Key, Found = Vec<<R as Stored>::Row>>> Listed for R {}

/// Declares relations to one row: what it is found by, in which column of which table, which rows the call's viewer may
/// see, and how a row is shown. `until` names a column that is null as long as a row counts; `looks_at` names the columns
/// that showing looks at; `prepare` finds what it needs to know of the caller.
macro_rules! one {
    ($(
        $(#[$doc:meta])*
        $name:ident: $key:ty => $table:ident.$column:ident $(until $ended:ident)? as $row:ty,
        |$call:ident| $select:expr, |$shown_to:ident, $model:ident| $show:expr
        $(, looks_at $looks_at:expr)? $(, prepare |$asking:ident| $prepare:expr)?;
    )*) => {
        $(
            $crate::graph::relation::stored! {
                $(#[$doc])*
                $name: $key => $table.$column $(until $ended)? as $row, |$call| $select, |$shown_to, $model| $show,
                Option<$row> => fetch_one, Some(&$crate::graph::answer::Join::one::<Self>())
                $(, looks_at $looks_at)? $(, prepare |$asking| $prepare)?
            }
        )*
    };
}
pub(crate) use one;

/// Declares relations to the rows that name a parent: as [`one`], with the columns that they are sorted by, and where a
/// list may grow without end, how many of its `first` rows are wanted.
macro_rules! many {
    ($(
        $(#[$doc:meta])*
        $name:ident: $key:ty => $table:ident.$column:ident as $row:ty, by [$($order:ident $by:ident),*] $(, first $most:expr)?,
        |$call:ident| $select:expr, |$shown_to:ident, $model:ident| $show:expr $(, looks_at $looks_at:expr)?;
    )*) => {
        $(
            $crate::graph::relation::stored! {
                $(#[$doc])*
                $name: $key => $table.$column as $row, |$call| $select, |$shown_to, $model| $show,
                Vec<$row> => fetch_many, Some(&$crate::graph::answer::Join::many::<Self>())
                $(, looks_at $looks_at)?
            }

            impl $crate::graph::relation::Many for $name {
                fn order() -> Vec<($table::Column, ::sea_orm::sea_query::Order)> {
                    vec![$(($table::Column::$by, ::sea_orm::sea_query::Order::$order)),*]
                }

                $(const MOST: Option<u64> = Some($most);)?
            }
        )*
    };
}
pub(crate) use many;

/// The part that [`one`] and [`many`] share; they say what is found for a key, by which function, and how it joins.
macro_rules! stored {
    (
        $(#[$doc:meta])*
        $name:ident: $key:ty => $table:ident.$column:ident $(until $ended:ident)? as $row:ty,
        |$call:ident| $select:expr, |$shown_to:ident, $model:ident| $show:expr,
        $found:ty => $fetch:ident, $join:expr
        $(, looks_at $looks_at:expr)? $(, prepare |$asking:ident| $prepare:expr)?
    ) => {
        $(#[$doc])*
        pub struct $name;

        impl $crate::graph::relation::Stored for $name {
            type Key = $key;
            type Row = $row;
            type Entity = $table::Entity;

            fn key() -> $table::Column {
                $table::Column::$column
            }

            fn condition($call: &$crate::graph::Call) -> ::sea_orm::sea_query::Condition {
                $select
            }

            fn show($shown_to: &$crate::graph::Call, $model: $table::Model) -> Option<$row> {
                $show
            }

            $(
                fn ended() -> Option<$table::Column> {
                    Some($table::Column::$ended)
                }
            )?

            $(const LOOKS_AT: &'static [&'static str] = $looks_at;)?

            $(
                const PREPARE: Option<$crate::graph::relation::Prepare> =
                    Some(|$asking| Box::pin(async move { $prepare }));
            )?
        }

        impl $crate::graph::link::Relation for $name {
            type Key = $key;
            type Found = $found;

            const JOIN: Option<&'static $crate::graph::answer::Join> = $join;

            async fn fetch(
                call: &$crate::graph::Call,
                keys: &[$key],
                selected: Option<&$crate::graph::answer::Selected>,
            ) -> $crate::graph::Result<::std::collections::HashMap<$key, $found>> {
                $crate::graph::relation::$fetch::<Self>(call, keys, selected).await
            }
        }
    };
}
pub(crate) use stored;

/// The columns that a relation reads for itself.
pub fn own<R: Stored>() -> Wanted {
    Wanted::of::<ModelOf<R>>(R::LOOKS_AT).and(Wanted::of::<ModelOf<R>>([R::key().as_str()]))
}

/// Rows by their keys, in the order of the statement.
type Keyed<R> = Vec<(<R as Stored>::Key, <R as Stored>::Row)>;

/// Runs one statement: the rows that fulfil a condition, with what comes along.
async fn found<R: Stored>(
    call: &Call,
    selected: Option<&Selected>,
    rows: Condition,
    order: &[(SimpleExpr, Order)],
    most: Option<u64>,
) -> Result<Keyed<R>> {
    let head = match selected {
        Some(selected) => selected.heads().head::<ModelOf<R>>(call, own::<R>(), &[selected]),
        None => Head::whole::<ModelOf<R>>(),
    };
    if let Some(prepare) = R::PREPARE {
        prepare(call).await?;
    }
    head.prepare(call).await?;
    let mut select = head.select([], rows);
    for (expr, way) in order {
        select.order_by_expr(expr.clone(), way.clone());
    }
    let found = match most {
        Some(most) => first(call.db(), &select, most).await?,
        None => call.db().query_all(&select).await?,
    };
    head.learn(call, &found, 0)?;
    let place = head.wanted.place(ModelOf::<R>::NAMES, R::key().as_str()).expect("the reader's own column");
    let read = |row: &QueryResult| {
        let row = Cells::from(row);
        let key = <R as Stored>::Key::required(row, place)?;
        let shown = R::show(call, ModelOf::<R>::read_some(row, 0, head.wanted)?);
        Ok(shown.map(|row| (key, row)))
    };
    found.iter().map(read).filter_map(Result::transpose).collect()
}

/// The condition of the rows with these keys that the viewer may see.
fn rows_of<R: Stored>(call: &Call, keys: &[<R as Stored>::Key]) -> Condition {
    let with_keys = match keys {
        [key] => R::key().eq(key.clone()),
        keys => among(call.app.db.backend(), R::key(), keys.iter().cloned()),
    };
    Condition::all()
        .add(with_keys)
        .add_option(R::ended().map(|ended| ended.is_null()))
        .add_option(Some(R::condition(call)).filter(|rows| !rows.is_empty()))
}

fn column<R: Stored>(column: <R::Entity as EntityTrait>::Column) -> SimpleExpr {
    Expr::col((R::Entity::default(), column))
}

fn sorted<R: Many>() -> Vec<(SimpleExpr, Order)> {
    R::order().into_iter().map(|(by, way)| (column::<R>(by), way)).collect()
}

/// One row by its key, with what is selected on it.
///
/// # Errors
/// When the store fails.
pub async fn one_by<R: Stored>(
    call: &Call,
    key: <R as Stored>::Key,
    selected: Option<&Selected>,
) -> Result<Option<<R as Stored>::Row>> {
    let rows = rows_of::<R>(call, &[key]);
    Ok(found::<R>(call, selected, rows, &[], None).await?.into_iter().next().map(|(_, row)| row))
}

/// The rows that fulfil a condition, in the order of these columns, with what is selected on them; `most` where there may
/// be more than anybody wants.
///
/// # Errors
/// When the store fails.
pub async fn all_of<R: Stored>(
    call: &Call,
    selected: &Selected,
    rows: Condition,
    order: &[<R::Entity as EntityTrait>::Column],
    most: Option<u64>,
) -> Result<Vec<<R as Stored>::Row>> {
    let order: Vec<_> = order.iter().map(|by| (column::<R>(*by), Order::Asc)).collect();
    let found = found::<R>(call, Some(selected), rows, &order, most).await?;
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// [`Relation::fetch`] of a relation to one row.
///
/// # Errors
/// When the store fails.
pub async fn fetch_one<R: Stored>(
    call: &Call,
    keys: &[<R as Stored>::Key],
    selected: Option<&Selected>,
) -> Result<HashMap<<R as Stored>::Key, Option<<R as Stored>::Row>>> {
    let found = found::<R>(call, selected, rows_of::<R>(call, keys), &[], None).await?;
    Ok(found.into_iter().map(|(key, row)| (key, Some(row))).collect())
}

/// [`Relation::fetch`] of a relation to the rows of a parent.
///
/// # Errors
/// When the store fails.
pub async fn fetch_many<R: Many>(
    call: &Call,
    keys: &[<R as Stored>::Key],
    selected: Option<&Selected>,
) -> Result<HashMap<<R as Stored>::Key, Vec<<R as Stored>::Row>>> {
    match R::MOST {
        Some(most) => fetch_first::<R>(call, keys, most, selected).await,
        None => Ok(grouped(found::<R>(call, selected, rows_of::<R>(call, keys), &sorted::<R>(), None).await?)),
    }
}

/// The first rows of each parent.
///
/// # Errors
/// When the store fails.
pub async fn fetch_first<R: Many>(
    call: &Call,
    keys: &[<R as Stored>::Key],
    most: u64,
    selected: Option<&Selected>,
) -> Result<HashMap<<R as Stored>::Key, Vec<<R as Stored>::Row>>> {
    let (rows, order) = (rows_of::<R>(call, keys), sorted::<R>());
    if keys.len() < 2 {
        return Ok(grouped(found::<R>(call, selected, rows, &order, Some(most)).await?));
    }
    let id = column::<R>(<R::Entity as EntityTrait>::Column::iter().next().expect("a table has columns"));
    let groups = Groups { by: column::<R>(R::key()), order: order.clone(), most };
    let of_each =
        firsts(Query::select().expr_as(id.clone(), "id").from(R::Entity::default()).cond_where(rows).take(), groups);
    Ok(grouped(found::<R>(call, selected, Condition::all().add(id.in_subquery(of_each)), &order, None).await?))
}

fn grouped<K: Eq + Hash, V>(rows: Vec<(K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, row) in rows {
        groups.entry(key).or_default().push(row);
    }
    groups
}
