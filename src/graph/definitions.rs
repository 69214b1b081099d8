//! The schema's types as they are defined, by name.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::parser::types::{
    BaseType, FieldDefinition, OperationType, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{Error as ParseError, parse_schema};

use super::schema;

/// The schema's types, by name.
pub struct Definitions {
    types: HashMap<String, TypeDefinition>,
}

/// Those of the schema.
pub fn definitions() -> &'static Definitions {
    static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| Definitions::read(&schema::sdl()));
    &DEFINITIONS
}

/// The type of an operation's root.
pub fn root(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// A schema's definition with something more beside the types of objects, for each by its name; nothing, or with a space at
/// its end.
pub fn beside_types(sdl: &str, more: impl Fn(&str) -> String) -> String {
    let mut text = String::with_capacity(sdl.len() + 2048);
    for line in sdl.lines() {
        let name = line.strip_prefix("type ").and_then(|rest| rest.split([' ', '{']).next());
        match (name, line.strip_suffix('{')) {
            (Some(name), Some(head)) => {
                text.push_str(head);
                text.push_str(&more(name));
                text.push('{');
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

impl Definitions {
    /// Of a schema's definition.
    pub fn read(sdl: &str) -> Self {
        Self::parse(sdl).expect("the schema's own definition can be parsed")
    }

    /// Of a schema's definition that may be wrong.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn parse(sdl: &str) -> Result<Self, ParseError> {
        let document = parse_schema(sdl)?;
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
        Ok(Self { types: types.collect() })
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TypeDefinition)> {
        self.types.iter().map(|(name, definition)| (name.as_str(), definition))
    }

    /// A type.
    pub fn get(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(name)
    }

    /// Whether it is a type of objects.
    pub fn field_holder(&self, name: &str) -> bool {
        let kind = self.types.get(name).map(|definition| &definition.kind);
        matches!(kind, Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)))
    }

    /// A field of an object or an interface.
    pub fn field(&self, of: &str, name: &str) -> Option<&FieldDefinition> {
        fields(&self.types.get(of)?.kind).find(|field| field.name.node == name)
    }
}

/// The type that is named, lists apart.
pub fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

/// The fields of an object or an interface; none of any other kind.
pub fn fields(kind: &TypeKind) -> impl Iterator<Item = &FieldDefinition> {
    let fields = match kind {
        TypeKind::Object(object) => object.fields.as_slice(),
        TypeKind::Interface(interface) => interface.fields.as_slice(),
        TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => &[],
    };
    fields.iter().map(|field| &field.node)
}
