//! What waits for the payment, and how a range moves meanwhile.

use super::super::estimate::{Estimate, Known, Reached, Way, estimate, usual_legs};
use super::super::eta::{Leg, LegKind, window};
use super::super::took::Usual;
use super::*;
use MilestoneCode as Code;
use MilestoneState::{Delayed, Done, Pending};
use chrono::TimeZone;
use proptest::prelude::*;

fn at(month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, month, day, 4, 0, 0).unwrap()
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

fn days(days: u64) -> Days {
    Days::new(days)
}

/// Released and assigned on 1 November, to be shipped; paid on the day that is given.
fn released(paid: Option<DateTime<Utc>>) -> Vec<Reached> {
    let balance = if paid.is_some() { Done } else { Pending };
    vec![
        (Code::QualityReleased, Done, Some(at(11, 1))),
        (Code::Allocated, Done, Some(at(11, 1))),
        (Code::BalancePaid, balance, paid),
        (Code::Shipped, Pending, None),
        (Code::Arrived, Pending, None),
        (Code::PdiDone, Pending, None),
        (Code::Ready, Pending, None),
    ]
}

fn reckoned(milestones: &[Reached], known: &[Known], today: NaiveDate) -> Estimate {
    let way = Way { city_code: "310100", lead_time_days: 0, transport: &[] };
    estimate((milestones, true), &usual_legs(Usual::default(), &way), known, at(10, 1), today)
}

#[test]
fn an_unpaid_balance_stops_the_clock_where_it_is_waited_for() {
    let released = [(Code::QualityReleased, Done), (Code::Allocated, Done)];
    assert!(awaits_payment(&released, true));
    assert!(!awaits_payment(&released, false));
    let paid = [released[0], released[1], (Code::BalancePaid, Done)];
    assert!(is_at_balance(&paid, true) && !awaits_payment(&paid, true));
    let shipped = [paid[0], paid[1], paid[2], (Code::Shipped, Done)];
    assert!(!is_at_balance(&shipped, true), "what was paid before is behind it");
    assert!(awaits_payment(&[(Code::PdiDone, Done)], false));
    assert!(!awaits_payment(&[(Code::QualityReleased, Done)], true), "no car yet");
}

#[test]
fn a_payment_goes_before_a_wish() {
    let (today, until) = (day(11, 1), Some(day(11, 2)));
    assert_eq!(paused_by(None, None, today), None);
    assert_eq!(paused_by(None, until, today), Some(EtaReason::Customer));
    assert_eq!(paused_by(None, until, day(11, 2)), None, "it is the day");
    assert_eq!(paused_by(Some(today), until, today), Some(EtaReason::PaymentPending));
}

/// Released on 1 November, paid on 1 December: two days to the hub, one to the city, one in the yard, one for the inspection and one
/// for the papers are ahead all the while.
#[test]
fn what_is_left_begins_with_the_payment() {
    let kept = reckoned(&released(None), &[], day(11, 1)).kept(None);
    assert_eq!(kept.moves_from, Some(day(11, 1)));
    assert_eq!(kept.on(day(11, 1), None).likely, day(11, 7));
    for today in [day(11, 8), day(11, 20), day(11, 30)] {
        let shown = kept.on(today, None);
        assert_eq!(shown.likely, today + days(6), "not in the past, whenever it is looked at");
        assert_eq!(shown, reckoned(&released(None), &[], today).kept(None).on(today, None), "as if reckoned then");
    }
    let paid = reckoned(&released(Some(at(12, 1))), &[], day(12, 1));
    assert_eq!((paid.moves_from, paid.window.likely), (None, day(12, 7)));
    let heard_later = reckoned(&released(Some(at(12, 1))), &[], day(12, 3));
    assert_eq!(heard_later.window.likely, day(12, 7), "counted from the payment, not from the news of it");
    let before = reckoned(&released(Some(at(10, 20))), &[], day(11, 1));
    assert_eq!(before.window.likely, day(11, 7), "paid before the car was there");
}

