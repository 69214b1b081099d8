//! What breaks clients between two versions of a schema: by schema coordinates (GraphQL specification, Schema Coordinates).
//! What only adds is not here.

use std::collections::BTreeMap;
use std::fmt;

use async_graphql::Positioned;
use async_graphql::parser::types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind};

use super::definitions::Definitions;

/// A change that breaks whoever uses what it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What is changed, as in `Order.eta`, `Query.orders(first:)`, `OrderStatus.DRAFT`.
    pub coordinate: String,
    /// How.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.coordinate, self.what)
    }
}

/// What breaks clients of the older schema, in order.
pub fn breaking(old: &Definitions, new: &Definitions) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, was) in old.iter() {
        match new.get(name) {
            None => push(&mut changes, name, "is gone"),
            Some(is) => of_type(&mut changes, name, was, is),
        }
    }
    changes.sort();
    changes
}

fn push(changes: &mut Vec<Change>, coordinate: impl Into<String>, what: impl Into<String>) {
    changes.push(Change { coordinate: coordinate.into(), what: what.into() });
}

fn of_type(changes: &mut Vec<Change>, name: &str, was: &TypeDefinition, is: &TypeDefinition) {
    match (&was.kind, &is.kind) {
        (TypeKind::Scalar, TypeKind::Scalar) => {}
        (TypeKind::Object(was), TypeKind::Object(is)) => {
            of_fields(changes, name, &was.fields, &is.fields);
            gone(changes, name, "no longer implements", &names(&was.implements), &names(&is.implements));
        }
        (TypeKind::Interface(was), TypeKind::Interface(is)) => {
            of_fields(changes, name, &was.fields, &is.fields);
            gone(changes, name, "no longer implements", &names(&was.implements), &names(&is.implements));
        }
        (TypeKind::Union(was), TypeKind::Union(is)) => {
            gone(changes, name, "no longer holds", &names(&was.members), &names(&is.members));
        }
        (TypeKind::Enum(was), TypeKind::Enum(is)) => {
            for value in &was.values {
                let value = &value.node.value.node;
                if is.values.iter().all(|one| one.node.value.node != *value) {
                    push(changes, format!("{name}.{value}"), "is gone");
                }
            }
        }
        (TypeKind::InputObject(was), TypeKind::InputObject(is)) => {
            let coordinate = |field: &str| format!("{name}.{field}");
            of_inputs(changes, name, coordinate, &was.fields, &is.fields);
        }
        _ => push(changes, name, "is a type of another kind"),
    }
}

fn names(names: &[Positioned<async_graphql::Name>]) -> Vec<&str> {
    names.iter().map(|name| name.node.as_str()).collect()
}

fn gone(changes: &mut Vec<Change>, name: &str, what: &str, was: &[&str], is: &[&str]) {
    for one in was.iter().filter(|one| !is.contains(one)) {
        push(changes, name, format!("{what} {one}"));
    }
}

fn of_fields(
    changes: &mut Vec<Change>,
    of: &str,
    was: &[Positioned<FieldDefinition>],
    is: &[Positioned<FieldDefinition>],
) {
    let now: BTreeMap<&str, &FieldDefinition> =
        is.iter().map(|field| (field.node.name.node.as_str(), &field.node)).collect();
    for was in was.iter().map(|field| &field.node) {
        let name = was.name.node.as_str();
        let coordinate = format!("{of}.{name}");
        let Some(is) = now.get(name) else {
            push(changes, coordinate, "is gone");
            continue;
        };
        if !may_read(&was.ty.node, &is.ty.node) {
            push(changes, coordinate.clone(), format!("was {} and is {}", was.ty.node, is.ty.node));
        }
        let argument = |argument: &str| format!("{coordinate}({argument}:)");
        of_inputs(changes, &coordinate, argument, &was.arguments, &is.arguments);
    }
}

/// Arguments of a field, or fields of an input object; what they are asked for by is `of`.
fn of_inputs(
    changes: &mut Vec<Change>,
    of: &str,
    coordinate: impl Fn(&str) -> String,
    was: &[Positioned<InputValueDefinition>],
    is: &[Positioned<InputValueDefinition>],
) {
    let find = |all: &[Positioned<InputValueDefinition>], name: &str| {
        all.iter().map(|one| one.node.clone()).find(|one| one.name.node == name)
    };
    for was in was.iter().map(|one| &one.node) {
        let name = was.name.node.as_str();
        match find(is, name) {
            None => push(changes, coordinate(name), "is gone"),
            Some(is) if !may_give(&was.ty.node, &is.ty.node) => {
                push(changes, coordinate(name), format!("was {} and is {}", was.ty.node, is.ty.node));
            }
            Some(_) => {}
        }
    }
    for is in is.iter().map(|one| &one.node) {
        let name = is.name.node.as_str();
        // Who gives it already goes on; who leaves it out is named by what it belongs to.
        let wanted = |one: &InputValueDefinition| !one.ty.node.nullable && one.default_value.is_none();
        if wanted(is) && !find(was, name).is_some_and(|was| wanted(&was)) {
            push(changes, of, format!("wants {name}: {} now", is.ty.node));
        }
    }
}

