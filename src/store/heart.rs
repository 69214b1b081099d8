//! What a process knows by heart of the store: small tables that every change looks at and that change once in a while, so that nobody
//! waits for a statement to read them. Who keeps them fresh reads them whole, and puts them in place of what was.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::ConnectionTrait;

/// Of each type one value.
#[derive(Default)]
pub(super) struct Heart(RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Heart {
    pub(super) fn put<T: Send + Sync + 'static>(&self, what: T) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(TypeId::of::<T>(), Arc::new(what));
    }

    pub(super) fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&TypeId::of::<T>()).cloned();
        found.and_then(|what| what.downcast().ok()).unwrap_or_default()
    }
}

/// A connection of a process, by which also is had what the process knows by heart.
pub trait Knows: ConnectionTrait {
    /// What is known of this kind; its default as long as nobody has read it.
    fn by_heart<T: Default + Send + Sync + 'static>(&self) -> Arc<T>;
}
