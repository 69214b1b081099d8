//! The one entry to the schema. Everything that asks (HTTP, WebSocket, SSE, tests) comes through here.
//!
//! Not generic on purpose: whatever calls `Schema::execute` itself compiles every resolver again.

mod asked;
mod reply;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError};
use futures_util::future::{BoxFuture, ready};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, stream};

use self::asked::{Asked, failed, finish};
pub use self::reply::{Payload, Reading, Reply, Told, whole};
pub use super::answer::Document;
use super::answer::{Documents, chosen};
use super::call::Call;
use super::error::Error;
use super::schema::{self, Schema};
use super::share::{self, Operation, Shares};
use super::{check, cost, mock, parse};

/// The schema, ready to answer. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    /// Runs what is known to keep the schema's rules.
    schema: Schema,
    /// The same schema, which checks all rules first.
    checker: Schema,
    /// Most levels of a document.
    depth: usize,
    documents: Documents,
    shares: Shares,
    /// Whether answers are made up.
    mocks: bool,
    told: Arc<TellingCounts>,
}

impl Gateway {
    /// The gateway; `introspection` is for development.
    pub fn new(introspection: bool) -> Self {
        Self {
            schema: schema::build(introspection),
            checker: schema::checker(introspection),
            depth: schema::depth(introspection),
            documents: Documents::default(),
            shares: Shares::default(),
            mocks: false,
            told: Arc::default(),
        }
    }

    /// The same, whose answers are made up: of the right types, without a look at the store.
    #[must_use]
    pub fn mocking(self, mocks: bool) -> Self {
        Self { mocks, ..self }
    }

    /// A document that was checked before, if it is known.
    pub fn known(&self, text: &str) -> Option<Arc<Document>> {
        self.documents.get(text)
    }

    /// Parses, checks and plans a document ahead, whatever its variables will be.
    ///
    /// # Errors
    /// What is wrong with it, a line each, with its place.
    pub async fn prepare(&self, text: &str) -> Result<Arc<Document>, Vec<String>> {
        let mut request = Request::new(text);
        parse::ahead(&mut request);
        let parsed = request.parsed_query().map_err(|error| vec![line(&error)])?.clone();
        let mut probe = Request::new("");
        // Any of its operations; all of them are checked.
        probe.operation_name = parsed.operations.iter().find_map(|(name, _)| name.map(ToString::to_string));
        probe.set_parsed_query(parsed.clone());
        let checked = self.checker.execute(probe).await;
        if !checked.errors.is_empty() {
            return Err(checked.errors.iter().map(line).collect());
        }
        Ok(Arc::new(Document::new(parsed, schema::roots())))
    }

    /// Looks at the document of a request: prepared, known from before, or parsed and checked now.
    pub async fn read(&self, mut request: Request, prepared: Option<Arc<Document>>) -> Reading {
        let document = match prepared.or_else(|| self.documents.get(&request.query)) {
            Some(document) => Some(document),
            None => self.check(&mut request).await,
        };
        Reading { request, document }
    }

    /// Parses and checks a document; none when it does not fit: the engine says why.
    async fn check(&self, request: &mut Request) -> Option<Arc<Document>> {
        let name = request.operation_name.clone();
        let parsed = request.parsed_query().ok()?.clone();
        if chosen(&parsed, name.as_deref()).is_none() || !check::fits(&parsed, self.depth) {
            let mut probe = Request::new("").variables(request.variables.clone());
            probe.operation_name = name;
            probe.set_parsed_query(parsed.clone());
            let checked = self.checker.execute(probe).await;
            if !checked.errors.is_empty() {
                return None;
            }
        }
        let document = Arc::new(Document::new(parsed, schema::roots()));
        self.documents.keep(&request.query, &document);
        Some(document)
    }

