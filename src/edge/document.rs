//! From what a client sends to the document that is run: a text, the id of a trusted document, or the hash of a text that
//! was sent before (automatic persisted queries). The same for every way in.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Value, Variables};
use moka::sync::Cache;
use serde::Deserialize;

use super::Edge;
use super::http::bad;
use super::limits;
use crate::graph::answer;
use crate::graph::deprecated;
use crate::graph::gateway::Document;
use crate::graph::{Call, Code, Error, Gateway};
use crate::identity::Client;
use crate::settings::{DocumentLimits, DocumentMode};
use crate::trusted::usage::Usage;
use crate::trusted::{Catalogues, Trusted, normal, route};

/// What a client sends.
pub struct Sent {
    request: Request,
    /// The id of a document, when there is no text.
    id: Option<String>,
}

/// A request in a message of a socket.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payload {
    #[serde(flatten)]
    request: Request,
    document_id: Option<String>,
}

impl Payload {
    /// As any request.
    pub fn sent(self) -> Sent {
        Sent::with_id(self.request, self.document_id)
    }
}

/// What is to be run.
pub struct Asking {
    /// Text, variables, the operation's name.
    pub request: Request,
    /// The document, where it is a trusted one, or known from before.
    pub document: Option<Arc<Document>>,
    /// What it costs at most; one at least.
    pub cost: u64,
    /// How long it may take.
    patience: Duration,
    /// How wide its app shows pictures.
    image_widths: Arc<[u32]>,
    /// What it uses that is to go.
    pub deprecated: Option<deprecated::Uses>,
    /// The id of the trusted document.
    trusted: Option<String>,
    /// The route of its operation.
    route: Option<String>,
    /// The hash by which the text is to be known from now on.
    persist: Option<String>,
}

impl Sent {
    /// A request as read from this JSON, which may hold an id in place of a text.
    pub fn new(request: Request, json: &[u8]) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Beside {
            document_id: Option<String>,
        }
        let id = if request.query.is_empty() { serde_json::from_slice(json).ok() } else { None };
        Self { request, id: id.and_then(|beside: Beside| beside.document_id) }
    }

    /// A request whose document is named beside.
    pub fn with_id(request: Request, id: Option<String>) -> Self {
        Self { request, id }
    }
}

/// Room for the texts of automatic persisted queries, bytes.
const ROOM: u64 = 4 << 20;

/// Longest text that is kept by its hash, bytes.
const MOST: usize = 64 << 10;

/// Looks up documents. Cheap to clone.
#[derive(Clone)]
pub struct Lookup {
    gateway: Gateway,
    limits: DocumentLimits,
    trusted: Catalogues,
    usage: Usage,
    /// Texts that were sent together with their hash, by client and hash.
    persisted: Cache<(String, String), Arc<str>>,
}

impl Lookup {
    /// Over these trusted documents.
    pub fn new(gateway: Gateway, limits: DocumentLimits, trusted: Catalogues, usage: Usage) -> Self {
        let weigh = |_: &(String, String), text: &Arc<str>| u32::try_from(text.len() + 128).unwrap_or(u32::MAX);
        Self { gateway, limits, trusted, usage, persisted: Cache::builder().max_capacity(ROOM).weigher(weigh).build() }
    }

    /// The operation of this route of a client, with these variables.
    ///
    /// # Errors
    /// When it would cost more than the client may ask for.
    pub fn of_route(&self, client: &Client, trusted: &Trusted, variables: Variables) -> Result<Asking, Error> {
        self.weigh(client, Asking::of(Request::new("").variables(variables), trusted))
    }

    /// The trusted documents.
    pub fn trusted(&self) -> &Catalogues {
        &self.trusted
    }

    /// The trusted document of this route of a client.
    pub fn route(&self, client: &Client, route: &str) -> Option<Arc<Trusted>> {
        self.trusted.by_route(&client.name, route)
    }

    /// The document that a client may run.
    ///
    /// # Errors
    /// When there is none of the id, whoever else may have one; when the client may not send the text; when it asks for
    /// too much.
    pub fn find(&self, client: &Client, sent: Sent) -> Result<Asking, Error> {
        let mut asking = self.weigh(client, self.look_up(client, sent)?)?;
        if let Some(hash) = asking.persist.take() {
            self.persisted.insert((client.name.clone(), hash), asking.request.query.as_str().into());
        }
        Ok(asking)
    }

    /// Counts the use of a trusted document that is about to run, and of what any uses that is to go, by a version of the
    /// app; empty when it says none.
    pub fn note(&self, client: &Client, version: &str, asking: &Asking) {
        if let Some(id) = &asking.trusted {
            self.usage.note(&client.name, id, version);
        }
        for one in asking.deprecated.iter().flat_map(|uses| uses.iter()) {
            self.usage.note(&client.name, &one.coordinate, version);
        }
    }

    fn look_up(&self, client: &Client, sent: Sent) -> Result<Asking, Error> {
        let Sent { mut request, id } = sent;
        request.operation_name = request.operation_name.filter(|name| !name.is_empty());
        let hash = persisted_hash(&request)?;
        if !request.query.trim().is_empty() {
            return self.of_text(client, request, hash);
        }
        let by_hash = id.is_none();
        let Some(id) = id.or(hash) else { return Err(bad("http-query")) };
        // Of the form `sha256:…`, as the specification's draft has it, or bare.
        let bare = id.strip_prefix("sha256:").unwrap_or(&id);
        if let Some(trusted) = self.trusted.by_id(&client.name, bare) {
            return Ok(Asking::of(request, &trusted));
        }
        if by_hash
            && client.settings.documents != DocumentMode::TrustedOnly
            && let Some(text) = self.persisted.get(&(client.name.clone(), id))
        {
            request.query = text.to_string();
            return Ok(Asking::of_text(request));
        }
        Err(not_found())
    }

