//! Nulls where fields failed. The engine leaves a failed field out of its object; the specification (6.4.4) wants
//! null there, and where the type forbids null, in the nearest place above that allows it. Clients with generated
//! types read no answer without it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, PathSegment, Response, Value, indexmap::IndexMap};

use super::definitions::root;
use super::schema;

/// Types of fields by their object and name.
type Types = HashMap<String, HashMap<String, Type>>;

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let document = parse_schema(schema::sdl()).expect("the engine reads its own schema");
    let mut types = Types::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let definition = definition.node;
        let fields = match definition.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => continue,
        };
        let fields = fields.into_iter().map(|field| (field.node.name.node.to_string(), field.node.ty.node)).collect();
        types.insert(definition.name.node.to_string(), fields);
    }
    types
});

/// Puts null in the place of each failed field of an answer to this operation.
pub fn fill(response: &mut Response, document: &ExecutableDocument, chosen: &OperationDefinition) {
    if response.errors.iter().all(|error| error.path.is_empty()) {
        return;
    }
    let walk = Walk { document, nulls: Vec::new() };
    walk.fill(response, root(chosen.ty), &chosen.selection_set.node);
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// Places that are null by now; what failed below them stays below.
    nulls: Vec<Vec<PathSegment>>,
}

/// Whether null has to go up, since it may not stand here.
type GoesUp = bool;

impl<'a> Walk<'a> {
    fn fill(mut self, response: &mut Response, root: &str, selection: &'a SelectionSet) {
        let paths: Vec<Vec<PathSegment>> = response.errors.iter().map(|error| error.path.clone()).collect();
        for path in paths.iter().filter(|path| !path.is_empty()) {
            if self.nulls.iter().any(|null| path.starts_with(null)) {
                continue;
            }
            if self.object(&mut response.data, root, &[selection], path, 0) {
                response.data = Value::Null;
                return;
            }
        }
    }

    /// Null in the object's field that the path names at this depth.
    fn object(
        &mut self,
        value: &mut Value,
        parent: &str,
        selections: &[&'a SelectionSet],
        path: &[PathSegment],
        depth: usize,
    ) -> GoesUp {
        let Some(PathSegment::Field(key)) = path.get(depth) else { return false };
        // An object of failed fields alone is null to the engine.
        if *value == Value::Null {
            *value = Value::Object(IndexMap::new());
        }
        let Value::Object(fields) = value else { return false };
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        for selection in selections {
            self.find(selection, parent, key, &mut seen, &mut found);
        }
        let Some((parent, field)) = found.first() else { return false };
        let Some(ty) = TYPES.get(*parent).and_then(|fields| fields.get(field.name.node.as_str())) else { return false };
        let below: Vec<&SelectionSet> = found.iter().map(|(_, field)| &field.selection_set.node).collect();
        let goes_up = match fields.get_mut(key.as_str()) {
            Some(value) if depth + 1 < path.len() => self.below(value, ty, &below, path, depth + 1),
            _ => true,
        };
        if goes_up && ty.nullable {
            fields.insert(Name::new(key), Value::Null);
            self.nulls.push(path[..=depth].to_vec());
        }
        goes_up && !ty.nullable
    }

    /// Null somewhere below a value of this type.
    fn below(
        &mut self,
        value: &mut Value,
        ty: &Type,
        selections: &[&'a SelectionSet],
        path: &[PathSegment],
        depth: usize,
    ) -> GoesUp {
        match &ty.base {
            BaseType::Named(name) => self.object(value, name, selections, path, depth),
            BaseType::List(of) => {
                let Some(PathSegment::Index(index)) = path.get(depth) else { return false };
                let Value::List(items) = value else { return true };
                let Some(item) = items.get_mut(*index) else { return true };
                let goes_up = depth + 1 == path.len() || self.below(item, of, selections, path, depth + 1);
                if goes_up && of.nullable {
                    *item = Value::Null;
                    self.nulls.push(path[..=depth].to_vec());
                }
                goes_up && !of.nullable
            }
        }
    }

    /// The fields that answer to a key, each with the type that it is selected on. A fragment is looked at once,
    /// since spreads of spreads may double with each level (guarantees 6.1).
    fn find<'p>(
        &self,
        selection: &'a SelectionSet,
        parent: &'p str,
        key: &str,
        seen: &mut HashSet<&'a Name>,
        found: &mut Vec<(&'p str, &'a Field)>,
    ) where
        'a: 'p,
    {
        for item in &selection.items {
            let (on, inner) = match &item.node {
                Selection::Field(field) => {
                    if field.node.response_key().node == key {
                        found.push((parent, &field.node));
                    }
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name).filter(|_| seen.insert(name)) else {
                        continue;
                    };
                    (Some(&fragment.node.type_condition), &fragment.node.selection_set)
                }
            };
            let on = on.map_or(parent, |on| on.node.on.node.as_str());
            self.find(&inner.node, on, key, seen, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::ServerError;
    use async_graphql::parser::parse_query;
    use serde_json::{Value as Json, json};

    use super::*;

    fn filled(query: &str, data: Json, paths: Json) -> Json {
        let mut response = Response::new(Value::from_json(data).unwrap());
        for path in paths.as_array().unwrap() {
            let mut error = ServerError::new("no", None);
            error.path = serde_json::from_value(path.clone()).unwrap();
            response.errors.push(error);
        }
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        fill(&mut response, &document, &operation.node);
        response.data.into_json().unwrap()
    }

    #[test]
    fn null_stands_where_a_field_failed_or_above() {
        for (query, data, paths, wanted) in [
            // A nullable field: null in its place.
            ("{ a: me { id } __typename }", json!({ "__typename": "Query" }), json!([["a"]]), {
                json!({ "__typename": "Query", "a": null })
            }),
            // All fields failed, so that the engine has no object at all.
            ("{ a: me { id } b: me { id } }", json!(null), json!([["a"], ["b"]]), json!({ "a": null, "b": null })),
            // A field that must not be null: up to the first that may.
            ("{ me { id number } }", json!({ "me": { "id": "x" } }), json!([["me", "number"]]), json!({ "me": null })),
            ("{ me { id email } }", json!({ "me": { "id": "x" } }), json!([["me", "email"]]), {
                json!({ "me": { "id": "x", "email": null } })
            }),
            // None may: no data.
            ("{ cities { name } }", json!({ "cities": [{ "x": 1 }] }), json!([["cities", 0, "name"]]), json!(null)),
            // Lists: the item when it may be null.
            ("{ nodes(ids: []) { id } }", json!({ "nodes": [{ "id": "x" }, null] }), json!([["nodes", 1, "id"]]), {
                json!({ "nodes": [{ "id": "x" }, null] })
            }),
            // Through fragments, with the type that they name.
            (
                "{ node(id: 1) { ...F } } fragment F on Node { ... on Customer { n: number } }",
                json!({ "node": { "y": 1 } }),
                json!([["node", "n"]]),
                json!({ "node": null }),
            ),
            // What failed below a null stays there.
            (
                "{ me { number orders { number } } }",
                json!({ "me": null }),
                json!([["me", "number"], ["me", "orders", 0, "number"]]),
                json!({ "me": null }),
            ),
            // A request error says nothing of fields.
            ("{ me { id } }", json!(null), json!([[]]), json!(null)),
        ] {
            assert_eq!(filled(query, data, paths.clone()), wanted, "{query} {paths}");
        }
    }
}
