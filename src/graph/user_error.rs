//! What a user can put right: typed errors in the payload (domain.md 2.3, choice 1). Adding a type breaks no client.

use async_graphql::{Enum, ID, Interface, SimpleObject, Value};
use entity::PrefixedId;
use sea_orm::DbErr;

use super::call::CallState;
use super::error::Error;
use super::money::Money;
use super::text::{Arg, text};
use crate::values::error::Invalid;

/// The closed list of `userErrors[].code`.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum UserErrorCode {
    /// A value is missing.
    Required,
    /// A value breaks a rule; the message names it.
    Invalid,
    /// Not an id, or the id of another kind.
    InvalidId,
    /// Nothing there that the caller may see.
    NotFound,
    /// Exists already.
    Duplicate,
    /// A consent is missing.
    ConsentRequired,
    /// The state machine has no such step.
    InvalidTransition,
    /// Somebody else was faster; read again.
    VersionConflict,
    /// The key was used with another input.
    IdempotencyKeyReused,
    /// The key's first use has not ended.
    IdempotencyInProgress,
    /// The price is not what the client showed.
    PriceChanged,
    /// A rule of the configurator forbids the choice.
    ConfigurationBlocked,
    /// The car cannot be had.
    VehicleUnavailable,
    /// The conditions are not met.
    NotEligible,
    /// Not enough points.
    InsufficientPoints,
    /// The payment provider says no.
    PaymentDeclined,
    /// There are as many as there may be.
    LimitReached,
    /// Not for this caller.
    Forbidden,
    /// The store has as many cars as its quota allows.
    QuotaFull,
    /// Of several things this one could not be done now, which is not the caller's fault; nothing of it was. Send it again.
    Internal,
}

/// What a user can put right.
#[derive(Interface, Clone, Debug)]
#[graphql(
    field(name = "code", ty = "&UserErrorCode", desc = "What kind of error it is."),
    field(name = "message", ty = "&String", desc = "What to tell the user, in the language of the request."),
    field(name = "field", ty = "&Option<Vec<String>>", desc = "Path of the value at fault, from `input` on.")
)]
pub enum UserError {
    /// A value breaks a rule.
    Validation(ValidationError),
    /// The state machine has no such step.
    Transition(InvalidTransition),
    /// Somebody else was faster.
    Version(VersionConflict),
    /// The price is not what the client showed.
    Price(PriceChanged),
    /// A rule of the configurator forbids the choice.
    Configuration(ConfigurationBlocked),
    /// The car cannot be had.
    Vehicle(VehicleUnavailable),
    /// Not enough points.
    Points(InsufficientPoints),
    /// The store has as many cars as its quota allows.
    Quota(QuotaFull),
}

/// A value that breaks a rule.
#[derive(SimpleObject, Clone, Debug)]
pub struct ValidationError {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// The rule's name.
    pub constraint: String,
}

/// A step that the state machine does not have.
#[derive(SimpleObject, Clone, Debug)]
pub struct InvalidTransition {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// The state it is in.
    pub from: String,
    /// The step asked for.
    pub action: String,
    /// The steps it has.
    pub allowed: Vec<String>,
}

/// The object has changed since it was read.
#[derive(SimpleObject, Clone, Debug)]
pub struct VersionConflict {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// The version to try again with, after reading the object again by `currentId`.
    pub current_version: i32,
    /// Id of the object; `node(id:)` reads it.
    pub current_id: ID,
}

/// The price is not what the client showed.
#[derive(SimpleObject, Clone, Debug)]
pub struct PriceChanged {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// The total that the client showed.
    pub old_total: Money,
    /// The total now, to show and to send with the next try.
    pub new_total: Money,
    /// The new price, held: for `quoteToken` of the next try.
    pub new_quote_token: String,
}

/// A choice that the configurator's rules forbid.
#[derive(SimpleObject, Clone, Debug)]
pub struct ConfigurationBlocked {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// Codes of the rules that were broken.
    pub rule_codes: Vec<String>,
    /// Option codes that cannot stand together.
    pub conflicts: Vec<String>,
}

/// A car that cannot be had.
#[derive(SimpleObject, Clone, Debug)]
pub struct VehicleUnavailable {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// The car.
    pub vehicle_id: ID,
}

