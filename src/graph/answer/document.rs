//! Documents seen before: parsed, checked against the schema and planned once.

use std::sync::{Arc, OnceLock};

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use moka::sync::Cache;

use super::{Plan, Root};
use crate::graph::cost::{self, Measure};

/// Room for the texts of documents that are kept, bytes. With its plan a document takes some seventy times its text
/// (seen in the bench: 300 MiB for 4 MiB).
const ROOM: u64 = 1 << 19;

/// Longest document that is kept, bytes; generated ones that are larger are not worth it.
const MOST: usize = 64 << 10;

/// A document that fits the schema.
pub struct Document {
    /// As parsed.
    pub parsed: ExecutableDocument,
    operations: Vec<Planned>,
}

/// One of its operations.
struct Planned {
    name: Option<String>,
    plan: Option<Plan>,
    /// What it comes to, where that is the same whatever its variables are. Reckoned when it is first asked for: most new
    /// documents come once.
    measure: OnceLock<Option<Measure>>,
}

impl Document {
    /// Plans what can be planned of a document that fits the schema.
    pub fn new(parsed: ExecutableDocument, table: &'static [&'static Root]) -> Self {
        let planned = parsed.operations.iter().map(|(name, operation)| {
            let plan = Plan::of(&parsed, &operation.node, table).ok();
            Planned { name: name.map(ToString::to_string), plan, measure: OnceLock::new() }
        });
        let operations = planned.collect();
        Self { parsed, operations }
    }

    /// The plan of an operation, when the fast way has one and the choice is clear.
    pub fn plan(&self, operation: Option<&str>) -> Option<&Plan> {
        self.planned(operation)?.plan.as_ref()
    }

    fn planned(&self, operation: Option<&str>) -> Option<&Planned> {
        let mut chosen = self.operations.iter().filter(|one| operation.is_none() || one.name.as_deref() == operation);
        let planned = chosen.next()?;
        if chosen.next().is_some() { None } else { Some(planned) }
    }

    /// What an operation comes to; without variables, at most. None when the choice is not clear.
    pub fn measure(&self, operation: Option<&str>, variables: Option<&Variables>) -> Option<Measure> {
        let planned = self.planned(operation)?;
        let definition = self.operation(operation)?;
        let fixed = planned.measure.get_or_init(|| cost::fixed(cost::shape(), &self.parsed, definition));
        fixed.or_else(|| cost::measure(cost::shape(), &self.parsed, definition, variables).ok())
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
