//! `/graphql/ws`: the `graphql-transport-ws` protocol, with its close codes.
//!
//! Written on the gateway's streams and not taken from the integration crate, whose service closes with other
//! codes, lets a doubled id pass, never ends a socket that says nothing, and knows no end of a token.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use entity::Locale;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until, timeout};

use super::accept::Form;
use super::answer::{self, Body};
use super::callers::Place;
use super::document::Payload;
use super::log::RequestId;
use super::operations::{Operations, Refused};
use super::{Edge, bad_token, client_name, client_version, cors, locale, new_request_id};
use crate::access::{Standing, Viewer};
use crate::graph::gateway::Told;
use crate::graph::{Code, Error};
use crate::identity::Client;
use crate::trusted::usage;

/// The one protocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// Longest silence before `connection_init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a ping asks whether the client is still there.
const BEAT: Duration = Duration::from_secs(20);

/// Longest silence of a client; a living one answers every ping.
const SILENCE: Duration = Duration::from_secs(50);

/// What a socket reads at once, bytes; it is there as long as the socket is, and clients say little.
const READ_BUFFER: usize = 1 << 10;

/// Longest wait for a client that does not read.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a socket ends: the protocol's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    GoingAway,
    BadMessage,
    Unauthorized,
    Forbidden,
    Expired,
    Withdrawn,
    Subprotocol,
    InitTimeout,
    DoubledId,
    SecondInit,
    TooMany,
    Full,
    Silent,
}

impl Close {
    fn frame(self) -> (u16, &'static str) {
        match self {
            Self::GoingAway => (1001, "Going away"),
            Self::BadMessage => (4400, "Invalid message"),
            Self::Unauthorized => (4401, "Unauthorized"),
            Self::Forbidden => (4403, "Forbidden"),
            Self::Expired => (4403, "Token expired"),
            Self::Withdrawn => (4403, "Token withdrawn"),
            Self::Subprotocol => (4406, "Subprotocol not acceptable"),
            Self::InitTimeout => (4408, "Connection initialisation timeout"),
            Self::DoubledId => (4409, "Subscriber already exists"),
            Self::SecondInit => (4429, "Too many initialisation requests"),
            Self::TooMany => (4429, "Too many connections of this caller"),
            // Try again later: the protocol's own codes say that there is no use in it.
            Self::Full => (1013, "Too many connections"),
            Self::Silent => (4408, "No sign of life"),
        }
    }
}

/// How a socket ends.
enum End {
    /// With a reason of ours.
    Close(Close),
    /// The client is gone.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// What goes with a message of the protocol itself.
type Fields = serde_json::Map<String, serde_json::Value>;

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit { payload: Option<Fields> },
    Ping { payload: Option<Fields> },
    Pong {},
    Subscribe { id: String, payload: Box<Payload> },
    Complete { id: String },
}

/// What we say.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Say<'a> {
    ConnectionAck {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<TokenLife>,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Fields>,
    },
    Next {
        id: &'a str,
        payload: Body<'a>,
    },
    Error {
        id: &'a str,
        payload: &'a [async_graphql::ServerError],
    },
    Complete {
        id: &'a str,
    },
}

/// How long the token counts, so that the client knows when to send a fresh one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenLife {
    expires_at: DateTime<Utc>,
}

/// `GET /graphql/ws`. A wrong token in a header is refused here, one in `connection_init` closes the socket.
pub async fn upgrade(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let client = edge.clients.named(client_name(&headers));
    let usual = client.as_ref().map_or(edge.clients.usual(), |client| *client).settings.locale;
    let locale = locale(&headers, usual);
    let refuse = |status: StatusCode, error: &Error| {
        answer::http(&answer::refusal(error, locale, &id), Form::Json, status, edge.limits.max_errors)
    };
    if !cors::with_any(&edge, &headers) {
        return refuse(StatusCode::FORBIDDEN, &Error::shown(Code::Forbidden, "http-origin"));
    }
    let client = match client {
        Ok(client) => client.clone(),
        Err(error) => return refuse(StatusCode::FORBIDDEN, &error),
    };
    // Whether they may come with this app shows at `connection_init`, which may name others.
    let viewer = match edge.viewer(&headers, &client.settings.audience).await {
        Ok(viewer) => viewer,
        Err(error) => return refuse(StatusCode::UNAUTHORIZED, &error),
    };
    let version = client_version(&headers).to_owned();
    let speaks = headers.contains_key(header::ACCEPT_LANGUAGE);
    let page = page(&headers);
    let limit = edge.limits.body_bytes;
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(move |socket| {
            let tasks = edge.tasks.clone();
            let peer = Peer { client, version, viewer, locale, speaks, address: address.ip(), page };
            tasks.track_future(serve(edge, socket, peer))
        })
        .into_response()
}

/// What of the headers names the page.
fn page(headers: &HeaderMap) -> Option<Box<HeaderMap>> {
    let named = headers.get(header::ORIGIN)?;
    let mut page = HeaderMap::from_iter([(header::ORIGIN, named.clone())]);
    if let Some(host) = headers.get(header::HOST) {
        page.insert(header::HOST, host.clone());
    }
    Some(Box::new(page))
}

