//! GraphQL over server-sent events, "distinct connections mode": one operation a request, its answers as `next`
//! events, `complete` at the end.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use async_graphql::Response as Answer;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

use super::accept::Form;
use super::http::Asked;
use super::{Edge, answer, bad_token};
use crate::access::Viewer;
use crate::identity::TokenError;

/// How often a silent stream says that it lives, so that no proxy takes it for dead.
const BEAT: Duration = Duration::from_secs(12);

/// A comment: says that the stream is open and nothing else.
const ALIVE: &str = ":\n\n";

/// The data field has to be there, empty as it is: browsers drop an event without one.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// The stream of an operation's answers.
pub fn answer(edge: &Edge, asked: &Asked, viewer: Viewer, request: async_graphql::Request) -> Response {
    let expired = answer::refusal(&bad_token(TokenError::Expired), asked.locale, &asked.request_id);
    let end = edge.identity.remaining(&viewer).map(|remaining| Box::pin(sleep(remaining)));
    let call = edge.call(viewer, asked.locale, asked.request_id.clone());
    let events = Events {
        answers: edge.gateway.stream(request, call),
        end,
        expired,
        stop: edge.stop.clone(),
        max_errors: edge.limits.max_errors,
        stage: Stage::Opening,
    };
    let events = stream::unfold(events, |mut events| async move {
        let text = events.next().await?;
        Some((Ok::<_, Infallible>(text), events))
    });
    let mut response = Body::from_stream(events).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Form::EventStream.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Asks proxies of the nginx kind not to hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The events of one stream.
struct Events {
    answers: BoxStream<'static, Answer>,
    /// The end of the token's life.
    end: Option<Pin<Box<Sleep>>>,
    /// What is said then.
    expired: Answer,
    stop: CancellationToken,
    max_errors: usize,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was said.
    Opening,
    /// Answers come.
    Open,
    /// Only `complete` is left.
    Completing,
    /// All was said.
    Over,
}

impl Events {
    async fn next(&mut self) -> Option<String> {
        match self.stage {
            Stage::Opening => {
                // At once, so that the client and proxies between see the stream open.
                self.stage = Stage::Open;
                Some(ALIVE.to_owned())
            }
            Stage::Open => self.open().await,
            Stage::Completing => {
                self.stage = Stage::Over;
                Some(COMPLETE.to_owned())
            }
            Stage::Over => None,
        }
    }

    async fn open(&mut self) -> Option<String> {
        let end = async {
            match &mut self.end {
                Some(end) => end.await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            biased;
            // A server that goes away says no `complete`: the client is to come back.
            () = self.stop.cancelled() => {
                self.stage = Stage::Over;
                return None;
            }
            () = end => {
                // A subscription that sees the end by itself has said so already.
                let over = matches!(self.answers.next().now_or_never(), Some(None));
                self.stage = if over { Stage::Over } else { Stage::Completing };
                return Some(if over { COMPLETE.to_owned() } else { next(&self.expired, self.max_errors) });
            }
            answer = self.answers.next() => answer,
            () = sleep(BEAT) => return Some(ALIVE.to_owned()),
        };
        match answer {
            Some(answer) => Some(next(&answer, self.max_errors)),
            None => {
                self.stage = Stage::Over;
                Some(COMPLETE.to_owned())
            }
        }
    }
}

/// JSON has no line breaks of its own, so one data line holds it.
fn next(answer: &Answer, max_errors: usize) -> String {
    format!("event: next\ndata: {}\n\n", answer::Body::new(answer, max_errors).to_json())
}
