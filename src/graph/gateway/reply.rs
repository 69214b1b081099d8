//! What comes in, looked at, and what goes out.

use std::sync::Arc;

use async_graphql::{Request, Response, ServerError, Value};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Document;
use crate::events::position::Position;
use crate::graph::freshness::Freshness;

/// A request whose document has been looked at.
pub struct Reading {
    pub(super) request: Request,
    /// There when the document fits the schema.
    pub(super) document: Option<Arc<Document>>,
}

impl Reading {
    /// Whether the document fits the schema.
    pub fn fits(&self) -> bool {
        self.document.is_some()
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// How the answer may be kept, if it may.
    pub fn freshness(&self) -> Option<Arc<Freshness>> {
        self.document.as_ref()?.freshness(self.operation())
    }

    /// The name of the operation, as the client gave it.
    pub fn operation(&self) -> Option<&str> {
        self.request.operation_name.as_deref()
    }
}

/// An answer.
#[derive(Debug)]
pub enum Reply {
    /// Whole and without errors.
    Data {
        /// `data` as JSON.
        json: Vec<u8>,
        /// What it cost (domain.md 2.4).
        cost: u64,
    },
    /// The engine's.
    Full {
        /// The answer.
        response: Box<Response>,
        /// What it cost; none when fields failed, whose work is not in it.
        cost: Option<u64>,
    },
}

impl Reply {
    /// Its errors.
    pub fn errors(&self) -> &[ServerError] {
        match self {
            Self::Data { .. } => &[],
            Self::Full { response, .. } => &response.errors,
        }
    }

    /// What it really cost, where that can be told.
    pub fn cost(&self) -> Option<u64> {
        match self {
            Self::Data { cost, .. } => Some(*cost),
            Self::Full { cost, .. } => *cost,
        }
    }
}

/// An answer of a stream.
#[derive(Debug)]
pub struct Told {
    /// The answer.
    pub payload: Payload,
    /// The place after it, when a client that comes back can go on from there.
    pub place: Option<Position>,
    /// Whether it is the last, of a run that failed and may go on at the next try.
    pub fault: bool,
}

/// What an answer of a stream says.
#[derive(Debug)]
pub enum Payload {
    /// An answer.
    Own(Box<Response>),
    /// The JSON of an answer without errors, for several.
    Shared(Arc<RawValue>),
}

impl Payload {
    /// As JSON, written once for several; none when there are errors, which name the request.
    pub fn into_json(self) -> Option<Arc<RawValue>> {
        #[derive(Serialize)]
        struct Whole<'a> {
            data: &'a Value,
        }
        match self {
            Self::Own(answer) if answer.errors.is_empty() => {
                Some(to_raw_value(&Whole { data: &answer.data }).ok()?.into())
            }
            Self::Own(_) => None,
            Self::Shared(json) => Some(json),
        }
    }
}

/// An answer without errors of this `data`, both as JSON. There is room for what else it may say.
pub fn whole(data: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(data.len() + 170);
    whole.extend_from_slice(b"{\"data\":");
    whole.extend_from_slice(data);
    whole.push(b'}');
    whole
}

impl From<Reply> for Payload {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Full { response, .. } => Self::Own(response),
            Reply::Data { json, .. } => {
                let whole = String::from_utf8(whole(&json)).map_err(|error| error.to_string());
                let whole = whole.and_then(|text| RawValue::from_string(text).map_err(|error| error.to_string()));
                Self::Shared(whole.expect("the fast way writes JSON").into())
            }
        }
    }
}

impl From<Response> for Payload {
    fn from(answer: Response) -> Self {
        Self::Own(Box::new(answer))
    }
}
