//! What the whole process shares.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use crate::events::Hub;
use crate::files::Files;
use crate::identity::Withdrawn;
use crate::ports::Ports;
use crate::press::Press;
use crate::settings::OrderSettings;
use crate::store::{Db, Vault};
use crate::webhook::Webhooks;

/// The process: store, vault, event hub, clock. Cheap to clone.
pub type App = Arc<AppState>;

/// See [`App`].
pub struct AppState {
    /// The operational store.
    pub db: Db,
    /// Seals and opens personal data.
    pub vault: Vault,
    /// Wakes subscribers.
    pub hub: Hub,
    /// Tokens that no longer count.
    pub withdrawn: Withdrawn,
    /// The wall clock.
    pub clock: Clock,
    /// What is told to others, and when.
    pub webhooks: Webhooks,
    /// Systems that decide steps of an order.
    pub ports: Ports,
    /// Prints what people keep; none without a font.
    pub press: Option<Press>,
    /// Files that people share.
    pub files: Files,
    /// Until when orders are to become firm.
    pub orders: OrderSettings,
    /// Development mode: GraphiQL, introspection, demo data.
    pub dev: bool,
}

/// The wall clock, as a value so that tests can shift it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset: chrono::Duration,
}

impl Clock {
    /// A clock that is off by this much.
    pub fn shifted(offset: chrono::Duration) -> Self {
        Self { offset }
    }

    /// Now, to the microsecond: what both databases keep.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn now(&self) -> DateTime<Utc> {
        (Utc::now() + self.offset).trunc_subsecs(6)
    }
}
