//! The operations that run over one connection, each under the id that its client gave it: over a socket, or over a
//! stream that serves several.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::poll_fn;
use std::task::{Context, Poll};

use async_graphql::Response;
use entity::Locale;
use futures_util::stream::{AbortHandle, Abortable, BoxStream, SelectAll};
use futures_util::{StreamExt, stream};

use super::document::Asking;
use super::log::Note;
use super::{Edge, answer, new_request_id};
use crate::access::Standing;
use crate::graph::call::CallState;
use crate::graph::gateway::Told;
use crate::graph::{Code, Error};

/// An operation's answers under its id; none at its end.
type Running = BoxStream<'static, (String, Option<Told>)>;

/// All that run, polled fairly.
#[derive(Default)]
pub struct Operations {
    running: SelectAll<Abortable<Running>>,
    /// Stops an operation by its id.
    handles: HashMap<String, AbortHandle>,
}

/// Why an operation does not begin.
pub enum Refused {
    /// One of this id runs.
    DoubledId,
    /// As many run as may; the answer says so.
    TooMany(Box<Response>),
}

impl Operations {
    /// Begins an operation of the one who stands there.
    ///
    /// # Errors
    /// When one of this id runs, or as many as one connection may have.
    pub fn begin(
        &mut self,
        edge: &Edge,
        standing: &Standing,
        locale: Locale,
        id: String,
        mut asking: Asking,
    ) -> Result<(), Refused> {
        let request_id = new_request_id();
        let most = edge.limits.operations_per_socket;
        let running = self.handles.len();
        let Entry::Vacant(entry) = self.handles.entry(id) else { return Err(Refused::DoubledId) };
        if running >= most {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let error = Error::shown(Code::Throttled, "ws-operations").with("max", most);
            return Err(Refused::TooMany(Box::new(answer::refusal(&error, locale, &request_id))));
        }
        let note = Note::default();
        note.operation(asking.kind(edge), asking.request.operation_name.as_deref(), &standing.viewer());
        note.write_socket(&request_id);
        let call = CallState::lasting(edge.app.clone(), standing.clone(), locale, request_id);
        asking.brief(&call);
        let named = entry.key().clone();
        let answers = edge.gateway.stream(asking.request, asking.document, call);
        let answers =
            answers.map(Some).chain(stream::once(async { None })).map(move |item| (named.clone(), item)).boxed();
        let (handle, registration) = AbortHandle::new_pair();
        self.running.push(Abortable::new(answers, registration));
        entry.insert(handle);
        Ok(())
    }

    /// Ends an operation, if it runs.
    pub fn end(&mut self, id: &str) {
        if let Some(handle) = self.handles.remove(id) {
            handle.abort();
        }
    }

    /// The ids of those that run.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.handles.keys().map(String::as_str)
    }

    /// The next answer of any of them, none at an operation's end; never when none runs.
    pub async fn next(&mut self) -> (String, Option<Told>) {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// See [`Operations::next`]. Whoever begins an operation elsewhere has to wake the one who waits.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<(String, Option<Told>)> {
        match self.running.poll_next_unpin(cx) {
            Poll::Ready(Some((id, told))) => {
                if told.is_none() {
                    self.handles.remove(&id);
                }
                Poll::Ready((id, told))
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}
