//! Fields in the order of the selection. The engine puts them in the order in which they came to an end; the
//! specification (3.7) wants the one that the client wrote, and so does whoever reads the answer.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as Literal;

/// Response keys of one object, each with the selections below it.
type Keys<'a> = IndexMap<&'a str, Vec<&'a SelectionSet>>;

/// What was asked.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The document.
    pub document: &'a ExecutableDocument,
    /// Its operation.
    pub operation: &'a OperationDefinition,
    /// The variables.
    pub variables: &'a Variables,
}

/// Sorts the fields of an answer.
pub fn sort(value: &mut Value, asked: Asked<'_>) {
    object(value, asked, &[&asked.operation.selection_set.node]);
}

fn object(value: &mut Value, asked: Asked<'_>, sets: &[&SelectionSet]) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| object(item, asked, sets)),
        Value::Object(fields) => {
            let mut keys = Keys::new();
            sets.iter().for_each(|set| collect(set, asked, &mut keys));
            let mut sorted = IndexMap::with_capacity(fields.len());
            for (key, below) in keys {
                if let Some((key, mut value)) = fields.swap_remove_entry(key) {
                    object(&mut value, asked, &below);
                    sorted.insert(key, value);
                }
            }
            // What no selection names: the engine's own, if any.
            sorted.append(fields);
            *fields = sorted;
        }
        _ => {}
    }
}

fn collect<'a>(set: &'a SelectionSet, asked: Asked<'a>, keys: &mut Keys<'a>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) if there(&field.node.directives, asked) => {
                let key = field.node.response_key().node.as_str();
                keys.entry(key).or_default().push(&field.node.selection_set.node);
            }
            Selection::InlineFragment(fragment) if there(&fragment.node.directives, asked) => {
                collect(&fragment.node.selection_set.node, asked, keys);
            }
            Selection::FragmentSpread(spread) if there(&spread.node.directives, asked) => {
                if let Some(fragment) = asked.document.fragments.get(&spread.node.fragment_name.node) {
                    collect(&fragment.node.selection_set.node, asked, keys);
                }
            }
            _ => {}
        }
    }
}

/// Whether `@skip` and `@include` let a place count.
fn there(directives: &[Positioned<Directive>], asked: Asked<'_>) -> bool {
    directives.iter().all(|directive| {
        let wanted = match directive.node.name.node.as_str() {
            "include" => true,
            "skip" => false,
            _ => return true,
        };
        let given = match directive.node.get_argument("if").map(|value| &value.node) {
            Some(Literal::Boolean(value)) => Some(*value),
            Some(Literal::Variable(name)) => match asked.variables.get(name).or_else(|| default(asked, name)) {
                Some(Value::Boolean(value)) => Some(*value),
                _ => None,
            },
            _ => None,
        };
        given.is_none_or(|given| given == wanted)
    })
}

fn default<'a>(asked: Asked<'a>, name: &Name) -> Option<&'a Value> {
    let definitions = asked.operation.variable_definitions.iter();
    let definition = definitions.map(|definition| &definition.node).find(|one| one.name.node == *name)?;
    definition.default_value.as_ref().map(|value| &value.node)
}
