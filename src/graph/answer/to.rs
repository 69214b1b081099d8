//! A field that is found through a relation.

use std::sync::Arc;

use super::{Answer, Join, Ordinary, Pass, Planner, Selected, Set};
use crate::graph::call::Call;
use crate::graph::error::{Error, Result};
use crate::graph::link::Relation;

/// What the relation finds by a key; without one, what an absent key has: null or nothing.
pub struct To<R: Relation> {
    key: Option<R::Key>,
}

impl<R: Relation> To<R> {
    /// By this key, or by none.
    pub fn new(key: impl Into<Option<R::Key>>) -> Self {
        Self { key: key.into() }
    }
}

/// What the generated resolvers need to know of [`To`].
pub trait Linked {
    /// What is found.
    type Found;

    /// How it joins.
    const JOIN: Option<&'static Join>;

    /// Finds it, in one statement with the others that wait for the same relation.
    fn load(self, call: &Call) -> impl Future<Output = Result<Arc<Self::Found>>> + Send;
}

impl<R: Relation> Linked for To<R> {
    type Found = R::Found;

    const JOIN: Option<&'static Join> = R::JOIN;

    async fn load(self, call: &Call) -> Result<Arc<R::Found>> {
        let Some(key) = self.key else { return Ok(Arc::default()) };
        match call.found::<R>(&key) {
            Err(Error::Missing) => {
                call.load_missing().await?;
                call.found::<R>(&key)
            }
            found => found,
        }
    }
}

impl<R: Relation> Answer for To<R>
where
    R::Found: Answer,
{
    fn plan(planner: &Planner<'_>, sets: &[Set<'_>]) -> Result<Selected, Ordinary> {
        R::Found::plan(planner, sets)
    }

    fn gather(&self, selected: &Selected, pass: &Pass<'_>) {
        if let Some(key) = &self.key
            && let Ok(found) = pass.call.known().found::<R>(key, Some(selected))
            && selected.deep()
        {
            found.gather(selected, pass);
        }
    }

    fn write(&self, selected: &Selected, pass: &Pass<'_>, out: &mut Vec<u8>) -> Result<()> {
        match &self.key {
            Some(key) => pass.call.found::<R>(key)?.write(selected, pass, out),
            None => R::Found::default().write(selected, pass, out),
        }
    }
}
