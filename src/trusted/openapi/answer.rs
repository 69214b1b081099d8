//! The JSON Schema of what an operation answers: its own selection, with every name that it gives.

use std::collections::BTreeSet;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type, TypeKind,
};
use serde_json::{Map, Value, json};

use super::values::{Values, or_null};
use crate::graph::definitions::{Definitions, root};

/// The schema of an operation's data.
pub fn schema(
    definitions: &Definitions,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    values: &mut Values<'_>,
) -> Value {
    let data = Answer { definitions, document, values }.object(root(operation.ty), &[&operation.selection_set.node]);
    or_null(data)
}

struct Answer<'a, 'v, 'd> {
    definitions: &'a Definitions,
    document: &'a ExecutableDocument,
    values: &'v mut Values<'d>,
}

/// What a key of an object stands for.
struct Key<'a> {
    name: &'a str,
    field: &'a Field,
    /// The type on which it is selected.
    on: &'a str,
    /// Whether it is in every answer.
    always: bool,
    below: Vec<&'a SelectionSet>,
}

impl<'a> Answer<'a, '_, '_> {
    fn object(&mut self, of: &'a str, sets: &[&'a SelectionSet]) -> Value {
        let mut keys = Vec::new();
        for set in sets {
            self.collect(of, set, true, &mut keys);
        }
        let (mut properties, mut required) = (Map::new(), BTreeSet::new());
        for key in keys {
            let schema = self.field(&key);
            if key.always {
                required.insert(key.name);
            }
            properties.insert(key.name.to_owned(), schema);
        }
        let mut schema = json!({ "type": "object", "properties": properties });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }

    /// Gathers the keys of a selection; `always` when what it stands in is in every answer.
    fn collect(&self, on: &'a str, set: &'a SelectionSet, always: bool, keys: &mut Vec<Key<'a>>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let name = field.response_key().node.as_str();
                    let always = always && !is_conditional(&field.directives);
                    let below = &field.selection_set.node;
                    match keys.iter_mut().find(|key| key.name == name) {
                        Some(key) => {
                            key.always |= always;
                            key.below.push(below);
                        }
                        None => keys.push(Key { name, field, on, always, below: vec![below] }),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let of = fragment.type_condition.as_ref().map_or(on, |of| of.node.on.node.as_str());
                    let always = always && of == on && !is_conditional(&fragment.directives);
                    self.collect(of, &fragment.selection_set.node, always, keys);
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) else { continue };
                    let of = fragment.node.type_condition.node.on.node.as_str();
                    let always = always && of == on && !is_conditional(&spread.node.directives);
                    self.collect(of, &fragment.node.selection_set.node, always, keys);
                }
            }
        }
    }

    fn field(&mut self, key: &Key<'a>) -> Value {
        if key.field.name.node == "__typename" {
            return json!({ "type": "string" });
        }
        let Some(defined) = self.definitions.field(key.on, &key.field.name.node) else { return json!({}) };
        let mut schema = self.of_type(&defined.ty.node, &key.below);
        if let Some(about) = &defined.description {
            schema["description"] = about.node.as_str().into();
        }
        schema
    }

    fn of_type(&mut self, of: &'a Type, below: &[&'a SelectionSet]) -> Value {
        let schema = match &of.base {
            BaseType::List(of) => json!({ "type": "array", "items": self.of_type(of, below) }),
            BaseType::Named(name) => match self.definitions.get(name).map(|definition| &definition.kind) {
                Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)) => self.object(name, below),
                _ => self.values.of_name(name),
            },
        };
        if of.nullable { or_null(schema) } else { schema }
    }
}

/// Whether `@skip` or `@include` may take it away.
fn is_conditional(directives: &[Positioned<Directive>]) -> bool {
    directives.iter().any(|directive| matches!(directive.node.name.node.as_str(), "skip" | "include"))
}
