//! The ways in: HTTP, WebSocket, server-sent events, and the pages of development.
//!
//! Each of them is the same few steps: who asks (identity), which operation (document), then the gateway. None of
//! them knows the store (the cache asks it how far streams have come), and none runs an operation but through [`Gateway`].

mod accept;
mod answer;
mod bff;
mod budget;
mod cache;
mod callers;
mod cors;
mod document;
mod files;
mod follow;
mod http;
mod ingest;
mod limits;
mod log;
mod mcp;
mod multipart;
mod operations;
pub mod origin;
mod pages;
pub mod proxy;
mod redis;
mod sse;
mod stream;
mod ws;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{any, get, post, put};
use entity::{EventId, Locale, PrefixedId};
use ipnet::IpNet;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use crate::access::Viewer;
use crate::app::App;
use crate::graph::call::CallState;
use crate::graph::text::negotiate;
use crate::graph::{Call, Code, Error, Gateway};
use crate::identity::{Clients, Identity, TokenError};
use crate::ingest::door::Door;
use crate::order::CONTRACT_FILES;
use crate::order::conversation::{DOWNLOADS, UPLOADS};
use crate::settings::Limits;
use crate::trusted::usage;

pub use budget::Budgets;
pub use cache::{Age, Kept};
pub use callers::Callers;
pub use document::Lookup;
pub use pages::{Development, Example, Session};
pub use stream::Reservations;

/// What the ways in share. Cheap to clone.
#[derive(Clone)]
pub struct Edge(Arc<EdgeState>);

impl std::ops::Deref for Edge {
    type Target = EdgeState;

    fn deref(&self) -> &EdgeState {
        &self.0
    }
}

/// See [`Edge`].
pub struct EdgeState {
    /// The process.
    pub app: App,
    /// The schema's one entry.
    pub gateway: Gateway,
    /// The door for events.
    pub ingest: Door,
    /// Reads tokens.
    pub identity: Identity,
    /// The apps that may ask.
    pub clients: Clients,
    /// Looks up what they ask.
    pub lookup: Lookup,
    /// Bounds.
    pub limits: Limits,
    /// Pages that may open sockets, beside the gateway's own.
    pub origins: Vec<String>,
    /// Proxies that say from whom a request comes.
    pub proxies: Vec<IpNet>,
    /// Open sockets and streams.
    pub callers: Callers,
    /// How much each caller may still ask for.
    pub budgets: Budgets,
    /// Answers that are kept.
    pub kept: Kept,
    /// Streams that serve several operations.
    pub reservations: Reservations,
    /// Connections that were closed since the server ends.
    pub closed: Arc<AtomicU32>,
    /// Told when the server is to end; sockets and streams end with it.
    pub stop: CancellationToken,
    /// Upgraded sockets, for which axum itself does not wait.
    pub tasks: TaskTracker,
    /// What the pages of development begin with.
    pub development: Option<Development>,
}

/// What a form has beside its file, bytes.
const FORM: usize = 64 << 10;

/// Longest wait for the database's sign of life.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

impl Edge {
    /// The ways in over this.
    pub fn new(state: EdgeState) -> Self {
        Self(Arc::new(state))
    }

    /// All routes.
    pub fn router(self) -> Router {
        // A form is read into memory until its file begins, so it has an end; what a file may have is the file store's to say.
        let caps = self.app.files.caps;
        let largest = usize::try_from(caps.file.max(caps.video)).unwrap_or(usize::MAX).saturating_add(FORM);
        let mut router = Router::new()
            .route("/graphql", get(http::get).post(http::post).fallback(http::method_not_allowed))
            .route("/graphql/stream", get(stream::get).put(stream::put).post(stream::post).delete(stream::delete))
            .route("/graphql/ws", any(ws::upgrade))
            .route("/bff/{client}/openapi.json", get(bff::openapi))
            .route("/bff/{client}/{operation}", any(bff::run))
            .route("/mcp/{client}", any(mcp::run))
            .route("/ingest/events", post(ingest::post).fallback(ingest::method_not_allowed))
            .route(CONTRACT_FILES, get(files::contract))
            .route(UPLOADS, put(files::upload).post(files::upload).layer(DefaultBodyLimit::max(largest)))
            .route(DOWNLOADS, get(files::shared))
            .route("/healthz", get(healthz))
            .route("/readyz", get(readyz));
        if self.development.is_some() {
            router = pages::add(router);
        }
        // Answers of a stream would wait for each other in the compressor.
        let compressed = DefaultPredicate::new().and(NotForContentType::const_new("multipart/"));
        // What is compressed already.
        let compressed = compressed.and(NotForContentType::const_new("video/"));
        router = router
            .layer(CompressionLayer::new().compress_when(compressed))
            .layer(middleware::from_fn_with_state(cors::layer(&self), cors::answer));
        if !self.proxies.is_empty() {
            router = router.layer(middleware::from_fn_with_state(self.clone(), proxy::see_through));
        }
        router.layer(middleware::from_fn(log::requests)).with_state(self)
    }
}

