//! The schema's types as the check looks at them: every name found in one step.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::parser::types::{InputValueDefinition, Type, TypeKind};
use async_graphql::{Positioned, Value as ConstValue};
use foldhash::fast::RandomState;

use crate::graph::definitions::{Definitions, definitions, fields, named};

/// By names that the schema has, which no caller chooses.
type ByName<T> = HashMap<&'static str, T, RandomState>;

/// The schema's types.
pub struct Types {
    of_name: ByName<Kind>,
}

/// The fields of an input object.
pub type Inputs = ByName<Input>;

/// What a type is.
pub enum Kind {
    /// An object, interface or union.
    Composite(Composite),
    /// An input object.
    Input(Inputs),
    /// An input object that takes one field of several.
    OneOf,
    /// An enum, by its values.
    Enum(ByName<()>),
    /// A scalar.
    Scalar(Scalar),
}

/// What literals a scalar takes.
#[derive(Clone, Copy)]
pub enum Scalar {
    Int,
    Float,
    String,
    Boolean,
    Id,
    /// One of the schema's own, which looks at its values when they are used.
    Own,
}

impl Scalar {
    /// Whether it takes a value for certain.
    pub fn takes(self, value: &ConstValue) -> bool {
        match (self, value) {
            // What any of Rust's integers that stand behind it takes.
            (Self::Int, ConstValue::Number(number)) => {
                number.as_i64().is_some_and(|number| (0..=i64::from(i32::MAX)).contains(&number))
            }
            (Self::Float, ConstValue::Number(_)) => true,
            (Self::String | Self::Id, ConstValue::String(_)) => true,
            (Self::Boolean, ConstValue::Boolean(_)) => true,
            (Self::Own, _) => true,
            _ => false,
        }
    }
}

/// An object, interface or union.
pub struct Composite {
    fields: ByName<Field>,
    /// The objects that it can be: itself, or those that implement it or belong to it.
    objects: Vec<&'static str>,
}

/// A field.
pub struct Field {
    /// The type that it answers with, lists apart.
    pub of: &'static str,
    /// Its arguments.
    pub arguments: Vec<(&'static str, Input)>,
}

/// An argument, or a field of an input object.
pub struct Input {
    /// Its type.
    pub ty: &'static Type,
    /// Whether it has to be given.
    pub required: bool,
}

/// Those of the schema.
pub fn types() -> &'static Types {
    static TYPES: LazyLock<Types> = LazyLock::new(|| Types::of(definitions()));
    &TYPES
}

impl Types {
    fn of(definitions: &'static Definitions) -> Self {
        let kinds = definitions.iter().map(|(name, definition)| {
            let kind = match &definition.kind {
                TypeKind::Scalar => Kind::Scalar(Scalar::Own),
                TypeKind::Enum(of) => {
                    Kind::Enum(of.values.iter().map(|value| (value.node.value.node.as_str(), ())).collect())
                }
                // One that takes one field of several has a rule more: what stands for it is left to the engine.
                TypeKind::InputObject(_) if definition.directives.iter().any(|one| one.node.name.node == "oneOf") => {
                    Kind::OneOf
                }
                TypeKind::InputObject(of) => Kind::Input(inputs(&of.fields).collect()),
                kind @ (TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)) => {
                    let fields = fields(kind).map(|field| {
                        let arguments = inputs(&field.arguments).collect();
                        (field.name.node.as_str(), Field { of: named(&field.ty.node), arguments })
                    });
                    Kind::Composite(Composite { fields: fields.collect(), objects: objects(definitions, name, kind) })
                }
            };
            (name, kind)
        });
        let built_in = [
            ("Int", Scalar::Int),
            ("Float", Scalar::Float),
            ("String", Scalar::String),
            ("Boolean", Scalar::Boolean),
            ("ID", Scalar::Id),
        ];
        let built_in = built_in.map(|(name, scalar)| (name, Kind::Scalar(scalar)));
        Self { of_name: kinds.chain(built_in).collect() }
    }

    /// A type.
    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.of_name.get(name)
    }

    /// A type that has fields, or may have.
    pub fn composite(&self, name: &str) -> Option<&Composite> {
        match self.get(name)? {
            Kind::Composite(composite) => Some(composite),
            Kind::Input(_) | Kind::OneOf | Kind::Enum(_) | Kind::Scalar(_) => None,
        }
    }
}

impl Composite {
    /// A field.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }

    /// Whether an object can be of both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.objects.iter().any(|object| other.objects.contains(object))
    }
}

fn inputs(definitions: &'static [Positioned<InputValueDefinition>]) -> impl Iterator<Item = (&'static str, Input)> {
    definitions.iter().map(|one| {
        let one = &one.node;
        let ty = &one.ty.node;
        (one.name.node.as_str(), Input { ty, required: !ty.nullable && one.default_value.is_none() })
    })
}

fn objects(definitions: &'static Definitions, name: &'static str, kind: &'static TypeKind) -> Vec<&'static str> {
    match kind {
        TypeKind::Union(union) => union.members.iter().map(|member| member.node.as_str()).collect(),
        TypeKind::Interface(_) => {
            let implement = definitions.iter().filter(|(_, one)| match &one.kind {
                TypeKind::Object(object) => object.implements.iter().any(|interface| interface.node == name),
                _ => false,
            });
            implement.map(|(object, _)| object).collect()
        }
        _ => vec![name],
    }
}