/// A stock that lets no car in: it is full, or there is no right to bring one in. With a car of the store named to go out for it, it
/// would come in.
#[derive(SimpleObject, Clone, Debug)]
pub struct QuotaFull {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// The quota.
    pub quota_id: ID,
    /// The car that ought to go out first: the store's oldest one that stands there, is nobody's and is not named yet; null
    /// when there is none, and for who is of another store.
    pub oldest_vehicle_id: Option<ID>,
}

/// Not enough points.
#[derive(SimpleObject, Clone, Debug)]
pub struct InsufficientPoints {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Path of the value at fault, from `input` on.
    pub field: Option<Vec<String>>,
    /// Points that can be spent.
    pub available: i64,
    /// Points asked for.
    pub needed: i64,
}

/// What the payloads of an answer's `data` say that a user can put right, in order.
pub fn all(data: &Value) -> impl Iterator<Item = &Value> {
    fn errors(payload: &Value) -> &[Value] {
        match payload {
            Value::Object(payload) => match payload.get("userErrors") {
                Some(Value::List(errors)) => errors,
                _ => &[],
            },
            _ => &[],
        }
    }
    let payloads = match data {
        Value::Object(data) => Some(data.values()),
        _ => None,
    };
    payloads.into_iter().flatten().flat_map(errors)
}

