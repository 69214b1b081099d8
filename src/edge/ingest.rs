//! `POST /ingest/events`: CloudEvents 1.0 in JSON, one or many, from registered systems. Errors of the whole request are
//! problem details (RFC 9457); what becomes of each event stands in the answer.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::{InboundState, Locale};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::log::RequestId;
use super::{Edge, spoken};
use crate::access::ViewerKind;
use crate::graph::Error;
use crate::graph::text::{Arg, text};
use crate::identity::signature::{SignatureError, Signed};
use crate::ingest::door::Closed;
use crate::ingest::{Outcome, Sender};

/// Longest wait for a body.
const BODY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// How much of a body that is too large is read to its end, so that its sender hears why instead of a broken line.
const DRAIN_BYTES: usize = 64 << 20;

const SYSTEM: HeaderName = HeaderName::from_static("milepost-system");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// A refusal of the whole request.
struct Problem {
    status: StatusCode,
    /// Key of its text, and its code.
    key: &'static str,
    args: Vec<(&'static str, Arg)>,
}

impl Problem {
    fn new(status: StatusCode, key: &'static str) -> Self {
        Self { status, key, args: Vec::new() }
    }

    fn with(mut self, name: &'static str, arg: impl Into<Arg>) -> Self {
        self.args.push((name, arg.into()));
        self
    }

    fn answer(&self, locale: Locale, request_id: &str) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.key.to_ascii_uppercase().replace('-', "_"),
            "detail": text(locale, self.key, &self.args),
            "requestId": request_id,
        });
        let mut answer = sent(self.status, "application/problem+json", &body);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        answer
    }
}

fn sent(status: StatusCode, media_type: &'static str, body: &Value) -> Response {
    let mut answer = (status, body.to_string()).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// One event or many.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    One,
    Batch,
}

/// `POST /ingest/events`.
pub async fn post(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    request: Request<Body>,
) -> Response {
    let locale = spoken(&edge, request.headers());
    match run(&edge, request, locale).await {
        Ok(answer) => answer,
        Err(problem) => problem.answer(locale, &id),
    }
}

/// Any other method.
pub async fn method_not_allowed(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    headers: HeaderMap,
) -> Response {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "ingest-method").answer(spoken(&edge, &headers), &id)
}

async fn run(edge: &Edge, request: Request<Body>, locale: Locale) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let form = form(headers.get(header::CONTENT_TYPE))
        .ok_or_else(|| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "ingest-content-type"))?;
    let sender = match headers.contains_key(header::AUTHORIZATION) {
        true => Some(by_token(edge, headers).await?),
        false => None,
    };
    // What is seen without the body is looked at before it is taken.
    let signed = match sender {
        Some(_) => None,
        None => Some(signed(edge, headers)?),
    };
    let busy = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "ingest-busy");
    let _place = edge.ingest.place(sender.is_some()).await.ok_or_else(busy)?;
    let body = read(edge, headers, body).await?;
    let sender = match (sender, signed) {
        (Some(sender), _) => sender,
        (None, Some((system, signed))) => {
            edge.ingest.by_signature(system, signed, &body).await.map_err(|closed| refused(&closed))?
        }
        (None, None) => return Err(Problem::new(StatusCode::UNAUTHORIZED, "ingest-unsigned")),
    };
    let events = events(form, &body)?;
    let most = edge.ingest.settings.max_events;
    if events.len() > most {
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "ingest-too-many");
        return Err(problem.with("max", i64::try_from(most).unwrap_or(i64::MAX)));
    }
    match edge.ingest.take(sender, events).await {
        Ok(Some(outcomes)) => {
            let results: Vec<Value> = outcomes.iter().map(|outcome| told(outcome, locale)).collect();
            Ok(sent(StatusCode::OK, "application/json; charset=utf-8", &json!({ "results": results })))
        }
        Ok(None) => Err(busy()),
        Err(error) => Err(failed(&error)),
    }
}

/// Whatever went wrong inside: logged here, and safe to send again.
fn failed(error: &Error) -> Problem {
    tracing::error!(?error, "events could not be taken in");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "ingest-unavailable")
}

fn form(content_type: Option<&HeaderValue>) -> Option<Form> {
    let text = content_type?.to_str().ok()?;
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/cloudevents+json") {
        Some(Form::One)
    } else if essence.eq_ignore_ascii_case("application/cloudevents-batch+json") {
        Some(Form::Batch)
    } else {
        None
    }
}