/// What is known of a socket's other end when it is opened.
struct Peer {
    client: Arc<Client>,
    /// Of the app.
    version: String,
    viewer: Viewer,
    locale: Locale,
    /// Whether it asked for a language.
    speaks: bool,
    address: IpAddr,
    /// By which the page is known that opened the socket, if one did.
    page: Option<Box<HeaderMap>>,
}

async fn serve(edge: Edge, socket: WebSocket, peer: Peer) {
    let known = socket.protocol().is_some_and(|chosen| chosen == PROTOCOL);
    let mut session = Session {
        edge,
        socket,
        standing: Standing::of(peer.viewer.clone()),
        peer,
        init: false,
        place: None,
        operations: Operations::default(),
        heard: Instant::now(),
    };
    let end = if known { session.run().await } else { End::Close(Close::Subprotocol) };
    if let End::Close(close) = end {
        let (code, reason) = close.frame();
        tracing::debug!(close.code = code, close.reason = reason, "a socket was closed");
        let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        if session.send(frame).await.is_ok() {
            // Let the client answer the close, else the frame may be lost with the connection.
            let _ =
                timeout(Duration::from_secs(1), async { while let Some(Ok(_)) = session.socket.recv().await {} }).await;
        }
    }
}

/// The caller whom a payload names by a token, which is taken out of it.
async fn named(edge: &Edge, client: &Client, payload: Option<&mut Fields>) -> Result<Option<Viewer>, End> {
    let Some(payload) = payload else { return Ok(None) };
    let Some(name) = payload.keys().find(|name| name.eq_ignore_ascii_case("authorization")).cloned() else {
        return Ok(None);
    };
    let authorization = payload.remove(&name);
    let authorization = authorization.as_ref().and_then(serde_json::Value::as_str).ok_or(Close::Forbidden)?;
    let viewer = edge.identity.viewer(Some(authorization), &client.settings.audience).await;
    Ok(Some(viewer.map_err(bad_token).map_err(|_| Close::Forbidden)?))
}

/// One socket.
struct Session {
    edge: Edge,
    socket: WebSocket,
    peer: Peer,
    /// Its viewer, as running operations look it up.
    standing: Standing,
    /// Whether `connection_init` was answered.
    init: bool,
    /// Among the caller's connections, from then on.
    place: Option<Place>,
    operations: Operations,
    /// When the client was last heard.
    heard: Instant,
}

