//! `/graphql/stream`: GraphQL over server-sent events, "single connection mode": one stream serves several operations, for
//! clients that may hold few connections. `PUT` reserves a stream and answers its token, `GET` opens it, `POST` begins an
//! operation on it, `DELETE` ends one.
//!
//! A reservation lives in one process: where several stand side by side, these four have to reach the same one. Its token
//! is a secret that nobody can guess, so a browser's `EventSource`, which sends no headers, opens it by its address.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_lc_rs::rand;
use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::Locale;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::accept::Form;
use super::callers::Place;
use super::follow::{self, BEAT, Framing, withdrawn};
use super::http::{Asked, asked, bad, read};
use super::log::RequestId;
use super::operations::{Operations, Refused};
use super::sse::Events;
use super::{Edge, answer, bad_token};
use crate::access::{Standing, Viewer};
use crate::graph::Error;
use crate::graph::gateway::Told;
use crate::identity::TokenError;

/// Where a stream's token stands, if not in the address.
const TOKEN: HeaderName = HeaderName::from_static("x-graphql-event-stream-token");

/// How long a reservation waits to be opened.
const RESERVED: Duration = Duration::from_secs(15);

/// The streams of this process, by their tokens. Cheap to clone.
#[derive(Clone, Default)]
pub struct Reservations(Arc<Mutex<HashMap<String, Arc<Reserved>>>>);

/// A stream, open or about to be.
struct Reserved {
    standing: Standing,
    locale: Locale,
    operations: Mutex<Operations>,
    /// Told when an operation was begun.
    begun: Notify,
    opened: AtomicBool,
    /// Among the caller's connections.
    _place: Place,
}

impl Reserved {
    fn operations(&self) -> MutexGuard<'_, Operations> {
        self.operations.lock().expect("no panic while held")
    }

    /// Somebody else's stream is as good as none.
    fn is_of(&self, viewer: &Viewer) -> Result<(), Error> {
        if self.standing.viewer().actor() == viewer.actor() { Ok(()) } else { Err(bad("stream-unknown")) }
    }

    /// The next answer of any operation, those that begin meanwhile among them.
    async fn next(&self) -> (String, Option<Told>) {
        loop {
            tokio::select! {
                item = poll_fn(|cx| self.operations().poll_next(cx)) => return item,
                () = self.begun.notified() => {}
            }
        }
    }
}

impl Reservations {
    fn find(&self, token: &str) -> Option<Arc<Reserved>> {
        self.0.lock().expect("no panic while held").get(token).cloned()
    }

    fn remove(&self, token: &str) {
        self.0.lock().expect("no panic while held").remove(token);
    }

    /// Keeps a reservation under a new token, and drops it when nobody opens it.
    fn keep(&self, reserved: Reserved) -> String {
        let mut secret = [0; 24];
        rand::fill(&mut secret).expect("the system gives random bytes");
        let token = URL_SAFE_NO_PAD.encode(secret);
        let reserved = Arc::new(reserved);
        self.0.lock().expect("no panic while held").insert(token.clone(), reserved.clone());
        // Not the stream itself, which may be over by then.
        let reserved = Arc::downgrade(&reserved);
        let (all, own) = (self.clone(), token.clone());
        tokio::spawn(async move {
            sleep(RESERVED).await;
            if reserved.upgrade().is_some_and(|reserved| !reserved.opened.load(Ordering::Acquire)) {
                all.remove(&own);
            }
        });
        token
    }
}

/// What an address may say beside its path.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    token: Option<String>,
    operation_id: Option<String>,
}

/// The stream of a token, and the token; the refusal when there is none.
fn found(edge: &Edge, asked: &Asked, headers: &HeaderMap, said: &Said) -> Result<(String, Arc<Reserved>), Response> {
    let absent = |key| asked.refuse(edge, StatusCode::NOT_FOUND, &bad(key));
    let header = headers.get(TOKEN).and_then(|token| token.to_str().ok());
    let token = header.or(said.token.as_deref()).ok_or_else(|| absent("stream-token"))?;
    let reserved = edge.reservations.find(token).ok_or_else(|| absent("stream-unknown"))?;
    Ok((token.to_owned(), reserved))
}

/// `PUT`: reserves a stream for the caller; the answer is its token.
pub async fn put(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let asked = Asked::plain(&edge, &headers, id, from)?;
    let viewer = asked.viewer(&edge, &headers).await?;
    let place = edge.callers.enter(&viewer, asked.address, &edge.limits);
    let place = place.map_err(|error| asked.refuse_by_code(&edge, &error))?;
    let token = edge.reservations.keep(Reserved {
        standing: Standing::of(viewer),
        locale: asked.locale,
        operations: Mutex::default(),
        begun: Notify::new(),
        opened: AtomicBool::new(false),
        _place: place,
    });
    Ok((StatusCode::CREATED, [("cache-control", "no-store")], token).into_response())
}

/// `GET`: opens the stream, once.
pub async fn get(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(said): Query<Said>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let asked = asked(&edge, &headers, id, from)?;
    if asked.form != Form::EventStream {
        return Err(asked.refuse(&edge, StatusCode::NOT_ACCEPTABLE, &bad("stream-accept")));
    }
    let (token, reserved) = found(&edge, &asked, &headers, &said)?;
    if reserved.opened.swap(true, Ordering::AcqRel) {
        return Err(asked.refuse(&edge, StatusCode::CONFLICT, &bad("stream-open")));
    }
    let open = Open { edge: edge.clone(), reserved, token, request_id: asked.request_id };
    Ok(follow::response::<Events>(Body::from_stream(open.events())))
}

