//! JSON Schemas of values: scalars, enums and input objects, each once under its name.

use std::collections::BTreeMap;

use async_graphql::parser::types::{BaseType, InputValueDefinition, Type, TypeKind, VariableDefinition};
use async_graphql::{Positioned, Value as Given};
use serde_json::{Map, Value, json};

use crate::graph::definitions::Definitions;

/// Schemas that were asked for so far.
pub struct Values<'d> {
    definitions: &'d Definitions,
    named: BTreeMap<String, Value>,
}

/// A place for a value: a variable, or a member of an input object.
pub struct Slot<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub of: &'a Type,
    /// What it is when it is left out.
    pub default: Option<&'a Given>,
    /// Whether it has to be given.
    pub required: bool,
    /// What it means.
    pub about: Option<&'a str>,
}

impl<'a> Slot<'a> {
    fn new(name: &'a str, of: &'a Type, default: Option<&'a Positioned<Given>>) -> Self {
        let default = default.map(|value| &value.node);
        Self { name, of, default, required: !of.nullable && default.is_none(), about: None }
    }

    /// Of a variable.
    pub fn of_variable(variable: &'a VariableDefinition) -> Self {
        Self::new(&variable.name.node, &variable.var_type.node, variable.default_value.as_ref())
    }

    fn of_member(member: &'a InputValueDefinition) -> Self {
        let about = member.description.as_ref().map(|text| text.node.as_str());
        Self { about, ..Self::new(&member.name.node, &member.ty.node, member.default_value.as_ref()) }
    }
}

impl<'d> Values<'d> {
    /// None yet.
    pub fn new(definitions: &'d Definitions) -> Self {
        Self { definitions, named: BTreeMap::new() }
    }

    /// All that were asked for.
    pub fn schemas(self) -> Map<String, Value> {
        self.named.into_iter().collect()
    }

    /// Whether a type's values have members.
    pub fn is_object(&self, of: &Type) -> bool {
        match &of.base {
            BaseType::Named(name) => {
                let definition = self.definitions.get(name);
                definition.is_some_and(|definition| matches!(definition.kind, TypeKind::InputObject(_)))
            }
            BaseType::List(of) => self.is_object(of),
        }
    }

    /// The schema of a type's values.
    pub fn of_type(&mut self, of: &Type) -> Value {
        let schema = match &of.base {
            BaseType::Named(name) => self.of_name(name),
            BaseType::List(of) => json!({ "type": "array", "items": self.of_type(of) }),
        };
        if of.nullable { or_null(schema) } else { schema }
    }

    /// The schema of the values of a scalar, an enum or an input object.
    pub fn of_name(&mut self, name: &str) -> Value {
        match name {
            "Int" => return json!({ "type": "integer", "format": "int32" }),
            "Float" => return json!({ "type": "number" }),
            "Boolean" => return json!({ "type": "boolean" }),
            "String" | "ID" => return json!({ "type": "string" }),
            _ => {}
        }
        if !self.named.contains_key(name) {
            // An input object may hold itself.
            self.named.insert(name.to_owned(), Value::Null);
            let schema = self.defined(name);
            self.named.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn defined(&mut self, name: &str) -> Value {
        let definitions = self.definitions;
        let Some(definition) = definitions.get(name) else { return json!({}) };
        let mut schema = match &definition.kind {
            TypeKind::Enum(values) => {
                let names: Vec<&str> = values.values.iter().map(|value| value.node.value.node.as_str()).collect();
                json!({ "type": "string", "enum": names })
            }
            TypeKind::InputObject(input) => {
                self.object(input.fields.iter().map(|member| Slot::of_member(&member.node)))
            }
            _ => match name {
                "Int64" => json!({ "type": "integer", "format": "int64" }),
                "DateTime" => json!({ "type": "string", "format": "date-time" }),
                "Date" => json!({ "type": "string", "format": "date" }),
                _ => json!({ "type": "string" }),
            },
        };
        if let Some(about) = &definition.description {
            schema["description"] = about.node.as_str().into();
        }
        schema
    }

    /// The schema of an object with these members and no others.
    pub fn object<'a>(&mut self, members: impl Iterator<Item = Slot<'a>>) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for member in members {
            let mut schema = with_default(self.of_type(member.of), member.default);
            if let Some(about) = member.about {
                schema["description"] = about.into();
            }
            if member.required {
                required.push(member.name.to_owned());
            }
            properties.insert(member.name.to_owned(), schema);
        }
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }
}

/// A schema that also takes null.
pub fn or_null(mut schema: Value) -> Value {
    match schema.get("type") {
        Some(Value::String(kind)) if schema.get("enum").is_none() => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

/// A schema that says what it is when it is left out.
pub fn with_default(mut schema: Value, default: Option<&Given>) -> Value {
    if let Some(default) = default.and_then(|value| value.clone().into_json().ok()) {
        schema["default"] = default;
    }
    schema
}
