//! `POST` and `GET /graphql`, after the GraphQL-over-HTTP specification; server-sent events branch off here.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_graphql::ParseRequestError;
use async_graphql::parser::types::OperationType;
use async_graphql_axum::GraphQLRequest;
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use entity::Locale;
use serde::Deserialize;

use super::accept::{Form, negotiate};
use super::callers::Place;
use super::log::{Note, RequestId};
use super::{Edge, answer, callers, follow, locale, multipart, sse};
use crate::access::Viewer;
use crate::events::position::Position;
use crate::graph::gateway::kind;
use crate::graph::{Call, Code, Error};

/// The id of the last event that a browser got.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Longest wait for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// A request that is not as it should be; `key` names the text.
pub fn bad(key: &'static str) -> Error {
    Error::shown(Code::BadUserInput, key)
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
}

impl Asked {
    /// Of a request that is answered in plain JSON, if at all.
    pub fn plain(headers: &HeaderMap, request_id: String, from: SocketAddr) -> Self {
        Self { form: Form::Json, locale: locale(headers), request_id, place: None, address: from.ip() }
    }

    /// Who asks; the refusal when the token does not count.
    pub async fn viewer(&self, edge: &Edge, headers: &HeaderMap) -> Result<Viewer, Response> {
        edge.viewer(headers).await.map_err(|error| self.refuse(edge, StatusCode::UNAUTHORIZED, &error))
    }

    /// The answer to a request that is refused.
    pub fn refuse(&self, edge: &Edge, status: StatusCode, error: &Error) -> Response {
        // Who waits for a stream is refused in plain JSON: there is no stream yet.
        let form = if self.form.streams() { Form::Json } else { self.form };
        let response = answer::refusal(error, self.locale, &self.request_id);
        answer::http(&response, form, status, edge.limits.max_errors)
    }
}

/// Reads the form that is asked for; the refusal when there is no such form.
pub fn asked(edge: &Edge, headers: &HeaderMap, request_id: String, from: SocketAddr) -> Result<Asked, Response> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let mut asked = Asked::plain(headers, request_id, from);
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
        Ok((viewer, request)) => run(&edge, asked, note, viewer, request).await,
        Err(refusal) => refusal,
    }
}

/// Reads who asks and what; the refusal when that cannot be told.
pub async fn read(
    edge: &Edge,
    asked: &Asked,
    parts: Parts,
    body: Body,
) -> Result<(Viewer, async_graphql::Request), Response> {
    // A form or a text can be sent by a foreign page without asking; JSON cannot (guarantees 6.2).
    if !is_json(parts.headers.get(header::CONTENT_TYPE)) {
        return Err(asked.refuse(edge, StatusCode::UNSUPPORTED_MEDIA_TYPE, &bad("http-content-type")));
    }
    let viewer = asked.viewer(edge, &parts.headers).await?;
    let body = match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, edge.limits.body_bytes)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let limit = i64::try_from(edge.limits.body_bytes).unwrap_or(i64::MAX);
            return Err(asked.refuse(edge, StatusCode::PAYLOAD_TOO_LARGE, &bad("http-body-size").with("max", limit)));
        }
        Err(_) => return Err(asked.refuse(edge, StatusCode::REQUEST_TIMEOUT, &bad("http-body-time"))),
    };
    let request = from_body(Request::from_parts(parts, Body::from(body))).await;
    let request = request.map_err(|error| asked.refuse(edge, StatusCode::BAD_REQUEST, &error))?;
    Ok((viewer, request))
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
    match from_uri(&uri) {
        Ok(mut request) => {
            if kind(&mut request) == Some(OperationType::Mutation) {
                return not_by_get(asked.refuse(&edge, StatusCode::METHOD_NOT_ALLOWED, &bad("http-get-mutation")));
            }
            run(&edge, asked, note, viewer, request).await
        }
        Err(error) => asked.refuse(&edge, StatusCode::BAD_REQUEST, &error),
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
    let mut refusal = match asked(&edge, &headers, id, from) {
        Ok(asked) => {
            let error = bad("http-method").with("method", method.as_str());
            asked.refuse(&edge, StatusCode::METHOD_NOT_ALLOWED, &error)
        }
        Err(refusal) => return refusal,
    };
    refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    refusal
}

fn not_by_get(mut refusal: Response) -> Response {
    refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    refusal
}

/// Answers with a stream.
type Answering = fn(&Edge, &Asked, Option<Place>, Call, async_graphql::Request) -> Response;

async fn run(
    edge: &Edge,
    mut asked: Asked,
    note: Note,
    viewer: Viewer,
    mut request: async_graphql::Request,
) -> Response {
    if asked.form.streams() {
        let kind = kind(&mut request);
        let stream: Option<Answering> = match asked.form {
            Form::EventStream => Some(follow::answer::<sse::Events>),
            Form::Multipart if kind == Some(OperationType::Subscription) => Some(follow::answer::<multipart::Parts>),
            _ => None,
        };
        if let Some(stream) = stream {
            note.operation(kind, request.operation_name.as_deref(), &viewer);
            let place = match kind {
                // One answer holds nothing open.
                Some(OperationType::Query | OperationType::Mutation) => None,
                _ => match edge.callers.enter(&viewer, asked.address, &edge.limits) {
                    Ok(place) => Some(place),
                    Err(error) => return asked.refuse(edge, callers::status(&error), &error),
                },
            };
            let call = edge.call(viewer, asked.locale, asked.request_id.clone());
            if let Some(place) = asked.place {
                call.resume_at(place);
            }
            return stream(edge, &asked, place, call, request);
        }
        // Apollo's clients ask so for subscriptions alone, but one answer is no stream.
        asked.form = Form::Json;
    }
    let reading = edge.gateway.read(request).await;
    note.operation(reading.kind(), reading.operation(), &viewer);
    if reading.kind() == Some(OperationType::Subscription) {
        return asked.refuse(edge, StatusCode::BAD_REQUEST, &bad("http-subscription"));
    }
    let call = edge.call(viewer, asked.locale, asked.request_id);
    let reply = edge.gateway.answer(reading, call).await;
    answer::replied(&reply, asked.form, edge.limits.max_errors)
}

/// `application/json`, in UTF-8 when it says a charset.
fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let Some(text) = content_type.and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = text.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
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
async fn from_body(request: Request<Body>) -> Result<async_graphql::Request, Error> {
    let read = GraphQLRequest::<Unreadable>::from_request(request, &()).await;
    checked(read.map_err(|Unreadable| bad("http-json"))?.into_inner())
}

/// Reads the parameters of a `GET`, whose JSON values are texts. Not by [`GraphQLRequest`]: there the name of the
/// operation goes unseen unless it is called `operation_name`.
fn from_uri(uri: &Uri) -> Result<async_graphql::Request, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Query {
        #[serde(default)]
        query: String,
        operation_name: Option<String>,
        variables: Option<String>,
    }
    let axum::extract::Query(query) = axum::extract::Query::<Query>::try_from_uri(uri).map_err(|_| bad("http-json"))?;
    let mut request = async_graphql::Request::new(query.query);
    request.operation_name = query.operation_name;
    if let Some(text) = query.variables.as_deref().filter(|text| !text.is_empty()) {
        request.variables = serde_json::from_str(text).map_err(|_| bad("http-json"))?;
    }
    checked(request)
}

fn checked(mut request: async_graphql::Request) -> Result<async_graphql::Request, Error> {
    if request.query.trim().is_empty() {
        return Err(bad("http-query"));
    }
    request.operation_name = request.operation_name.filter(|name| !name.is_empty());
    Ok(request)
}