#[test]
fn after_the_inspection_the_papers_wait_for_the_payment() {
    let inspected = |paid: Option<DateTime<Utc>>| {
        let mut way = released(paid);
        for (place, reached) in [(3, at(11, 3)), (4, at(11, 6)), (5, at(11, 7))] {
            (way[place].1, way[place].2) = (Done, Some(reached));
        }
        way
    };
    let waiting = reckoned(&inspected(None), &[], day(11, 9));
    assert_eq!((waiting.moves_from, waiting.window.likely), (Some(day(11, 9)), day(11, 10)));
    assert_eq!(reckoned(&inspected(Some(at(11, 20))), &[], day(11, 20)).window.likely, day(11, 21));
    assert_eq!(reckoned(&inspected(Some(at(10, 20))), &[], day(11, 7)).window.likely, day(11, 8));
}

/// The repair is over on 20 November, paid or not.
#[test]
fn a_day_that_was_told_does_not_move_before_it_is_there() {
    let mut way = released(None);
    way[5].1 = Delayed;
    let told = Known::of_milestone(Code::PdiDone, at(11, 20), None).unwrap();
    let kept = reckoned(&way, &[told], day(11, 1)).kept(None);
    assert_eq!(kept.moves_from, Some(day(11, 20)));
    let likely = |today| kept.on(today, None).likely;
    assert_eq!([day(11, 1), day(11, 20), day(11, 23)].map(likely), [day(11, 21), day(11, 21), day(11, 24)]);
}

#[test]
fn a_wish_for_a_later_day_stays_where_it_is() {
    let wish = Some(day(11, 15));
    let kept = reckoned(&released(None), &[], day(11, 1)).kept(wish);
    let likely = |today| kept.on(today, wish).likely;
    assert_eq!([day(11, 1), day(11, 9), day(11, 12)].map(likely), [day(11, 15), day(11, 15), day(11, 18)]);
    let paid = reckoned(&released(Some(at(11, 2))), &[], day(11, 2)).kept(wish);
    assert_eq!(paid.on(day(11, 30), wish).likely, day(11, 15), "a range that stands is as it was published");
}

#[test]
fn forecasts_move_alike() {
    let mut row = milestone::Model {
        id: entity::MilestoneId::from_parts(0, 1),
        order_id: entity::OrderId::from_parts(0, 1),
        code: Code::Arrived,
        position: 1,
        state: Pending,
        planned_at: None,
        forecast_p50: Some(at(11, 4)),
        forecast_p90: None,
        forecast_moves_from: None,
        actual_at: None,
        note: None,
        delay_case_id: None,
        delay_before_p50: None,
        delay_before_p90: None,
        hidden: false,
        sla_hours: None,
        party: None,
        open_since: None,
        due_at: None,
        updated_at: at(11, 1),
    };
    assert_eq!(forecast_on(&row, || day(11, 20)), Some((at(11, 4), None)));
    (row.forecast_p90, row.forecast_moves_from) = (Some(at(11, 6)), Some(day(11, 1)));
    assert_eq!(forecast_on(&row, || day(11, 20)), Some((at(11, 23), Some(at(11, 25)))));
    assert_eq!(forecast_on(&row, || day(10, 20)), Some((at(11, 4), Some(at(11, 6)))));
}