    /// Answers a query or a mutation: by its plan where it has one and all goes well, else by the engine.
    pub async fn answer(&self, reading: Reading, call: Call) -> Reply {
        if let Some(made_up) = self.made_up(&reading, &call) {
            return made_up;
        }
        let Reading { mut request, document } = reading;
        let mut call = call;
        call.begin();
        if let Some(document) = &document {
            if let Some(plan) = document.plan(request.operation_name.as_deref()) {
                let run = AssertUnwindSafe(plan.run(&call, &request.variables)).catch_unwind().await;
                match run {
                    Ok(Ok((json, cost))) => return Reply::Data { json, cost },
                    Ok(Err(error)) => tracing::debug!(request.id = call.request_id, ?error, "left to the engine"),
                    Err(_) => tracing::error!(request.id = call.request_id, "the fast way panicked"),
                }
                // The plan's call has read less than the engine looks at.
                call = call.anew();
            }
            request.set_parsed_query(document.parsed.clone());
        }
        let asked = match document {
            Some(document) => Asked::known(document, &request),
            None => Asked::of(&mut request),
        };
        let mutation = asked.operation().is_some_and(|operation| operation.ty == OperationType::Mutation);
        let response = Box::new(self.run(request, asked, call).await);
        let whole = response.errors.iter().all(|error| error.path.is_empty());
        let cost = whole.then(|| cost::of_answer(&response.data, mutation));
        Reply::Full { response, cost }
    }

    /// The schema definition, as `schema.graphql` holds it.
    pub fn sdl() -> String {
        schema::sdl()
    }