async fn by_token(edge: &Edge, headers: &HeaderMap) -> Result<Sender, Problem> {
    let viewer = edge.viewer(headers, edge.identity.audience()).await;
    let viewer = viewer.map_err(|_| Problem::new(StatusCode::UNAUTHORIZED, "token"))?;
    let ViewerKind::System(id) = viewer.kind else {
        return Err(Problem::new(StatusCode::FORBIDDEN, "ingest-role"));
    };
    edge.ingest.by_token(id).await.map_err(|closed| refused(&closed))
}

/// The system that signs, and what it says of its signature.
fn signed<'h>(edge: &Edge, headers: &'h HeaderMap) -> Result<(&'h str, Signed<'h>), Problem> {
    let given = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(code), Some(id), Some(timestamp), Some(signatures)) =
        (given(&SYSTEM), given(&WEBHOOK_ID), given(&WEBHOOK_TIMESTAMP), given(&WEBHOOK_SIGNATURE))
    else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "ingest-unsigned"));
    };
    let signed = Signed { id, timestamp, signatures };
    edge.ingest.timely(signed).map_err(|error| refused(&Closed::Signature(error)))?;
    Ok((code, signed))
}

fn refused(closed: &Closed) -> Problem {
    let key = match closed {
        Closed::Unknown => "ingest-unknown-system",
        Closed::Signature(SignatureError::Id) => "ingest-signature-id",
        Closed::Signature(SignatureError::Timestamp) => "ingest-signature-time",
        Closed::Signature(SignatureError::Signature) => "ingest-signature",
        Closed::Failed(error) => return failed(error),
    };
    Problem::new(StatusCode::UNAUTHORIZED, key)
}

/// Reads the body within its bounds.
async fn read(edge: &Edge, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let most = edge.ingest.settings.body_bytes;
    let too_large = || {
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "ingest-body-size");
        problem.with("max", i64::try_from(most).unwrap_or(i64::MAX))
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let reading = async {
        let mut read = Vec::with_capacity(announced.unwrap_or_default().min(most));
        let mut bytes = 0;
        let mut chunks = body.into_data_stream();
        while bytes <= DRAIN_BYTES
            && let Some(chunk) = chunks.next().await
        {
            let chunk = chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "ingest-body-broken"))?;
            bytes += chunk.len();
            if bytes <= most {
                read.extend_from_slice(&chunk);
            } else {
                read = Vec::new();
            }
        }
        if bytes <= most { Ok(read) } else { Err(too_large()) }
    };
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "http-body-time")),
    }
}

fn events(form: Form, body: &[u8]) -> Result<Vec<Value>, Problem> {
    let bad = |key| Problem::new(StatusCode::BAD_REQUEST, key);
    let parsed: Value = serde_json::from_slice(body).map_err(|_| bad("ingest-json"))?;
    match (form, parsed) {
        (Form::One, event @ Value::Object(_)) => Ok(vec![event]),
        (Form::Batch, Value::Array(events)) => Ok(events),
        (Form::One, _) => Err(bad("ingest-one")),
        (Form::Batch, _) => Err(bad("ingest-batch")),
    }
}

/// What is told of an event.
fn told(outcome: &Outcome, locale: Locale) -> Value {
    let settled = &outcome.settled;
    let word = match (outcome.repeated, settled.state) {
        (true, InboundState::Applied | InboundState::Outdated) => "repeated",
        (_, InboundState::Held) => "held",
        (_, InboundState::Refused) => "refused",
        (false, InboundState::Applied) => "applied",
        (false, InboundState::Outdated) => "outdated",
    };
    let mut told = json!({ "source": outcome.source, "id": outcome.id, "outcome": word });
    if let Some(reason) = &settled.reason {
        told["code"] = json!(reason.code);
        told["message"] = reason.message(locale).into();
        if let Some(field) = &reason.field {
            told["field"] = field.as_str().into();
        }
    }
    if let Some(subject) = &settled.waits_for {
        told["waitsFor"] = subject.as_str().into();
    }
    if !settled.implied.is_empty() {
        told["implied"] = json!(settled.implied);
    }
    told
}
