//! Quantiles, anchors and when a new date is worth telling.

use super::*;
use MilestoneCode as Code;
use MilestoneState::{Active, Done, Skipped};
use chrono::TimeZone;
use proptest::prelude::*;

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

fn leg(kind: LegKind, p50: f64, p90: f64) -> Leg {
    Leg { kind, p10: None, p50, p90 }
}

/// The vector of domain.md 3.3.
fn vector() -> [Leg; 4] {
    [
        leg(LegKind::Build, 5.0, 8.0),
        leg(LegKind::Transport, 2.0, 4.0),
        leg(LegKind::Transport, 3.0, 6.0),
        leg(LegKind::Paperwork, 2.0, 3.0),
    ]
}

#[test]
fn medians_add_up_and_spreads_add_up_in_squares() {
    let spread = spread(&vector());
    assert_eq!(spread.likely, 12.0);
    assert_eq!((spread.latest * 10.0).round(), 168.0);
    assert_eq!((spread.earliest * 10.0).round(), 72.0, "as far the other way where the first decile is unknown");
    let naive: f64 = vector().iter().map(|leg| leg.p90).sum();
    assert_eq!(naive, 21.0);
    assert!(spread.latest < naive);
}

#[test]
fn a_window_is_in_whole_days_and_not_in_the_past() {
    let window_on = |today| window(day(11, 1), today, &vector());
    let expected = EtaWindow { earliest: day(11, 8), likely: day(11, 13), latest: day(11, 18) };
    assert_eq!(window_on(day(11, 2)), expected);
    assert_eq!(window_on(day(11, 15)), EtaWindow { earliest: day(11, 15), likely: day(11, 15), latest: day(11, 18) });
    assert_eq!(window(day(11, 1), day(11, 3), &[]).latest, day(11, 3));
    let known = Leg { p10: Some(4.0), ..leg(LegKind::Build, 5.0, 8.0) };
    assert_eq!(window(day(11, 1), day(11, 1), &[known]).earliest, day(11, 5));
}

#[test]
fn what_is_over_is_not_counted_again() {
    let legs: Vec<_> = LEG_KINDS.iter().map(|kind| leg(*kind, 1.0, 2.0)).collect();
    let left = |states: &[_]| remaining_legs(&legs, states).iter().map(|leg| leg.kind).collect::<Vec<_>>();
    use LegKind::*;
    assert_eq!(left(&[]), LEG_KINDS);
    assert_eq!(left(&[(Code::Scheduled, Done)]), LEG_KINDS);
    assert_eq!(left(&[(Code::OffLine, Done)]), [Release, Transport, YardDwell, Pdi, Paperwork]);
    let from_stock = [(Code::Body, Skipped), (Code::OffLine, Skipped), (Code::QualityReleased, Skipped)];
    assert_eq!(left(&from_stock), [Transport, YardDwell, Pdi, Paperwork]);
    assert_eq!(left(&[(Code::Arrived, Done)]), [YardDwell, Pdi, Paperwork]);
    assert_eq!(left(&[(Code::Arrived, Done), (Code::PdiDone, Active)]), [Pdi, Paperwork]);
    assert_eq!(left(&[(Code::Ready, Done)]), []);
}

#[test]
fn the_way_is_counted_from_its_latest_milestone_and_not_from_papers() {
    let at = |day| Utc.with_ymd_and_hms(2026, 11, day, 8, 0, 0).unwrap();
    let milestones = [
        (Code::OrderPlaced, Done, Some(at(1))),
        (Code::Shipped, Done, Some(at(10))),
        (Code::Insured, Done, Some(at(12))),
        (Code::Arrived, Active, Some(at(13))),
    ];
    assert_eq!(anchor(&milestones, false), Some(at(10)));
    assert_eq!(anchor(&milestones[..1], false), Some(at(1)));
    assert_eq!(anchor(&[], false), None);
    let mut assigned = vec![(Code::ConfigLocked, Done, Some(at(2))), (Code::Allocated, Done, Some(at(5)))];
    assert_eq!(anchor(&assigned, false), Some(at(2)), "it is still to be built");
    assigned.push((Code::QualityReleased, Skipped, None));
    assert_eq!(anchor(&assigned, false), Some(at(5)));
    assigned.push((Code::BalancePaid, Done, Some(at(9))));
    assert_eq!(anchor(&assigned, false), Some(at(5)), "paid while the car went on");
    assert_eq!(anchor(&assigned, true), Some(at(9)), "it waited for the money");
}

