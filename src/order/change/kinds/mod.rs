//! The kinds of change, a file each: what is wanted, what it would mean now, and how it is done.
//!
//! A kind is added by a struct of what is wanted (plain, nothing personal: it is kept as JSON in `order_change_request.asked`), which
//! implements [`Kind`]; an arm of [`Asked`] and of its three matches; a member of `OrderChangeWishInput`; and its rows in
//! `rules/table.rs`, which say in which states of the order it is possible and who grants it.

mod beside;
mod buyer;
mod cancel;
mod defer;
mod exchange;
mod findings;
mod reconfigure;
mod refund;
mod returned;
mod stores;

use chrono::{DateTime, NaiveDate, Utc};
use entity::order::{change_request, order};
use entity::{ChangeKind, Fault, OrderStatus, Role};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use super::rules::consequences::Consequences;
use super::rules::table::{Grants, grants, possible, waits_for_word};
use crate::access::Viewer;
use crate::catalog::quote::{Fields, QuoteError};
use crate::graph::text::Arg;
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Error, Refusal, UserError};
use crate::order::rules::pause::expected_on;
use crate::order::store::Revision;
use crate::store::{Knows, Tx};
use crate::values::calendar;

pub use buyer::BuyerChange;
pub use cancel::Cancel;
pub use defer::DeliveryDefer;
pub use exchange::Exchange;
pub use findings::Findings;
pub use reconfigure::Reconfigure;
pub use refund::Refund;
pub use returned::Return;
pub use stores::StoreChange;

/// What a quote looks at.
#[derive(Clone, Copy)]
pub struct Case<'a, C> {
    /// Where rows are read; under the order's lock when something is to be done.
    pub conn: &'a C,
    /// The order.
    pub order: &'a order::Model,
    /// Its state before the request.
    pub status: OrderStatus,
    /// Whose doing it is.
    pub fault: Fault,
    /// Who asks for it, or decides about it.
    pub who: Role,
    /// When it was asked for: prices are those of then.
    pub at: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
}

impl<C> Case<'_, C> {
    /// The likely day that the order shows now.
    pub fn likely(&self) -> Option<NaiveDate> {
        self.likely_at(self.now)
    }

    /// The likely day that it shows, or showed, at another moment.
    pub fn likely_at(&self, at: DateTime<Utc>) -> Option<NaiveDate> {
        expected_on(self.order, || calendar::day(at)).map(|window| window.likely)
    }
}

/// As whom somebody asks or decides. Whoever is nobody sees no order.
pub fn role(viewer: &Viewer) -> Role {
    viewer.role().unwrap_or(Role::PartnerSystem)
}

/// What a change would mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What becomes of the order.
    pub consequences: Consequences,
    /// Whether the kind finds nothing that people have to look at; see [`Grants::RuleOrPeople`].
    pub plain: bool,
}

/// A kind of change.
pub trait Kind {
    /// What it would mean; reads, and changes nothing. That the table has a row for the order's state was asked before.
    ///
    /// # Errors
    /// What stands in its way.
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused>;

    /// Does it, as it was quoted just now under the order's lock; the request as it stands then. Saving both is the caller's.
    ///
    /// # Errors
    /// When the store fails, or a step that the quote did not foresee is refused.
    async fn carry_out(
        &self,
        tx: &mut Tx,
        call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal>;
}

/// What is wanted, of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Asked {
    /// To call it off.
    Cancel(Cancel),
    /// Another configuration.
    Reconfigure(Reconfigure),
    /// Another buyer.
    BuyerChange(BuyerChange),
    /// Another store.
    StoreChange(StoreChange),
    /// A later day.
    DeliveryDefer(DeliveryDefer),
    /// Money back, and the car kept.
    Refund(Refund),
    /// To give the car back.
    Return(Return),
    /// To give the car back for another.
    Exchange(Exchange),
}

impl Asked {
    /// What a request wants.
    ///
    /// # Errors
    /// When it is not as it was written.
    pub fn of(request: &change_request::Model) -> Result<Self, Error> {
        match &request.asked {
            Some(asked) => serde_json::from_value(asked.clone())
                .map_err(|error| Error::hidden(format!("what request {} wants: {error}", request.id))),
            // What was asked for before there were other kinds.
            None => Ok(Self::Cancel(Cancel {})),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Cancel(_) => ChangeKind::Cancel,
            Self::Reconfigure(_) => ChangeKind::Reconfigure,
            Self::BuyerChange(_) => ChangeKind::BuyerChange,
            Self::StoreChange(_) => ChangeKind::StoreChange,
            Self::DeliveryDefer(_) => ChangeKind::DeliveryDefer,
            Self::Refund(_) => ChangeKind::Refund,
            Self::Return(_) => ChangeKind::Return,
            Self::Exchange(_) => ChangeKind::Exchange,
        }
    }