/// `POST`: begins an operation, whose answers come on the stream under `extensions.operationId`. A fresh token of the same
/// caller renews the stream's.
pub async fn post(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(said): Query<Said>,
    request: Request<Body>,
) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let asked = Asked::plain(&edge, &parts.headers, id, from)?;
    let (_, reserved) = found(&edge, &asked, &parts.headers, &said)?;
    let (viewer, mut asking) = read(&edge, &asked, parts, body).await?;
    reserved.is_of(&viewer).map_err(|error| asked.refuse(&edge, StatusCode::NOT_FOUND, &error))?;
    let Some(async_graphql::Value::String(operation)) = asking.request.extensions.remove("operationId") else {
        return Err(asked.refuse(&edge, StatusCode::BAD_REQUEST, &bad("stream-operation")));
    };
    let taken = asked.charge(&edge, &viewer, &asking).await.map_err(|empty| asked.throttle(&edge, empty))?;
    reserved.standing.renew(viewer);
    let begun = reserved.operations().begin(&edge, &reserved.standing, reserved.locale, operation, asking);
    if let (Err(_), Some(taken)) = (&begun, taken) {
        taken.settle(Some(0));
    }
    match begun {
        Ok(()) => {
            reserved.begun.notify_one();
            Ok(StatusCode::ACCEPTED.into_response())
        }
        Err(Refused::DoubledId) => Err(asked.refuse(&edge, StatusCode::CONFLICT, &bad("stream-operation-runs"))),
        Err(Refused::TooMany(refusal)) => {
            Err(answer::http(&refusal, asked.form, StatusCode::TOO_MANY_REQUESTS, edge.limits.max_errors))
        }
    }
}

/// `DELETE`: ends an operation; one that does not run is at its end.
pub async fn delete(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(said): Query<Said>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let asked = Asked::plain(&edge, &headers, id, from)?;
    let viewer = asked.viewer(&edge, &headers).await?;
    let (_, reserved) = found(&edge, &asked, &headers, &said)?;
    reserved.is_of(&viewer).map_err(|error| asked.refuse(&edge, StatusCode::NOT_FOUND, &error))?;
    let Some(operation) = said.operation_id else {
        return Err(asked.refuse(&edge, StatusCode::BAD_REQUEST, &bad("stream-operation")));
    };
    reserved.operations().end(&operation);
    Ok(StatusCode::OK.into_response())
}

/// A stream that is open. It is gone with its client.
struct Open {
    edge: Edge,
    reserved: Arc<Reserved>,
    token: String,
    request_id: String,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.edge.reservations.remove(&self.token);
    }
}

/// What an event of a stream says.
#[derive(Serialize)]
struct Event<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<answer::Body<'a>>,
}

fn next(id: &str, payload: answer::Body<'_>) -> String {
    format!("event: next\ndata: {}\n\n", json(&Event { id, payload: Some(payload) }))
}

fn complete(id: &str) -> String {
    format!("event: complete\ndata: {}\n\n", json(&Event { id, payload: None }))
}

fn json(event: &Event<'_>) -> String {
    serde_json::to_string(event).expect("an event can be written")
}

impl Open {
    fn events(self) -> impl futures_util::Stream<Item = Result<String, Infallible>> {
        let opening = stream::once(async { Ok(Events::OPENING.to_owned()) });
        let ending = Box::pin(self.edge.ending());
        opening.chain(stream::unfold(Some((self, ending)), |open| async move {
            let (open, mut ending) = open?;
            let (text, goes_on) = open.step(&mut ending).await?;
            Some((Ok(text), goes_on.then_some((open, ending))))
        }))
    }

    /// The next words, and whether more may come.
    async fn step(&self, ending: &mut (impl Future<Output = ()> + Unpin)) -> Option<(String, bool)> {
        let max_errors = self.edge.limits.max_errors;
        loop {
            let (viewer, renewals) = (self.reserved.standing.viewer(), self.reserved.standing.renewals());
            let end = async {
                match self.edge.identity.remaining(&viewer) {
                    Some(remaining) => sleep(remaining).await,
                    None => std::future::pending().await,
                }
            };
            let gone = withdrawn(&self.edge, &viewer);
            tokio::select! {
                biased;
                // A server that goes away says no end: the client is to come back.
                () = &mut *ending => return None,
                () = gone => return self.expired(),
                () = end => {
                    if self.reserved.standing.renewals() == renewals {
                        return self.expired();
                    }
                }
                (id, told) = self.reserved.next() => {
                    let Some(told) = told else { return Some((complete(&id), true)) };
                    let body = answer::Body::of(&told.payload, max_errors);
                    let last = body.is_request_error();
                    let mut text = next(&id, body);
                    if last {
                        self.reserved.operations().end(&id);
                        text += &complete(&id);
                    }
                    return Some((text, true));
                }
                () = sleep(BEAT) => return Some((Events::ALIVE.to_owned(), true)),
            }
        }
    }

    /// Tells every operation that the token does not count any more.
    fn expired(&self) -> Option<(String, bool)> {
        let expired = answer::refusal(&bad_token(TokenError::Expired), self.reserved.locale, &self.request_id);
        let operations = self.reserved.operations();
        let last = operations
            .ids()
            .map(|id| next(id, answer::Body::new(&expired, self.edge.limits.max_errors)) + &complete(id));
        Some((last.collect(), false))
    }
}