    /// Answers a query or a mutation. A mutation runs in a task of its own: a client that leaves does not tear it
    /// in two (guarantees 4.2).
    pub fn execute(&self, mut request: Request, call: Call) -> BoxFuture<'static, Response> {
        let asked = Asked::of(&mut request);
        call.begin();
        self.run(request, asked, call)
    }

    fn run(&self, request: Request, asked: Asked, call: Call) -> BoxFuture<'static, Response> {
        if let Some(refusal) = asked.incomplete(&call) {
            return ready(refusal).boxed();
        }
        let schema = self.engine(&asked).clone();
        let mutation = asked.operation().is_some_and(|operation| operation.ty == OperationType::Mutation);
        let run = {
            let call = call.clone();
            async move {
                let response = schema.execute(request.data(call.clone())).await;
                finish(&call, &asked, response)
            }
        };
        Box::pin(async move {
            let answer = if mutation {
                tokio::spawn(run).await.map_err(|error| error.to_string())
            } else {
                // The panic itself is on stderr already; here it must not cost the other requests of a connection.
                AssertUnwindSafe(run).catch_unwind().await.map_err(|_| "panicked".to_owned())
            };
            answer.unwrap_or_else(|what| failed(&call, &what))
        })
    }

    /// What the document's chosen operation is; none when it does not parse or the choice is not clear.
    pub fn kind(&self, request: &mut Request, prepared: Option<&Document>) -> Option<OperationType> {
        kind_of(prepared, request)
    }

    /// Answers a subscription, or a query or mutation as a stream of one answer.
    pub fn stream(
        &self,
        mut request: Request,
        prepared: Option<Arc<Document>>,
        call: Call,
    ) -> BoxStream<'static, Told> {
        if self.mocks {
            return self.clone().answer_alone(request, prepared, call);
        }
        let known = prepared.or_else(|| self.documents.get(&request.query));
        if matches!(kind_of(known.as_deref(), &mut request), Some(OperationType::Query | OperationType::Mutation)) {
            return self.clone().answer_alone(request, known, call);
        }
        let operation = Operation::of(&mut request, known);
        share::subscribe(self.clone(), operation, call)
    }

    /// One run of a subscription, until it ends or fails.
    pub(super) async fn run_subscription(&self, operation: &Operation, call: Call) -> BoxStream<'static, Told> {
        let (request, known) = operation.request();
        let (mut request, document) = match known {
            Some(document) => (request, Some(document)),
            None => {
                let Reading { request, document, .. } = self.read(request, None).await;
                (request, document)
            }
        };
        let asked = match document {
            Some(document) => {
                request.set_parsed_query(document.parsed.clone());
                Asked::known(document, &request)
            }
            None => Asked::of(&mut request),
        };
        if let Some(refusal) = asked.incomplete(&call) {
            return Box::pin(stream::once(ready(Told { payload: refusal.into(), place: None, fault: false })));
        }
        self.told.runs.fetch_add(1, Ordering::Relaxed);
        let made = self.told.clone();
        let answers = self.engine(&asked).execute_stream(request.data(call.clone())).scan(false, {
            let call = call.clone();
            move |over, response| {
                if *over {
                    return ready(None);
                }
                made.messages.fetch_add(1, Ordering::Relaxed);
                // The engine makes one message after the other: what stands in the call is this one's place.
                let place = call.take_place();
                let fault = response.errors.iter().find(|error| is_transient(error)).map(|error| ServerError {
                    path: Vec::new(),
                    locations: Vec::new(),
                    ..error.clone()
                });
                *over = fault.is_some();
                ready(Some(match fault {
                    // Half a message would pass for the whole one, and be lost.
                    Some(fault) => {
                        let answer = finish(&call, &asked, Response::from_errors(vec![fault]));
                        Told { payload: answer.into(), place: None, fault: true }
                    }
                    None => Told { payload: finish(&call, &asked, response).into(), place, fault: false },
                }))
            }
        });
        let answers = AssertUnwindSafe(answers).catch_unwind();
        Box::pin(answers.map(move |told| {
            told.unwrap_or_else(|_| Told { payload: failed(&call, "panicked").into(), place: None, fault: false })
        }))
    }

    /// The engine for what is asked: without its check where that was made before, and the variables bring nothing new.
    fn engine(&self, asked: &Asked) -> &Schema {
        if asked.is_certain() { &self.schema } else { &self.checker }
    }

    /// A made-up answer, where they are wanted and the document fits the schema.
    fn made_up(&self, reading: &Reading, call: &Call) -> Option<Reply> {
        // What tells of the schema is the engine's to tell.
        let document = reading.document.as_ref().filter(|document| self.mocks && !document.introspects)?;
        let operation = document.operation(reading.operation())?;
        let asked = Asked::known(document.clone(), &reading.request);
        if let Some(refusal) = asked.incomplete(call) {
            return Some(Reply::Full { response: Box::new(refusal), cost: None });
        }
        let data = mock::answer(&document.parsed, operation, &reading.request.variables);
        let cost = cost::of_answer(&data, operation.ty == OperationType::Mutation);
        Some(Reply::Full { response: Box::new(Response::new(data)), cost: Some(cost) })
    }

    /// A stream of one answer. One that is made up for a subscription does not end with it.
    fn answer_alone(self, request: Request, prepared: Option<Arc<Document>>, call: Call) -> BoxStream<'static, Told> {
        let first = async move {
            let mut reading = self.read(request, prepared).await;
            let kind = kind_of(reading.document.as_deref(), &mut reading.request);
            let goes_on = kind == Some(OperationType::Subscription) && reading.fits();
            let payload = self.answer(reading, call).await.into();
            let told = stream::once(ready(Told { payload, place: None, fault: false }));
            if goes_on { told.chain(stream::pending()).boxed() } else { told.boxed() }
        };
        stream::once(first).flatten().boxed()
    }

    /// The subscriptions that are open, by what makes them equal.
    pub(super) fn shares(&self) -> &Shares {
        &self.shares
    }

    /// What subscriptions have cost so far.
    pub fn told(&self) -> &TellingCounts {
        &self.told
    }
}

/// What subscriptions have cost: for tests and metrics.
#[derive(Debug, Default)]
pub struct TellingCounts {
    runs: AtomicU64,
    messages: AtomicU64,
}

impl TellingCounts {
    /// Runs of the engine that were begun.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Messages that were made, however many they went to.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }
}

/// What the operation of a new document is.
fn kind(request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    chosen(document, name.as_deref()).map(|operation| operation.ty)
}

/// The same, of a document that may be known.
fn kind_of(known: Option<&Document>, request: &mut Request) -> Option<OperationType> {
    match known {
        Some(document) => document.operation(request.operation_name.as_deref()).map(|operation| operation.ty),
        None => kind(request),
    }
}

/// An error of a document as one line with its place.
fn line(error: &ServerError) -> String {
    match error.locations.first() {
        Some(at) => format!("{}:{}: {}", at.line, at.column, error.message),
        None => error.message.clone(),
    }
}

/// Whether the error is of the store and may be gone at the next try.
fn is_transient(error: &ServerError) -> bool {
    error.source::<Error>().is_some_and(Error::is_transient)
}
