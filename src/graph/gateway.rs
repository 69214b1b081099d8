//! The one entry to the schema. Everything that asks (HTTP, WebSocket, SSE, tests) comes through here.
//!
//! Not generic on purpose: whatever calls `Schema::execute` itself compiles every resolver again.

use async_graphql::parser::types::OperationType;
use async_graphql::{ErrorExtensionValues, Request, Response, ServerError, Value};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use std::sync::atomic::Ordering;

use super::call::Call;
use super::error::{Code, Error};
use super::schema::{self, Schema};
use super::text::text;

/// The schema, ready to answer. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    schema: Schema,
}

impl Gateway {
    /// The gateway; `introspection` is for development.
    pub fn new(introspection: bool) -> Self {
        Self { schema: schema::build(introspection) }
    }

    /// The schema definition, as `schema.graphql` holds it.
    pub fn sdl() -> String {
        schema::sdl()
    }

    /// Answers a query or a mutation. A mutation runs in a task of its own: a client that leaves does not tear it
    /// in two (guarantees 4.2).
    pub fn execute(&self, mut request: Request, call: Call) -> BoxFuture<'static, Response> {
        let schema = self.schema.clone();
        let mutation = is_mutation(&mut request);
        let run = async move {
            let response = schema.execute(request.data(call.clone())).await;
            finish(&call, response)
        };
        if !mutation {
            return Box::pin(run);
        }
        Box::pin(async move {
            match tokio::spawn(run).await {
                Ok(response) => response,
                Err(error) => {
                    tracing::error!(%error, "a mutation's task failed");
                    Response::from_errors(vec![ServerError::new("internal", None)])
                }
            }
        })
    }

    /// Answers a subscription, or a query or mutation as a stream of one answer. `call` makes the call of each
    /// answer's errors.
    pub fn stream(&self, request: Request, call: Call) -> BoxStream<'static, Response> {
        let stream = self.schema.execute_stream(request.data(call.clone()));
        Box::pin(stream.map(move |response| finish(&call, response)))
    }
}

fn is_mutation(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return false };
    document.operations.iter().any(|(key, operation)| {
        let chosen = name.as_deref().is_none_or(|name| key.is_none_or(|key| key == name));
        chosen && operation.node.ty == OperationType::Mutation
    })
}

/// Words the errors for the caller, logs those that are ours, and adds what every answer says of itself.
fn finish(call: &Call, mut response: Response) -> Response {
    for error in &mut response.errors {
        let ours = error.source::<Error>().cloned();
        let (code, message, argument) = match ours {
            Some(Error::Shown(shown)) => (shown.code, shown.message(call.locale), shown.argument),
            Some(Error::Hidden(hidden)) => {
                let (code, key) =
                    if hidden.transient { (Code::Unavailable, "unavailable") } else { (Code::Internal, "internal") };
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