    /// What it would mean, and whether it is granted as soon as it is asked for.
    ///
    /// # Errors
    /// What stands in its way.
    pub async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<(Quote, bool), Refused> {
        let Some(grants) = grants(self.kind(), case.status) else {
            return Err(Refused::Never { kind: self.kind(), status: case.status });
        };
        let quote = match self {
            Self::Cancel(kind) => kind.quote(case).await,
            Self::Reconfigure(kind) => kind.quote(case).await,
            Self::BuyerChange(kind) => kind.quote(case).await,
            Self::StoreChange(kind) => kind.quote(case).await,
            Self::DeliveryDefer(kind) => kind.quote(case).await,
            Self::Refund(kind) => kind.quote(case).await,
            Self::Return(kind) => kind.quote(case).await,
            Self::Exchange(kind) => kind.quote(case).await,
        }?;
        let at_once = match grants {
            Grants::Rule => true,
            Grants::RuleOrPeople => quote.plain,
            Grants::People => false,
        };
        Ok((quote, at_once && !waits_for_word(self.kind(), case.who)))
    }

    /// Does it.
    ///
    /// # Errors
    /// See [`Kind::carry_out`].
    pub async fn carry_out(
        &self,
        tx: &mut Tx,
        call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        match self {
            Self::Cancel(kind) => kind.carry_out(tx, call, revision, request, quote).await,
            Self::Reconfigure(kind) => kind.carry_out(tx, call, revision, request, quote).await,
            Self::BuyerChange(kind) => kind.carry_out(tx, call, revision, request, quote).await,
            Self::StoreChange(kind) => kind.carry_out(tx, call, revision, request, quote).await,
            Self::DeliveryDefer(kind) => kind.carry_out(tx, call, revision, request, quote).await,
            Self::Refund(kind) => kind.carry_out(tx, call, revision, request, quote).await,
            Self::Return(kind) => kind.carry_out(tx, call, revision, request, quote).await,
            Self::Exchange(kind) => kind.carry_out(tx, call, revision, request, quote).await,
        }
    }
}

/// Why a change is not possible; nothing has changed.
#[derive(Debug)]
pub enum Refused {
    /// The table has no row.
    Never { kind: ChangeKind, status: OrderStatus },
    /// Something stands in its way; at least one.
    Not(Vec<Not>),
    /// The choice of options cannot be had, or has no price; where it was named.
    Choice(QuoteError, Fields),
    /// Of ours.
    Failed(Error),
}

/// Something that stands in a change's way.
#[derive(Debug)]
pub struct Not {
    /// What kind of error it is.
    pub code: UserErrorCode,
    /// Where it was named, below `input`.
    pub field: &'static str,
    /// Key of its text.
    pub key: &'static str,
    /// What the text speaks of.
    pub args: Vec<(&'static str, Arg)>,
}

impl Not {
    /// The conditions are not met.
    pub fn eligible(field: &'static str, key: &'static str) -> Self {
        Self { code: UserErrorCode::NotEligible, field, key, args: Vec::new() }
    }

    /// As the error of a payload.
    pub fn user_error(self, call: &Call) -> UserError {
        UserError::coded(call, self.code, self.field, self.key, &self.args)
    }

    /// Nothing there that the caller may see.
    pub fn found(field: &'static str) -> Self {
        Self { code: UserErrorCode::NotFound, field, key: "not-found", args: Vec::new() }
    }
}

/// Where a refusal of what is carried out is named: what was asked for, or the request that is decided.
fn about(request: &change_request::Model) -> &'static str {
    if request.decided_by.as_deref() == Some(BY_RULE) { "orderId" } else { "changeRequestId" }
}

/// Who has granted what is done as soon as it is asked for.
pub const BY_RULE: &str = "rule";

impl Refused {
    /// What stands in the way, named at other places.
    pub fn placed(self, place: impl Fn(&Not) -> &'static str) -> Self {
        match self {
            Self::Not(all) => Self::Not(all.into_iter().map(|not| Not { field: place(&not), ..not }).collect()),
            other => other,
        }
    }

    /// As a mutation's refusal. When it is decided, all of it is about the request.
    pub fn refusal(self, call: &Call, about: Option<&'static str>) -> Refusal {
        match self {
            Self::Never { kind, status } => {
                let error = UserError::transition(call, status, kind, possible(status));
                error.into()
            }
            Self::Not(all) => {
                let all = all.into_iter().map(|not| Not { field: about.unwrap_or(not.field), ..not });
                all.map(|not| not.user_error(call)).collect::<Vec<_>>().into()
            }
            Self::Choice(error, fields) => {
                let decided = |at| Fields { trim: at, options: at, city: at, listed: false };
                error.refusal(call, about.map_or(fields, decided))
            }
            Self::Failed(error) => error.into(),
        }
    }

    /// As the error of a query, of the first thing.
    pub fn error(self, call: &Call) -> Error {
        match self {
            Self::Never { kind, status } => Error::argument("input.orderId", "order-change-never")
                .with("kind", kind.to_string())
                .with("status", status.to_string()),
            Self::Not(all) => match all.into_iter().next() {
                Some(not) => {
                    let error = Error::argument(format!("input.{}", not.field), not.key);
                    not.args.into_iter().fold(error, |error, (name, arg)| error.with(name, arg))
                }
                None => Error::hidden("a refusal without a reason"),
            },
            Self::Choice(error, fields) => error.error(call, fields),
            Self::Failed(error) => error,
        }
    }
}

impl From<Not> for Refused {
    fn from(not: Not) -> Self {
        Self::Not(vec![not])
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbErr> for Refused {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}
