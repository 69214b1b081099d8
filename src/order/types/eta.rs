//! The expected date of an order.

use async_graphql::{Description, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{eta_revision, order};
use entity::{EtaConfidence, EtaReason};

use super::super::links::{MilestonesOfOrder, RevisionsOfOrder};
use super::super::rules::eta::paused_by;
use super::super::rules::party::balance_before_shipment;
use super::super::rules::status::takes_milestones;
use crate::graph::answer::To;
use crate::graph::scalars::Date;
use crate::graph::{Call, Fields, Result, fields};
use crate::place::StoreById;
use crate::values::calendar;

/// When the car is expected to be ready, as a range of days in Shanghai.
#[derive(Clone, Debug, Description)]
pub struct Eta(pub order::Model);

#[fields(rows(order::Model))]
impl Eta {
    /// Not before this day, most likely.
    fn earliest(&self) -> Option<Date> {
        self.0.eta_earliest.map(Date)
    }

    /// The day to be expected.
    fn likely(&self) -> Option<Date> {
        self.0.eta_likely.map(Date)
    }

    /// Not after this day, most likely.
    fn latest(&self) -> Option<Date> {
        self.0.eta_latest.map(Date)
    }

    /// How sure it is.
    fn confidence(&self) -> EtaConfidence {
        self.0.eta_confidence
    }

    /// When it was last worked out.
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

    /// What the customer holds up, if anything: until then the clock stands still.
    fn paused_by(&self, call: &Call) -> Result<Option<EtaReason>> {
        if !takes_milestones(self.0.status) {
            return Ok(None);
        }
        let milestones = call.found::<MilestonesOfOrder>(&self.0.id)?;
        let store = call.found::<StoreById>(&self.0.delivery_store_id)?;
        let states: Vec<_> = milestones.iter().map(|m| (m.0.code, m.0.state)).collect();
        let balance_first = (*store).as_ref().is_some_and(|store| balance_before_shipment(&store.row));
        let deferred = self.0.deferred_until.is_some_and(|until| calendar::day(call.now) < until);
        Ok(paused_by(&states, balance_first, deferred))
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
