//! The schema as data: for each object its fields, what they answer with, and how long their lists can be.

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind};
use async_graphql_value::ConstValue;
use foldhash::fast::RandomState;

use super::lists;
use crate::graph::definitions::Definitions;

/// The composite types, by name.
pub struct Shape {
    objects: HashMap<String, Object, RandomState>,
}

/// An object, interface or union.
#[derive(Default)]
pub struct Object {
    fields: HashMap<String, Field, RandomState>,
    /// Whether it is a page of a list.
    pub connection: bool,
}

/// A field that answers with objects.
pub struct Field {
    /// Their type.
    pub of: String,
    /// How many there can be.
    pub many: Many,
}

/// How many objects a field answers with.
pub enum Many {
    /// One, or none.
    One,
    /// A page, whose length an argument gives; its value when it is left out.
    Page(i64),
    /// As many as a page has, on the page itself.
    OfPage,
    /// As many as an argument's list has.
    OfList(String),
    /// As many as an argument says; its value when it is left out.
    Slice(i64),
    /// At most so many.
    AtMost(u64),
}

/// Longest page that any field gives.
pub const LONGEST: i64 = 100;

/// The argument that says how many.
pub const FIRST: &str = "first";

impl Shape {
    /// Of the schema's types.
    pub fn of(definitions: &Definitions) -> Self {
        let fields = definitions.iter().filter_map(|(name, definition)| match &definition.kind {
            TypeKind::Object(object) => Some((name, object.fields.as_slice())),
            TypeKind::Interface(interface) => Some((name, interface.fields.as_slice())),
            TypeKind::Union(_) => Some((name, &[][..])),
            TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => None,
        });
        let objects: HashMap<&str, &[Positioned<FieldDefinition>]> = fields.collect();
        let is_object = |name: &str| objects.contains_key(name);
        let objects = objects.iter().map(|(name, fields)| {
            let connection = name.ends_with("Connection");
            let fields = fields.iter().map(|field| &field.node).filter(|field| is_object(base(&field.ty.node).0));
            let fields = fields.map(|field| (field.name.node.to_string(), self::field(name, connection, field)));
            ((*name).to_owned(), Object { fields: fields.collect(), connection })
        });
        Self { objects: objects.collect() }
    }

    /// A composite type.
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.objects.get(name)
    }

    /// Lists whose length nothing bounds: a mistake in [`lists`].
    #[cfg(test)]
    pub fn unbounded(&self) -> Vec<String> {
        let all = self
            .objects
            .iter()
            .flat_map(|(name, object)| object.fields.iter().map(move |(field, of)| (name, field, of)));
        all.filter(|(.., of)| matches!(of.many, Many::AtMost(0)))
            .map(|(name, field, _)| format!("{name}.{field}"))
            .collect()
    }
}

impl Object {
    /// A field that answers with objects; none when there is no such field.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }
}

/// The type that is named, and whether it is a list of it.
fn base(ty: &Type) -> (&str, bool) {
    match &ty.base {
        BaseType::Named(name) => (name, false),
        BaseType::List(of) => (base(of).0, true),
    }
}

fn field(of: &str, connection: bool, field: &FieldDefinition) -> Field {
    let (name, list) = base(&field.ty.node);
    let argument = |name: &str| field.arguments.iter().find(|argument| argument.node.name.node == name);
    let usual = argument(FIRST).map(|first| match first.node.default_value.as_ref().map(|value| &value.node) {
        Some(ConstValue::Number(number)) => number.as_i64().unwrap_or(LONGEST),
        _ => LONGEST,
    });
    let ids = field.arguments.iter().find(|argument| base(&argument.node.ty.node).1);
    let many = match (list, usual) {
        (false, Some(usual)) if name.ends_with("Connection") => Many::Page(usual),
        (false, _) => Many::One,
        (true, _) if connection => Many::OfPage,
        (true, Some(usual)) => Many::Slice(usual),
        (true, None) => match ids {
            Some(ids) if lists::most(of, &field.name.node).is_none() => Many::OfList(ids.node.name.node.to_string()),
            _ => Many::AtMost(lists::most(of, &field.name.node).unwrap_or(0)),
        },
    };
    Field { of: name.to_owned(), many }
}
