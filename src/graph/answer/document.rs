//! Documents seen before: parsed, checked against the schema and planned once.

use std::sync::{Arc, OnceLock};

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use moka::sync::Cache;

use super::{Plan, Root};
use crate::graph::cost::{self, Measure};
use crate::graph::deprecated;
use crate::graph::freshness::Freshness;

/// Room for the texts of documents that are kept, bytes. With its plan a document takes some seventy times its text
/// (seen in the bench: 300 MiB for 4 MiB).
const ROOM: u64 = 1 << 19;

/// Longest document that is kept, bytes; generated ones that are larger are not worth it.
const MOST: usize = 64 << 10;

/// A document that fits the schema.
pub struct Document {
    /// As parsed.
    pub parsed: ExecutableDocument,
    /// Whether it asks about the schema.
    pub introspects: bool,
    /// What it uses that is to go.
    deprecated: OnceLock<Option<deprecated::Uses>>,
    operations: Vec<Planned>,
}

/// One of its operations.
struct Planned {
    name: Option<String>,
    plan: Option<Plan>,
    /// What it comes to, where that is the same whatever its variables are. Reckoned when it is first asked for: most new
    /// documents come once.
    measure: OnceLock<Option<Measure>>,
    /// How its answer may be kept.
    freshness: OnceLock<Option<Arc<Freshness>>>,
}

impl Document {
    /// Plans what can be planned of a document that fits the schema.
    pub fn new(parsed: ExecutableDocument, table: &'static [&'static Root]) -> Self {
        let planned = parsed.operations.iter().map(|(name, operation)| {
            let plan = Plan::of(&parsed, &operation.node, table).ok();
            Planned { name: name.map(ToString::to_string), plan, measure: OnceLock::new(), freshness: OnceLock::new() }
        });
        let operations = planned.collect();
        Self { introspects: introspects(&parsed), deprecated: OnceLock::new(), parsed, operations }
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

    /// How the answer of an operation may be kept, if it may.
    pub fn freshness(&self, operation: Option<&str>) -> Option<Arc<Freshness>> {
        let definition = self.operation(operation)?;
        let reckoned = || Freshness::of(&self.parsed, definition).map(Arc::new);
        self.planned(operation)?.freshness.get_or_init(reckoned).clone()
    }

    /// What it uses of what the schema will not have for ever.
    pub fn deprecated(&self) -> Option<deprecated::Uses> {
        self.deprecated.get_or_init(|| deprecated::uses(&self.parsed)).clone()
    }

    /// The operation that is chosen, when the choice is clear.
    pub fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        chosen(&self.parsed, name)
    }
}

/// Whether a document asks about the schema, anywhere.
pub fn introspects(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    let mut open: Vec<&SelectionSet> = operations.chain(fragments).map(|set| &set.node).collect();
    while let Some(set) = open.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    if matches!(field.node.name.node.as_str(), "__schema" | "__type" | "_service") {
                        return true;
                    }
                    open.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => open.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    false
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
