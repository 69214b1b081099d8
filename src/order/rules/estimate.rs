//! From what is known of an order to its expected dates: usual stretches of the way (domain.md 4.3), what plant and
//! carrier say in their place, and the forecast of each milestone.

use chrono::{DateTime, NaiveDate, Utc};
use entity::vocabulary::{
    EtaConfidence, EtaReason, MilestoneCode, MilestoneState, MilestoneTrack, PhysicalStatus, Region,
};

use super::eta::{EtaWindow, LEG_KINDS, Leg, LegKind, anchor, confidence, remaining_legs, window};
use super::milestone::{PlannedMilestone, node_of};
use crate::values::calendar;
use crate::values::city_code::CityCode;

/// A milestone as the estimate looks at it.
pub type Reached = (MilestoneCode, MilestoneState, Option<DateTime<Utc>>);

/// Days of the stretches at home, p10 where it is not the mirror of p90. Queue, build and release are domain.md 4.3;
/// dwell, inspection and papers are invented alike.
const QUEUE: (f64, f64, f64) = (10.0, 20.0, 35.0);
const BUILD: (f64, f64) = (2.0, 3.0);
const RELEASE: (f64, f64) = (1.0, 3.0);
const TO_HUB: (i32, i32) = (2, 4);
const SAME_REGION: (i32, i32) = (1, 3);
const CROSS_REGION: (i32, i32) = (4, 7);
const FAR: (i32, i32) = (9, 14);
const YARD: (f64, f64) = (1.0, 2.0);
const PDI: (f64, f64) = (1.0, 2.0);
const PAPERS: (f64, f64) = (1.0, 3.0);

/// Cities that every leg takes long to (Urumqi, Lhasa).
const FAR_CITIES: [&str; 2] = ["650100", "540100"];

/// Days after the planned end of the slot by which nine of ten cars are off the line.
pub const SLOT_SLACK_DAYS: u64 = 3;

fn leg(kind: LegKind, (p50, p90): (f64, f64)) -> Leg {
    Leg { kind, p10: None, p50, p90 }
}

/// The stretches of a way to a city. `lead_time_days` is what the options add to the build; `transport` the legs (p50,
/// p90) of the car, if one is assigned.
pub fn usual_legs(city_code: &str, lead_time_days: i32, transport: &[(i32, i32)]) -> Vec<Leg> {
    let extra = f64::from(lead_time_days.max(0));
    let mut legs = vec![
        Leg { kind: LegKind::Queue, p10: Some(QUEUE.0), p50: QUEUE.1, p90: QUEUE.2 },
        leg(LegKind::Build, (BUILD.0 + extra, BUILD.1 + extra)),
        leg(LegKind::Release, RELEASE),
    ];
    let days = |(p50, p90): &(i32, i32)| (f64::from(*p50), f64::from(*p90));
    let usual = [TO_HUB, from_hub(city_code)];
    let transport = if transport.is_empty() { &usual } else { transport };
    legs.extend(transport.iter().map(|days_of| leg(LegKind::Transport, days(days_of))));
    legs.extend([leg(LegKind::YardDwell, YARD), leg(LegKind::Pdi, PDI), leg(LegKind::Paperwork, PAPERS)]);
    legs
}

/// Hubs stand in the east, the south and the south-west.
fn from_hub(city_code: &str) -> (i32, i32) {
    if FAR_CITIES.contains(&city_code) {
        return FAR;
    }
    match CityCode::parse(city_code).map(|city| city.region()) {
        Ok(Region::East | Region::South | Region::Southwest) => SAME_REGION,
        _ => CROSS_REGION,
    }
}

