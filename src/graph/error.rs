//! Errors of the whole answer (`errors[]`). Two kinds by type: one may be shown, one may not; a leak would need a
//! change of type. What a user can put right is a [`super::UserError`] in the payload instead.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;

use sea_orm::DbErr;

use super::text::{Arg, text};
use crate::store::fault::Fault;
use crate::store::page::PageError;
use crate::store::vault::VaultError;

/// Result of resolvers and everything below them.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The closed list of `errors[].extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Sign in first.
    Unauthenticated,
    /// Not for this caller.
    Forbidden,
    /// An argument breaks a rule.
    BadUserInput,
    /// The order of the list was changed since the cursor was made; begin again without `after`.
    CursorStale,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// Nothing there that this caller may see.
    NotFound,
    /// No document of this id or hash for this client.
    PersistedQueryNotFound,
    /// The client may send trusted documents only, and this is none.
    DocumentNotTrusted,
    /// The document asks for too much at once.
    LimitExceeded,
    /// Too much, too fast.
    Throttled,
    /// It took longer than the operation may.
    DeadlineExceeded,
    /// A part we need does not answer; try again.
    Unavailable,
    /// Our fault; the request id is all that is said.
    Internal,
}

impl Code {
    /// Each of them.
    const ALL: [Self; 13] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::BadUserInput,
        Self::CursorStale,
        Self::GraphqlValidationFailed,
        Self::NotFound,
        Self::PersistedQueryNotFound,
        Self::DocumentNotTrusted,
        Self::LimitExceeded,
        Self::Throttled,
        Self::DeadlineExceeded,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code that is spelt so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// As it is spelt in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::CursorStale => "CURSOR_STALE",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::NotFound => "NOT_FOUND",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::DocumentNotTrusted => "DOCUMENT_NOT_TRUSTED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Throttled => "THROTTLED",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error of the whole answer.
#[derive(Clone, Debug)]
pub enum Error {
    /// May be shown.
    Shown(Shown),
    /// May not be shown: logged with the request id, of which alone the client hears.
    Hidden(Arc<Hidden>),
    /// A row that has not been fetched yet. Never leaves the graph: it is fetched, and the field asked again.
    Missing,
}

/// An error that a client may read.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its code.
    pub code: Code,
    /// Key of its text in `locales/`.
    pub key: &'static str,
    /// What the text speaks of.
    pub args: Vec<(&'static str, Arg)>,
    /// The argument at fault.
    pub argument: Option<Cow<'static, str>>,
}

/// An error that no client may read.
#[derive(Debug)]
pub struct Hidden {
    /// What happened.
    pub message: String,
    /// The store's failure, when it was one.
    pub fault: Option<Fault>,
    /// Where it was met.
    pub at: &'static Location<'static>,
}

impl Error {
    /// An error that may be shown; `key` names its text.
    pub fn shown(code: Code, key: &'static str) -> Self {
        Self::Shown(Shown { code, key, args: Vec::new(), argument: None })
    }

    /// An argument that breaks a rule; `key` names the rule's text.
    pub fn argument(argument: impl Into<Cow<'static, str>>, key: &'static str) -> Self {
        Self::Shown(Shown { code: Code::BadUserInput, key, args: Vec::new(), argument: Some(argument.into()) })
    }

    /// Names another argument.
    #[must_use]
    pub fn at(mut self, argument: String) -> Self {
        if let Self::Shown(shown) = &mut self {
            shown.argument = Some(argument.into());
        }
        self
    }

    /// Adds what the text speaks of.
    #[must_use]
    pub fn with(mut self, name: &'static str, arg: impl Into<Arg>) -> Self {
        if let Self::Shown(shown) = &mut self {
            shown.args.push((name, arg.into()));
        }
        self
    }

    /// Whether it may be gone at the next try.
    pub fn is_transient(&self) -> bool {
        self.fault().is_some_and(Fault::is_transient)
    }

    /// The kind of the store's failure, when it is one.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Hidden(hidden) => hidden.fault,
            Self::Shown(_) | Self::Missing => None,
        }
    }

    /// An error of ours.
    #[track_caller]
    pub fn hidden(message: impl Into<String>) -> Self {
        Self::Hidden(Arc::new(Hidden { message: message.into(), fault: None, at: Location::caller() }))
    }
}

impl Shown {
    /// The text in a language.
    pub fn message(&self, locale: entity::Locale) -> String {
        text(locale, self.key, &self.args)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shown(shown) => f.write_str(shown.key),
            Self::Hidden(_) | Self::Missing => f.write_str("internal error"),
        }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        // The gateway words it for the caller's language, or logs it; see `gateway::finish`.
        Self::new_with_source(error)
    }
}

impl From<DbErr> for Error {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        let fault = Some(Fault::of(&error));
        Self::Hidden(Arc::new(Hidden { message: error.to_string(), fault, at: Location::caller() }))
    }
}

impl From<VaultError> for Error {
    #[track_caller]
    fn from(error: VaultError) -> Self {
        Self::hidden(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        Self::hidden(error.to_string())
    }
}

impl From<PageError> for Error {
    #[track_caller]
    fn from(error: PageError) -> Self {
        match error {
            PageError::WrongCursor => Self::argument("after", "cursor"),
            PageError::StaleCursor => Self::Shown(Shown {
                code: Code::CursorStale,
                key: "cursor-stale",
                args: Vec::new(),
                argument: Some("after".into()),
            }),
            PageError::Db(error) => error.into(),
        }
    }
}
