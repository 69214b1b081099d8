//! What the stretches of a way took lately: quantiles of finished orders by plant, model and kind of route (C085; domain.md 3.3,
//! "ETA").

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::{EtaLeg, EtaRoute, MilestoneCode, OrganizationId, VehicleModelId};

/// Fewer than so many say nothing, and a wider scope is asked.
pub const MIN_SAMPLE: u32 = 20;

/// How far back what was finished is looked at, days: a season.
pub const LOOK_BACK_DAYS: i64 = 90;

/// What took longer counts as this, hours: a year. So there are only so many different lengths.
const LONGEST: u32 = 365 * 24;

/// How long a stretch takes, in days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Days {
    /// Unknown: as far below the median as the ninth decile is above.
    pub p10: Option<f64>,
    /// Half of all are over by then.
    pub p50: f64,
    /// Nine of ten are.
    pub p90: f64,
}

impl Days {
    /// None at all.
    pub const NONE: Self = Self::about(0.0, 0.0);

    /// Of which nobody knows how early it may be over.
    pub const fn about(p50: f64, p90: f64) -> Self {
        Self { p10: None, p50, p90 }
    }

    /// As a carrier says it.
    pub fn told(p50: i32, p90: i32) -> Self {
        Self::about(f64::from(p50), f64::from(p90))
    }

    /// The same, so many days longer.
    #[must_use]
    pub fn later(self, days: f64) -> Self {
        Self { p10: self.p10.map(|p10| p10 + days), p50: self.p50 + days, p90: self.p90 + days }
    }
}

/// Of which stretches something was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Which stretch.
    pub leg: EtaLeg,
    /// Only of cars from this plant.
    pub plant: Option<OrganizationId>,
    /// Only of cars of this model.
    pub model: Option<VehicleModelId>,
    /// Only on ways of this kind.
    pub route: Option<EtaRoute>,
}

impl Scope {
    /// This one and those around it, the narrow one first: plant, model and route; model and route; route. The kind of route stays,
    /// since a way across the country says nothing of one within a region.
    pub fn widening(self) -> impl Iterator<Item = Self> {
        let of_model = Self { plant: None, ..self };
        let of_all = Self { model: None, ..of_model };
        let own = self.plant.and(self.model).map(|_| self);
        let model = self.model.map(|_| of_model);
        own.into_iter().chain(model).chain([of_all])
    }
}

/// How long the stretches of a scope took, in hours; `p10 <= p50 <= p90`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// How many were measured.
    pub size: u32,
    /// Of ten, one was over by then.
    pub p10: u32,
    /// Half were.
    pub p50: u32,
    /// Of ten, nine were.
    pub p90: u32,
}

/// Whether so many say nothing, and a wider scope, or what is usual at home, is taken.
pub fn falls_back(size: u32) -> bool {
    size < MIN_SAMPLE
}

impl Quantiles {
    fn days(self) -> Days {
        let days = |hours: u32| f64::from(hours) / 24.0;
        Days { p10: Some(days(self.p10)), p50: days(self.p50), p90: days(self.p90) }
    }
}

/// All that was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured(HashMap<Scope, Quantiles>);

impl FromIterator<(Scope, Quantiles)> for Measured {
    fn from_iter<I: IntoIterator<Item = (Scope, Quantiles)>>(measured: I) -> Self {
        Self(measured.into_iter().collect())
    }
}

impl Measured {
    /// How long the stretches of a scope took, or those of the next wider one of which enough is known; nothing when there is none.
    pub fn took(&self, scope: Scope) -> Option<Days> {
        let found = scope.widening().filter_map(|scope| self.0.get(&scope)).find(|found| !falls_back(found.size));
        found.map(|found| found.days())
    }
}

/// What took how long, as one order asks for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usual<'a> {
    measured: Option<&'a Measured>,
    plant: Option<OrganizationId>,
    model: Option<VehicleModelId>,
}

impl<'a> Usual<'a> {
    /// For a car of this model, from this plant where that is known.
    pub fn of(measured: &'a Measured, plant: Option<OrganizationId>, model: VehicleModelId) -> Self {
        Self { measured: Some(measured), plant, model: Some(model) }
    }

    /// How long a stretch took; nothing when too little is known.
    pub fn took(self, leg: EtaLeg, route: Option<EtaRoute>) -> Option<Days> {
        self.measured?.took(Scope { leg, plant: self.plant, model: self.model, route })
    }
}

/// What is looked at of a finished order.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Where its car was built, where that is known.
    pub plant: Option<OrganizationId>,
    /// Its model.
    pub model: VehicleModelId,
    /// What its options added to the build.
    pub lead_time_days: i32,
    /// Milestones that were reached, and when.
    pub reached: Vec<(MilestoneCode, DateTime<Utc>)>,
}

