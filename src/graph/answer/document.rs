//! Documents seen before: parsed, checked against the schema and planned once.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use moka::sync::Cache;

use super::{Plan, Root};

/// Room for the texts of documents that are kept, bytes. With its plan a document takes some seventy times its text
/// (seen in the bench: 300 MiB for 4 MiB).
const ROOM: u64 = 1 << 19;

/// Longest document that is kept, bytes; generated ones that are larger are not worth it.
const MOST: usize = 64 << 10;

/// A document that fits the schema.
pub struct Document {
    /// As parsed.
    pub parsed: ExecutableDocument,
    plans: Vec<(Option<String>, Option<Plan>)>,
}

impl Document {
    /// Plans what can be planned of a document that fits the schema.
    pub fn new(parsed: ExecutableDocument, table: &'static [&'static Root]) -> Self {
        let plans = parsed
            .operations
            .iter()
            .map(|(name, operation)| (name.map(ToString::to_string), Plan::of(&parsed, &operation.node, table).ok()))
            .collect();
        Self { parsed, plans }
    }

    /// The plan of an operation, when the fast way has one and the choice is clear.
    pub fn plan(&self, operation: Option<&str>) -> Option<&Plan> {
        let mut chosen = self.plans.iter().filter(|(name, _)| operation.is_none() || name.as_deref() == operation);
        let (_, plan) = chosen.next()?;
        if chosen.next().is_some() { None } else { plan.as_ref() }
    }

    /// The operation that is chosen, when the choice is clear.
    pub fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        chosen(&self.parsed, name)
    }
}

/// The operation of this name, or the only one.
pub fn chosen<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let mut chosen =
        document.operations.iter().filter(|(key, _)| name.is_none_or(|name| key.is_some_and(|key| key == name)));
    let (_, operation) = chosen.next()?;
    chosen.next().is_none().then_some(&operation.node)
}

/// The documents seen lately. Cheap to clone.
#[derive(Clone)]
pub struct Documents {
    kept: Cache<String, Arc<Document>>,
}

impl Default for Documents {
    fn default() -> Self {
        let weigh = |text: &String, _: &Arc<Document>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { kept: Cache::builder().max_capacity(ROOM).weigher(weigh).build() }
    }
}

impl Documents {
    /// The document of this text, if it was seen.
    pub fn get(&self, text: &str) -> Option<Arc<Document>> {
        self.kept.get(text)
    }

    /// Keeps a document that fits the schema.
    pub fn keep(&self, text: &str, document: &Arc<Document>) {
        if text.len() <= MOST {
            self.kept.insert(text.to_owned(), document.clone());
        }
    }
}
