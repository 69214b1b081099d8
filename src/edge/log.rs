//! The request's id, and one log line a request. Variables and headers are never in it: they hold personal data.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::new_request_id;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is taken over from the client.
const MAX_ID: usize = 64;

/// The request's id.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// What a handler found out about the operation, for the log line.
#[derive(Clone, Debug, Default)]
pub struct Note(Arc<OnceLock<Operation>>);

#[derive(Debug)]
struct Operation {
    kind: &'static str,
    name: String,
    role: Option<entity::Role>,
}

impl Note {
    /// Notes what is asked and by whom.
    pub fn operation(&self, kind: Option<OperationType>, name: Option<&str>, viewer: &crate::access::Viewer) {
        let kind = match kind {
            Some(OperationType::Query) => "query",
            Some(OperationType::Mutation) => "mutation",
            Some(OperationType::Subscription) => "subscription",
            None => "none",
        };
        // The name is the client's text: only what GraphQL allows gets into the log.
        let name =
            name.unwrap_or_default().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
        let _ = self.0.set(Operation { kind, name, role: viewer.role() });
    }

    /// Writes the line of an operation on a socket, when it begins.
    pub fn write_socket(&self, request_id: &str) {
        if let Some(operation) = self.0.get() {
            tracing::info!(
                request.id = request_id,
                graphql.kind = operation.kind,
                graphql.operation = operation.name,
                viewer.role = operation.role(),
                "an operation on a socket"
            );
        }
    }
}

impl Operation {
    fn role(&self) -> String {
        self.role.map_or_else(|| "ANONYMOUS".to_owned(), |role| role.to_string())
    }
}

/// The middleware: gives the request its id, echoes it, and writes the line.
pub async fn requests(mut request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| (1..=MAX_ID).contains(&id.len()))
        .filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')))
        .map_or_else(new_request_id, str::to_owned);
    let note = Note::default();
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(note.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let started = Instant::now();

    let mut response = next.run(request).await;

    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let status = response.status().as_u16();
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    if let Some(operation) = note.0.get() {
        tracing::info!(
            request.id = id,
            http.status = status,
            duration_us,
            graphql.kind = operation.kind,
            graphql.operation = operation.name,
            viewer.role = operation.role(),
            "{method} {path}"
        );
    } else if path == "/graphql" || status >= 500 {
        tracing::info!(request.id = id, http.status = status, duration_us, "{method} {path}");
    } else {
        // Health checks and the pages' files are many and say little.
        tracing::debug!(request.id = id, http.status = status, duration_us, "{method} {path}");
    }
    response
}
