//! From what is known of an order to its expected dates: usual stretches of the way (domain.md 4.3), what plant and
//! carrier say in their place, and the forecast of each milestone. What the stretches took lately goes before what is usual (`took.rs`).

use chrono::{DateTime, NaiveDate, Utc};
use entity::vocabulary::{
    EtaConfidence, EtaLeg, EtaReason, EtaRoute, MilestoneCode, MilestoneState, MilestoneTrack, PhysicalStatus, Region,
};

use super::eta::{EtaWindow, LEG_KINDS, Leg, LegKind, anchor, confidence, remaining_legs, window};
use super::milestone::{PlannedMilestone, node_of};
use super::pause::{Kept, awaits_payment, is_at_balance};
use super::template::whole;
use super::took::{Days, Usual};
use crate::values::calendar;
use crate::values::city_code::CityCode;

/// A milestone as the estimate looks at it.
pub type Reached = (MilestoneCode, MilestoneState, Option<DateTime<Utc>>);

/// Days of the stretches at home where too little was measured, p10 where it is not the mirror of p90. Queue, build and release are
/// domain.md 4.3; dwell, inspection and papers are invented alike.
const QUEUE: Days = Days { p10: Some(10.0), p50: 20.0, p90: 35.0 };
const BUILD: Days = Days::about(2.0, 3.0);
const RELEASE: Days = Days::about(1.0, 3.0);
const TO_HUB: Days = Days::about(2.0, 4.0);
const SAME_REGION: Days = Days::about(1.0, 3.0);
const CROSS_REGION: Days = Days::about(4.0, 7.0);
const FAR: Days = Days::about(9.0, 14.0);
const YARD: Days = Days::about(1.0, 2.0);
const PDI: Days = Days::about(1.0, 2.0);
const PAPERS: Days = Days::about(1.0, 3.0);

/// Cities that every leg takes long to (Urumqi, Lhasa).
const FAR_CITIES: [&str; 2] = ["650100", "540100"];

/// Days after the planned end of the slot by which nine of ten cars are off the line.
pub const SLOT_SLACK_DAYS: u64 = 3;

fn leg(kind: LegKind, Days { p10, p50, p90 }: Days) -> Leg {
    Leg { kind, p10, p50, p90 }
}

/// What is known of the way to a customer.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Where it ends.
    pub city_code: &'a str,
    /// What the options add to the build, days.
    pub lead_time_days: i32,
    /// The transport of the car, if one is assigned; empty when nothing is known of it.
    pub transport: &'a [Days],
}

/// The stretches of a way: what they took lately, or else what is usual at home.
pub fn usual_legs(usual: Usual<'_>, way: &Way<'_>) -> Vec<Leg> {
    let extra = f64::from(way.lead_time_days.max(0));
    let mut legs = vec![
        leg(LegKind::Queue, usual.took(EtaLeg::Queue, None).unwrap_or(QUEUE)),
        leg(LegKind::Build, usual.took(EtaLeg::Build, None).unwrap_or(BUILD).later(extra)),
        leg(LegKind::Release, usual.took(EtaLeg::Release, None).unwrap_or(RELEASE)),
    ];
    let to_hub = usual.took(EtaLeg::ToHub, None).unwrap_or(TO_HUB);
    let unassigned = [to_hub, last_leg(usual, from_hub(way.city_code))];
    let transport = if way.transport.is_empty() { &unassigned } else { way.transport };
    legs.extend(transport.iter().map(|days| leg(LegKind::Transport, *days)));
    match usual.took(EtaLeg::Inspection, None) {
        // Nobody notes when the inspection begins, so both are measured as one, from the arrival.
        Some(both) => legs.push(leg(LegKind::Pdi, both)),
        None => legs.extend([leg(LegKind::YardDwell, YARD), leg(LegKind::Pdi, PDI)]),
    }
    legs.push(leg(LegKind::Paperwork, usual.took(EtaLeg::Paperwork, None).unwrap_or(PAPERS)));
    legs
}

