//! `POST` and `GET /graphql`, after the GraphQL-over-HTTP specification; server-sent events branch off here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_graphql::ParseRequestError;
use async_graphql::parser::types::OperationType;
use async_graphql_axum::GraphQLRequest;
use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use entity::Locale;
use serde::Deserialize;

use super::accept::{Form, negotiate};
use super::budget::{Empty, Standing, Taken};
use super::cache::Age;
use super::callers::Place;
use super::document::{Asking, Sent};
use super::log::{Note, RequestId};
use super::{Edge, answer, client_name, client_version, follow, locale, multipart, sse};
use crate::access::Viewer;
use crate::events::position::Position;
use crate::graph::gateway::Reply;
use crate::graph::{Call, Code, Error};
use crate::identity::Client;

/// The id of the last event that a browser got.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Longest wait for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// A request that is not as it should be; `key` names the text.
pub fn bad(key: &'static str) -> Error {
    Error::shown(Code::BadUserInput, key)
}

/// What came of a query or a mutation.
pub struct Answered {
    /// The answer.
    pub reply: Reply,
    /// How old it is, when it was kept.
    pub age: Option<Age>,
    /// How its caller's budget stands after it, where it is bounded.
    pub standing: Option<Standing>,
}

/// What every answer needs to know of its request.
pub struct Asked {
    /// The form to answer in.
    pub form: Form,
    /// The language of texts.
    pub locale: Locale,
    /// The request's id.
    pub request_id: String,
    /// Where a stream goes on: what a browser that lost one sends by itself.
    pub place: Option<Position>,
    /// Where the request comes from.
    pub address: IpAddr,
    /// The app that asks.
    pub client: Arc<Client>,
    /// Its version.
    pub version: String,
}

impl Asked {
    /// Of a request that is answered in plain JSON, if at all.
    ///
    /// # Errors
    /// The refusal when there is no such app as it names.
    pub fn plain(edge: &Edge, headers: &HeaderMap, request_id: String, from: SocketAddr) -> Result<Self, Response> {
        Self::of(edge, edge.clients.named(client_name(headers)), headers, request_id, from)
    }

    /// The same, of a client that is known otherwise than by a header.
    ///
    /// # Errors
    /// The refusal when there is no such app.
    pub fn of(
        edge: &Edge,
        client: Result<&Arc<Client>, Error>,
        headers: &HeaderMap,
        request_id: String,
        from: SocketAddr,
    ) -> Result<Self, Response> {
        let named = client.as_ref().map_or(edge.clients.usual(), |client| *client).clone();
        let locale = locale(headers, named.settings.locale);
        let version = client_version(headers).to_owned();
        let asked =
            Self { form: Form::Json, locale, request_id, place: None, address: from.ip(), client: named, version };
        match client {
            Ok(_) => Ok(asked),
            Err(error) => Err(asked.refuse_by_code(edge, &error)),
        }
    }

    /// Who asks; the refusal when the token does not count, or its owner may not come with this app.
    pub async fn viewer(&self, edge: &Edge, headers: &HeaderMap) -> Result<Viewer, Response> {
        let viewer = edge.viewer(headers, &self.client.settings.audience).await;
        let viewer = viewer.map_err(|error| self.refuse_by_code(edge, &error))?;
        self.client.admit(&viewer).map_err(|error| self.refuse_by_code(edge, &error))?;
        Ok(viewer)
    }

    /// The document that the app may run; the refusal when there is none.
    pub fn find(&self, edge: &Edge, sent: Sent) -> Result<Asking, Response> {
        edge.lookup.find(&self.client, sent).map_err(|error| self.refuse_by_code(edge, &error))
    }

    /// Runs a query or a mutation, out of its caller's budget.
    ///
    /// # Errors
    /// There is not enough in it.
    pub async fn answer(&self, edge: &Edge, viewer: Viewer, asking: Asking) -> Result<Answered, Empty> {
        let taken = self.charge(edge, &viewer, &asking).await?;
        let call = edge.call(viewer, self.locale, self.request_id.clone());
        asking.brief(&call);
        let reading = edge.gateway.read(asking.request, asking.document).await;
        let (reply, age) = edge.kept.answer(&edge.gateway, &self.client, reading, call).await;
        let standing = taken.map(|taken| taken.settle(reply.cost()));
        Ok(Answered { reply, age, standing })
    }

    /// The answer to a request for which there is not enough in its caller's budget.
    pub fn throttle(&self, edge: &Edge, empty: Empty) -> Response {
        let answer = empty.answer(self.locale, &self.request_id);
        let mut refusal = self.refusal(edge, StatusCode::TOO_MANY_REQUESTS, &answer);
        empty.write(refusal.headers_mut());
        refusal
    }

