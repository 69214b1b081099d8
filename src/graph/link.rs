//! Links from a row to its relations: one statement for many keys, each key fetched once a request.
//!
//! What a document selects on the rows of a root field is fetched in rounds before it is written ([`super::answer`]).
//! What these do not foresee is batched by the `dataloader` crate, which closes a batch when the tasks that can add to
//! it have had their turn, not by a clock.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, Weak};

use dataloader::BatchFn;
use dataloader::cached::Loader;
use entity::{Columns, Wanted};
use futures_util::future::{BoxFuture, ready};
use sea_orm::sea_query::{Condition, Value};
use sea_orm::{ConnectionTrait, EntityTrait, IdenStatic, Iterable, TryGetable};

use super::answer::Join;
use super::call::{Call, CallState};
use super::error::{Error, Result};
use crate::store::rows::{among, some_rows};

/// A way from a key to what belongs to it. To add one: implement this, then use `call.link::<It>()`.
pub trait Relation: Send + Sync + 'static {
    /// What it is found by.
    type Key: Eq + Hash + Clone + Debug + Send + Sync + 'static;
    /// What is found: `Option<Row>` for one, `Vec<Row>` for many. The default is what an absent key has.
    type Found: Clone + Default + Send + Sync + 'static;

    /// How it comes along with the statement of the row that names the key; only a relation to one row can.
    const JOIN: Option<&'static Join> = None;

    /// Fetches for all keys in one statement, under the rights of the call's viewer. Keys may be left out.
    fn fetch(call: &Call, keys: &[Self::Key]) -> impl Future<Output = Result<HashMap<Self::Key, Self::Found>>> + Send;
}

/// A relation to at most one row of a table, by a unique column.
pub trait One: Relation<Found = Option<Self::Row>> {
    /// What is found.
    type Row: Clone + Send + Sync + 'static;
    /// Its table.
    type Entity: EntityTrait<Model: Columns + Send>;

    /// The column of the key.
    fn key() -> <Self::Entity as EntityTrait>::Column;

    /// Which rows the call's viewer may see; an empty condition for all.
    fn condition(call: &Call) -> Condition;

    /// A row as it is shown; none when the call does not show it.
    fn show(call: &Call, row: <Self::Entity as EntityTrait>::Model) -> Self::Found;

    /// Whether [`One::show`] looks at the whole row, not only at what is selected on it.
    const WHOLE: bool = false;

    /// Finds what [`One::show`] needs to know of the caller.
    fn prepare(_call: &Call) -> BoxFuture<'_, Result<()>> {
        Box::pin(ready(Ok(())))
    }
}

/// Declares relations to one row: what it is found by, in which column of which table, which rows the call's viewer may
/// see, and how a row is shown. `prepare` finds what `show` needs to know of the caller.
macro_rules! one {
    ($(
        $(#[$doc:meta])*
        $name:ident: $key:ty => $table:ident.$column:ident as $row:ty,
        |$call:ident| $select:expr, |$shown_to:ident, $model:ident| $show:expr $(, prepare |$asking:ident| $prepare:expr)?;
    )*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl $crate::graph::link::Relation for $name {
                type Key = $key;
                type Found = Option<$row>;

                const JOIN: Option<&'static $crate::graph::answer::Join> =
                    Some(&$crate::graph::answer::Join::of::<Self>());

                async fn fetch(
                    call: &$crate::graph::Call,
                    keys: &[$key],
                ) -> $crate::graph::Result<::std::collections::HashMap<$key, Option<$row>>> {
                    $crate::graph::link::fetch_one::<Self>(call, keys).await
                }
            }

            impl $crate::graph::link::One for $name {
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
                    // What needs to know of the caller looks at the row.
                    const WHOLE: bool = true;

                    fn prepare(
                        $asking: &$crate::graph::Call,
                    ) -> ::futures_util::future::BoxFuture<'_, $crate::graph::Result<()>> {
                        Box::pin(async move { $prepare })
                    }
                )?
            }
        )*
    };
}
pub(crate) use one;

/// The columns to read of a relation's row.
pub fn wanted<R: One>(call: &Call) -> Wanted {
    if R::WHOLE { Wanted::ALL } else { call.wanted::<<R::Entity as EntityTrait>::Model>(&[R::key().as_str()]) }
}

