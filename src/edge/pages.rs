//! The pages of development, built into the program: GraphiQL at `/` with example tabs, and two front ends at `/demo/mobile/` and
//! `/demo/partner/` to see the gateway with.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Redirect, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use rust_embed::RustEmbed;
use serde::Serialize;

use super::Edge;

#[derive(RustEmbed)]
#[folder = "web/graphiql/dist"]
struct Dist;

/// The front ends: plain files, as they are.
#[derive(RustEmbed)]
#[folder = "clients"]
struct Clients;

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

/// What a front end of the demo begins with: who has signed in, and what they look at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// A token of the demo customer.
    pub customer_token: String,
    /// The customer's order.
    pub order_id: String,
    /// A token of the consultant of that order.
    pub consultant_token: String,
    /// The consultant's store.
    pub store_id: String,
}

/// What only development has, made at each load of a page.
pub struct Development {
    /// GraphiQL's tabs.
    pub examples: Examples,
    /// The front ends' beginning.
    pub session: Box<dyn Fn() -> Session + Send + Sync>,
}

/// Makes the tabs at each load of the page, since tokens run out and data changes.
pub type Examples = Box<dyn Fn() -> BoxFuture<'static, Vec<Example>> + Send + Sync>;

/// Adds the pages' routes.
pub fn add(router: Router<Edge>) -> Router<Edge> {
    router
        .route("/", get(|| async { file::<Dist>("index.html") }))
        .route("/graphiql/examples.json", get(examples))
        .route("/graphiql/{*path}", get(|Path(path): Path<String>| async move { file::<Dist>(&path) }))
        .route("/demo/session.json", get(session))
        .route("/demo/mobile", get(|| async { Redirect::permanent("/demo/mobile/") }))
        .route("/demo/partner", get(|| async { Redirect::permanent("/demo/partner/") }))
        .route("/demo/{*path}", get(|Path(path): Path<String>| async move { demo(&path) }))
}

async fn examples(State(edge): State<Edge>) -> Response {
    let examples = match &edge.development {
        Some(development) => (development.examples)().await,
        None => Vec::new(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(examples)).into_response()
}

async fn session(State(edge): State<Edge>) -> Response {
    let session = edge.development.as_ref().map(|development| (development.session)());
    ([(header::CACHE_CONTROL, "no-store")], Json(session)).into_response()
}

/// A file of a front end; a folder's is its page.
fn demo(path: &str) -> Response {
    match path.strip_suffix('/') {
        Some(folder) => file::<Clients>(&format!("{folder}/index.html")),
        None => file::<Clients>(path),
    }
}

fn file<F: RustEmbed>(path: &str) -> Response {
    let Some(file) = F::get(path) else { return StatusCode::NOT_FOUND.into_response() };
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