    /// Takes the cost of an operation from its caller's budget, and counts its use.
    ///
    /// # Errors
    /// There is not enough in it.
    pub async fn charge(&self, edge: &Edge, viewer: &Viewer, asking: &Asking) -> Result<Option<Taken>, Empty> {
        let taken = edge.budgets.take(&self.client, viewer, self.address, asking.cost).await?;
        edge.lookup.note(&self.client, &self.version, asking);
        Ok(taken)
    }

    /// The answer to a request whose error says by its code how it is refused.
    pub fn refuse_by_code(&self, edge: &Edge, error: &Error) -> Response {
        let code = match error {
            Error::Shown(shown) => shown.code,
            Error::Hidden(_) | Error::Missing => Code::Internal,
        };
        self.refuse(edge, answer::status_of(code), error)
    }

    /// The answer to a request of a method that is not possible.
    pub fn no_method(&self, edge: &Edge, method: &Method) -> Response {
        let error = bad("http-method").with("method", method.as_str());
        let mut refusal = self.refuse(edge, StatusCode::METHOD_NOT_ALLOWED, &error);
        refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        refusal
    }

    /// The answer to a request that is refused.
    pub fn refuse(&self, edge: &Edge, status: StatusCode, error: &Error) -> Response {
        self.refusal(edge, status, &answer::refusal(error, self.locale, &self.request_id))
    }

    fn refusal(&self, edge: &Edge, status: StatusCode, answer: &async_graphql::Response) -> Response {
        // Who waits for a stream is refused in plain JSON: there is no stream yet.
        let form = if self.form.streams() { Form::Json } else { self.form };
        answer::http(answer, form, status, edge.limits.max_errors)
    }
}

/// Reads the form that is asked for; the refusal when there is no such form.
pub fn asked(edge: &Edge, headers: &HeaderMap, request_id: String, from: SocketAddr) -> Result<Asked, Response> {
    of_client(edge, edge.clients.named(client_name(headers)), headers, request_id, from)
}

/// The same, of a client that is known otherwise than by a header.
pub fn of_client(
    edge: &Edge,
    client: Result<&Arc<Client>, Error>,
    headers: &HeaderMap,
    request_id: String,
    from: SocketAddr,
) -> Result<Asked, Response> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let mut asked = Asked::of(edge, client, headers, request_id, from)?;
    let Some(form) = negotiate(accept) else {
        return Err(asked.refuse(edge, StatusCode::NOT_ACCEPTABLE, &bad("http-accept")));
    };
    asked.form = form;
    if form == Form::EventStream
        && let Some(id) = headers.get(LAST_EVENT_ID)
    {
        let place = id.to_str().ok().and_then(|id| id.parse().ok());
        asked.place = Some(place.ok_or_else(|| {
            let wrong = Error::argument("Last-Event-ID", "stream-cursor");
            asked.refuse(edge, StatusCode::BAD_REQUEST, &wrong)
        })?);
    }
    Ok(asked)
}

/// `POST /graphql`.
pub async fn post(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(note): Extension<Note>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let asked = match asked(&edge, &parts.headers, id, from) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    match read(&edge, &asked, parts, body).await {
        Ok((viewer, asking)) => run(&edge, asked, note, viewer, asking, false).await,
        Err(refusal) => refusal,
    }
}

/// Reads who asks and what; the refusal when that cannot be told.
pub async fn read(edge: &Edge, asked: &Asked, parts: Parts, body: Body) -> Result<(Viewer, Asking), Response> {
    is_json(&parts.headers).map_err(|error| asked.refuse(edge, StatusCode::UNSUPPORTED_MEDIA_TYPE, &error))?;
    let viewer = asked.viewer(edge, &parts.headers).await?;
    let body = bytes(edge, asked, body).await?;
    let sent = from_body(parts, body).await.map_err(|error| asked.refuse_by_code(edge, &error))?;
    Ok((viewer, asked.find(edge, sent)?))
}

/// A body within its bounds of size and time.
pub async fn bytes(edge: &Edge, asked: &Asked, body: Body) -> Result<Bytes, Response> {
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, edge.limits.body_bytes)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => {
            let limit = i64::try_from(edge.limits.body_bytes).unwrap_or(i64::MAX);
            Err(asked.refuse(edge, StatusCode::PAYLOAD_TOO_LARGE, &bad("http-body-size").with("max", limit)))
        }
        Err(_) => Err(asked.refuse(edge, StatusCode::REQUEST_TIMEOUT, &bad("http-body-time"))),
    }
}

/// `GET /graphql?query=…`: queries and, as a stream, subscriptions; never mutations.
pub async fn get(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(note): Extension<Note>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let asked = match asked(&edge, &headers, id, from) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let viewer = match asked.viewer(&edge, &headers).await {
        Ok(viewer) => viewer,
        Err(refusal) => return refusal,
    };
    let sent = from_uri(&uri).map_err(|error| asked.refuse_by_code(&edge, &error));
    match sent.and_then(|sent| asked.find(&edge, sent)) {
        Ok(mut asking) => {
            if asking.kind(&edge) == Some(OperationType::Mutation) {
                return not_by_get(asked.refuse(&edge, StatusCode::METHOD_NOT_ALLOWED, &bad("http-get-mutation")));
            }
            run(&edge, asked, note, viewer, asking, true).await
        }
        Err(refusal) => refusal,
    }
}

