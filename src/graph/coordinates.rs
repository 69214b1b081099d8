//! What of a schema a document uses: by schema coordinates.

use std::collections::BTreeSet;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet, TypeKind};
use async_graphql_value::Value;

use crate::graph::definitions::{Definitions, named, root};

/// What a document uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Types, fields, arguments, values: `Order`, `Order.eta`, `Query.orders(first:)`, `OrderStatus.DRAFT`.
    coordinates: BTreeSet<String>,
    /// Types of input that its variables bring: any of their fields may be given.
    given: BTreeSet<String>,
}

impl Used {
    /// Of a document that fits this schema; what does not fit is passed over.
    pub fn of(document: &ExecutableDocument, schema: &Definitions) -> Self {
        let mut walk = Walk { schema, used: Self::default() };
        for (_, operation) in document.operations.iter() {
            let operation = &operation.node;
            for variable in &operation.variable_definitions {
                walk.give(named(&variable.node.var_type.node));
            }
            walk.selection(&operation.selection_set.node, root(operation.ty));
        }
        for fragment in document.fragments.values() {
            let on = fragment.node.type_condition.node.on.node.as_str();
            walk.used.coordinates.insert(on.to_owned());
            walk.selection(&fragment.node.selection_set.node, on);
        }
        walk.used
    }

    /// Whether what is named stands in the document.
    pub fn has(&self, coordinate: &str) -> bool {
        self.coordinates.contains(coordinate)
    }

    /// Whether the document has what is named, or may have it in one of its variables.
    pub fn names(&self, coordinate: &str) -> bool {
        let of = coordinate.split('.').next().unwrap_or_default();
        self.coordinates.contains(coordinate) || self.given.contains(of)
    }
}

struct Walk<'s> {
    schema: &'s Definitions,
    used: Used,
}

impl Walk<'_> {
    fn selection(&mut self, set: &SelectionSet, on: &str) {
        self.used.coordinates.insert(on.to_owned());
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let coordinate = format!("{on}.{}", field.name.node);
                    let Some(definition) = self.schema.field(on, &field.name.node) else { continue };
                    for (name, value) in &field.arguments {
                        self.used.coordinates.insert(format!("{coordinate}({name}:)", name = name.node));
                        let of = definition.arguments.iter().find(|one| one.node.name.node == name.node);
                        if let Some(of) = of {
                            self.value(&value.node, named(&of.node.ty.node));
                        }
                    }
                    self.used.coordinates.insert(coordinate);
                    let of = named(&definition.ty.node);
                    self.used.coordinates.insert(of.to_owned());
                    if !field.selection_set.node.items.is_empty() {
                        self.selection(&field.selection_set.node, of);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| condition.node.on.node.as_str()).to_owned();
                    self.selection(&fragment.node.selection_set.node, &on);
                }
                // Walked by itself.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// A value that stands in the document, of this type.
    fn value(&mut self, value: &Value, of: &str) {
        match value {
            Value::Enum(name) => {
                self.used.coordinates.insert(format!("{of}.{name}"));
            }
            Value::List(items) => items.iter().for_each(|item| self.value(item, of)),
            Value::Object(members) => {
                for (name, member) in members {
                    let Some(below) = self.input(of, name) else { continue };
                    self.used.coordinates.insert(format!("{of}.{name}"));
                    self.value(member, &below);
                }
            }
            _ => {}
        }
        self.used.coordinates.insert(of.to_owned());
    }

    /// The type of an input object's field.
    fn input(&self, of: &str, name: &str) -> Option<String> {
        let TypeKind::InputObject(object) = &self.schema.get(of)?.kind else { return None };
        let field = object.fields.iter().find(|field| field.node.name.node == name)?;
        Some(named(&field.node.ty.node).to_owned())
    }

    /// A variable may bring anything of its type.
    fn give(&mut self, of: &str) {
        if !self.used.given.insert(of.to_owned()) {
            return;
        }
        self.used.coordinates.insert(of.to_owned());
        if let Some(TypeKind::InputObject(object)) = self.schema.get(of).map(|definition| &definition.kind) {
            for field in &object.fields {
                self.give(named(&field.node.ty.node));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    const SCHEMA: &str = "
        type Query { a(x: E, i: I): A list: [A!]! }
        interface N { id: ID }
        type A implements N { id: ID b(c: Int): Int other: Int }
        enum E { ONE TWO }
        input I { e: E deep: J } input J { k: Int }
    ";

    fn breaks(document: &str, coordinate: &str) -> bool {
        Used::of(&parse_query(document).unwrap(), &Definitions::read(SCHEMA)).names(coordinate)
    }

    #[test]
    fn what_a_document_uses() {
        let literal =
            "query Q { a(x: TWO, i: { deep: { k: 1 } }) { ...F } } fragment F on A { b(c: 1) ... on N { id } }";
        for used in ["Query.a", "Query.a(x:)", "E.TWO", "I.deep", "J.k", "A.b", "A.b(c:)", "N.id", "A", "E", "J"] {
            assert!(breaks(literal, used), "{used}");
        }
        for not in ["Query.list", "E.ONE", "I.e", "A.other", "A.id"] {
            assert!(!breaks(literal, not), "{not}");
        }
        let given = "query Q($i: I) { a(i: $i) { id } }";
        for used in ["I.e", "J.k", "E.ONE", "A.id"] {
            assert!(breaks(given, used), "{used}");
        }
        assert!(!breaks(given, "A.b"));
    }
}