/// Whether who read the older type can read the newer one: what was never null still is not.
fn may_read(was: &Type, is: &Type) -> bool {
    let base = match (&was.base, &is.base) {
        (BaseType::Named(was), BaseType::Named(is)) => was == is,
        (BaseType::List(was), BaseType::List(is)) => may_read(was, is),
        _ => false,
    };
    base && (was.nullable || !is.nullable)
}

/// Whether what was given for the older type may be given for the newer one.
fn may_give(was: &Type, is: &Type) -> bool {
    let base = match (&was.base, &is.base) {
        (BaseType::Named(was), BaseType::Named(is)) => was == is,
        (BaseType::List(was), BaseType::List(is)) => may_give(was, is),
        _ => false,
    };
    base && (is.nullable || !was.nullable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "
        type Query { a(x: Int, y: Int! = 1): String b: [Int!]! c: E d: U e(i: I): N }
        enum E { ONE TWO }
        union U = P | Q
        interface N { id: ID! }
        type P implements N { id: ID! p: Int }
        type Q { q: Int }
        input I { f: Int g: [Int] }
    ";

    fn changes(pairs: &[(&str, &str)]) -> Vec<String> {
        let mut new = OLD.to_owned();
        for (from, to) in pairs {
            assert!(new.contains(from), "{from}");
            new = new.replace(from, to);
        }
        breaking(&Definitions::read(OLD), &Definitions::read(&new)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_adds_breaks_nobody() {
        for pair in [
            ("b: [Int!]!", "b: [Int!]! new: Int"),
            ("a(x: Int", "a(new: Int, z: Int! = 3, x: Int"),
            ("a(x: Int, y: Int! = 1): String", "a(x: Int, y: Int): String!"),
            ("TWO", "TWO THREE"),
            ("P | Q", "P | Q | R"),
            ("f: Int g", "f: Int h: Int g"),
        ] {
            let new = OLD.replace(pair.0, pair.1) + " type R { r: Int }";
            assert_eq!(breaking(&Definitions::read(OLD), &Definitions::read(&new)), [], "{pair:?}");
        }
    }

    #[test]
    fn what_takes_away_is_named() {
        for (from, to, told) in [
            ("b: [Int!]!", "", "Query.b is gone"),
            ("b: [Int!]!", "b: [Int!]", "Query.b was [Int!]! and is [Int!]"),
            ("b: [Int!]!", "b: [Int]!", "Query.b was [Int!]! and is [Int]!"),
            ("b: [Int!]!", "b: Int!", "Query.b was [Int!]! and is Int!"),
            ("b: [Int!]!", "b: [Float!]!", "Query.b was [Int!]! and is [Float!]!"),
            ("x: Int, ", "", "Query.a(x:) is gone"),
            ("a(x: Int", "a(z: Int!, x: Int", "Query.a wants z: Int! now"),
            ("ONE TWO", "ONE", "E.TWO is gone"),
            ("P | Q", "P", "U no longer holds Q"),
            ("P implements N", "P", "P no longer implements N"),
            ("f: Int g", "g", "I.f is gone"),
            ("g: [Int]", "g: [Int!]", "I.g was [Int] and is [Int!]"),
            ("f: Int", "f: Int h: Int!", "I wants h: Int! now"),
            ("input I {", "scalar X input I {", ""),
            ("enum E { ONE TWO }", "scalar E", "E is a type of another kind"),
        ] {
            let told: Vec<&str> = Some(told).into_iter().filter(|told| !told.is_empty()).collect();
            assert_eq!(changes(&[(from, to)]), told, "{from} to {to}");
        }
        assert_eq!(changes(&[("x: Int", "x: Int!")]), ["Query.a wants x: Int! now", "Query.a(x:) was Int and is Int!"]);
        assert_eq!(changes(&[("y: Int! = 1", "y: Int!")]), ["Query.a wants y: Int! now"]);
        assert_eq!(changes(&[("type Q { q: Int }", ""), ("P | Q", "P")]), ["Q is gone", "U no longer holds Q"]);
    }
}
