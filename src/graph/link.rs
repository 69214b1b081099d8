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

use super::answer::{Join, Selected};
use super::call::{Call, CallState};
use super::error::{Error, Result};

/// A way from a key to what belongs to it. To add one: implement this, then use `call.link::<It>()`.
pub trait Relation: Send + Sync + 'static {
    /// What it is found by.
    type Key: Eq + Hash + Clone + Debug + Send + Sync + 'static;
    /// What is found: `Option<Row>` for one, `Vec<Row>` for many. The default is what an absent key has.
    type Found: Clone + Default + Send + Sync + 'static;

    /// How it comes along with the statement of the row that names the key; only a relation to one row can.
    const JOIN: Option<&'static Join> = None;

    /// Fetches for all keys in one statement, under the rights of the call's viewer. Keys may be left out. `selected` is
    /// what a document selects on what is found; without it the rows are wanted whole.
    fn fetch(
        call: &Call,
        keys: &[Self::Key],
        selected: Option<&Selected>,
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Found>>> + Send;
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
            Some(call) => R::fetch(&call, keys, call.expected::<R>().as_ref()).await,
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
