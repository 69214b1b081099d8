//! Which pages of other sites may read an app's answers (CORS). No cookies: who asks is said by a header.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower::{Layer, Service};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::{Edge, client_name, origin};
use crate::identity::Client;

/// How long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Headers of answers that a page may read.
const SHOWN: [&str; 8] =
    ["x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "etag", "age", "deprecation", "sunset"];

/// Tells browsers who may read an answer, also those that ask first. `OPTIONS` otherwise is a method as any.
pub async fn answer(State(cors): State<CorsLayer>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let asks_first = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    // Apps and servers name no page, and are told nothing of it.
    if !headers.contains_key(header::ORIGIN) || (request.method() == Method::OPTIONS && !asks_first) {
        return next.run(request).await;
    }
    match cors.layer(next).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// What browsers are told.
pub fn layer(edge: &Edge) -> CorsLayer {
    let edge = edge.clone();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |_, parts| may_read(&edge, parts)))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(SHOWN.map(HeaderName::from_static))
        .max_age(REMEMBERED)
}

/// Whether the page that a request comes from may read its answer: one that may come with the app that asks. A browser that
/// asks first names no app yet, unless the address does: then any app's page may go on.
fn may_read(edge: &Edge, Parts { method, uri, headers, .. }: &Parts) -> bool {
    let of_address = uri.path().strip_prefix("/bff/").and_then(|rest| rest.split('/').next());
    let of_address = of_address.or_else(|| uri.path().strip_prefix("/mcp/"));
    match of_address.or_else(|| client_name(headers)) {
        None if *method == Method::OPTIONS => with_any(edge, headers),
        name => edge.clients.named(name).map_or_else(
            |_| origin::may_open(headers, &edge.origins, edge.app.dev),
            |client| with(edge, headers, client),
        ),
    }
}

/// Whether the page that a request comes from may come with an app.
pub fn with(edge: &Edge, headers: &HeaderMap, client: &Client) -> bool {
    let allowed = [&edge.origins, &client.settings.origins];
    allowed.into_iter().any(|origins| origin::may_open(headers, origins, edge.app.dev))
}

/// Whether the page that a request comes from may come with any app; which it is will be said later.
pub fn with_any(edge: &Edge, headers: &HeaderMap) -> bool {
    edge.clients.iter().any(|client| with(edge, headers, client))
}
