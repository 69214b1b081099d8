//! An app's operations as an OpenAPI 3.1 document: a path for each, as `/bff` serves it, with the shape of its answer.
//! Written as JSON by hand, since the operations are known at run time only.

mod answer;
mod values;

use async_graphql::parser::types::{OperationDefinition, OperationType, VariableDefinition};
use serde_json::{Map, Value, json};

use self::values::Values;
use super::{Documents, Trusted};
use crate::graph::definitions::{Definitions, definitions};

/// Statuses by which an operation is refused, and what they mean.
const REFUSALS: [(&str, &str); 8] = [
    ("400", "A parameter or the body is not as it has to be."),
    ("401", "There is no token, or it does not count."),
    ("403", "Not for this caller."),
    ("404", "Nothing is there that the caller may see."),
    ("429", "Asked for too much in a short time; `Retry-After` says when to come again."),
    ("500", "Our fault; `requestId` is all that is said."),
    ("503", "A part does not answer; try again."),
    ("504", "It took longer than the operation may."),
];

/// The document of an app's operations.
pub fn document(client: &str, documents: &Documents) -> Value {
    let mut values = Values::new(definitions());
    let mut paths = Map::new();
    for (route, trusted) in documents.current() {
        let Some((_, operation)) = trusted.document.parsed.operations.iter().next() else { continue };
        let (method, item) = path(definitions(), trusted, &operation.node, &mut values);
        paths.insert(format!("/bff/{client}/{route}"), json!({ method: item }));
    }
    let mut schemas = values.schemas();
    schemas.insert("Errors".to_owned(), errors());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Milepost: {client}"),
            "description": "The operations of this app. Each is a GraphQL operation behind a plain address.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Refused": {
                    "description": "Why it is refused.",
                    "content": { "application/json": { "schema": {
                        "type": "object",
                        "properties": {
                            "data": {},
                            "errors": { "$ref": "#/components/schemas/Errors" },
                            "extensions": { "type": "object" },
                        },
                    } } },
                },
            },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

/// The variables of an operation as a JSON Schema that stands by itself.
pub fn input(trusted: &Trusted) -> Value {
    let mut values = Values::new(definitions());
    let operations = trusted.document.parsed.operations.iter();
    let variables = operations.flat_map(|(_, operation)| &operation.node.variable_definitions);
    let variables: Vec<&VariableDefinition> = variables.map(|one| &one.node).collect();
    let mut schema = values.object(variables.iter().map(|one| values::Slot::of_variable(one)));
    let named = values.schemas();
    if !named.is_empty() {
        schema["$defs"] = Value::Object(named);
    }
    relative(&mut schema);
    schema
}

/// Lets references lead to the schema itself, and not to an OpenAPI document around it.
fn relative(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(to) if name == "$ref" => *to = to.replace("#/components/schemas/", "#/$defs/"),
                    member => relative(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(relative),
        _ => {}
    }
}

/// The method of an operation, and what there is to say of it.
fn path(
    definitions: &Definitions,
    trusted: &Trusted,
    operation: &OperationDefinition,
    values: &mut Values<'_>,
) -> (&'static str, Value) {
    let data = answer::schema(definitions, &trusted.document.parsed, operation, values);
    let body = json!({
        "type": "object",
        "required": ["data"],
        "properties": { "data": data, "errors": { "$ref": "#/components/schemas/Errors" } },
    });
    let mut item = Map::new();
    item.insert("operationId".to_owned(), lower_first(&trusted.name).into());
    if let Some((summary, rest)) = about(&trusted.about) {
        item.insert("summary".to_owned(), summary.into());
        if !rest.is_empty() {
            item.insert("description".to_owned(), rest.into());
        }
    }
    if trusted.document.deprecated().is_some() {
        item.insert("deprecated".to_owned(), true.into());
    }
    let variables: Vec<&VariableDefinition> = operation.variable_definitions.iter().map(|one| &one.node).collect();
    let (method, media) = match operation.ty {
        OperationType::Query => ("get", "application/json"),
        OperationType::Subscription => ("get", "text/event-stream"),
        OperationType::Mutation => ("post", "application/json"),
    };
    if operation.ty == OperationType::Mutation {
        let schema = values.object(variables.iter().map(|one| values::Slot::of_variable(one)));
        item.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": { "application/json": { "schema": schema } } }),
        );
    } else if !variables.is_empty() {
        let parameters = variables.iter().map(|one| parameter(one, values)).collect();
        item.insert("parameters".to_owned(), Value::Array(parameters));
    }
    let mut responses = Map::new();
    let answered = if operation.ty == OperationType::Subscription {
        "Events of the type `next`, each with such a body as its data."
    } else {
        "Anything was found or done."
    };
    let content = json!({ media: { "schema": body } });
    responses.insert("200".to_owned(), json!({ "description": answered, "content": content }));
    if operation.ty == OperationType::Query {
        responses.insert("304".to_owned(), json!({ "description": "As `If-None-Match` has it." }));
    }
    if operation.ty == OperationType::Mutation {
        for (status, what) in
            [("409", "Somebody was faster, or its state has no such step."), ("422", "The input breaks a rule.")]
        {
            responses.insert(status.to_owned(), json!({ "description": what, "content": content }));
        }
    }
    for (status, what) in REFUSALS {
        let refused = json!({ "$ref": "#/components/responses/Refused", "description": what });
        responses.insert(status.to_owned(), refused);
    }
    item.insert("responses".to_owned(), Value::Object(responses));
    (method, Value::Object(item))
}

/// A variable as a parameter of the address.
fn parameter(variable: &VariableDefinition, values: &mut Values<'_>) -> Value {
    let slot = values::Slot::of_variable(variable);
    let schema = values.of_type(slot.of);
    let mut parameter = json!({ "name": slot.name, "in": "query", "required": slot.required });
    // A value with members is written as JSON.
    if values.is_object(slot.of) {
        parameter["content"] = json!({ "application/json": { "schema": schema } });
    } else {
        parameter["schema"] = values::with_default(schema, slot.default);
    }
    parameter
}

fn errors() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["message"],
            "properties": {
                "message": { "type": "string", "description": "What to tell the user, in the language of the request." },
                "path": { "type": "array", "items": { "type": ["string", "integer"] } },
                "locations": { "type": "array", "items": { "type": "object" } },
                "extensions": {
                    "type": "object",
                    "required": ["code", "requestId"],
                    "properties": {
                        "code": { "type": "string" },
                        "requestId": { "type": "string" },
                        "argument": { "type": "string" },
                        "retryAfterMs": { "type": "integer" },
                    },
                },
            },
        },
    })
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The first sentence of an operation's comment, and the rest.
fn about(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    (!first.is_empty()).then_some((first, rest))
}