    /// Refuses what asks for too much, before the engine sees it (guarantees 6.1).
    fn weigh(&self, client: &Client, mut asking: Asking) -> Result<Asking, Error> {
        let request = &mut asking.request;
        no_nul(request)?;
        if asking.document.is_none() {
            asking.document = self.gateway.known(&request.query);
        }
        let name = request.operation_name.as_deref();
        let mut introspects = asking.document.as_ref().is_some_and(|document| document.introspects);
        let cost = match &asking.document {
            Some(document) => document.measure(name, Some(&request.variables)).map(|measure| measure.cost),
            None => {
                let cost = limits::new_document(&self.limits, request)?;
                introspects = request.parsed_query().is_ok_and(answer::introspects);
                cost
            }
        };
        // What was released may tell its app of the schema.
        if introspects && asking.trusted.is_none() && !client.settings.introspection {
            return Err(Error::shown(Code::Forbidden, "introspection"));
        }
        // Whatever is asked costs something, if only to be refused by the engine.
        asking.cost = cost.unwrap_or_default().max(1);
        limits::within("limit-cost", asking.cost, client.settings.max_cost)?;
        asking.deprecated = match &asking.document {
            Some(document) => document.deprecated(),
            None if !deprecated::may_be_in(&asking.request.query) => None,
            None => asking.request.parsed_query().ok().and_then(deprecated::uses),
        };
        asking.patience = client.settings.patience(asking.route.as_deref());
        asking.image_widths = client.settings.image_widths.clone();
        Ok(asking)
    }

    fn of_text(&self, client: &Client, request: Request, hash: Option<String>) -> Result<Asking, Error> {
        if let Some(hash) = &hash
            && *hash != normal::hash(&request.query)
        {
            return Err(bad("persisted-query-hash"));
        }
        match (client.settings.documents, hash) {
            (DocumentMode::Any | DocumentMode::TrustedOrApq, Some(hash)) => {
                let persist = (request.query.len() <= MOST).then_some(hash);
                Ok(Asking { persist, ..Asking::of_text(request) })
            }
            (DocumentMode::Any, None) => Ok(Asking::of_text(request)),
            (DocumentMode::TrustedOnly | DocumentMode::TrustedOrApq, _) => {
                let trusted = self.trusted.by_id(&client.name, &normal::id(&request.query));
                let trusted = trusted.ok_or_else(|| Error::shown(Code::DocumentNotTrusted, "document-not-trusted"))?;
                Ok(Asking::of(request, &trusted))
            }
        }
    }
}

impl Asking {
    fn of_text(request: Request) -> Self {
        Self {
            request,
            document: None,
            cost: 1,
            patience: Duration::MAX,
            image_widths: Arc::default(),
            deprecated: None,
            trusted: None,
            route: None,
            persist: None,
        }
    }

    /// A request for a trusted document.
    fn of(mut request: Request, trusted: &Trusted) -> Self {
        request.query.clone_from(&trusted.text);
        request.operation_name.get_or_insert_with(|| trusted.name.clone());
        let (document, id) = (Some(trusted.document.clone()), Some(trusted.id.clone()));
        Self { document, trusted: id, route: Some(route(&trusted.name)), ..Self::of_text(request) }
    }

    /// Tells the call what its app's settings say.
    pub fn brief(&self, call: &Call) {
        call.within(self.patience);
        call.shows(Some(&self.image_widths));
    }

    /// What the operation is; none when the document does not parse or the choice is not clear.
    pub fn kind(&mut self, edge: &Edge) -> Option<OperationType> {
        edge.gateway.kind(&mut self.request, self.document.as_deref())
    }
}

/// Refuses the one character that a text in PostgreSQL cannot hold, by the name of its variable.
fn no_nul(request: &Request) -> Result<(), Error> {
    // Raw, or as GraphQL writes it: after an even number of backslashes it is an escape.
    let escaped = |(at, _): (usize, &str)| {
        let before = request.query[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        before.is_multiple_of(2)
    };
    if request.query.contains('\0') || request.query.match_indices("\\u0000").any(escaped) {
        return Err(Error::argument("query", "nul"));
    }
    for (name, value) in request.variables.iter() {
        if let Some(path) = nul(value) {
            return Err(Error::argument(format!("{name}{path}"), "nul"));
        }
    }
    Ok(())
}

/// Where a value has it, as a path that follows its own.
fn nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::List(items) => items.iter().enumerate().find_map(|(at, item)| Some(format!(".{at}{}", nul(item)?))),
        Value::Object(members) => members.iter().find_map(|(name, member)| Some(format!(".{name}{}", nul(member)?))),
        _ => None,
    }
}

/// There is no such operation, at least not for this app.
pub fn not_found() -> Error {
    Error::shown(Code::PersistedQueryNotFound, "persisted-query-not-found")
}

/// The hash that an automatic persisted query names, in Apollo's extension.
fn persisted_hash(request: &Request) -> Result<Option<String>, Error> {
    let Some(extension) = request.extensions.get("persistedQuery") else { return Ok(None) };
    let Value::Object(extension) = extension else { return Err(bad("persisted-query")) };
    let version = matches!(extension.get("version"), Some(Value::Number(version)) if version.as_u64() == Some(1));
    match extension.get("sha256Hash") {
        Some(Value::String(hash)) if version => Ok(Some(hash.to_ascii_lowercase())),
        _ => Err(bad("persisted-query")),
    }
}
