//! Answers that are made up: of the right types for any document that fits the schema, and the same each time. For a front end
//! that is written before there is anything to ask for, and for its tests.

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type, TypeKind,
};
use async_graphql::{Name, Positioned, Value, Variables};
use async_graphql_value::Value as Written;
use async_graphql_value::indexmap::IndexMap;
use ulid::Ulid;

use super::definitions::{Definitions, definitions, root};
use super::node;

/// Most objects of a list.
const MOST: usize = 2;

/// A moment; days and later moments follow from nothing, so that a screen looks the same each time.
const MOMENT: &str = "2026-12-24T02:00:00Z";

/// The `data` of an operation.
pub fn answer(document: &ExecutableDocument, operation: &OperationDefinition, variables: &Variables) -> Value {
    let mock = Mock { document, operation, variables, definitions: definitions() };
    mock.object(root(operation.ty), &[&operation.selection_set.node], 1, MOST)
}

struct Mock<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    definitions: &'static Definitions,
}

impl<'a> Mock<'a> {
    /// An object; `nth` tells those of a list apart. A page has so many rows.
    fn object(&self, of: &str, sets: &[&'a SelectionSet], nth: u32, rows: usize) -> Value {
        let mut fields: IndexMap<Name, (&Name, Vec<&'a SelectionSet>, usize)> = IndexMap::new();
        sets.iter().for_each(|set| self.collect(of, set, &mut fields));
        let mut members = IndexMap::new();
        for (key, (name, below, wanted)) in fields {
            let value = match self.definitions.field(of, name) {
                _ if name == "__typename" => Value::String(of.to_owned()),
                Some(field) => {
                    let of_page = of.ends_with("Connection") && matches!(name.as_str(), "nodes" | "edges");
                    let own = if of_page { rows } else { wanted };
                    self.value(of, name, &field.ty.node, &below, nth, own)
                }
                None => Value::Null,
            };
            members.insert(key, value);
        }
        Value::Object(members)
    }

    /// The fields of a selection by their keys: name, what is selected below, how many a list is to have.
    fn collect(
        &self,
        of: &str,
        set: &'a SelectionSet,
        found: &mut IndexMap<Name, (&'a Name, Vec<&'a SelectionSet>, usize)>,
    ) {
        for item in &set.items {
            if !self.stands(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let wanted = self.wanted(field);
                    let entry = found.entry(field.response_key().node.clone());
                    entry.or_insert((&field.name.node, Vec::new(), wanted)).1.push(&field.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    if on.is_none_or(|on| self.is_a(of, on)) {
                        self.collect(of, &fragment.node.selection_set.node, found);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    if let Some(fragment) = fragment.map(|fragment| &fragment.node)
                        && self.is_a(of, &fragment.type_condition.node.on.node)
                    {
                        self.collect(of, &fragment.selection_set.node, found);
                    }
                }
            }
        }
    }

    fn value(&self, of: &str, name: &str, ty: &Type, below: &[&'a SelectionSet], nth: u32, wanted: usize) -> Value {
        match &ty.base {
            BaseType::List(_) if name == "userErrors" => Value::List(Vec::new()),
            BaseType::List(ty) => {
                // Within `Int`, however deep.
                let own = |at: u32| (nth % 1_000_000) * 10 + at + 1;
                Value::List((0..).take(wanted).map(|at| self.value(of, name, ty, below, own(at), MOST)).collect())
            }
            BaseType::Named(ty) if self.definitions.field_holder(ty) => match self.concrete(ty, below) {
                Some(ty) => self.object(ty, below, nth, wanted),
                None => Value::Null,
            },
            BaseType::Named(ty) => self.leaf(of, name, ty, nth),
        }
    }

    fn leaf(&self, of: &str, name: &str, ty: &str, nth: u32) -> Value {
        if let Some(TypeKind::Enum(values)) = self.definitions.get(ty).map(|definition| &definition.kind) {
            return values.values.first().map_or(Value::Null, |value| Value::Enum(value.node.value.node.clone()));
        }
        let text = |text: &str| Value::String(text.to_owned());
        match (ty, name) {
            ("ID", _) => {
                let prefix = node::prefix(of).unwrap_or("id");
                Value::String(format!("{prefix}_{}", Ulid::from_parts(0, nth.into())))
            }
            ("Int" | "Int64", _) => Value::from(nth),
            ("Float", _) => Value::from(f64::from(nth) + 0.5),
            ("Boolean", "hasNextPage" | "hasPreviousPage" | "replayed") => Value::from(false),
            ("Boolean", _) => Value::from(true),
            ("Decimal", _) => Value::String(format!("{nth}00.00")),
            ("Date", _) => text(&MOMENT[..10]),
            ("DateTime", _) => text(MOMENT),
            ("CityCode", _) => text("310100"),
            ("CnMobile", _) => text("138****0000"),
            ("Vin", _) => text("LSVNV133X22020221"),
            (_, "currencyCode") => text("CNY"),
            _ => Value::String(format!("{name} {nth}")),
        }
    }

    /// The type of an object where an interface or a union may stand: one that the document speaks of, else the first.
    fn concrete(&self, ty: &'a str, below: &[&'a SelectionSet]) -> Option<&'a str> {
        match &self.definitions.get(ty)?.kind {
            TypeKind::Object(_) => Some(ty),
            _ => {
                let conditions = below.iter().flat_map(|set| &set.items).filter_map(|item| match &item.node {
                    Selection::InlineFragment(fragment) => fragment.node.type_condition.as_ref(),
                    Selection::FragmentSpread(spread) => {
                        let fragment = self.document.fragments.get(&spread.node.fragment_name.node)?;
                        Some(&fragment.node.type_condition)
                    }
                    Selection::Field(_) => None,
                });
                let mut named = conditions.map(|condition| condition.node.on.node.as_str());
                named.find(|named| *named != ty && self.is_a(named, ty)).or_else(|| self.first_of(ty))
            }
        }
    }

    fn first_of(&self, ty: &str) -> Option<&'static str> {
        let mut all: Vec<_> = self.definitions.iter().map(|(name, _)| name).filter(|name| *name != ty).collect();
        all.sort_unstable();
        all.into_iter().find(|name| self.is_a(name, ty))
    }

    /// Whether an object of this type is one of that.
    fn is_a(&self, of: &str, ty: &str) -> bool {
        let implements = match self.definitions.get(of).map(|definition| &definition.kind) {
            Some(TypeKind::Object(object)) => object.implements.iter().any(|one| one.node == ty),
            _ => false,
        };
        let member = match self.definitions.get(ty).map(|definition| &definition.kind) {
            Some(TypeKind::Union(union)) => union.members.iter().any(|one| one.node == of),
            _ => false,
        };
        of == ty || implements || member
    }

    /// Whether `@skip` and `@include` let it stand.
    fn stands(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().map(|directive| &directive.node).all(|directive| {
            let wanted = match directive.name.node.as_str() {
                "include" => true,
                "skip" => false,
                _ => return true,
            };
            let given = directive.get_argument("if").map(|value| self.given(&value.node));
            given != Some(Some(Value::Boolean(!wanted)))
        })
    }

    /// How many a list is to have: few, at most as many as are asked for, one for each that is named.
    fn wanted(&self, field: &Field) -> usize {
        let given =
            field.arguments.iter().filter_map(|(name, value)| Some((name.node.as_str(), self.given(&value.node)?)));
        let counts = given.filter_map(|(name, value)| match value {
            Value::Number(number) if name == "first" => Some(usize::try_from(number.as_i64()?).unwrap_or(0).min(MOST)),
            Value::List(items) if matches!(name, "ids" | "representations") => Some(items.len()),
            _ => None,
        });
        counts.last().unwrap_or(MOST)
    }

    /// What an argument comes to.
    fn given(&self, value: &Written) -> Option<Value> {
        let Written::Variable(name) = value else { return value.clone().into_const() };
        let usual = || {
            let definition = self.operation.variable_definitions.iter().find(|one| one.node.name.node == *name)?;
            Some(definition.node.default_value.as_ref()?.node.clone())
        };
        self.variables.get(name).cloned().or_else(usual)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::{Value as Json, json};

    use super::*;

    fn of(text: &str, variables: Json) -> Json {
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        answer(&document, &operation.node, &Variables::from_json(variables)).into_json().unwrap()
    }

    #[test]
    fn every_field_has_a_value_of_its_type_and_the_same_each_time() {
        let text = "query($n: Int = 1, $yes: Boolean!) {
            orders(first: $n) { nodes { id status total: number eta { likely } } pageInfo { hasNextPage } }
            ... on Query { apiVersion @include(if: $yes) cities @skip(if: $yes) { code } } __typename }";
        let first = of(text, json!({ "yes": true }));
        assert_eq!(first, of(text, json!({ "yes": true })));
        let order = &first["orders"]["nodes"][0];
        assert_eq!(first["orders"]["nodes"].as_array().unwrap().len(), 1);
        assert!(order["id"].as_str().unwrap().parse::<entity::OrderId>().is_ok(), "{first:#}");
        assert_eq!((&order["total"], &first["__typename"]), (&json!("number 11"), &json!("Query")));
        assert!(first["apiVersion"].is_string() && first.get("cities").is_none(), "{first:#}");
        assert_eq!(first["orders"]["pageInfo"]["hasNextPage"], false);
    }

    #[test]
    fn an_interface_is_what_the_document_speaks_of_and_nothing_has_gone_wrong() {
        let node = of("{ node(id: \"x\") { __typename id ... on Order { number } } }", json!({}));
        assert_eq!(node["node"]["__typename"], "Order");
        assert!(node["node"]["number"].is_string());
        let node = of("{ node(id: \"x\") { ...O } } fragment O on Order { number }", json!({}));
        assert!(node["node"]["number"].is_string(), "{node:#}");
        let three = of("{ nodes(ids: [\"a\", \"b\", \"c\"]) { id } orders(first: 9) { nodes { id } } }", json!({}));
        assert_eq!(three["nodes"].as_array().unwrap().len(), 3);
        assert_ne!(three["orders"]["nodes"][0]["id"], three["orders"]["nodes"][1]["id"]);
        let text = "mutation { leadClose(input: {}) { lead { id } userErrors { code } } }";
        assert_eq!(of(text, json!({}))["leadClose"]["userErrors"], json!([]));
    }
}
