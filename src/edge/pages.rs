//! The pages of development: GraphiQL at `/`, built into the program, with example tabs.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use rust_embed::RustEmbed;
use serde::Serialize;

use super::Edge;

#[derive(RustEmbed)]
#[folder = "web/graphiql/dist"]
struct Dist;

/// The policy that `web/graphiql/README.md` names: nothing from another origin.
const POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:";

/// A tab that GraphiQL opens with.
#[derive(Clone, Debug, Serialize)]
pub struct Example {
    /// The tab's name.
    pub name: &'static str,
    /// The document.
    pub query: String,
    /// Variables, as JSON text.
    pub variables: String,
    /// Headers, as JSON text.
    pub headers: String,
}

/// Makes the tabs at each load of the page, since tokens run out and data changes.
pub type Examples = Box<dyn Fn() -> BoxFuture<'static, Vec<Example>> + Send + Sync>;

/// Adds the pages' routes.
pub fn add(router: Router<Edge>) -> Router<Edge> {
    router
        .route("/", get(|| async { file("index.html") }))
        .route("/graphiql/examples.json", get(examples))
        .route("/graphiql/{*path}", get(|Path(path): Path<String>| async move { file(&path) }))
}

async fn examples(State(edge): State<Edge>) -> Response {
    let examples = match &edge.examples {
        Some(make) => make().await,
        None => Vec::new(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(examples)).into_response()
}

fn file(path: &str) -> Response {
    let Some(file) = Dist::get(path) else { return StatusCode::NOT_FOUND.into_response() };
    // Names below assets/ carry a hash of the content.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