/// A leg of transport that is over.
#[derive(Debug, Clone)]
pub struct Driven {
    /// Where the car was built, where that is known.
    pub plant: Option<OrganizationId>,
    /// Its model.
    pub model: VehicleModelId,
    /// What kind of way it was; none where another leg follows.
    pub route: Option<EtaRoute>,
    /// When it began.
    pub departed_at: DateTime<Utc>,
    /// When it ended.
    pub arrived_at: DateTime<Utc>,
}

/// Whole hours from one moment to another; none backwards, which somebody has noted wrongly.
fn hours(from: DateTime<Utc>, to: DateTime<Utc>) -> Option<u32> {
    u32::try_from(((to - from).num_minutes() + 30).div_euclid(60)).ok().filter(|_| to >= from)
}

/// What is measured, while it is read: how many of a scope took how many hours. It grows with the scopes and not with the orders.
#[derive(Debug, Default)]
pub struct Gathered(BTreeMap<Scope, BTreeMap<u32, u32>>);

impl Gathered {
    /// One stretch, which counts for its own scope and for those around it.
    pub fn add(&mut self, scope: Scope, hours: u32) {
        for scope in scope.widening() {
            *self.0.entry(scope).or_default().entry(hours.min(LONGEST)).or_default() += 1;
        }
    }

    /// The stretches of a finished order, where it reached both ends of them.
    pub fn add_order(&mut self, order: &Finished) {
        use MilestoneCode::{Arrived, BalancePaid, Body, OffLine, OrderPlaced, PdiDone, QualityReleased, Ready};
        let at = |code| order.reached.iter().find(|(reached, _)| *reached == code).map(|(_, at)| *at);
        // The clock stands while the customer has not paid (domain.md 3.3).
        let ready_to_go = at(PdiDone).map(|done| at(BalancePaid).map_or(done, |paid| paid.max(done)));
        let extra = u32::try_from(order.lead_time_days).unwrap_or(0).saturating_mul(24);
        let stretches = [
            (EtaLeg::Queue, at(OrderPlaced), at(Body), 0),
            (EtaLeg::Build, at(Body), at(OffLine), extra),
            (EtaLeg::Release, at(OffLine), at(QualityReleased), 0),
            (EtaLeg::Inspection, at(Arrived), at(PdiDone), 0),
            (EtaLeg::Paperwork, ready_to_go, at(Ready), 0),
        ];
        for (leg, from, to, less) in stretches {
            if let Some(hours) = from.zip(to).and_then(|(from, to)| hours(from, to)) {
                let scope = Scope { leg, plant: order.plant, model: Some(order.model), route: None };
                self.add(scope, hours.saturating_sub(less));
            }
        }
    }

    /// A leg of transport.
    pub fn add_leg(&mut self, driven: &Driven) {
        let leg = if driven.route.is_some() { EtaLeg::ToCity } else { EtaLeg::ToHub };
        if let Some(hours) = hours(driven.departed_at, driven.arrived_at) {
            self.add(Scope { leg, plant: driven.plant, model: Some(driven.model), route: driven.route }, hours);
        }
    }

