//! An operation's answers as the body of one HTTP response: server-sent events or multipart, which differ in their framing
//! alone.

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

use super::accept::Form;
use super::callers::Place;
use super::document::Asking;
use super::http::Asked;
use super::{Edge, answer, bad_token};
use crate::access::Viewer;
use crate::events::position::Position;
use crate::graph::Call;
use crate::graph::gateway::Told;
use crate::identity::TokenError;

/// How often a silent stream says that it lives, so that no proxy takes it for dead.
pub const BEAT: Duration = Duration::from_secs(12);

/// How answers are put into a body.
pub trait Framing: Send + 'static {
    /// The form of the body.
    const FORM: Form;
    /// What is said at once, so that the client and proxies between see the stream open.
    const OPENING: &'static str;
    /// Says that the stream lives, and nothing else.
    const ALIVE: &'static str;
    /// Says that nothing more comes.
    const COMPLETE: &'static str;

    /// An answer, and the place after it where it has one.
    fn next(answer: &answer::Body<'_>, place: Option<Position>) -> String;

    /// The last word of a stream that cannot go on.
    fn fatal(answer: &answer::Body<'_>) -> String;
}

/// The stream of an operation's answers.
pub fn answer<F: Framing>(edge: &Edge, asked: &Asked, place: Option<Place>, call: Call, asking: Asking) -> Response {
    let expired = answer::refusal(&bad_token(TokenError::Expired), asked.locale, &asked.request_id);
    let end = edge.identity.remaining(&call.viewer).map(|remaining| Box::pin(sleep(remaining)));
    let gone = Box::pin(withdrawn(edge, &call.viewer));
    let body = Answers {
        answers: edge.gateway.stream(asking.request, asking.document, call),
        end,
        expired,
        ending: Box::pin(edge.ending()),
        gone,
        max_errors: edge.limits.max_errors,
        stage: Stage::Opening,
        _place: place,
    };
    let body = stream::unfold(body, |mut body| async move {
        let text = body.next::<F>().await?;
        Some((Ok::<_, Infallible>(text), body))
    });
    response::<F>(Body::from_stream(body))
}

/// A stream as a response.
pub fn response<F: Framing>(body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(F::FORM.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Asks proxies of the nginx kind not to hold answers back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Until the caller's token is withdrawn.
pub fn withdrawn(edge: &Edge, viewer: &Viewer) -> impl Future<Output = ()> + Send + use<> {
    let (withdrawn, viewer) = (edge.app.withdrawn.clone(), viewer.clone());
    async move {
        let mut changes = withdrawn.changes();
        while withdrawn.may_go_on(&viewer) {
            if changes.changed().await.is_err() {
                std::future::pending().await
            }
        }
    }
}

/// The answers of one operation.
struct Answers {
    answers: BoxStream<'static, Told>,
    /// The end of the token's life.
    end: Option<Pin<Box<Sleep>>>,
    /// What is said then.
    expired: Answer,
    /// Until the token is withdrawn.
    gone: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Until the server ends.
    ending: Pin<Box<dyn Future<Output = ()> + Send>>,
    max_errors: usize,
    stage: Stage,
    /// Among the caller's connections.
    _place: Option<Place>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was said.
    Opening,
    /// Answers come.
    Open,
    /// Only the end is left to say.
    Completing,
    /// All was said.
    Over,
}

impl Answers {
    async fn next<F: Framing>(&mut self) -> Option<String> {
        match self.stage {
            Stage::Opening => {
                self.stage = Stage::Open;
                Some(F::OPENING.to_owned())
            }
            Stage::Open => self.open::<F>().await,
            Stage::Completing => {
                self.stage = Stage::Over;
                Some(F::COMPLETE.to_owned())
            }
            Stage::Over => None,
        }
    }

    async fn open<F: Framing>(&mut self) -> Option<String> {
        let end = async {
            match &mut self.end {
                Some(end) => end.await,
                None => std::future::pending().await,
            }
        };
        let told = tokio::select! {
            biased;
            // A server that goes away says no end: the client is to come back.
            () = &mut self.ending => {
                self.stage = Stage::Over;
                return None;
            }
            () = &mut self.gone => {
                self.stage = Stage::Completing;
                return Some(F::fatal(&answer::Body::new(&self.expired, self.max_errors)));
            }
            () = end => {
                // A subscription that sees the end by itself has said so already.
                let over = matches!(self.answers.next().now_or_never(), Some(None));
                self.stage = if over { Stage::Over } else { Stage::Completing };
                let expired = || F::fatal(&answer::Body::new(&self.expired, self.max_errors));
                return Some(if over { F::COMPLETE.to_owned() } else { expired() });
            }
            told = self.answers.next() => told,
            () = sleep(BEAT) => return Some(F::ALIVE.to_owned()),
        };
        let Some(Told { payload, place, .. }) = told else {
            self.stage = Stage::Over;
            return Some(F::COMPLETE.to_owned());
        };
        let body = answer::Body::of(&payload, self.max_errors);
        Some(if body.is_request_error() { F::fatal(&body) } else { F::next(&body, place) })
    }
}