/// The last leg of transport, or a transfer, of a kind.
fn last_leg(usual: Usual<'_>, route: EtaRoute) -> Days {
    usual.took(EtaLeg::ToCity, Some(route)).unwrap_or(match route {
        EtaRoute::SameRegion => SAME_REGION,
        EtaRoute::CrossRegion => CROSS_REGION,
        EtaRoute::Far => FAR,
    })
}

/// Hubs stand in the east, the south and the south-west.
fn from_hub(city_code: &str) -> EtaRoute {
    if FAR_CITIES.contains(&city_code) {
        return EtaRoute::Far;
    }
    match CityCode::parse(city_code).map(|city| city.region()) {
        Ok(Region::East | Region::South | Region::Southwest) => EtaRoute::SameRegion,
        _ => EtaRoute::CrossRegion,
    }
}

/// What kind of way there is from one city to another.
pub fn route(from_city: &str, to_city: &str) -> EtaRoute {
    if from_city != to_city && [from_city, to_city].iter().any(|city| FAR_CITIES.contains(city)) {
        return EtaRoute::Far;
    }
    let region = |code| CityCode::parse(code).map(|city| city.region()).ok();
    let within = region(from_city).is_some() && region(from_city) == region(to_city);
    if within { EtaRoute::SameRegion } else { EtaRoute::CrossRegion }
}

/// Where a car is, for what is ahead of it.
#[derive(Debug, Clone, Copy)]
pub struct Whereabouts<'a> {
    /// Its physical state.
    pub physical: PhysicalStatus,
    /// Whether it is at the store that hands over.
    pub at_store: bool,
    /// The city that it is in.
    pub city_code: &'a str,
    /// Its legs, p50 and p90, and whether each is behind it.
    pub legs: &'a [(i32, i32, bool)],
}

/// The transport of a car until it is handed over in a city: none if it stands there, a transfer if it stands in
/// stock elsewhere, else its legs; those behind it only if they were the order's as well, which began with SHIPPED. Empty when
/// nothing is known of it.
pub fn transport_of(usual: Usual<'_>, car: &Whereabouts<'_>, to_city: &str, shipped: bool) -> Vec<Days> {
    use PhysicalStatus::{InStock, Pdi, Ready, Transferring};
    let stands = matches!(car.physical, InStock | Pdi | Ready);
    if car.at_store && stands {
        return vec![Days::NONE];
    }
    let ahead = |over: bool| shipped || !over;
    let legs: Vec<_> = car.legs.iter().filter(|leg| ahead(leg.2)).map(|(p50, p90, _)| Days::told(*p50, *p90)).collect();
    let moved_on = stands || car.physical == Transferring || (legs.is_empty() && !car.legs.is_empty());
    if moved_on { vec![last_leg(usual, route(car.city_code, to_city))] } else { legs }
}

/// Whether a car has its production behind it.
pub fn is_built(physical: PhysicalStatus) -> bool {
    use PhysicalStatus::{Built, InProduction, Planned, Scheduled};
    !matches!(physical, Planned | Scheduled | InProduction | Built)
}

/// A day that somebody who knows has given for the end of a stretch; it takes the place of the usual days up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The stretch that it ends.
    pub through: LegKind,
    /// Reached by then in half of all cases.
    pub p50: NaiveDate,
    /// Reached by then in nine of ten cases.
    pub p90: NaiveDate,
}

impl Known {
    /// What a forecast for a milestone says about the way; nothing if it ends no stretch.
    pub fn of_milestone(code: MilestoneCode, p50: DateTime<Utc>, p90: Option<DateTime<Utc>>) -> Option<Self> {
        let through = match code {
            MilestoneCode::Shipped => LegKind::Release,
            code => *LEG_KINDS.iter().rev().find(|kind| kind.ends_with() == code)?,
        };
        Some(Self { through, p50: calendar::day(p50), p90: calendar::day(p90.unwrap_or(p50)) })
    }
}

