//! An answer as it goes over the wire, the same for every way in.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Response, ServerError, Value};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use entity::Locale;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::accept::Form;
use super::budget::Standing;
use crate::graph::deprecated::{Deprecated, Uses, begins};
use crate::graph::gateway::{Payload, Reply, whole};
use crate::graph::{Code, Error};

/// The body of an answer.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Body<'a> {
    /// To be written.
    Parts {
        /// What went wrong.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        errors: &'a [ServerError],
        /// Left out when the document was not run at all.
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a Value>,
        /// What the answer says of itself.
        #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
        extensions: &'a std::collections::BTreeMap<String, Value>,
    },
    /// Written already.
    Json(&'a RawValue),
}

impl<'a> Body<'a> {
    /// The body of a response, with at most so many errors.
    pub fn new(response: &'a Response, max_errors: usize) -> Self {
        Self::Parts {
            errors: &response.errors[..response.errors.len().min(max_errors)],
            data: (!is_request_error(response)).then_some(&response.data),
            extensions: &response.extensions,
        }
    }

    /// The body of a stream's answer.
    pub fn of(payload: &'a Payload, max_errors: usize) -> Self {
        match payload {
            Payload::Own(response) => Self::new(response, max_errors),
            Payload::Shared(json) => Self::Json(json),
        }
    }

    /// Its errors.
    pub fn errors(&self) -> &'a [ServerError] {
        match self {
            Self::Parts { errors, .. } => errors,
            Self::Json(_) => &[],
        }
    }

    /// Whether the operation was not run at all, which is a stream's last word.
    pub fn is_request_error(&self) -> bool {
        matches!(self, Self::Parts { data: None, .. })
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        // An answer is maps, lists, texts and numbers; none of these can fail.
        serde_json::to_string(self).expect("an answer can be written")
    }
}

/// The status of a request that is refused for this reason, or of an operation that came to nothing by it.
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::BadUserInput | Code::CursorStale | Code::GraphqlValidationFailed | Code::LimitExceeded => {
            StatusCode::BAD_REQUEST
        }
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden | Code::DocumentNotTrusted => StatusCode::FORBIDDEN,
        Code::NotFound | Code::PersistedQueryNotFound => StatusCode::NOT_FOUND,
        Code::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The code of an answer's first error.
pub fn code(response: &Response) -> Option<Code> {
    match response.errors.first()?.extensions.as_ref()?.get("code")? {
        Value::String(code) => Code::parse(code),
        _ => None,
    }
}

/// Whether the operation was not run at all: it did not parse, did not fit the schema, or was refused before.
pub fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The status of an answer. Only the newer media type says by it that a document was not run; `application/json`
/// stays at 200, since its clients take anything else for a proxy's answer.
pub fn status(response: &Response, form: Form) -> StatusCode {
    if !is_request_error(response) {
        return StatusCode::OK;
    }
    match code(response) {
        Some(code @ (Code::DeadlineExceeded | Code::Unavailable | Code::Internal)) => status_of(code),
        _ if form == Form::Json => StatusCode::OK,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// An error of a request that never reached the gateway, in the shape of an answer.
pub fn refusal(error: &Error, locale: Locale, request_id: &str) -> Response {
    let mut server_error = match error {
        Error::Shown(shown) => {
            let mut error = ServerError::new(shown.message(locale), None);
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("code", shown.code.as_str());
            if let Some(argument) = &shown.argument {
                extensions.set("argument", argument.as_ref());
            }
            error
        }
        Error::Missing => return refusal(&Error::hidden("a row was not fetched"), locale, request_id),
        Error::Hidden(hidden) => {
            tracing::error!(request.id = request_id, error.message = hidden.message, error.at = %hidden.at, "a request failed");
            let message = crate::graph::text::text(locale, "internal", &[("requestId", request_id.into())]);
            let mut error = ServerError::new(message, None);
            error.extensions.get_or_insert_default().set("code", Code::Internal.as_str());
            error
        }
    };
    server_error.extensions.get_or_insert_default().set("requestId", request_id);
    Response::from_errors(vec![server_error])
}

/// An HTTP answer.
pub fn http(response: &Response, form: Form, status: StatusCode, max_errors: usize) -> axum::response::Response {
    sent(form, status, Body::new(response, max_errors).to_json().into())
}

/// What an answer says of itself, by name.
struct Extensions(Vec<(&'static str, Value)>);

impl Serialize for Extensions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// What a document uses that is to go, for those who write it.
fn deprecations(uses: &Uses) -> Value {
    let one = |one: &&Deprecated| {
        let member = |name: &str, value: String| (Name::new(name), Value::String(value));
        Value::Object(IndexMap::from_iter([
            member("coordinate", one.coordinate.clone()),
            member("since", one.since.to_string()),
            member("until", one.until.to_string()),
            member("instead", one.instead.clone()),
        ]))
    };
    Value::List(uses.iter().map(one).collect())
}

/// An HTTP answer of the gateway, which tells how its caller's budget stands, and what of the document is to go.
pub fn replied(
    mut reply: Reply,
    form: Form,
    max_errors: usize,
    standing: Option<Standing>,
    deprecated: Option<Uses>,
) -> axum::response::Response {
    let status = match &reply {
        Reply::Data { .. } => StatusCode::OK,
        Reply::Full { response, .. } => status(response, form),
    };
    let cost = standing.as_ref().map(|standing| ("cost", standing.extension()));
    let deprecated = deprecated.as_ref().map(|uses| ("deprecations", deprecations(uses)));
    let extensions: Vec<_> = cost.into_iter().chain(deprecated).collect();
    if extensions.is_empty() {
        return sent(form, status, body(&reply, max_errors));
    }
    let body = match &mut reply {
        Reply::Data { json, .. } => {
            let mut body = whole(json);
            body.pop();
            body.extend_from_slice(b",\"extensions\":");
            serde_json::to_writer(&mut body, &Extensions(extensions)).expect("numbers and texts can be written");
            body.push(b'}');
            body
        }
        Reply::Full { response, .. } => {
            response.extensions.extend(extensions.into_iter().map(|(name, value)| (name.to_owned(), value)));
            body(&reply, max_errors)
        }
    };
    let mut answer = sent(form, status, body);
    if let Some(standing) = standing {
        standing.write(answer.headers_mut());
    }
    answer
}

/// Says in an answer's headers since when and until when there is what its document uses (RFC 9745, RFC 8594).
pub fn deprecate(headers: &mut HeaderMap, uses: &Uses) {
    let value = |text: String| HeaderValue::from_str(&text).expect("a date is ASCII");
    if let Some(since) = uses.iter().map(|one| one.since).min() {
        headers.insert("deprecation", value(format!("@{}", begins(since))));
    }
    if let Some(until) = uses.iter().map(|one| one.until).min() {
        headers.insert("sunset", value(until.format("%a, %d %b %Y 00:00:00 GMT").to_string()));
    }
}

/// The body of an HTTP answer of the gateway.
pub fn body(reply: &Reply, max_errors: usize) -> Vec<u8> {
    match reply {
        Reply::Data { json, .. } => whole(json),
        Reply::Full { response, .. } => Body::new(response, max_errors).to_json().into(),
    }
}

/// A body as an HTTP answer.
pub fn sent(form: Form, status: StatusCode, body: Vec<u8>) -> axum::response::Response {
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    // Answers are of one caller.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