/// The place of the key among these columns.
pub fn key_place<R: One>(wanted: Wanted) -> usize {
    let key = <R::Entity as EntityTrait>::Column::iter().position(|column| column.as_str() == R::key().as_str());
    (0..key.unwrap_or_default()).filter(|place| wanted.has(*place)).count()
}

/// [`Relation::fetch`] of a relation to one row.
///
/// # Errors
/// When the store fails.
pub async fn fetch_one<R: One>(call: &Call, keys: &[R::Key]) -> Result<HashMap<R::Key, R::Found>>
where
    R::Key: Into<Value> + TryGetable,
{
    R::prepare(call).await?;
    let wanted = if R::WHOLE {
        Wanted::ALL
    } else {
        call.wanted_in_rounds::<<R::Entity as EntityTrait>::Model>(&[R::key().as_str()])
    };
    let mut select = some_rows::<<R::Entity as EntityTrait>::Model>(wanted);
    select.and_where(among(call.app.db.backend(), R::key(), keys.iter().cloned())).cond_where(R::condition(call));
    let place = key_place::<R>(wanted);
    let found = call.db().query_all(&select).await?;
    found
        .iter()
        .map(|row| {
            let model = <R::Entity as EntityTrait>::Model::read_some(row, 0, wanted)?;
            Ok((row.try_get_by(place)?, R::show(call, model)))
        })
        .collect()
}

/// The batch function of a relation. Weak: the call owns its links.
pub struct Batch<R> {
    call: Weak<CallState>,
    relation: PhantomData<fn() -> R>,
}

type Outcome<R> = Result<<R as Relation>::Found>;

impl<R: Relation> BatchFn<R::Key, Outcome<R>> for Batch<R> {
    async fn load(&mut self, keys: &[R::Key]) -> HashMap<R::Key, Outcome<R>> {
        let fetched = match self.call.upgrade() {
            Some(call) => R::fetch(&call, keys).await,
            None => Err(Error::hidden("the request is over")),
        };
        match fetched {
            Ok(mut found) => keys.iter().map(|key| (key.clone(), Ok(found.remove(key).unwrap_or_default()))).collect(),
            Err(error) => keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect(),
        }
    }
}

/// An open link.
pub struct Link<R: Relation> {
    loader: Loader<R::Key, Outcome<R>, Batch<R>>,
}

impl<R: Relation> Clone for Link<R> {
    fn clone(&self) -> Self {
        Self { loader: self.loader.clone() }
    }
}

/// More keys than any page, so that a page is never cut into two statements.
const MAX_BATCH: usize = 5_000;

impl<R: Relation> Link<R> {
    fn open(call: &Call) -> Self {
        let batch = Batch { call: Arc::downgrade(call), relation: PhantomData };
        Self { loader: Loader::new(batch).with_max_batch_size(MAX_BATCH) }
    }

    /// What belongs to one key.
    pub async fn one(&self, key: R::Key) -> Result<R::Found> {
        self.loader.try_load(key).await.map_err(|e| Error::hidden(e.to_string()))?
    }

    /// What belongs to each of these keys, in one statement, and kept for [`Link::one`]. In the order of the keys.
    pub async fn many(&self, keys: impl IntoIterator<Item = R::Key>) -> Result<Vec<R::Found>> {
        let keys: Vec<R::Key> = keys.into_iter().collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.loader.try_load_many(keys.clone()).await.map_err(|e| Error::hidden(e.to_string()))?;
        keys.into_iter().map(|key| found.get(&key).cloned().unwrap_or_else(|| Ok(R::Found::default()))).collect()
    }
}

/// The links that a call has opened, by relation.
#[derive(Default)]
pub struct Links {
    open: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
}

impl Links {
    pub(super) fn get<R: Relation>(&self, call: &Call) -> Link<R> {
        let mut open = self.open.lock().expect("no panic while held");
        let link = open.entry(TypeId::of::<R>()).or_insert_with(|| Box::new(Link::<R>::open(call)));
        link.downcast_ref::<Link<R>>().expect("kept under its own type").clone()
    }

    pub(super) fn clear(&self) {
        self.open.lock().expect("no panic while held").clear();
    }
}

/// Groups rows by a key: what a `Vec` relation answers.
pub fn group<K: Eq + Hash, V>(rows: impl IntoIterator<Item = V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