/// The code of such an error, when the operation asks for it.
pub fn code(error: &Value) -> Option<&str> {
    let Value::Object(error) = error else { return None };
    match error.get("code")? {
        Value::Enum(code) => Some(code),
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// A path from `input` on, as in `["input", "lines", "0"]`.
pub fn path<S: Into<String>>(steps: impl IntoIterator<Item = S>) -> Option<Vec<String>> {
    Some(std::iter::once("input".to_owned()).chain(steps.into_iter().map(Into::into)).collect())
}

impl UserError {
    fn field_mut(&mut self) -> &mut Option<Vec<String>> {
        match self {
            Self::Validation(error) => &mut error.field,
            Self::Transition(error) => &mut error.field,
            Self::Version(error) => &mut error.field,
            Self::Price(error) => &mut error.field,
            Self::Configuration(error) => &mut error.field,
            Self::Vehicle(error) => &mut error.field,
            Self::Points(error) => &mut error.field,
            Self::Quota(error) => &mut error.field,
        }
    }

    /// Path of the value at fault, from `input` on.
    pub fn path(&self) -> Option<&[String]> {
        match self {
            Self::Validation(error) => error.field.as_deref(),
            Self::Transition(error) => error.field.as_deref(),
            Self::Version(error) => error.field.as_deref(),
            Self::Price(error) => error.field.as_deref(),
            Self::Configuration(error) => error.field.as_deref(),
            Self::Vehicle(error) => error.field.as_deref(),
            Self::Points(error) => error.field.as_deref(),
            Self::Quota(error) => error.field.as_deref(),
        }
    }

    /// The same about a part of the input: `steps` come right after `input`. One without a path is about that part as a whole.
    #[must_use]
    pub fn below(mut self, steps: &[String]) -> Self {
        let field = self.field_mut();
        let rest = field.take().unwrap_or_default();
        *field = path(steps.iter().cloned().chain(rest.into_iter().skip(1)));
        self
    }

    /// A field that breaks a rule; `key` names the rule's text in `locales/`.
    pub fn invalid(call: &CallState, field: &str, key: &str, args: &[(&'static str, Arg)]) -> Self {
        Self::coded(call, UserErrorCode::Invalid, field, key, args)
    }

    /// Any code with a rule's text. `field` is a dotted path below `input`; empty for the whole input.
    pub fn coded(call: &CallState, code: UserErrorCode, field: &str, key: &str, args: &[(&'static str, Arg)]) -> Self {
        Self::Validation(ValidationError {
            code,
            message: text(call.locale, key, args),
            field: path(field.split('.').filter(|step| !step.is_empty())),
            constraint: key.to_owned(),
        })
    }

    /// A value that one of `values` refused.
    pub fn refused(call: &CallState, field: &str, invalid: Invalid) -> Self {
        let code = if invalid == Invalid::REQUIRED { UserErrorCode::Required } else { UserErrorCode::Invalid };
        let max = invalid.max.map(|max| ("max", i64::from(max).into()));
        Self::coded(call, code, field, invalid.rule, max.as_slice())
    }

    /// Reads an id of one kind.
    ///
    /// # Errors
    /// `INVALID_ID` with the form that was expected.
    pub fn parse_id<K: PrefixedId>(call: &CallState, field: &str, id: &ID) -> Result<K, Self> {
        let expected = [("expected", K::PREFIX.into())];
        id.parse().map_err(|_| Self::coded(call, UserErrorCode::InvalidId, field, "id", &expected))
    }

    /// Reads ids of one kind, in order; `field` names the list.
    ///
    /// # Errors
    /// Each that is none, by its place, as [`UserError::parse_id`].
    pub fn parse_ids<K: PrefixedId>(call: &CallState, field: &str, ids: &[ID]) -> Result<Vec<K>, Vec<Self>> {
        let read = ids.iter().enumerate().map(|(at, id)| Self::parse_id(call, &format!("{field}.{at}"), id));
        let (good, wrong): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        if wrong.is_empty() {
            Ok(good.into_iter().flatten().collect())
        } else {
            Err(wrong.into_iter().filter_map(Result::err).collect())
        }
    }

    /// A field whose id is of no row that the caller may see.
    pub fn not_found(call: &CallState, field: &str) -> Self {
        Self::coded(call, UserErrorCode::NotFound, field, "not-found", &[])
    }

    /// A step that the state machine does not have.
    pub fn transition(
        call: &CallState,
        from: impl ToString,
        action: impl ToString,
        allowed: impl IntoIterator<Item = impl ToString>,
    ) -> Self {
        let (from, action) = (from.to_string(), action.to_string());
        Self::Transition(InvalidTransition {
            code: UserErrorCode::InvalidTransition,
            message: text(
                call.locale,
                "invalid-transition",
                &[("from", from.as_str().into()), ("action", action.as_str().into())],
            ),
            field: None,
            from,
            action,
            allowed: allowed.into_iter().map(|a| a.to_string()).collect(),
        })
    }

    /// The object has changed since it was read.
    pub fn version(call: &CallState, id: impl ToString, current: i32) -> Self {
        Self::Version(VersionConflict {
            code: UserErrorCode::VersionConflict,
            message: text(call.locale, "version-conflict", &[("version", i64::from(current).into())]),
            field: path(["expectedVersion"]),
            current_version: current,
            current_id: ID(id.to_string()),
        })
    }

    /// The price is not what the client showed; totals in fen.
    pub fn price_changed(
        call: &CallState,
        field: &str,
        (old_minor, new_minor): (i64, i64),
        new_quote_token: String,
    ) -> Self {
        let new_total = Money::fen(new_minor);
        Self::Price(PriceChanged {
            code: UserErrorCode::PriceChanged,
            message: text(call.locale, "price-changed", &[("total", new_total.amount.0.to_string().into())]),
            field: path([field]),
            old_total: Money::fen(old_minor),
            new_total,
            new_quote_token,
        })
    }

    /// The car cannot be had.
    pub fn vehicle_unavailable(call: &CallState, field: &str, id: impl ToString) -> Self {
        Self::Vehicle(VehicleUnavailable {
            code: UserErrorCode::VehicleUnavailable,
            message: text(call.locale, "vehicle-unavailable", &[]),
            field: path([field]),
            vehicle_id: ID(id.to_string()),
        })
    }

    /// The store has as many cars as its quota allows; `oldest` ought to go out first.
    pub fn quota_full(call: &CallState, field: &str, quota: impl ToString, oldest: Option<impl ToString>) -> Self {
        Self::Quota(QuotaFull {
            code: UserErrorCode::QuotaFull,
            message: text(call.locale, "quota-full", &[]),
            field: path([field]),
            quota_id: ID(quota.to_string()),
            oldest_vehicle_id: oldest.map(|car| ID(car.to_string())),
        })
    }

    /// Not enough points.
    pub fn insufficient_points(call: &CallState, field: &str, available: i64, needed: i64) -> Self {
        Self::Points(InsufficientPoints {
            code: UserErrorCode::InsufficientPoints,
            message: text(
                call.locale,
                "insufficient-points",
                &[("available", available.into()), ("needed", needed.into())],
            ),
            field: path([field]),
            available,
            needed,
        })
    }
}

/// Why a mutation does not happen: the user can put it right, or the whole answer fails. Either rolls back.
#[derive(Debug)]
pub enum Refusal {
    /// Goes into `userErrors`.
    User(Vec<UserError>),
    /// Goes into `errors`.
    Failed(Error),
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl From<Vec<UserError>> for Refusal {
    fn from(errors: Vec<UserError>) -> Self {
        Self::User(errors)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbErr> for Refusal {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}