    /// The quantiles of each scope, in order: the least length that so many of a hundred did not exceed.
    pub fn quantiles(&self) -> impl Iterator<Item = (Scope, Quantiles)> {
        self.0.iter().map(|(scope, lengths)| {
            let size: u32 = lengths.values().sum();
            let at = |percent: u32| {
                let rank = (u64::from(size) * u64::from(percent)).div_ceil(100);
                let mut so_far = 0;
                let reaches = |(_, many): &(&u32, &u32)| {
                    so_far += u64::from(**many);
                    so_far >= rank
                };
                lengths.iter().find(reaches).map_or(0, |(hours, _)| *hours)
            };
            (*scope, Quantiles { size, p10: at(10), p50: at(50), p90: at(90) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone};
    use proptest::prelude::*;

    fn scope(leg: EtaLeg) -> Scope {
        Scope { leg, plant: None, model: None, route: None }
    }

    fn of(lengths: &[u32]) -> Quantiles {
        let mut gathered = Gathered::default();
        lengths.iter().for_each(|hours| gathered.add(scope(EtaLeg::Build), *hours));
        let mut found = gathered.quantiles();
        let (_, quantiles) = found.next().unwrap();
        assert!(found.next().is_none());
        quantiles
    }

    fn plant() -> OrganizationId {
        OrganizationId::from_parts(1, 1)
    }

    fn model() -> VehicleModelId {
        VehicleModelId::from_parts(1, 2)
    }

    #[test]
    fn quantiles_are_lengths_that_were_measured() {
        let lengths: Vec<u32> = (1..=25).collect();
        assert_eq!(of(&lengths), Quantiles { size: 25, p10: 3, p50: 13, p90: 23 });
        assert_eq!(of(&[7]), Quantiles { size: 1, p10: 7, p50: 7, p90: 7 });
    }

    #[test]
    fn an_order_gives_the_stretches_of_which_it_has_both_ends() {
        let at = |hours| Utc.with_ymd_and_hms(2026, 9, 1, 0, 0, 0).unwrap() + TimeDelta::hours(hours);
        let order = Finished {
            plant: Some(plant()),
            model: model(),
            lead_time_days: 2,
            reached: vec![
                (MilestoneCode::OrderPlaced, at(0)),
                (MilestoneCode::Body, at(240)),
                (MilestoneCode::OffLine, at(348)),
                // Before it was off the line: noted wrongly.
                (MilestoneCode::QualityReleased, at(300)),
                (MilestoneCode::PdiDone, at(500)),
                (MilestoneCode::BalancePaid, at(510)),
                (MilestoneCode::Ready, at(534)),
            ],
        };
        let mut gathered = Gathered::default();
        gathered.add_order(&order);
        let widest: Vec<_> = gathered
            .quantiles()
            .filter(|(scope, _)| scope.model.is_none())
            .map(|(scope, found)| (scope.leg, found.p50))
            .collect();
        // The build without what the options add, the papers from the payment on.
        assert_eq!(widest, [(EtaLeg::Queue, 240), (EtaLeg::Build, 60), (EtaLeg::Paperwork, 24)]);
        assert_eq!(gathered.quantiles().count(), 9, "each for plant and model, for the model, and for all");
    }

    #[test]
    fn a_route_is_never_left_aside() {
        let far = Scope { route: Some(EtaRoute::Far), ..scope(EtaLeg::ToCity) };
        let known = Quantiles { size: MIN_SAMPLE, p10: 24, p50: 48, p90: 72 };
        let measured = Measured::from_iter([(far, known)]);
        let asked = |route| measured.took(Scope { model: Some(model()), route: Some(route), ..far });
        assert_eq!(asked(EtaRoute::Far), Some(Days { p10: Some(1.0), p50: 2.0, p90: 3.0 }));
        assert_eq!(asked(EtaRoute::SameRegion), None);
    }

    proptest! {
        #[test]
        fn quantiles_are_in_order_and_do_not_hang_on_the_order_of_reading(
            (lengths, mixed) in proptest::collection::vec(0_u32..5000, 1..200)
                .prop_flat_map(|lengths| (Just(lengths.clone()), Just(lengths).prop_shuffle())),
        ) {
            let found = of(&lengths);
            prop_assert!(found.p10 <= found.p50 && found.p50 <= found.p90);
            prop_assert_eq!(found, of(&mixed));
            prop_assert_eq!(found.size as usize, lengths.len());
            let half = lengths.iter().filter(|hours| **hours <= found.p50).count() * 2;
            prop_assert!(half >= lengths.len());
        }

        #[test]
        fn what_took_far_too_long_does_not_move_the_median(
            mut lengths in proptest::collection::vec(10_u32..100, 20..100),
            longest in 200_u32..100_000,
            many in 1_usize..9,
        ) {
            lengths.sort_unstable();
            let before = of(&lengths);
            // A tenth at most, whose place the longest take.
            let many = many.min(lengths.len() / 10);
            let end = lengths.len();
            lengths[end - many..].fill(longest);
            prop_assert_eq!(of(&lengths).p50, before.p50);
        }

        #[test]
        fn the_narrowest_of_which_enough_is_known_counts(own in 0_u32..40, of_model in 0_u32..40, of_all in 0_u32..40) {
            let narrow = Scope { plant: Some(plant()), model: Some(model()), ..scope(EtaLeg::Queue) };
            let scopes: Vec<_> = narrow.widening().collect();
            prop_assert_eq!(scopes.len(), 3);
            let sizes = [own, of_model, of_all];
            let known = |at: usize| Quantiles { size: sizes[at], p10: 0, p50: 24 * at as u32, p90: 24 * at as u32 };
            let measured: Measured = scopes.iter().enumerate().map(|(at, scope)| (*scope, known(at))).collect();
            let expected = sizes.iter().position(|size| *size >= MIN_SAMPLE).map(|at| at as f64);
            prop_assert_eq!(measured.took(narrow).map(|days| days.p50), expected);
            let elsewhere = Scope { plant: None, ..narrow };
            let expected = sizes[1..].iter().position(|size| *size >= MIN_SAMPLE).map(|at| at as f64 + 1.0);
            prop_assert_eq!(measured.took(elsewhere).map(|days| days.p50), expected);
        }
    }
}
