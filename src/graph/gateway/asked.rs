//! What was asked, kept for the answer: how it is worded and in which order its fields stand.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{ErrorExtensionValues, Pos, Request, Response, Value, Variables};

use super::Document;
use crate::graph::answer::chosen;
use crate::graph::call::Call;
use crate::graph::error::{Code, Error};
use crate::graph::text::text;
use crate::graph::{check, nulls, sorted};
use crate::store::fault::Fault;

/// The answer of an operation that did not come to an end.
pub fn failed(call: &Call, what: &str) -> Response {
    let error = async_graphql::Error::from(Error::hidden(format!("an operation's task {what}")));
    let asked = Asked { document: Parsed::Not, name: None, variables: Variables::default() };
    finish(call, &asked, Response::from_errors(vec![error.into_server_error(Pos::default())]))
}

/// What was asked, kept for the shape of the answer.
pub struct Asked {
    document: Parsed,
    name: Option<String>,
    variables: Variables,
}

/// A document for reading; the engine takes one of its own.
pub enum Parsed {
    /// It fits the schema.
    Known(Arc<Document>),
    /// It was parsed.
    Own(Box<ExecutableDocument>),
    /// It could not be.
    Not,
}

impl Asked {
    /// Of a request whose document may not fit the schema.
    pub fn of(request: &mut Request) -> Self {
        let document = request.parsed_query().map_or(Parsed::Not, |parsed| Parsed::Own(Box::new(parsed.clone())));
        Self { document, name: request.operation_name.clone(), variables: request.variables.clone() }
    }

    /// Of one that does.
    pub fn known(document: Arc<Document>, request: &Request) -> Self {
        let (name, variables) = (request.operation_name.clone(), request.variables.clone());
        Self { document: Parsed::Known(document), name, variables }
    }

    /// The document, when it could be parsed.
    pub fn document(&self) -> Option<&ExecutableDocument> {
        match &self.document {
            Parsed::Known(document) => Some(&document.parsed),
            Parsed::Own(document) => Some(document),
            Parsed::Not => None,
        }
    }

    /// Its chosen operation, when the choice is clear.
    pub fn operation(&self) -> Option<&OperationDefinition> {
        chosen(self.document()?, self.name.as_deref())
    }

    /// Whether it keeps all rules of the schema for certain, variables and all.
    pub fn is_certain(&self) -> bool {
        let known = matches!(self.document, Parsed::Known(_));
        known && self.operation().is_some_and(|operation| check::given(operation, &self.variables))
    }

    /// The refusal of an operation that fits the schema when its variables are not all there (GraphQL specification,
    /// CoerceVariableValues): it is not run at all.
    pub fn incomplete(&self, call: &Call) -> Option<Response> {
        let Parsed::Known(_) = self.document else { return None };
        let missing = self.operation()?.variable_definitions.iter().find(|definition| {
            let definition = &definition.node;
            let there = match self.variables.get(&definition.name.node) {
                Some(value) => *value != Value::Null,
                None => definition.default_value.is_some(),
            };
            !definition.var_type.node.nullable && !there
        })?;
        let (name, of) = (missing.node.name.node.to_string(), missing.node.var_type.node.to_string());
        let error = Error::argument(name.clone(), "variable-missing").with("name", name).with("type", of);
        let error = async_graphql::Error::from(error).into_server_error(missing.pos);
        let asked = Self { document: Parsed::Not, name: None, variables: Variables::default() };
        Some(finish(call, &asked, Response::from_errors(vec![error])))
    }
}

/// Words the errors for the caller, logs those that are ours, and adds what every answer says of itself.
pub fn finish(call: &Call, asked: &Asked, mut response: Response) -> Response {
    if let (Some(document), Some(operation)) = (asked.document(), asked.operation()) {
        nulls::fill(&mut response, document, operation);
        if response.data == Value::Null && response.errors.is_empty() {
            // Everything was skipped: to the engine no object at all.
            response.data = Value::Object(Default::default());
        }
        sorted::sort(&mut response.data, sorted::Asked { document, operation, variables: &asked.variables });
    }
    for error in &mut response.errors {
        let ours = error.source::<Error>().cloned();
        let (code, message, argument) = match ours {
            Some(Error::Shown(shown)) => (shown.code, shown.message(call.locale), shown.argument),
            Some(Error::Missing) => {
                tracing::error!(request.id = call.request_id, error.path = ?error.path, "a row was not fetched");
                (Code::Internal, text(call.locale, "internal", &[("requestId", call.request_id.as_str().into())]), None)
            }
            Some(Error::Hidden(hidden)) => {
                let (code, key) = match hidden.fault {
                    Some(Fault::Late) => (Code::DeadlineExceeded, "deadline"),
                    Some(fault) if fault.is_transient() => (Code::Unavailable, "unavailable"),
                    _ => (Code::Internal, "internal"),
                };
                tracing::error!(
                    request.id = call.request_id, error.message = hidden.message, error.at = %hidden.at,
                    error.path = ?error.path, "a request failed"
                );
                (code, text(call.locale, key, &[("requestId", call.request_id.as_str().into())]), None)
            }
            // The engine's own: a document that does not fit, or a value that a scalar refused.
            None if error.path.is_empty() => (Code::GraphqlValidationFailed, std::mem::take(&mut error.message), None),
            None => (Code::BadUserInput, std::mem::take(&mut error.message), None),
        };
        error.message = message;
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("code", code.as_str());
        extensions.set("requestId", call.request_id.as_str());
        if let Some(argument) = argument {
            extensions.set("argument", argument.into_owned());
        }
    }
    if call.replayed.load(Ordering::Relaxed) {
        let replayed = Value::from_json(serde_json::json!({ "replayed": true })).unwrap_or_default();
        response.extensions.insert("idempotency".into(), replayed);
    }
    response
}