impl Session {
    async fn run(&mut self) -> End {
        let opened = Instant::now();
        let mut beat = tokio::time::interval(BEAT);
        beat.reset();
        let ending = self.edge.ending();
        tokio::pin!(ending);
        let withdrawn = self.edge.app.withdrawn.clone();
        let mut changes = withdrawn.changes();
        loop {
            let expiry = self.edge.identity.remaining(&self.peer.viewer);
            let step = tokio::select! {
                () = &mut ending => Err(Close::GoingAway.into()),
                () = sleep_until(opened + INIT_TIMEOUT), if !self.init => Err(Close::InitTimeout.into()),
                () = tokio::time::sleep(expiry.unwrap_or_default()), if expiry.is_some() => Err(Close::Expired.into()),
                Ok(()) = changes.changed() => {
                    if withdrawn.may_go_on(&self.peer.viewer) { Ok(()) } else { Err(Close::Withdrawn.into()) }
                }
                _ = beat.tick() => {
                    if self.heard.elapsed() > SILENCE {
                        Err(Close::Silent.into())
                    } else {
                        self.send(Message::Ping(Bytes::new())).await
                    }
                }
                message = self.socket.recv() => match message {
                    // Apart, since what it takes is kept for the whole time in which nothing is heard.
                    Some(Ok(message)) => Box::pin(self.hear(message)).await,
                    Some(Err(_)) | None => Err(End::Gone),
                },
                (id, told) = self.operations.next() => Box::pin(self.answer(&id, told)).await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        let said = match message {
            Message::Text(text) => serde_json::from_str(&text).map_err(|_| Close::BadMessage)?,
            Message::Binary(_) => return Err(Close::BadMessage.into()),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            // The next look at the socket answers the close and finds the end.
            Message::Close(_) => return Ok(()),
        };
        match said {
            Said::ConnectionInit { payload } => self.init(payload).await,
            Said::Ping { payload } => self.ping(payload).await,
            Said::Pong {} => Ok(()),
            Said::Subscribe { id, payload } => self.subscribe(id, *payload).await,
            Said::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    async fn init(&mut self, mut payload: Option<Fields>) -> Result<(), End> {
        if self.init {
            return Err(Close::SecondInit.into());
        }
        // Browsers cannot set a socket's headers, so app and token come in the payload; they win over a header's.
        let audience = self.peer.client.settings.audience.clone();
        self.name_client(payload.as_ref())?;
        match named(&self.edge, &self.peer.client, payload.as_mut()).await? {
            Some(viewer) => self.stands_as(viewer),
            // The header's token was one for another app.
            None if self.peer.viewer.expires_at.is_some() && self.peer.client.settings.audience != audience => {
                return Err(Close::Forbidden.into());
            }
            None => {}
        }
        let foreign = |page: &HeaderMap| !cors::with(&self.edge, page, &self.peer.client);
        if self.peer.page.as_deref().is_some_and(foreign) {
            return Err(Close::Forbidden.into());
        }
        self.peer.client.admit(&self.peer.viewer).map_err(|_| Close::Forbidden)?;
        let entered = self.edge.callers.enter(&self.peer.viewer, self.peer.address, &self.edge.limits);
        self.place = Some(entered.map_err(|error| match error {
            Error::Shown(shown) if shown.code == Code::Throttled => Close::TooMany,
            _ => Close::Full,
        })?);
        self.init = true;
        let payload = self.peer.viewer.expires_at.map(|expires_at| TokenLife { expires_at });
        self.say(&Say::ConnectionAck { payload }).await
    }

    /// Answers a ping. One with a token renews the socket's: what runs goes on, with the rights of the new one.
    async fn ping(&mut self, mut payload: Option<Fields>) -> Result<(), End> {
        if let Some(viewer) = named(&self.edge, &self.peer.client, payload.as_mut()).await? {
            if !self.init {
                return Err(Close::Unauthorized.into());
            }
            // Somebody else begins with a socket of their own.
            if viewer.actor() != self.peer.viewer.actor() {
                return Err(Close::Forbidden.into());
            }
            self.peer.client.admit(&viewer).map_err(|_| Close::Forbidden)?;
            if let (Some(expires_at), Some(payload)) = (viewer.expires_at, payload.as_mut()) {
                payload.insert("expiresAt".into(), serde_json::json!(expires_at));
            }
            self.stands_as(viewer);
        }
        self.say(&Say::Pong { payload }).await
    }

    fn stands_as(&mut self, viewer: Viewer) {
        self.standing.renew(viewer.clone());
        self.peer.viewer = viewer;
    }

    /// Takes the app that a payload names, in `client: { name, version }`.
    fn name_client(&mut self, payload: Option<&Fields>) -> Result<(), End> {
        let named = payload.and_then(|payload| payload.get("client"));
        if let Some(version) = named.and_then(|client| client.get("version")) {
            usage::version(version.as_str()).clone_into(&mut self.peer.version);
        }
        let Some(name) = named.and_then(|client| client.get("name")) else { return Ok(()) };
        let client = self.edge.clients.named(name.as_str().or(Some("")));
        self.peer.client = client.map_err(|_| Close::Forbidden)?.clone();
        if !self.peer.speaks {
            self.peer.locale = self.peer.client.settings.locale;
        }
        Ok(())
    }

    async fn subscribe(&mut self, id: String, payload: Payload) -> Result<(), End> {
        if !self.init {
            return Err(Close::Unauthorized.into());
        }
        if id.is_empty() {
            return Err(Close::BadMessage.into());
        }
        let locale = self.peer.locale;
        let asking = match self.edge.lookup.find(&self.peer.client, payload.sent()) {
            Ok(asking) => asking,
            Err(error) => {
                let refusal = answer::refusal(&error, locale, &new_request_id());
                return self.say(&Say::Error { id: &id, payload: &refusal.errors }).await;
            }
        };
        let Peer { client, version, viewer, address, .. } = &self.peer;
        let taken = match self.edge.budgets.take(client, viewer, *address, asking.cost).await {
            Ok(taken) => taken,
            Err(empty) => {
                let refusal = empty.answer(locale, &new_request_id());
                return self.say(&Say::Error { id: &id, payload: &refusal.errors }).await;
            }
        };
        self.edge.lookup.note(client, version, &asking);
        match self.operations.begin(&self.edge, &self.standing, locale, id.clone(), asking) {
            Ok(()) => Ok(()),
            Err(Refused::DoubledId) => Err(Close::DoubledId.into()),
            Err(Refused::TooMany(refusal)) => {
                if let Some(taken) = taken {
                    taken.settle(Some(0));
                }
                self.say(&Say::Error { id: &id, payload: &refusal.errors }).await
            }
        }
    }

    async fn answer(&mut self, id: &str, told: Option<Told>) -> Result<(), End> {
        let Some(Told { payload, .. }) = told else {
            return self.say(&Say::Complete { id }).await;
        };
        let payload = Body::of(&payload, self.edge.limits.max_errors);
        if payload.is_request_error() {
            // `error` is an operation's last word; no `complete` follows it.
            self.operations.end(id);
            return self.say(&Say::Error { id, payload: payload.errors() }).await;
        }
        self.say(&Say::Next { id, payload }).await
    }

    async fn say(&mut self, say: &Say<'_>) -> Result<(), End> {
        let text = serde_json::to_string(say).expect("a message can be written");
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(SEND_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            // Gone, or it does not read: what it missed it finds in the log when it comes back.
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}