/// Any other method.
pub async fn method_not_allowed(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match asked(&edge, &headers, id, from) {
        Ok(asked) => asked.no_method(&edge, &method),
        Err(refusal) => refusal,
    }
}

/// The refusal of a mutation by `GET`.
pub fn not_by_get(mut refusal: Response) -> Response {
    refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    refusal
}

/// Answers with a stream.
type Answering = fn(&Edge, &Asked, Option<Place>, Call, Asking) -> Response;

async fn run(edge: &Edge, mut asked: Asked, note: Note, viewer: Viewer, mut asking: Asking, by_get: bool) -> Response {
    let kind = asking.kind(edge);
    note.operation(kind, asking.request.operation_name.as_deref(), &viewer);
    if asked.form.streams() {
        let stream: Option<Answering> = match asked.form {
            Form::EventStream => Some(follow::answer::<sse::Events>),
            Form::Multipart if kind == Some(OperationType::Subscription) => Some(follow::answer::<multipart::Parts>),
            _ => None,
        };
        if let Some(stream) = stream {
            let place = match kind {
                // One answer holds nothing open.
                Some(OperationType::Query | OperationType::Mutation) => None,
                _ => match edge.callers.enter(&viewer, asked.address, &edge.limits) {
                    Ok(place) => Some(place),
                    Err(error) => return asked.refuse_by_code(edge, &error),
                },
            };
            // What a stream begins with is all that it costs.
            if let Err(empty) = asked.charge(edge, &viewer, &asking).await {
                return asked.throttle(edge, empty);
            }
            let call = edge.call(viewer, asked.locale, asked.request_id.clone());
            asking.brief(&call);
            if let Some(place) = asked.place {
                call.resume_at(place);
            }
            return stream(edge, &asked, place, call, asking);
        }
        // Apollo's clients ask so for subscriptions alone, but one answer is no stream.
        asked.form = Form::Json;
    }
    if kind == Some(OperationType::Subscription) {
        return asked.refuse(edge, StatusCode::BAD_REQUEST, &bad("http-subscription"));
    }
    let deprecated = asking.deprecated.clone().filter(|_| edge.app.dev);
    let Answered { reply, age, standing } = match asked.answer(edge, viewer, asking).await {
        Ok(answered) => answered,
        Err(empty) => return asked.throttle(edge, empty),
    };
    let own = standing.is_some();
    let mut answer = answer::replied(reply, asked.form, edge.limits.max_errors, standing, deprecated);
    if let Some(age) = age {
        age.write(answer.headers_mut(), by_get, own);
    }
    answer
}

/// Refuses a body that is not `application/json`, in UTF-8 when it says a charset: a form or a text can be sent by a
/// foreign page without asking, JSON cannot (guarantees 6.2).
///
/// # Errors
/// What the body has to be.
pub fn is_json(headers: &HeaderMap) -> Result<(), Error> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if json && utf8 { Ok(()) } else { Err(bad("http-content-type")) }
}

/// A request that async-graphql's reader could not read. It answers nothing itself: the words depend on the caller.
struct Unreadable;

impl From<ParseRequestError> for Unreadable {
    fn from(_: ParseRequestError) -> Self {
        Self
    }
}

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        StatusCode::BAD_REQUEST.into_response()
    }
}

/// Reads the parameters of a `POST`.
async fn from_body(parts: Parts, body: Bytes) -> Result<Sent, Error> {
    let request = Request::from_parts(parts, Body::from(body.clone()));
    let read = GraphQLRequest::<Unreadable>::from_request(request, &()).await;
    Ok(Sent::new(read.map_err(|Unreadable| bad("http-json"))?.into_inner(), &body))
}

/// Reads the parameters of a `GET`, whose JSON values are texts. Not by [`GraphQLRequest`]: there the name of the
/// operation goes unseen unless it is called `operation_name`.
fn from_uri(uri: &Uri) -> Result<Sent, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Query {
        #[serde(default)]
        query: String,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
        document_id: Option<String>,
    }
    let axum::extract::Query(query) = axum::extract::Query::<Query>::try_from_uri(uri).map_err(|_| bad("http-json"))?;
    let mut request = async_graphql::Request::new(query.query);
    request.operation_name = query.operation_name;
    if let Some(text) = query.variables.as_deref().filter(|text| !text.is_empty()) {
        request.variables = serde_json::from_str(text).map_err(|_| bad("http-json"))?;
    }
    if let Some(text) = query.extensions.as_deref().filter(|text| !text.is_empty()) {
        request.extensions = serde_json::from_str(text).map_err(|_| bad("http-json"))?;
    }
    Ok(Sent::with_id(request, query.document_id))
}