/// How far apart connections are closed at the end, so that their clients do not all come to the others at once.
const APART: Duration = Duration::from_millis(1);

/// Longest wait of the last of them.
const LAST: Duration = Duration::from_secs(5);

impl EdgeState {
    /// Until this connection is to be closed, since the server ends.
    fn ending(&self) -> impl Future<Output = ()> + Send + use<> {
        let (stop, closed) = (self.stop.clone(), self.closed.clone());
        async move {
            stop.cancelled().await;
            let before = closed.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep((APART * before).min(LAST)).await;
        }
    }

    /// A fresh call; every operation has its own.
    fn call(&self, viewer: Viewer, locale: Locale, request_id: String) -> Call {
        CallState::new(self.app.clone(), viewer, locale, request_id)
    }

    /// Who asks, by the `Authorization` header, whose token has to be for this audience.
    async fn viewer(&self, headers: &HeaderMap, audience: &str) -> Result<Viewer, Error> {
        let authorization = match headers.get(header::AUTHORIZATION).map(HeaderValue::to_str) {
            None => None,
            Some(Ok(text)) => Some(text),
            Some(Err(_)) => return Err(bad_token(TokenError::Scheme)),
        };
        self.identity.viewer(authorization, audience).await.map_err(bad_token)
    }
}

/// The one refusal for every token that does not count; the reason is in the log.
fn bad_token(reason: TokenError) -> Error {
    tracing::debug!(%reason, "a token was refused");
    Error::shown(Code::Unauthenticated, "token")
}

fn locale(headers: &HeaderMap, usual: Locale) -> Locale {
    negotiate(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()), usual)
}

/// The language of what is not for one app.
fn spoken(edge: &Edge, headers: &HeaderMap) -> Locale {
    locale(headers, edge.clients.usual().settings.locale)
}

/// Headers by which an app names itself: the one of several tools, and Apollo's.
const CLIENT_NAMES: [&str; 2] = ["graphql-client-name", "apollographql-client-name"];

/// The headers of its version.
const CLIENT_VERSIONS: [&str; 2] = ["graphql-client-version", "apollographql-client-version"];

/// The version of the app that asks; empty when it says none.
fn client_version(headers: &HeaderMap) -> &str {
    let header = CLIENT_VERSIONS.iter().find_map(|name| headers.get(*name));
    usage::version(header.and_then(|version| version.to_str().ok()))
}

/// The name of the app that asks, if it says one. What cannot be read is nobody's name.
fn client_name(headers: &HeaderMap) -> Option<&str> {
    let header = CLIENT_NAMES.iter().find_map(|name| headers.get(*name))?;
    Some(header.to_str().unwrap_or_default())
}

/// A new id for a request or an operation.
fn new_request_id() -> String {
    EventId::generate().uuid().simple().to_string()
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can serve: the database answers, and there are keys to check tokens with.
async fn readyz(State(edge): State<Edge>) -> impl IntoResponse {
    let asked = edge.app.db.conn().execute_unprepared("SELECT 1");
    let database = matches!(tokio::time::timeout(READY_TIMEOUT, asked).await, Ok(Ok(_)));
    let keys = edge.identity.keys().ready();
    let word = |ready| if ready { "ok" } else { "not ready" };
    let status =
        if database && keys && !edge.stop.is_cancelled() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // Without files all else goes on.
    let files = word(edge.app.files.ready());
    (status, format!("database: {}\nkeys: {}\nfiles: {files}\n", word(database), word(keys)))
}