#[test]
fn confidence_grows_with_the_stage() {
    assert_eq!(confidence(&[(Code::ConfigLocked, Done)]), EtaConfidence::Low);
    assert_eq!(confidence(&[(Code::Scheduled, Skipped)]), EtaConfidence::Low, "from stock, but no car yet");
    assert_eq!(confidence(&[(Code::Scheduled, Done)]), EtaConfidence::Medium);
    assert_eq!(confidence(&[(Code::Allocated, Done)]), EtaConfidence::Medium);
    assert_eq!(confidence(&[(Code::Allocated, Done), (Code::Shipped, Done)]), EtaConfidence::High);
    assert_eq!(confidence(&[(Code::Shipped, Skipped), (Code::Arrived, Done)]), EtaConfidence::High);
}

#[test]
fn later_dates_are_published_only_if_they_matter() {
    let today = day(11, 1);
    let publish = |published, likely| should_publish(Some(published), likely, today);
    assert!(should_publish(None, day(12, 1), today));
    assert!(!publish(day(12, 1), day(12, 1)));
    assert!(publish(day(12, 1), day(11, 30)), "earlier at once");
    assert!(!publish(day(12, 1), day(12, 3)), "two days of thirty");
    assert!(publish(day(12, 1), day(12, 4)), "more than two days");
    assert!(publish(day(11, 5), day(11, 6)), "a quarter of what was left");
    assert!(!publish(day(11, 6), day(11, 7)), "a fifth, and not more");
    assert!(publish(day(10, 30), day(11, 2)), "overdue");
}

fn any_legs() -> impl Strategy<Value = Vec<Leg>> {
    let one = (proptest::sample::select(LEG_KINDS), 0.0_f64..40.0, 0.0_f64..20.0, proptest::option::of(0.0_f64..1.0));
    proptest::collection::vec(one, 0..8).prop_map(|legs| {
        legs.into_iter()
            .map(|(kind, p50, more, early)| Leg { kind, p10: early.map(|part| part * p50), p50, p90: p50 + more })
            .collect()
    })
}

proptest! {
    #[test]
    fn dates_are_ordered_within_the_naive_sums_and_not_before_today(legs in any_legs(), offset in 0_u64..60) {
        let today = day(3, 1) + Days::new(offset);
        let window = window(day(3, 1), today, &legs);
        prop_assert!(today <= window.earliest && window.earliest <= window.likely && window.likely <= window.latest);
        let spread = spread(&legs);
        let naive: f64 = legs.iter().map(|leg| leg.p90).sum();
        prop_assert!(spread.latest <= naive + 1e-9);
    }

    #[test]
    fn every_step_of_the_way_leaves_no_more_than_before(legs in any_legs()) {
        let mut states = Vec::new();
        let mut before = legs.len();
        for kind in LEG_KINDS {
            states.push((kind.ends_with(), Done));
            let left = remaining_legs(&legs, &states);
            prop_assert!(left.len() <= before);
            prop_assert!(left.iter().all(|leg| leg.kind > *kind));
            before = left.len();
        }
    }

    /// Small slips, published one by one, never hide a large one: what is shown is at most two days early.
    #[test]
    fn what_is_published_is_never_more_than_two_days_early(likely in proptest::collection::vec(0_u64..90, 1..20)) {
        let today = day(3, 1);
        let mut published = None;
        for days in likely {
            let likely = today + Days::new(days);
            if should_publish(published, likely, today) {
                published = Some(likely);
            }
            let shown = published.unwrap();
            prop_assert!(shown <= likely && (likely - shown).num_days() <= 2);
        }
    }
}