/// From a car in stock to a store in another place, p50 and p90.
fn transfer(from_city: &str, to_city: &str) -> (i32, i32) {
    if from_city != to_city && [from_city, to_city].iter().any(|city| FAR_CITIES.contains(city)) {
        return FAR;
    }
    let region = |code| CityCode::parse(code).map(|city| city.region()).ok();
    if region(from_city).is_some() && region(from_city) == region(to_city) { SAME_REGION } else { CROSS_REGION }
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

/// The transport of a car, p50 and p90, until it is handed over in a city: none if it stands there, a transfer if it stands in
/// stock elsewhere, else its legs; those behind it only if they were the order's as well, which began with SHIPPED. Empty when
/// nothing is known of it.
pub fn transport_of(car: &Whereabouts<'_>, to_city: &str, shipped: bool) -> Vec<(i32, i32)> {
    use PhysicalStatus::{InStock, Pdi, Ready, Transferring};
    let stands = matches!(car.physical, InStock | Pdi | Ready);
    if car.at_store && stands {
        return vec![(0, 0)];
    }
    let ahead = |over: bool| shipped || !over;
    let legs: Vec<_> = car.legs.iter().filter(|leg| ahead(leg.2)).map(|(p50, p90, _)| (*p50, *p90)).collect();
    let moved_on = stands || car.physical == Transferring || (legs.is_empty() && !car.legs.is_empty());
    if moved_on { vec![transfer(car.city_code, to_city)] } else { legs }
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

/// The stretches that are left, with the furthest known day in place of the usual days up to it.
fn with_known(legs: Vec<Leg>, anchor: NaiveDate, known: &[Known]) -> Vec<Leg> {
    let ahead = known.iter().filter(|known| legs.iter().any(|leg| leg.kind <= known.through));
    let Some(known) = ahead.max_by_key(|known| known.through) else { return legs };
    #[expect(clippy::cast_precision_loss, reason = "days, not ages")]
    let days = |day: NaiveDate| (day - anchor).num_days().max(0) as f64;
    let mut told = vec![leg(known.through, (days(known.p50), days(known.p90.max(known.p50))))];
    told.extend(legs.into_iter().filter(|leg| leg.kind > known.through));
    told
}

/// Expected dates of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// When the car is ready.
    pub window: EtaWindow,
    /// How sure that is.
    pub confidence: EtaConfidence,
    /// Milestones that end a stretch, with the days by which half and nine of ten are reached.
    pub forecasts: Vec<(MilestoneCode, NaiveDate, NaiveDate)>,
}

/// Works out the dates of an order begun at `since`, while something is left to expect.
pub fn estimate(
    milestones: &[Reached],
    legs: &[Leg],
    known: &[Known],
    since: DateTime<Utc>,
    today: NaiveDate,
) -> Estimate {
    let states: Vec<_> = milestones.iter().map(|(code, state, _)| (*code, *state)).collect();
    let anchor = calendar::day(anchor(milestones).unwrap_or(since));
    let left = with_known(remaining_legs(legs, &states), anchor, known);
    let mut forecasts: Vec<(MilestoneCode, NaiveDate, NaiveDate)> = Vec::new();
    for kind in LEG_KINDS.iter().filter(|kind| left.iter().any(|leg| leg.kind == **kind)) {
        let until: Vec<Leg> = left.iter().filter(|leg| leg.kind <= *kind).copied().collect();
        let there = window(anchor, today, &until);
        forecasts.retain(|(code, ..)| *code != kind.ends_with());
        forecasts.push((kind.ends_with(), there.likely, there.latest));
    }
    Estimate { window: window(anchor, today, &left), confidence: confidence(&states), forecasts }
}

/// What is expected of an order begun at `since` that has these milestones. Lead time and transport as for [`usual_legs`].
pub fn first_estimate(
    milestones: &[PlannedMilestone],
    city_code: &str,
    (lead_time_days, transport): (i32, &[(i32, i32)]),
    (since, today): (DateTime<Utc>, NaiveDate),
) -> Estimate {
    let reached: Vec<Reached> = milestones.iter().map(|planned| (planned.code, planned.state, None)).collect();
    let legs = usual_legs(city_code, lead_time_days, transport);
    estimate(&reached, &legs, &[], since, today)
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

    fn day(day: u32) -> NaiveDate {
        calendar::day(at(day))
    }

    #[test]
    fn a_new_order_waits_for_a_slot_and_then_goes_the_usual_way() {
        let legs = usual_legs("310100", 14, &[]);
        let estimate = estimate(&[], &legs, &[], at(1), day(1));
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
            |city| usual_legs(city, 0, &[]).iter().filter(|l| l.kind == LegKind::Transport).map(|l| l.p50).sum::<f64>();
        assert_eq!(["440100", "110100", "650100"].map(transport), [3.0, 6.0, 11.0]);
        let own = usual_legs("650100", 0, &[(2, 3), (3, 5), (1, 2)]);
        assert_eq!(own.iter().filter(|l| l.kind == LegKind::Transport).count(), 3);
    }

    #[test]
    fn a_car_in_stock_is_transferred_or_stands_there_and_one_on_the_road_goes_on() {
        use PhysicalStatus::{InStock, InTransit, Released, Transferring};
        let legs = [(2, 4, true), (1, 3, false)];
        let of = |physical, at_store, city_code, legs: &[(i32, i32, bool)], shipped| {
            transport_of(&Whereabouts { physical, at_store, city_code, legs }, "310100", shipped)
        };
        assert_eq!(of(InStock, true, "310100", &legs, false), [(0, 0)]);
        assert_eq!(of(InStock, false, "310100", &legs, false), [SAME_REGION], "another store of the city");
        assert_eq!(of(InStock, false, "330100", &legs, true), [SAME_REGION]);
        assert_eq!(of(InStock, false, "110100", &[], false), [CROSS_REGION]);
        assert_eq!(of(InStock, false, "650100", &[], false), [FAR]);
        assert_eq!(of(Transferring, true, "110100", &legs, false), [CROSS_REGION]);
        assert_eq!(of(InTransit, false, "310100", &legs, false), [(1, 3)], "what is behind it is over");
        assert_eq!(of(InTransit, false, "310100", &legs, true), [(2, 4), (1, 3)], "counted from the shipment");
        assert_eq!(of(InTransit, false, "310100", &legs[..1], false), [SAME_REGION], "all legs are behind it");
        assert_eq!(of(Released, false, "440100", &[], false), [], "nothing is known");
    }

    #[test]
    fn a_known_day_takes_the_place_of_the_usual_ones() {
        let legs = usual_legs("310100", 0, &[]);
        let shipped = [(Code::QualityReleased, Done, Some(at(1))), (Code::Shipped, Done, Some(at(2)))];
        let usual = estimate(&shipped, &legs, &[], at(1), day(2));
        assert_eq!(usual.window.likely, day(8));
        let late = Known::of_milestone(Code::Arrived, at(12), Some(at(14))).unwrap();
        let told = estimate(&shipped, &legs, &[late], at(1), day(2));
        assert_eq!(told.window.likely, day(15));
        assert_eq!(told.forecasts[0], (Code::Arrived, day(12), day(14)));
        let past = Known::of_milestone(Code::OffLine, at(20), None).unwrap();
        assert_eq!(estimate(&shipped, &legs, &[past], at(1), day(2)), usual, "what is over is not waited for");
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
            let found = estimate(&milestones, &usual_legs("310100", lead, &[]), &known, at(1), day(5));
            let window = found.window;
            prop_assert!(day(5) <= window.earliest);
            prop_assert!(window.earliest <= window.likely && window.likely <= window.latest);
            for (code, p50, p90) in found.forecasts {
                prop_assert!(!done.contains(&code) && p50 <= p90, "{}", code);
            }
        }
    }
}