/// The stretches that are left, with the furthest known day in place of the usual days up to it; and that day.
fn with_known(legs: Vec<Leg>, anchor: NaiveDate, known: &[Known]) -> (Vec<Leg>, Option<NaiveDate>) {
    let ahead = known.iter().filter(|known| legs.iter().any(|leg| leg.kind <= known.through));
    let Some(known) = ahead.max_by_key(|known| known.through) else { return (legs, None) };
    #[expect(clippy::cast_precision_loss, reason = "days, not ages")]
    let days = |day: NaiveDate| (day - anchor).num_days().max(0) as f64;
    let mut told = vec![leg(known.through, Days::about(days(known.p50), days(known.p90.max(known.p50))))];
    told.extend(legs.into_iter().filter(|leg| leg.kind > known.through));
    (told, Some(known.p50))
}

/// Expected dates of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// When the car is ready.
    pub window: EtaWindow,
    /// While the customer's payment is waited for: the day from which on all of these move with the day. A day that somebody else has
    /// given, as for the end of a repair, stays until it is there.
    pub moves_from: Option<NaiveDate>,
    /// How sure that is.
    pub confidence: EtaConfidence,
    /// Milestones that end a stretch, with the days by which half and nine of ten are reached.
    pub forecasts: Vec<(MilestoneCode, NaiveDate, NaiveDate)>,
}

impl Estimate {
    /// As an order keeps it whose customer does not want the car before `deferred_until`.
    pub fn kept(&self, deferred_until: Option<NaiveDate>) -> Kept {
        let held = deferred_until.filter(|_| self.moves_from.is_none());
        Kept { window: self.window.not_before(held), moves_from: self.moves_from }
    }
}

/// Works out the dates of an order begun at `since`, while something is left to expect. While its customer's payment is waited for,
/// what is left is counted from `today`, as none of it can begin.
pub fn estimate(
    (milestones, balance_first): (&[Reached], bool),
    legs: &[Leg],
    known: &[Known],
    since: DateTime<Utc>,
    today: NaiveDate,
) -> Estimate {
    let states: Vec<_> = milestones.iter().map(|(code, state, _)| (*code, *state)).collect();
    let all = whole(&states);
    let reached = calendar::day(anchor(milestones, is_at_balance(&all, balance_first)).unwrap_or(since));
    let paused = awaits_payment(&all, balance_first);
    let anchor = if paused { reached.max(today) } else { reached };
    let (left, told) = with_known(remaining_legs(legs, &states), anchor, known);
    let mut forecasts: Vec<(MilestoneCode, NaiveDate, NaiveDate)> = Vec::new();
    for kind in LEG_KINDS.iter().filter(|kind| left.iter().any(|leg| leg.kind == **kind)) {
        let until: Vec<Leg> = left.iter().filter(|leg| leg.kind <= *kind).copied().collect();
        let there = window(anchor, today, &until);
        forecasts.retain(|(code, ..)| *code != kind.ends_with());
        forecasts.push((kind.ends_with(), there.likely, there.latest));
    }
    Estimate {
        window: window(anchor, today, &left),
        moves_from: paused.then(|| told.map_or(anchor, |told| told.max(anchor))),
        confidence: confidence(&states),
        forecasts,
    }
}

/// What is expected of an order begun at `since` that has these milestones.
pub fn first_estimate(
    milestones: &[PlannedMilestone],
    usual: Usual<'_>,
    way: &Way<'_>,
    (since, today): (DateTime<Utc>, NaiveDate),
) -> Estimate {
    let reached: Vec<Reached> = milestones.iter().map(|planned| (planned.code, planned.state, None)).collect();
    // Nothing of it waits for money yet: no car is assigned.
    estimate((&reached, false), &usual_legs(usual, way), &[], since, today)
}

