//! When the car will be there (C085; domain.md 3.3, "ETA").

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::vocabulary::{EtaConfidence, MilestoneCode, MilestoneState};

use super::milestone::{is_finished, state_of};

/// A stretch of the way, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LegKind {
    /// From now to the start of the slot.
    Queue,
    Build,
    Release,
    /// One leg of transport; there may be several.
    Transport,
    /// Waiting in the yard of the store.
    YardDwell,
    Pdi,
    Paperwork,
}

/// Every kind, in order of the way.
pub const LEG_KINDS: &[LegKind] = &[
    LegKind::Queue,
    LegKind::Build,
    LegKind::Release,
    LegKind::Transport,
    LegKind::YardDwell,
    LegKind::Pdi,
    LegKind::Paperwork,
];

impl LegKind {
    /// The milestone that ends the stretch. A queue ends when the first shop has begun, a dwell with the inspection.
    pub const fn ends_with(self) -> MilestoneCode {
        match self {
            Self::Queue => MilestoneCode::Body,
            Self::Build => MilestoneCode::OffLine,
            Self::Release => MilestoneCode::QualityReleased,
            Self::Transport => MilestoneCode::Arrived,
            Self::YardDwell | Self::Pdi => MilestoneCode::PdiDone,
            Self::Paperwork => MilestoneCode::Ready,
        }
    }
}

/// How long a stretch takes, in days: quantiles of what it took before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    pub kind: LegKind,
    /// Unknown: as far below the median as the ninth decile is above, but not below zero.
    pub p10: Option<f64>,
    pub p50: f64,
    pub p90: f64,
}

impl Leg {
    fn early(&self) -> f64 {
        let p10 = self.p10.unwrap_or_else(|| (2.0 * self.p50 - self.p90).max(0.0));
        (self.p50 - p10).max(0.0)
    }

    fn late(&self) -> f64 {
        (self.p90 - self.p50).max(0.0)
    }
}

/// Days from the anchor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub earliest: f64,
    pub likely: f64,
    pub latest: f64,
}

/// An expected date as a range; `earliest <= likely <= latest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtaWindow {
    pub earliest: NaiveDate,
    pub likely: NaiveDate,
    pub latest: NaiveDate,
}

impl EtaWindow {
    /// The same, but not before the day from which on the customer wants the car.
    #[must_use]
    pub fn not_before(self, day: Option<NaiveDate>) -> Self {
        let held = |date: NaiveDate| day.map_or(date, |day| date.max(day));
        Self { earliest: held(self.earliest), likely: held(self.likely), latest: held(self.latest) }
    }
}

/// How long the stretches take together. They are held to be independent: the median is the sum of the medians, and the
/// spread the root of the sum of squares, because the sum of the ninth deciles is too late.
pub fn spread(legs: &[Leg]) -> Spread {
    let likely: f64 = legs.iter().map(|leg| leg.p50).sum();
    let root = |side: fn(&Leg) -> f64| legs.iter().map(|leg| side(leg).powi(2)).sum::<f64>().sqrt();
    Spread { earliest: (likely - root(Leg::early)).max(0.0), likely, latest: likely + root(Leg::late) }
}

/// The range of days for what is left of the way. `anchor` is the day (Shanghai) of the most recent milestone, see
/// [`anchor`]; no date lies before `today`. The earliest day is rounded down, the others up: a promise is kept at the
/// end of its day.
pub fn window(anchor: NaiveDate, today: NaiveDate, legs: &[Leg]) -> EtaWindow {
    let spread = spread(legs);
    let plus = |days: f64| anchor.checked_add_days(whole_days(days)).unwrap_or(NaiveDate::MAX).max(today);
    EtaWindow {
        earliest: plus(spread.earliest.floor()),
        likely: plus(spread.likely.ceil()),
        latest: plus(spread.latest.ceil()),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between zero and ten years before")]
fn whole_days(days: f64) -> Days {
    Days::new(days.clamp(0.0, 3_650.0) as u64)
}

/// The stretches that are not over. One is over when the milestone that ends it is finished, or one that ends a later
/// stretch; the dwell also when the inspection is under way. A queue and a build that were skipped are over.
pub fn remaining_legs(legs: &[Leg], states: &[(MilestoneCode, MilestoneState)]) -> Vec<Leg> {
    let over = |kind: LegKind| {
        let inspected = state_of(states, MilestoneCode::PdiDone) == MilestoneState::Active;
        LEG_KINDS.iter().filter(|later| kind <= **later).any(|later| is_finished(state_of(states, later.ends_with())))
            || (kind <= LegKind::YardDwell && inspected)
    };
    legs.iter().filter(|leg| !over(leg.kind)).copied().collect()
}

/// Most recent moment at which a milestone of the car's way was reached, from which the rest is counted. Papers do not
/// count: insuring a car on the road does not start its journey again. Money does where the car waits, or waited, for it
/// (`at_balance`, see [`is_at_balance`](super::pause::is_at_balance)). A car for which nothing had to be built begins its
/// way when it is assigned. Without any, the most recent of all.
pub fn anchor(
    milestones: &[(MilestoneCode, MilestoneState, Option<DateTime<Utc>>)],
    at_balance: bool,
) -> Option<DateTime<Utc>> {
    let was_there = milestones
        .iter()
        .any(|(code, state, _)| *code == MilestoneCode::QualityReleased && *state == MilestoneState::Skipped);
    let on_the_way = |code| {
        is_on_the_way(code)
            || (was_there && code == MilestoneCode::Allocated)
            || (at_balance && code == MilestoneCode::BalancePaid)
    };
    let reached = |way: bool| {
        milestones
            .iter()
            .filter(|(code, state, _)| *state == MilestoneState::Done && (!way || on_the_way(*code)))
            .filter_map(|(.., at)| *at)
            .max()
    };
    reached(true).or_else(|| reached(false))
}

fn is_on_the_way(code: MilestoneCode) -> bool {
    LEG_KINDS.iter().any(|kind| kind.ends_with() == code)
        || matches!(code, MilestoneCode::ConfigLocked | MilestoneCode::Scheduled | MilestoneCode::Shipped)
}

/// How sure the date is: LOW without a slot, MEDIUM in the plan (or with a car assigned, if nothing is to be built),
/// HIGH once shipped.
pub fn confidence(states: &[(MilestoneCode, MilestoneState)]) -> EtaConfidence {
    let done = |code| state_of(states, code) == MilestoneState::Done;
    if [MilestoneCode::Shipped, MilestoneCode::Arrived, MilestoneCode::PdiDone, MilestoneCode::Ready]
        .into_iter()
        .any(done)
    {
        EtaConfidence::High
    } else if done(MilestoneCode::Scheduled) || done(MilestoneCode::Allocated) {
        EtaConfidence::Medium
    } else {
        EtaConfidence::Low
    }
}

/// Whether a new likely date is published in place of the one that was. The first one is, an earlier one at once; a
/// later one only if it moves by more than two days or by more than a fifth of the time that was left.
pub fn should_publish(published: Option<NaiveDate>, likely: NaiveDate, today: NaiveDate) -> bool {
    let Some(published) = published else { return true };
    let later = (likely - published).num_days();
    let left = (published - today).num_days().max(0);
    !(0..=2).contains(&later) || later * 5 > left
}

#[cfg(test)]
mod tests;
