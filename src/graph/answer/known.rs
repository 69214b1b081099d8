//! What a call has found, by relation, and what it found missing.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, RwLock};

use foldhash::fast::RandomState;
use futures_util::future::{BoxFuture, try_join_all};

use super::Selected;
use crate::graph::call::Call;
use crate::graph::error::{Error, Result};
use crate::graph::link::Relation;

/// Keys are ids and codes of rows of ours, a page's worth: a fast hash will do.
type Rows<R> = HashMap<<R as Relation>::Key, Arc<<R as Relation>::Found>, RandomState>;

/// What a call has found and what it misses.
#[derive(Default)]
pub struct Known {
    /// By relation; a request has a handful.
    found: RwLock<Vec<(TypeId, Box<dyn Any + Send + Sync>)>>,
    missing: Mutex<Vec<(TypeId, Box<dyn Missing>)>>,
}

/// The keys of one relation that are to be fetched.
trait Missing: Any + Send {
    /// In one statement.
    fn fetch(self: Box<Self>, call: &Call) -> BoxFuture<'_, Result<()>>;

    /// With what other tasks of the request miss at the same time.
    fn load(self: Box<Self>, call: &Call) -> BoxFuture<'_, Result<()>>;

    fn as_any(&mut self) -> &mut dyn Any;
}

struct Keys<R: Relation> {
    keys: HashSet<R::Key, RandomState>,
    /// What is selected on what will be found; none when a field wants it whole.
    selected: Option<Selected>,
}

impl<R: Relation> Missing for Keys<R> {
    fn fetch(self: Box<Self>, call: &Call) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let keys: Vec<R::Key> = self.keys.into_iter().collect();
            let mut found = R::fetch(call, &keys, self.selected.as_ref()).await?;
            call.known().learn::<R>(keys.into_iter().map(|key| {
                let row = found.remove(&key).unwrap_or_default();
                (key, row)
            }));
            Ok(())
        })
    }

    fn load(self: Box<Self>, call: &Call) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let keys: Vec<R::Key> = self.keys.into_iter().collect();
            let found = call.link::<R>().many(keys.clone()).await?;
            call.known().learn::<R>(keys.into_iter().zip(found));
            Ok(())
        })
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// The place of a relation, made when it has none.
fn slot<T>(all: &mut Vec<(TypeId, T)>, of: TypeId, new: impl FnOnce() -> T) -> &mut T {
    let place = all.iter().position(|(relation, _)| *relation == of).unwrap_or_else(|| {
        all.push((of, new()));
        all.len() - 1
    });
    &mut all[place].1
}

impl Known {
    /// What the relation has for a key. `selected` is what the document selects on it, as far as that is known.
    ///
    /// # Errors
    /// [`Error::Missing`] when it has not been fetched; it is noted as wanted.
    pub fn found<R: Relation>(&self, key: &R::Key, selected: Option<&Selected>) -> Result<Arc<R::Found>> {
        if let Some(found) = self.peek::<R>(key) {
            return Ok(found);
        }
        let mut missing = self.missing.lock().expect("no panic while held");
        let keys =
            slot(&mut missing, TypeId::of::<R>(), || Box::new(Keys::<R> { keys: HashSet::default(), selected: None }));
        let keys = keys.as_any().downcast_mut::<Keys<R>>().expect("kept under its own type");
        keys.keys.insert(key.clone());
        if keys.selected.is_none() {
            keys.selected = selected.cloned();
        }
        Err(Error::Missing)
    }

    /// What the relation has for a key, if it has been fetched.
    pub fn peek<R: Relation>(&self, key: &R::Key) -> Option<Arc<R::Found>> {
        let found = self.found.read().expect("no panic while held");
        let (_, rows) = found.iter().find(|(relation, _)| *relation == TypeId::of::<R>())?;
        rows.downcast_ref::<Rows<R>>().expect("kept under its own type").get(key).cloned()
    }

    /// Keeps what was found.
    pub fn learn<R: Relation>(&self, rows: impl IntoIterator<Item = (R::Key, R::Found)>) {
        let mut found = self.found.write().expect("no panic while held");
        let known = slot(&mut found, TypeId::of::<R>(), || Box::new(Rows::<R>::default()));
        let known = known.downcast_mut::<Rows<R>>().expect("kept under its own type");
        known.extend(rows.into_iter().map(|(key, row)| (key, Arc::new(row))));
    }

    /// Fetches what is missing, a statement for each relation. Whether anything was.
    pub async fn fetch(&self, call: &Call) -> Result<bool> {
        let missing = self.take();
        let any = !missing.is_empty();
        for keys in missing {
            keys.fetch(call).await?;
        }
        Ok(any)
    }

    /// Fetches what is missing together with what other tasks of the request miss.
    pub async fn load(&self, call: &Call) -> Result<()> {
        try_join_all(self.take().into_iter().map(|keys| keys.load(call))).await?;
        Ok(())
    }

    /// Drops everything: after a commit it is of yesterday.
    pub fn clear(&self) {
        self.found.write().expect("no panic while held").clear();
        self.take();
    }

    fn take(&self) -> Vec<Box<dyn Missing>> {
        let missing = std::mem::take(&mut *self.missing.lock().expect("no panic while held"));
        missing.into_iter().map(|(_, keys)| keys).collect()
    }
}