/// Why a date moves when this milestone changes to that state.
pub fn reason(code: MilestoneCode, to: MilestoneState) -> EtaReason {
    if matches!(to, MilestoneState::Done | MilestoneState::Skipped | MilestoneState::Active) {
        return EtaReason::Progress;
    }
    match (code, node_of(code).track) {
        (MilestoneCode::PartsPreparing, _) => EtaReason::Parts,
        (MilestoneCode::QualityReleased | MilestoneCode::PdiDone, _) => EtaReason::QualityHold,
        (MilestoneCode::BalancePaid, _) => EtaReason::PaymentPending,
        (_, MilestoneTrack::Production) => EtaReason::Capacity,
        (_, MilestoneTrack::Logistics) => EtaReason::Logistics,
        (_, MilestoneTrack::Commercial | MilestoneTrack::Handover) => EtaReason::Customer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MilestoneCode as Code;
    use MilestoneState::{Delayed, Done};
    use chrono::TimeZone;
    use proptest::prelude::*;

    fn at(day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, day, 4, 0, 0).unwrap()
    }

    /// The stretches of an order without a car, while nothing was measured.
    fn at_home(city_code: &str, lead_time_days: i32, transport: &[Days]) -> Vec<Leg> {
        usual_legs(Usual::default(), &Way { city_code, lead_time_days, transport })
    }

    fn day(day: u32) -> NaiveDate {
        calendar::day(at(day))
    }

    #[test]
    fn a_new_order_waits_for_a_slot_and_then_goes_the_usual_way() {
        let legs = at_home("310100", 14, &[]);
        let estimate = estimate((&[], false), &legs, &[], at(1), day(1));
        // 20 + (2+14) + 1 + 2 + 1 + 1 + 1 + 1 days.
        assert_eq!(estimate.window.likely, day(1) + chrono::Days::new(43));
        assert_eq!(estimate.confidence, EtaConfidence::Low);
        assert_eq!(estimate.forecasts.first().map(|(code, p50, _)| (*code, *p50)), Some((Code::Body, day(21))));
        let ready = estimate.forecasts.last().copied();
        assert_eq!(ready, Some((Code::Ready, estimate.window.likely, estimate.window.latest)));
        let inspected = estimate.forecasts.iter().filter(|(code, ..)| *code == Code::PdiDone).count();
        assert_eq!(inspected, 1, "dwell and inspection end alike");
    }

    #[test]
    fn far_cities_take_longer_and_an_assigned_car_knows_its_legs() {
        let transport =
            |city| at_home(city, 0, &[]).iter().filter(|l| l.kind == LegKind::Transport).map(|l| l.p50).sum::<f64>();
        assert_eq!(["440100", "110100", "650100"].map(transport), [3.0, 6.0, 11.0]);
        let own = at_home("650100", 0, &[Days::told(2, 3), Days::told(3, 5), Days::told(1, 2)]);
        assert_eq!(own.iter().filter(|l| l.kind == LegKind::Transport).count(), 3);
    }

    #[test]
    fn what_stretches_took_goes_before_what_is_usual() {
        use super::super::took::{Measured, Quantiles, Scope};
        use entity::VehicleModelId;
        let model = VehicleModelId::from_parts(1, 1);
        let of_days = |days: u32| Quantiles { size: 20, p10: 24, p50: days * 24, p90: 240 };
        let scope = |leg, route| Scope { leg, plant: None, model: Some(model), route };
        let measured: Measured = [
            (scope(EtaLeg::Build, None), of_days(5)),
            (scope(EtaLeg::ToCity, Some(EtaRoute::SameRegion)), of_days(3)),
            (scope(EtaLeg::Inspection, None), of_days(4)),
        ]
        .into_iter()
        .collect();
        let days = |city_code, lead_time_days| -> Vec<_> {
            let way = Way { city_code, lead_time_days, transport: &[] };
            let legs = usual_legs(Usual::of(&measured, None, model), &way);
            legs.iter().map(|leg| (leg.kind, leg.p50)).collect()
        };
        use LegKind::{Build, Paperwork, Pdi, Queue, Release, Transport};
        let near = [
            (Queue, 20.0),
            (Build, 7.0),
            (Release, 1.0),
            (Transport, 2.0),
            (Transport, 3.0),
            (Pdi, 4.0),
            (Paperwork, 1.0),
        ];
        assert_eq!(days("310100", 2), near);
        assert_eq!(days("110100", 2)[4], (Transport, 4.0), "nothing is known of ways from region to region");
    }

    #[test]
    fn a_car_in_stock_is_transferred_or_stands_there_and_one_on_the_road_goes_on() {
        use PhysicalStatus::{InStock, InTransit, Released, Transferring};
        let legs = [(2, 4, true), (1, 3, false)];
        let of = |physical, at_store, city_code, legs: &[(i32, i32, bool)], shipped| {
            transport_of(Usual::default(), &Whereabouts { physical, at_store, city_code, legs }, "310100", shipped)
        };
        assert_eq!(of(InStock, true, "310100", &legs, false), [Days::NONE]);
        assert_eq!(of(InStock, false, "310100", &legs, false), [SAME_REGION], "another store of the city");
        assert_eq!(of(InStock, false, "330100", &legs, true), [SAME_REGION]);
        assert_eq!(of(InStock, false, "110100", &[], false), [CROSS_REGION]);
        assert_eq!(of(InStock, false, "650100", &[], false), [FAR]);
        assert_eq!(of(Transferring, true, "110100", &legs, false), [CROSS_REGION]);
        assert_eq!(of(InTransit, false, "310100", &legs, false), [Days::told(1, 3)], "what is behind it is over");
        assert_eq!(
            of(InTransit, false, "310100", &legs, true),
            [Days::told(2, 4), Days::told(1, 3)],
            "counted from the shipment"
        );
        assert_eq!(of(InTransit, false, "310100", &legs[..1], false), [SAME_REGION], "all legs are behind it");
        assert_eq!(of(Released, false, "440100", &[], false), [], "nothing is known");
    }

    #[test]
    fn a_known_day_takes_the_place_of_the_usual_ones() {
        let legs = at_home("310100", 0, &[]);
        let shipped = [(Code::QualityReleased, Done, Some(at(1))), (Code::Shipped, Done, Some(at(2)))];
        let usual = estimate((&shipped, false), &legs, &[], at(1), day(2));
        assert_eq!(usual.window.likely, day(8));
        let late = Known::of_milestone(Code::Arrived, at(12), Some(at(14))).unwrap();
        let told = estimate((&shipped, false), &legs, &[late], at(1), day(2));
        assert_eq!(told.window.likely, day(15));
        assert_eq!(told.forecasts[0], (Code::Arrived, day(12), day(14)));
        let past = Known::of_milestone(Code::OffLine, at(20), None).unwrap();
        assert_eq!(estimate((&shipped, false), &legs, &[past], at(1), day(2)), usual, "what is over is not waited for");
        assert_eq!(Known::of_milestone(Code::Invoiced, at(1), None), None);
    }

    #[test]
    fn a_delay_names_its_reason() {
        assert_eq!(reason(Code::Arrived, Done), EtaReason::Progress);
        assert_eq!(reason(Code::Arrived, Delayed), EtaReason::Logistics);
        assert_eq!(reason(Code::Paint, Delayed), EtaReason::Capacity);
        assert_eq!(reason(Code::PartsPreparing, Delayed), EtaReason::Parts);
        assert_eq!(reason(Code::BalancePaid, Delayed), EtaReason::PaymentPending);
    }

    proptest! {
        #[test]
        fn dates_are_in_order_and_never_in_the_past(
            done in proptest::sample::subsequence(MilestoneCode::ALL.to_vec(), 0..MilestoneCode::ALL.len()),
            lead in 0_i32..40,
            known in proptest::option::of((0_usize..LEG_KINDS.len(), 1_u32..28, 1_u32..28)),
        ) {
            let milestones: Vec<_> = done.iter().map(|code| (*code, Done, Some(at(3)))).collect();
            let known: Vec<_> = known
                .map(|(kind, p50, p90)| Known { through: LEG_KINDS[kind], p50: day(p50), p90: day(p90) })
                .into_iter()
                .collect();
            let found = estimate((&milestones, false), &at_home("310100", lead, &[]), &known, at(1), day(5));
            let window = found.window;
            prop_assert!(day(5) <= window.earliest);
            prop_assert!(window.earliest <= window.likely && window.likely <= window.latest);
            for (code, p50, p90) in found.forecasts {
                prop_assert!(!done.contains(&code) && p50 <= p90, "{}", code);
            }
        }
    }
}
