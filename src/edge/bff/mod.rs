//! `/bff/{client}/{operation}`: an app's operation as a plain address, for clients without a GraphQL library. Variables
//! are parameters of the address, or the members of a JSON body; the status says how it went; a subscription answers with
//! server-sent events.

mod status;
mod variables;

use std::net::SocketAddr;
use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::parser::types::OperationType;
use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::accept::Form;
use super::document::{Asking, not_found};
use super::http::{Answered, Asked, bad, bytes, is_json, not_by_get, of_client};
use super::log::{Note, RequestId};
use super::{Edge, answer, follow, sse};
use crate::access::Viewer;
use crate::graph::Error;
use crate::graph::gateway::Reply;
use crate::identity::Client;
use crate::trusted::{normal, openapi};

/// The parameter of a token, for a browser's `EventSource`, which sends no headers (RFC 6750, 2.3).
const TOKEN: &str = "access_token";

/// `GET /bff/{client}/openapi.json`, in development: what helps a stranger is printed by `milepost operations openapi`.
pub async fn openapi(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path(client): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let asked = of_client(&edge, known(&edge, &client), &headers, id, from)?;
    let catalogue = edge.lookup.trusted().now();
    let documents = catalogue.get(&asked.client.name).filter(|_| edge.app.dev);
    let documents = documents.ok_or_else(|| asked.refuse_by_code(&edge, &not_found()))?;
    let document = openapi::document(&asked.client.name, documents);
    Ok(answer::sent(Form::Json, StatusCode::OK, document.to_string().into()))
}

/// Any method; `GET` and `POST` are possible.
pub async fn run(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(note): Extension<Note>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path((client, operation)): Path<(String, String)>,
    request: Request<Body>,
) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let asked = of_client(&edge, known(&edge, &client), &parts.headers, id, from)?;
    let by_get = match parts.method {
        Method::GET | Method::HEAD => true,
        Method::POST => false,
        _ => return Err(asked.no_method(&edge, &parts.method)),
    };
    let parameters = if by_get { variables::parameters(&parts.uri) } else { Ok(Vec::new()) };
    let mut parameters = parameters.map_err(|error| asked.refuse_by_code(&edge, &error))?;
    let viewer = viewer(&edge, &asked, &parts.headers, &mut parameters).await?;
    let trusted = edge.lookup.route(&asked.client, &operation);
    let trusted = trusted.ok_or_else(|| asked.refuse_by_code(&edge, &not_found()))?;
    if by_get && trusted.kind == OperationType::Mutation {
        return Err(not_by_get(asked.refuse(&edge, StatusCode::METHOD_NOT_ALLOWED, &bad("http-get-mutation"))));
    }
    let variables = if by_get {
        variables::of_parameters(&trusted.document.parsed, parameters)
            .map_err(|error| asked.refuse_by_code(&edge, &error))?
    } else {
        of_body(&edge, &asked, &parts, body).await?
    };
    let asking = edge.lookup.of_route(&asked.client, &trusted, variables);
    let asking = asking.map_err(|error| asked.refuse_by_code(&edge, &error))?;
    note.operation(Some(trusted.kind), Some(&trusted.name), &viewer);
    if trusted.kind == OperationType::Subscription {
        return stream(&edge, asked, viewer, asking).await;
    }
    let deprecated = asking.deprecated.clone();
    let ran = asked.answer(&edge, viewer, asking).await;
    let Answered { reply, age, standing } = ran.map_err(|empty| asked.throttle(&edge, empty))?;
    let mut answer = answered(&edge, by_get, &parts.headers, &reply);
    // What was not found may be there at any moment.
    if let Some(age) = age.filter(|_| matches!(answer.status(), StatusCode::OK | StatusCode::NOT_MODIFIED)) {
        age.write(answer.headers_mut(), by_get, standing.is_some());
    }
    // Not in the body, which is the same as long as nothing changes.
    if let Some(standing) = standing {
        standing.write(answer.headers_mut());
    }
    if let Some(uses) = deprecated {
        answer::deprecate(answer.headers_mut(), &uses);
    }
    Ok(answer)
}

