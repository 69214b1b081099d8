//! From what a client sends to the document that is run: a text, the id of a trusted document, or the hash of a text that
//! was sent before (automatic persisted queries). The same for every way in.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Value, Variables};
use moka::sync::Cache;
use serde::Deserialize;

use super::Edge;
use super::http::bad;
use super::limits;
use crate::graph::gateway::Document;
use crate::graph::{Code, Error, Gateway};
use crate::identity::Client;
use crate::settings::{DocumentLimits, DocumentMode};
use crate::trusted::usage::Usage;
use crate::trusted::{Catalogues, Trusted, normal};

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

/// Which app asks.
#[derive(Clone, Copy)]
pub struct From<'a> {
    /// The app.
    pub client: &'a Client,
    /// Its version, as it says; empty when it does not.
    pub version: &'a str,
}

/// What is to be run.
pub struct Asking {
    /// Text, variables, the operation's name.
    pub request: Request,
    /// The document, where it is a trusted one, or known from before.
    pub document: Option<Arc<Document>>,
    /// What it costs at most.
    pub cost: u64,
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
    pub fn of_route(&self, from: From<'_>, trusted: &Trusted, variables: Variables) -> Result<Asking, Error> {
        let asking = self.trusted_asking(from, Request::new("").variables(variables), trusted);
        self.weigh(from.client, asking)
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
    pub fn find(&self, from: From<'_>, sent: Sent) -> Result<Asking, Error> {
        self.weigh(from.client, self.look_up(from, sent)?)
    }

    fn look_up(&self, from: From<'_>, sent: Sent) -> Result<Asking, Error> {
        let client = from.client;
        let Sent { mut request, id } = sent;
        request.operation_name = request.operation_name.filter(|name| !name.is_empty());
        let hash = persisted_hash(&request)?;
        if !request.query.trim().is_empty() {
            return self.of_text(from, request, hash);
        }
        let by_hash = id.is_none();
        let Some(id) = id.or(hash) else { return Err(bad("http-query")) };
        // Of the form `sha256:…`, as the specification's draft has it, or bare.
        let bare = id.strip_prefix("sha256:").unwrap_or(&id);
        if let Some(trusted) = self.trusted.by_id(&client.name, bare) {
            return Ok(self.trusted_asking(from, request, &trusted));
        }
        if by_hash
            && client.settings.documents != DocumentMode::TrustedOnly
            && let Some(text) = self.persisted.get(&(client.name.clone(), id))
        {
            request.query = text.to_string();
            return Ok(Asking { request, document: None, cost: 0 });
        }
        Err(not_found())
    }

    /// A request for a trusted document.
    fn trusted_asking(&self, from: From<'_>, mut request: Request, trusted: &Trusted) -> Asking {
        self.usage.note(&from.client.name, &trusted.id, from.version);
        request.query.clone_from(&trusted.text);
        request.operation_name.get_or_insert_with(|| trusted.name.clone());
        Asking { request, document: Some(trusted.document.clone()), cost: 0 }
    }

    /// Refuses what asks for too much, before the engine sees it (guarantees 6.1).
    fn weigh(&self, client: &Client, mut asking: Asking) -> Result<Asking, Error> {
        let request = &mut asking.request;
        if asking.document.is_none() {
            asking.document = self.gateway.known(&request.query);
        }
        let name = request.operation_name.as_deref();
        let cost = match &asking.document {
            Some(document) => document.measure(name, Some(&request.variables)).map(|measure| measure.cost),
            None => limits::new_document(&self.limits, request)?,
        };
        asking.cost = cost.unwrap_or_default();
        limits::within("limit-cost", asking.cost, client.settings.max_cost)?;
        Ok(asking)
    }

    fn of_text(&self, from: From<'_>, request: Request, hash: Option<String>) -> Result<Asking, Error> {
        let client = from.client;
        if let Some(hash) = &hash
            && *hash != normal::hash(&request.query)
        {
            return Err(bad("persisted-query-hash"));
        }
        match (client.settings.documents, hash) {
            (DocumentMode::Any | DocumentMode::TrustedOrApq, Some(hash)) => {
                self.persisted.insert((client.name.clone(), hash), request.query.as_str().into());
            }
            (DocumentMode::Any, None) => {}
            (DocumentMode::TrustedOnly | DocumentMode::TrustedOrApq, _) => {
                let trusted = self.trusted.by_id(&client.name, &normal::id(&request.query));
                let trusted = trusted.ok_or_else(|| Error::shown(Code::DocumentNotTrusted, "document-not-trusted"))?;
                return Ok(self.trusted_asking(from, request, &trusted));
            }
        }
        Ok(Asking { request, document: None, cost: 0 })
    }
}

impl Asking {
    /// What the operation is; none when the document does not parse or the choice is not clear.
    pub fn kind(&mut self, edge: &Edge) -> Option<OperationType> {
        edge.gateway.kind(&mut self.request, self.document.as_deref())
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
