//! What the customer holds up (C085; domain.md 3.3, "ETA": customer-side blockers pause the clock and say so).
//!
//! While the balance is waited for, each day that passes puts the car off by a day: the range is reckoned from the day on which it is
//! looked at. It is kept with the day from which it moves, and moved when it is read. Nothing has to be written meanwhile, and
//! nobody is told every other day that nothing has happened; that the clock stops is published, and so is what is expected once it
//! goes on, counted from the payment.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::order::{milestone, order};
use entity::vocabulary::{EtaReason, MilestoneCode, MilestoneState};

use super::eta::{EtaWindow, should_publish};
use super::milestone::{is_finished, state_of};

/// Whether the car has come to where the balance is wanted: it could be shipped and the template wants the money first, or its
/// inspection is over. From here on the payment is a step of the way.
pub fn is_at_balance(states: &[(MilestoneCode, MilestoneState)], balance_first: bool) -> bool {
    let finished = |code| is_finished(state_of(states, code));
    let to_ship = balance_first
        && finished(MilestoneCode::QualityReleased)
        && finished(MilestoneCode::Allocated)
        && !finished(MilestoneCode::Shipped);
    to_ship || finished(MilestoneCode::PdiDone)
}

/// Whether the car waits for the customer's payment, so that the clock stands still.
pub fn awaits_payment(states: &[(MilestoneCode, MilestoneState)], balance_first: bool) -> bool {
    is_at_balance(states, balance_first) && !is_finished(state_of(states, MilestoneCode::BalancePaid))
}

/// What the customer holds up; the payment goes before a wish for a later day, by which no clock stands still: the car only is not
/// handed over before.
pub fn paused_by(
    moves_from: Option<NaiveDate>,
    deferred_until: Option<NaiveDate>,
    today: NaiveDate,
) -> Option<EtaReason> {
    let deferred = deferred_until.is_some_and(|until| today < until);
    moves_from.map(|_| EtaReason::PaymentPending).or(deferred.then_some(EtaReason::Customer))
}

/// An expected range as an order keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// As it was reckoned; without the customer's wish for a later day while it moves, since that day does not.
    pub window: EtaWindow,
    /// While the payment is waited for: the day from which on it moves with the day.
    pub moves_from: Option<NaiveDate>,
}

impl Kept {
    /// What an order keeps; none before anything was reckoned.
    pub fn of(order: &order::Model) -> Option<Self> {
        let window = EtaWindow { earliest: order.eta_earliest?, likely: order.eta_likely?, latest: order.eta_latest? };
        Some(Self { window, moves_from: order.eta_moves_from })
    }

    /// The range on a day; the customer does not want the car before `deferred_until`.
    #[must_use]
    pub fn on(self, today: NaiveDate, deferred_until: Option<NaiveDate>) -> EtaWindow {
        let Some(from) = self.moves_from else { return self.window };
        let days = days_since(from, today);
        let moved = |date: NaiveDate| date.checked_add_days(days).unwrap_or(NaiveDate::MAX);
        let EtaWindow { earliest, likely, latest } = self.window;
        EtaWindow { earliest: moved(earliest), likely: moved(likely), latest: moved(latest) }
            .not_before(Some(today))
            .not_before(deferred_until)
    }
}

/// The range that an order shows on a day. The day is asked for only where the range moves with it.
pub fn expected_on(order: &order::Model, today: impl FnOnce() -> NaiveDate) -> Option<EtaWindow> {
    let kept = Kept::of(order)?;
    Some(if kept.moves_from.is_none() { kept.window } else { kept.on(today(), order.deferred_until) })
}

/// The forecast that a milestone shows on a day, p50 and p90. The day is asked for only where the forecast moves with it.
pub fn forecast_on(
    row: &milestone::Model,
    today: impl FnOnce() -> NaiveDate,
) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let p50 = row.forecast_p50?;
    let Some(from) = row.forecast_moves_from else { return Some((p50, row.forecast_p90)) };
    let days = (today() - from).num_days().max(0);
    let moved = |at: DateTime<Utc>| at + TimeDelta::days(days);
    Some((moved(p50), row.forecast_p90.map(moved)))
}

fn days_since(from: NaiveDate, today: NaiveDate) -> Days {
    Days::new((today - from).num_days().max(0).unsigned_abs())
}

/// Why what was reckoned anew is published, where it is. That the clock stops or goes on is told at once, however little the dates
/// move by it, as what they are counted from is another; else the rule of later dates decides ([`should_publish`]). `shown` is the
/// likely day that the order shows `today`, and `why` the reason of what has happened.
pub fn publishes(
    (was_paused, shown): (bool, Option<NaiveDate>),
    (is_paused, likely): (bool, NaiveDate),
    today: NaiveDate,
    why: EtaReason,
) -> Option<EtaReason> {
    let stops = is_paused && !was_paused;
    if stops && why == EtaReason::Progress {
        return Some(EtaReason::PaymentPending);
    }
    (stops || (was_paused && !is_paused) || should_publish(shown, likely, today)).then_some(why)
}

#[cfg(test)]
mod tests;
