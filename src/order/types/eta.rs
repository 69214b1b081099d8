//! The expected date of an order.

use async_graphql::{Description, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{eta_revision, order};
use entity::{EtaConfidence, EtaReason};

use super::super::links::RevisionsOfOrder;
use super::super::rules::eta::EtaWindow;
use super::super::rules::pause::{expected_on, paused_by};
use crate::graph::answer::To;
use crate::graph::scalars::Date;
use crate::graph::{Call, Fields, fields};
use crate::values::calendar;

/// When the car is expected to be ready, as a range of days in Shanghai.
#[derive(Clone, Debug, Description)]
pub struct Eta(pub order::Model);

impl Eta {
    /// The range of today.
    fn shown(&self, call: &Call) -> Option<EtaWindow> {
        expected_on(&self.0, || calendar::day(call.now))
    }
}

#[fields(rows(order::Model))]
impl Eta {
    /// Not before this day, most likely.
    #[columns(eta_earliest, eta_likely, eta_latest, eta_moves_from, deferred_until)]
    fn earliest(&self, call: &Call) -> Option<Date> {
        self.shown(call).map(|window| Date(window.earliest))
    }

    /// The day to be expected.
    #[columns(eta_earliest, eta_likely, eta_latest, eta_moves_from, deferred_until)]
    fn likely(&self, call: &Call) -> Option<Date> {
        self.shown(call).map(|window| Date(window.likely))
    }

    /// Not after this day, most likely.
    #[columns(eta_earliest, eta_likely, eta_latest, eta_moves_from, deferred_until)]
    fn latest(&self, call: &Call) -> Option<Date> {
        self.shown(call).map(|window| Date(window.latest))
    }

    /// How sure it is.
    fn confidence(&self) -> EtaConfidence {
        self.0.eta_confidence
    }

    /// When it was last worked out; while the clock stands still, the range is that of today all the same.
    fn as_of(&self) -> DateTime<Utc> {
        self.0.eta_as_of
    }

    /// The day that was promised when the configuration was locked; it stays, whatever is expected now, until the customer changes
    /// the order.
    fn promised_by(&self) -> Option<Date> {
        self.0.promised_by.map(Date)
    }

    /// The day from which on the customer wants the car, where that is later than it would be there.
    fn deferred_until(&self) -> Option<Date> {
        self.0.deferred_until.map(Date)
    }

    /// What the customer holds up, if anything. `PAYMENT_PENDING`: the balance is waited for, and the clock stands still until it is
    /// paid; the range moves with the day meanwhile, without a revision for each, and is counted from the payment then. `CUSTOMER`: the
    /// customer does not want the car before `deferredUntil`, and no day of the range lies before that one; the car goes on.
    #[columns(eta_moves_from, deferred_until)]
    fn paused_by(&self, call: &Call) -> Option<EtaReason> {
        paused_by(self.0.eta_moves_from, self.0.deferred_until, calendar::day(call.now))
    }

    /// Every change that was published, newest first.
    #[link(self.0.id)]
    fn revisions(&self) -> To<RevisionsOfOrder>;
}

/// A published change of the expected date.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct EtaRevision {
    /// Not before this day, most likely.
    pub earliest: Date,
    /// The day to be expected.
    pub likely: Date,
    /// Not after this day, most likely.
    pub latest: Date,
    /// How sure it was.
    pub confidence: EtaConfidence,
    /// Why it changed.
    pub reason: EtaReason,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

impl From<eta_revision::Model> for EtaRevision {
    fn from(row: eta_revision::Model) -> Self {
        Self {
            earliest: Date(row.earliest),
            likely: Date(row.likely),
            latest: Date(row.latest),
            confidence: row.confidence,
            reason: row.reason,
            published_at: row.published_at,
        }
    }
}
