//! Who asks, and what a policy may answer. Each room's `policy.rs` maps a [`Viewer`] to an [`Access`].

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use entity::{CustomerId, Role, StaffId, StoreId, UpstreamSystemId};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::graph::error::{Code, Error};

/// The caller, as the token says. Policies match on [`Viewer::kind`] without a wildcard, so that a new kind of
/// caller does not compile before each policy has spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// What the caller is.
    pub kind: ViewerKind,
    /// Extra rights named by the token.
    pub scopes: BTreeSet<Scope>,
    /// End of the token's life; none for anonymous callers.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the token was made, if it says.
    pub issued_at: Option<DateTime<Utc>>,
}

/// Kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewerKind {
    /// No token.
    Anonymous,
    /// A customer; reaches what is theirs.
    Customer(CustomerId),
    /// Staff of one store; reaches what is the store's.
    Staff {
        /// The person.
        id: StaffId,
        /// The store.
        store: StoreId,
        /// A manager may assign work to others.
        manager: bool,
    },
    /// An operator of the car maker; reaches everything, personal data masked without the scope.
    Operator(StaffId),
    /// An upstream system acting through the ingest door; reads nothing here.
    System(UpstreamSystemId),
}

/// A right beyond the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `pii:read`: personal data in clear.
    PiiRead,
}

impl Scope {
    /// The scope's name in a token.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "pii:read" => Some(Self::PiiRead),
            _ => None,
        }
    }
}

impl Viewer {
    /// A caller without a token.
    pub fn anonymous() -> Self {
        Self { kind: ViewerKind::Anonymous, scopes: BTreeSet::new(), expires_at: None, issued_at: None }
    }

    /// A caller of this kind without extra rights; for jobs and tests.
    pub fn of(kind: ViewerKind) -> Self {
        Self { kind, ..Self::anonymous() }
    }

    /// Role as the token names it; none for anonymous callers.
    pub fn role(&self) -> Option<Role> {
        match self.kind {
            ViewerKind::Anonymous => None,
            ViewerKind::Customer(_) => Some(Role::Customer),
            ViewerKind::Staff { manager: false, .. } => Some(Role::Consultant),
            ViewerKind::Staff { manager: true, .. } => Some(Role::StoreManager),
            ViewerKind::Operator(_) => Some(Role::Operator),
            ViewerKind::System(_) => Some(Role::PartnerSystem),
        }
    }

    /// How the caller is named in histories and idempotency records.
    pub fn actor(&self) -> String {
        match self.kind {
            ViewerKind::Anonymous => "anonymous".into(),
            ViewerKind::Customer(id) => id.to_string(),
            ViewerKind::Staff { id, .. } | ViewerKind::Operator(id) => id.to_string(),
            ViewerKind::System(id) => id.to_string(),
        }
    }

    /// The signed-in customer.
    pub fn customer(&self) -> Option<CustomerId> {
        match self.kind {
            ViewerKind::Customer(id) => Some(id),
            _ => None,
        }
    }

    /// The caller's store.
    pub fn store(&self) -> Option<StoreId> {
        match self.kind {
            ViewerKind::Staff { store, .. } => Some(store),
            _ => None,
        }
    }

    /// The caller as a member of staff, of a store or of the car maker.
    pub fn staff(&self) -> Option<StaffId> {
        match self.kind {
            ViewerKind::Staff { id, .. } | ViewerKind::Operator(id) => Some(id),
            _ => None,
        }
    }

    /// Whether one may follow what happens to this store: one's own; any for operators.
    pub fn may_follow(&self, store: StoreId) -> bool {
        match self.kind {
            ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
            ViewerKind::Staff { store: own, .. } => own == store,
            ViewerKind::Operator(_) => true,
        }
    }

    /// The signed-in customer, or the refusal of a root field that is for customers.
    pub fn customer_or_refuse(&self) -> Result<CustomerId, Error> {
        self.customer().ok_or_else(|| self.refused())
    }

    /// The member of staff, or the refusal of a root field that is for staff.
    pub fn staff_or_refuse(&self) -> Result<StaffId, Error> {
        self.staff().ok_or_else(|| self.refused())
    }

    /// Whether the token carries this right.
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// The error for a door that is closed to this caller: sign in first, or not for you.
    pub fn refused(&self) -> Error {
        match self.kind {
            ViewerKind::Anonymous => Error::shown(Code::Unauthenticated, "sign-in"),
            _ => Error::shown(Code::Forbidden, "forbidden"),
        }
    }
}

/// Who asks, for as long as what they asked for goes on: a socket may renew its token meanwhile. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Standing(Arc<Stand>);

#[derive(Debug)]
struct Stand {
    viewer: Mutex<Viewer>,
    renewals: AtomicU64,
}

impl Standing {
    /// Of this viewer, to begin with.
    pub fn of(viewer: Viewer) -> Self {
        Self(Arc::new(Stand { viewer: Mutex::new(viewer), renewals: AtomicU64::new(0) }))
    }

    /// The viewer of now.
    pub fn viewer(&self) -> Viewer {
        self.0.viewer.lock().expect("no panic while held").clone()
    }

    /// From here on it is this viewer: the same person with another token.
    pub fn renew(&self, viewer: Viewer) {
        *self.0.viewer.lock().expect("no panic while held") = viewer;
        self.0.renewals.fetch_add(1, Ordering::AcqRel);
    }

    /// How often that was.
    pub fn renewals(&self) -> u64 {
        self.0.renewals.load(Ordering::Acquire)
    }
}

/// What a policy answers for a kind of row.
#[derive(Debug)]
pub enum Access {
    /// Closed: the root field answers [`Viewer::refused`], a look-up by id answers as if nothing were there.
    Closed,
    /// Open for the rows that fulfil the condition, which goes into the statement.
    Rows(Condition),
}

impl Access {
    /// Open for every row.
    pub fn all() -> Self {
        Self::Rows(Condition::all())
    }

    /// The condition, or the refusal of a root field.
    pub fn or_refuse(self, viewer: &Viewer) -> Result<Condition, Error> {
        match self {
            Self::Closed => Err(viewer.refused()),
            Self::Rows(condition) => Ok(condition),
        }
    }

    /// The condition for a look-up by id: closed is a condition that no row fulfils, so hidden equals absent.
    pub fn or_nothing(self) -> Condition {
        match self {
            Self::Closed => Condition::all().add(ExprTrait::eq(Expr::val(1), 0)),
            Self::Rows(condition) => condition,
        }
    }
}

/// Whether a personal value is shown in clear. Made by policies only, asked for by the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// As it is.
    Clear,
    /// Masked as domain.md 3.6 says.
    Masked,
}