#[test]
fn that_the_clock_stops_or_goes_on_is_told_and_a_standing_pause_is_not() {
    use EtaReason::{Logistics, PaymentPending, Progress, QualityHold};
    let (today, shown) = (day(11, 1), Some(day(11, 20)));
    let told = |was, is, likely, why| publishes((was, shown), (is, likely), today, why);
    assert_eq!(told(false, true, day(11, 20), Progress), Some(PaymentPending));
    assert_eq!(
        told(false, true, day(11, 30), QualityHold),
        Some(QualityHold),
        "what moves it is told, if there is something"
    );
    assert_eq!(told(true, false, day(11, 20), Progress), Some(Progress));
    assert_eq!(told(true, true, day(11, 20), Progress), None);
    assert_eq!(told(true, true, day(11, 22), Logistics), None, "two days of nineteen");
    assert_eq!(told(true, true, day(11, 23), Logistics), Some(Logistics));
    assert_eq!(told(false, false, day(11, 19), Progress), Some(Progress), "earlier at once");
}

fn any_legs() -> impl Strategy<Value = Vec<Leg>> {
    let one = (0.0_f64..40.0, 0.0_f64..20.0, proptest::option::of(0.0_f64..1.0));
    proptest::collection::vec(one, 4..5).prop_map(|legs| {
        let kinds = [LegKind::Transport, LegKind::YardDwell, LegKind::Pdi, LegKind::Paperwork];
        kinds
            .into_iter()
            .zip(legs)
            .map(|(kind, (p50, more, early))| Leg { kind, p10: early.map(|part| part * p50), p50, p90: p50 + more })
            .collect()
    })
}

proptest! {
    /// Whenever a waiting order is looked at, its range is what would be reckoned on that day, and never in the past.
    #[test]
    fn a_range_that_moves_is_as_if_reckoned_anew(
        legs in any_legs(),
        (first, later) in (0_u64..60, 0_u64..200),
        wish in proptest::option::of(0_u64..200),
    ) {
        let reckoned = day(11, 1) + days(first);
        let today = reckoned + days(later);
        let wish = wish.map(|after| day(11, 1) + days(after));
        let on = |day| estimate((&released(None), true), &legs, &[], at(10, 1), day).kept(wish);
        let shown = on(reckoned).on(today, wish);
        prop_assert_eq!(shown, on(today).on(today, wish));
        prop_assert!(today <= shown.earliest && shown.earliest <= shown.likely && shown.likely <= shown.latest);
        prop_assert!(wish.is_none_or(|wish| wish <= shown.earliest));
    }

    /// With a day that was told as well: in order, never in the past, and each day later by no more than a day.
    #[test]
    fn a_range_with_a_told_day_is_in_order(told in 0_u64..60, slack in 0_u64..30, later in 0_u64..90) {
        let mut way = released(None);
        way[4].1 = Delayed;
        let told = day(11, 1) + days(told);
        let known = Known { through: LegKind::Transport, p50: told, p90: told + days(slack) };
        let kept = reckoned(&way, &[known], day(11, 1)).kept(None);
        let today = day(11, 1) + days(later);
        let (shown, next) = (kept.on(today, None), kept.on(today + days(1), None));
        prop_assert!(today <= shown.earliest && shown.earliest <= shown.likely && shown.likely <= shown.latest);
        prop_assert!(shown.likely <= next.likely && next.likely <= shown.likely + days(1));
        prop_assert_eq!(shown.likely, reckoned(&way, &[known], today).window.likely);
    }

    /// After the payment the car is there no sooner than what is left can take, and a payment of the day on which it is looked at changes
    /// nothing about the range.
    #[test]
    fn after_the_payment_all_that_is_left_is_ahead(legs in any_legs(), paid in 0_u64..60, heard in 0_u64..60) {
        let paid_on = day(11, 1) + days(paid);
        let moment = at(11, 1) + TimeDelta::days(i64::try_from(paid).unwrap());
        let of = |today| estimate((&released(Some(moment)), true), &legs, &[], at(10, 1), today).window;
        let today = paid_on + days(heard);
        prop_assert!(of(today).earliest >= window(paid_on, paid_on, &legs).earliest);
        let waiting = estimate((&released(None), true), &legs, &[], at(10, 1), day(11, 1)).kept(None);
        prop_assert_eq!(of(paid_on), waiting.on(paid_on, None));
    }
}
