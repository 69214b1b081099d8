//! GraphQL over server-sent events, "distinct connections mode": one operation a request, its answers as `next`
//! events, `complete` at the end.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::http::Asked;
use super::{Edge, answer, bad_token};
use crate::access::Viewer;
use crate::identity::TokenError;

/// How often a silent stream says that it lives, so that no proxy takes it for dead.
const BEAT: Duration = Duration::from_secs(12);

/// The stream of an operation's answers.
pub fn answer(edge: &Edge, asked: Asked, viewer: Viewer, request: async_graphql::Request) -> Response {
    let Asked { locale, request_id, .. } = asked;
    let remaining = edge.identity.remaining(&viewer);
    let max_errors = edge.limits.max_errors;
    let answers = edge.gateway.stream(request, edge.call(viewer, locale, request_id.clone()));
    let answers =
        answers.map(move |response| next(&response, max_errors)).chain(stream::once(async { complete() })).boxed();

    let expired = async move {
        match remaining {
            Some(remaining) => tokio::time::sleep(remaining).await,
            None => std::future::pending().await,
        }
    };
    let last = async move {
        expired.await;
        let response = answer::refusal(&bad_token(TokenError::Expired), locale, &request_id);
        [next(&response, max_errors), complete()]
    };
    // First an answer that proxies pass on at once, so that the client sees the stream open.
    let opened = stream::once(async { Event::default().comment("") });
    let stop = edge.stop.clone();
    let events = opened.chain(until(answers, last));
    // A server that goes away says no `complete`: the client is to come back.
    let events = events.take_until(stop.cancelled_owned()).map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(BEAT)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Asks proxies of the nginx kind not to hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The events of a stream; when `end` comes before they are over, what it gives is the rest.
fn until(
    events: stream::BoxStream<'static, Event>,
    end: impl Future<Output = [Event; 2]> + Send + 'static,
) -> stream::BoxStream<'static, Event> {
    let end = Box::pin(end);
    stream::unfold((Some((events, end)), Vec::new()), |(open, mut rest)| async move {
        if let Some((mut events, mut end)) = open {
            tokio::select! {
                event = events.next() => return event.map(|event| (event, (Some((events, end)), rest))),
                last = &mut end => {
                    let [first, second] = last;
                    rest.push(second);
                    return Some((first, (None, rest)));
                }
            }
        }
        rest.pop().map(|event| (event, (None, rest)))
    })
    .boxed()
}

fn next(response: &async_graphql::Response, max_errors: usize) -> Event {
    Event::default().event("next").data(answer::Body::new(response, max_errors).to_json())
}

fn complete() -> Event {
    // The data field has to be there: browsers drop an event without one.
    Event::default().event("complete").data("")
}