/// The client of an address; one that is not there has no operations.
fn known<'e>(edge: &'e Edge, name: &str) -> Result<&'e Arc<Client>, Error> {
    edge.clients.named(Some(name)).map_err(|_| not_found())
}

/// Who asks. Who waits for a stream may send the token in the address; in the log of requests no parameter is written.
async fn viewer(
    edge: &Edge,
    asked: &Asked,
    headers: &HeaderMap,
    parameters: &mut Vec<(String, String)>,
) -> Result<Viewer, Response> {
    let token = parameters.iter().position(|(name, _)| name == TOKEN).map(|at| parameters.remove(at).1);
    match token {
        Some(token) if asked.form == Form::EventStream && !headers.contains_key(header::AUTHORIZATION) => {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_str(&format!("Bearer {token}"));
            let wrong = |_| asked.refuse_by_code(edge, &bad("bff-parameters"));
            headers.insert(header::AUTHORIZATION, value.map_err(wrong)?);
            asked.viewer(edge, &headers).await
        }
        _ => asked.viewer(edge, headers).await,
    }
}

/// The variables of a JSON body; none of an empty one.
async fn of_body(edge: &Edge, asked: &Asked, parts: &Parts, body: Body) -> Result<Variables, Response> {
    is_json(&parts.headers).map_err(|error| asked.refuse(edge, StatusCode::UNSUPPORTED_MEDIA_TYPE, &error))?;
    let body = bytes(edge, asked, body).await?;
    if body.is_empty() {
        return Ok(Variables::default());
    }
    let variables = serde_json::from_slice(&body);
    variables.map_err(|_| asked.refuse_by_code(edge, &bad("bff-body")))
}

async fn stream(edge: &Edge, asked: Asked, viewer: Viewer, asking: Asking) -> Result<Response, Response> {
    if asked.form != Form::EventStream {
        return Err(asked.refuse(edge, StatusCode::NOT_ACCEPTABLE, &bad("bff-subscription")));
    }
    let place = edge.callers.enter(&viewer, asked.address, &edge.limits);
    let place = place.map_err(|error| asked.refuse_by_code(edge, &error))?;
    // What a stream begins with is all that it costs.
    asked.charge(edge, &viewer, &asking).await.map_err(|empty| asked.throttle(edge, empty))?;
    let call = edge.call(viewer, asked.locale, asked.request_id.clone());
    asking.brief(&call);
    if let Some(place) = asked.place {
        call.resume_at(place);
    }
    let deprecated = asking.deprecated.clone();
    let mut answer = follow::answer::<sse::Events>(edge, &asked, Some(place), call, asking);
    if let Some(uses) = deprecated {
        answer::deprecate(answer.headers_mut(), &uses);
    }
    Ok(answer)
}

/// The answer. One to a `GET` has a tag, so that who has it already is not sent it again.
fn answered(edge: &Edge, by_get: bool, headers: &HeaderMap, reply: &Reply) -> Response {
    let status = match reply {
        Reply::Data { json, cost: 0 } => status::of_json(json),
        Reply::Data { .. } => StatusCode::OK,
        Reply::Full { response, .. } => status::of(response),
    };
    let body = answer::body(reply, edge.limits.max_errors);
    if !by_get || status != StatusCode::OK {
        return answer::sent(Form::Json, status, body);
    }
    let tag = format!("W/\"{}\"", &normal::hash(&body)[..32]);
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| names(value, &tag));
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { answer::sent(Form::Json, status, body) };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("a tag is ASCII"));
    // Of one caller, and to be asked for again each time: what it says may have changed. One that is kept says otherwise.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("authorization, accept-language"));
    response
}

/// Whether an `If-None-Match` names a tag; strong or weak makes no difference (RFC 9110, 13.1.2).
fn names(value: &HeaderValue, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let Ok(value) = value.to_str() else { return false };
    value.split(',').map(str::trim).any(|one| one == "*" || opaque(one) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_among_others() {
        for (value, wanted) in
            [("W/\"a\"", true), ("\"a\"", true), ("\"b\", W/\"a\"", true), ("*", true), ("\"b\"", false), ("a", false)]
        {
            assert_eq!(names(&HeaderValue::from_static(value), "W/\"a\""), wanted, "{value}");
        }
    }
}
