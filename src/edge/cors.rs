//! Which pages of other sites may read an app's answers (CORS). No cookies: who asks is said by a header.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::{Edge, client_name, origin};

/// How long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Headers of answers that a page may read.
const SHOWN: [&str; 8] =
    ["x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "etag", "age", "deprecation", "sunset"];

/// Answers browsers that ask first, and tells them who may read.
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
    match of_address.or_else(|| client_name(headers)) {
        None if *method == Method::OPTIONS => with_any(edge, headers),
        name => {
            let own = edge.clients.named(name).map_or(&[][..], |client| &client.settings.origins);
            [&edge.origins, own].into_iter().any(|origins| origin::may_open(headers, origins, edge.app.dev))
        }
    }
}

/// Whether the page that a request comes from may come with any app; which it is will be said later.
pub fn with_any(edge: &Edge, headers: &HeaderMap) -> bool {
    let apps = edge.clients.iter().map(|client| &client.settings.origins);
    apps.chain([&edge.origins]).any(|origins| origin::may_open(headers, origins, edge.app.dev))
}
