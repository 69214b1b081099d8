//! When somebody is told of a stock, and whom it concerns (C098; domain.md 3.7, "Ageing bands").

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::StoreId;
use entity::inventory::alert_rule;
use entity::vocabulary::{AgeBand, StockAlertLevel, StockAlertMetric, StockAlertState, StockType};

use super::age::band_days;
use super::policy::{AGE_DAYS, Broken, within};
use crate::values::machine::{self, IllegalTransition};

/// Cars of a level.
pub const CARS: (i32, i32) = (0, 100_000);

/// Hours until an alert goes higher: up to ninety days.
pub const HOURS: (i32, i32) = (1, 2160);

/// What happens to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertAction {
    /// Somebody takes it up.
    Acknowledge,
    /// What it was raised for is over.
    Close,
}

/// Transitions: action, from, to.
pub const ALERT: &[(AlertAction, StockAlertState, StockAlertState)] = {
    use AlertAction::*;
    use StockAlertState::*;
    &[(Acknowledge, Open, Acknowledged), (Close, Open, Closed), (Close, Acknowledged, Closed)]
};

/// The state after `action`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_alert(
    from: StockAlertState,
    action: AlertAction,
) -> Result<StockAlertState, IllegalTransition<StockAlertState, AlertAction>> {
    machine::apply(ALERT, from, action)
}

/// Per cent of a stock that are sold: up to a hundred times over.
pub const PER_CENT: (i32, i32) = (1, 10_000);

/// Kilometres that a car has run.
pub const KILOMETRES: (i32, i32) = (0, 1_000_000);

/// Days over which it is reckoned how fast a stock sells.
pub const TURNOVER_DAYS: i64 = 90;

/// Everything that a rule breaks: its threshold is in its metric's bounds (fewer cars than none are not had), only demonstrators are to
/// be sold by what they have run, and an alert goes to the region before it goes to the car maker.
pub fn check(rule: &alert_rule::Model) -> Vec<Broken> {
    let bounds = match rule.metric {
        StockAlertMetric::AgeOver | StockAlertMetric::InTransitOverdue | StockAlertMetric::DemoRetireDue => AGE_DAYS,
        StockAlertMetric::LevelOver => CARS,
        StockAlertMetric::LevelUnder => (1, CARS.1),
        StockAlertMetric::TurnoverLow => PER_CENT,
    };
    let of_demos = rule.metric == StockAlertMetric::DemoRetireDue;
    let mut broken: Vec<Broken> = [
        (of_demos && rule.stock_type != StockType::Demo).then(|| Broken::at("stockType", "alert-demo")),
        within("threshold", Some(rule.threshold), bounds),
        within("mileageKm", rule.mileage_km, KILOMETRES),
        (!of_demos && rule.mileage_km.is_some()).then(|| Broken::at("mileageKm", "alert-mileage")),
        within("regionAfterHours", rule.region_after_hours, HOURS),
        within("oemAfterHours", rule.oem_after_hours, HOURS),
    ]
    .into_iter()
    .flatten()
    .collect();
    if rule.region_after_hours.zip(rule.oem_after_hours).is_some_and(|(region, oem)| region >= oem) {
        broken.push(Broken::at("oemAfterHours", "alert-levels"));
    }
    broken
}

/// The days of a band that are more than a threshold, first and last; none when it has none. An alert is of one band, so one
/// car is told of again when it comes into the next.
pub fn days_over(threshold: i32, band: AgeBand) -> Option<(i64, Option<i64>)> {
    let (first, last) = band_days(band);
    let first = first.max(i64::from(threshold) + 1);
    last.is_none_or(|last| first <= last).then_some((first, last))
}

/// Before when a car was expected that is late by more than so many days.
pub fn late_before(now: DateTime<Utc>, threshold: i32) -> DateTime<Utc> {
    now - TimeDelta::days(threshold.into())
}

/// Full days that it is late.
pub fn days_late(expected_at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (now - expected_at).num_days().max(0)
}

/// Whether a demonstrator is to be sold: it stands longer than the rule's days, or has run more than its kilometres, where it has some and
/// what the car has run is known.
pub fn is_retire_due(rule: &alert_rule::Model, age_days: i64, odometer_km: Option<i32>) -> bool {
    let run = rule.mileage_km.zip(odometer_km).is_some_and(|(most, run)| run > most);
    run || age_days > i64::from(rule.threshold)
}

/// For how long a car was in stock since `from`, seconds: from when its age counts until it was handed over, or until now.
pub fn stay(
    since: DateTime<Utc>,
    handed_over: Option<DateTime<Utc>>,
    (from, now): (DateTime<Utc>, DateTime<Utc>),
) -> i64 {
    (handed_over.unwrap_or(now).min(now).timestamp() - since.max(from).timestamp()).max(0)
}

/// How many per cent of its mean stock of the last [`TURNOVER_DAYS`] a store has handed over in these days. `stays` is the sum of
/// [`stay`]; over the days it is the mean number of cars. None where that is less than one: of so little nothing can be said.
pub fn turnover(sold: i64, stays: i64) -> Option<i64> {
    let days = TURNOVER_DAYS * 86_400;
    (stays >= days)
        .then(|| i64::try_from(i128::from(sold) * 100 * i128::from(days) / i128::from(stays)).unwrap_or(i64::MAX))
}

/// Whether so many cars are too many, or too few, or so many per cent of them.
pub fn is_breached(metric: StockAlertMetric, threshold: i32, value: i64) -> bool {
    match metric {
        StockAlertMetric::LevelOver => value > i64::from(threshold),
        StockAlertMetric::LevelUnder | StockAlertMetric::TurnoverLow => value < i64::from(threshold),
        StockAlertMetric::AgeOver | StockAlertMetric::InTransitOverdue | StockAlertMetric::DemoRetireDue => false,
    }
}

/// What of the alerts of stores has to be raised, with its number of cars or per cent, and which stores' alerts have to be closed. No store
/// is the stock that none has.
#[expect(clippy::type_complexity, reason = "two lists")]
pub fn settle(
    rule: &alert_rule::Model,
    measured: &[(Option<StoreId>, i64)],
    standing: &[Option<StoreId>],
) -> (Vec<(Option<StoreId>, i64)>, Vec<Option<StoreId>>) {
    let breached: Vec<_> =
        measured.iter().copied().filter(|(_, value)| is_breached(rule.metric, rule.threshold, *value)).collect();
    let over = standing.iter().copied().filter(|store| breached.iter().all(|(found, _)| found != store)).collect();
    let fresh = breached.into_iter().filter(|(store, _)| !standing.contains(store)).collect();
    (fresh, over)
}

/// Whom an alert concerns at first: the store that has the stock, or the car maker where none has.
pub fn first_level(store: Option<StoreId>) -> StockAlertLevel {
    if store.is_some() { StockAlertLevel::Store } else { StockAlertLevel::Oem }
}

/// The levels above an alert that nobody takes up, the highest first, each with the moment before which it has to have been
/// raised to get there.
pub fn levels(rule: &alert_rule::Model, now: DateTime<Utc>) -> Vec<(StockAlertLevel, DateTime<Utc>)> {
    let steps = [(StockAlertLevel::Oem, rule.oem_after_hours), (StockAlertLevel::Region, rule.region_after_hours)];
    steps.into_iter().filter_map(|(level, hours)| Some((level, now - TimeDelta::hours(hours?.into())))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::age::age_band;
    use super::*;
    use chrono::TimeZone;
    use entity::{Codes, StockAlertRuleId};
    use proptest::prelude::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap()
    }

    fn rule(metric: StockAlertMetric, threshold: i32) -> alert_rule::Model {
        alert_rule::Model {
            id: StockAlertRuleId::from_parts(0, 1),
            name: "R".into(),
            stock_type: StockType::StoreStock,
            metric,
            threshold,
            store_ids: Codes::default(),
            region_after_hours: Some(24),
            oem_after_hours: Some(72),
            active: true,
            checked_at: noon(),
            changed_by: "test".into(),
            changed_at: noon(),
            version: 1,
            mileage_km: None,
        }
    }

    #[test]
    fn a_threshold_has_the_bounds_of_its_metric() {
        use StockAlertMetric::*;
        let fits = |metric, threshold| check(&rule(metric, threshold)).is_empty();
        assert!(fits(AgeOver, 0) && fits(AgeOver, 10_000) && !fits(AgeOver, 10_001) && !fits(AgeOver, -1));
        assert!(fits(LevelUnder, 1) && !fits(LevelUnder, 0) && fits(LevelOver, 0));
        assert!(
            fits(TurnoverLow, 1) && fits(TurnoverLow, 10_000) && !fits(TurnoverLow, 0) && !fits(TurnoverLow, 10_001)
        );
        let demo = |stock_type, mileage_km| alert_rule::Model { stock_type, mileage_km, ..rule(DemoRetireDue, 180) };
        assert_eq!(check(&demo(StockType::Demo, Some(8_000))), []);
        assert_eq!(check(&demo(StockType::StoreStock, None)), [Broken::at("stockType", "alert-demo")]);
        assert_eq!(check(&demo(StockType::Demo, Some(-1))).len(), 1);
        let run = alert_rule::Model { mileage_km: Some(8_000), ..rule(AgeOver, 180) };
        assert_eq!(check(&run), [Broken::at("mileageKm", "alert-mileage")]);
        let levels = alert_rule::Model { region_after_hours: Some(72), ..rule(AgeOver, 30) };
        assert_eq!(check(&levels), [Broken::at("oemAfterHours", "alert-levels")]);
        let silent = alert_rule::Model { region_after_hours: None, oem_after_hours: None, ..rule(AgeOver, 30) };
        assert_eq!(check(&silent), []);
        assert_eq!(super::levels(&silent, noon()), []);
    }

    #[test]
    fn an_alert_that_is_closed_stays_so() {
        assert_eq!(machine::ambiguous(ALERT), None);
        assert_eq!(machine::allowed(ALERT, StockAlertState::Closed), []);
        assert_eq!(machine::allowed(ALERT, StockAlertState::Acknowledged), [AlertAction::Close]);
        assert_eq!(move_alert(StockAlertState::Open, AlertAction::Acknowledge), Ok(StockAlertState::Acknowledged));
    }

    #[test]
    fn the_highest_level_comes_first() {
        let expected = [
            (StockAlertLevel::Oem, noon() - TimeDelta::hours(72)),
            (StockAlertLevel::Region, noon() - TimeDelta::hours(24)),
        ];
        assert_eq!(levels(&rule(StockAlertMetric::AgeOver, 30), noon()), expected);
        assert_eq!(first_level(None), StockAlertLevel::Oem);
        assert_eq!(first_level(Some(StoreId::from_parts(0, 1))), StockAlertLevel::Store);
    }

    #[test]
    fn a_demonstrator_is_to_go_when_it_is_old_or_has_run_far() {
        let days = rule(StockAlertMetric::DemoRetireDue, 180);
        let both = alert_rule::Model { mileage_km: Some(8_000), ..days.clone() };
        assert!(is_retire_due(&days, 181, None) && !is_retire_due(&days, 180, Some(999_999)));
        assert!(is_retire_due(&both, 0, Some(8_001)) && !is_retire_due(&both, 180, Some(8_000)));
        assert!(!is_retire_due(&both, 180, None) && is_retire_due(&both, 181, None));
    }

    #[test]
    fn a_stock_that_is_sold_once_in_the_days_has_turned_over_once() {
        let (from, now) = (noon() - TimeDelta::days(TURNOVER_DAYS), noon());
        let at = |days: i64| noon() - TimeDelta::days(days);
        let of = |since, out: Option<i64>| stay(at(since), out.map(at), (from, now));
        assert_eq!(of(400, None), TURNOVER_DAYS * 86_400, "no more than the days themselves");
        assert_eq!((of(30, Some(20)), of(100, Some(95)), of(-1, None)), (10 * 86_400, 0, 0));
        // Ten cars at any time, of which one goes and one comes each ninth day.
        assert_eq!(turnover(10, 10 * TURNOVER_DAYS * 86_400), Some(100));
        assert_eq!(turnover(0, TURNOVER_DAYS * 86_400), Some(0));
        assert_eq!(turnover(5, TURNOVER_DAYS * 86_400 - 1), None, "less than one car");
    }

    proptest! {
        /// More sold is never slower, more stock never faster; a stock twice as large that sells twice as much is as fast.
        #[test]
        fn turnover_is_of_the_stock(sold in 0_i64..10_000, stays in 0_i64..10_000_000_000, more in 0_i64..1_000_000) {
            let Some(found) = turnover(sold, stays) else { return Ok(()) };
            prop_assert!(turnover(sold + more, stays).unwrap() >= found);
            prop_assert!(turnover(sold, stays + more).unwrap() <= found);
            prop_assert_eq!(turnover(sold * 2, stays * 2), Some(found));
        }

        /// The parts of a stay before and after any moment are the whole.
        #[test]
        fn a_stay_is_the_sum_of_its_parts(since in -200_i64..200, out in proptest::option::of(-200_i64..200), cut in 1_i64..89) {
            let at = |days: i64| noon() - TimeDelta::days(days);
            let (from, now) = (at(90), at(0));
            let whole = stay(at(since), out.map(at), (from, now));
            let parts = stay(at(since), out.map(at), (from, at(cut))) + stay(at(since), out.map(at), (at(cut), now));
            prop_assert_eq!(whole, parts);
            prop_assert!((0..=TURNOVER_DAYS * 86_400).contains(&whole));
        }

        /// Each day over the threshold is of exactly one band's alert, and no other day of any.
        #[test]
        fn days_over_a_threshold_are_told_of_once(threshold in 0_i32..150, days in 0_i64..200) {
            let telling: Vec<_> = AgeBand::ALL.iter().copied().filter(|band| {
                days_over(threshold, *band).is_some_and(|(from, to)| from <= days && to.is_none_or(|to| days <= to))
            }).collect();
            let expected = if days > i64::from(threshold) { vec![age_band(days)] } else { vec![] };
            prop_assert_eq!(telling, expected);
        }

        /// After what is raised is raised and what is closed closed, exactly the breached ones stand, and nothing is to do.
        #[test]
        fn what_is_settled_is_settled(
            cars in prop::collection::vec(0_i64..9, 1..9), standing in prop::collection::btree_set(0_u128..12, 0..9),
            threshold in 0_i32..8, over in any::<bool>(),
        ) {
            let metric = if over { StockAlertMetric::LevelOver } else { StockAlertMetric::LevelUnder };
            let store = |n: u128| (n > 0).then(|| StoreId::from_parts(0, n));
            let cars: Vec<_> = cars.iter().enumerate().map(|(n, cars)| (store(n as u128), *cars)).collect();
            let mut standing: Vec<_> = standing.into_iter().map(store).collect();
            let rule = rule(metric, threshold);
            let (raise, close) = settle(&rule, &cars, &standing);
            standing.retain(|store| !close.contains(store));
            standing.extend(raise.iter().map(|(store, _)| *store));
            standing.sort();
            let mut breached: Vec<_> =
                cars.iter().filter(|(_, n)| is_breached(metric, threshold, *n)).map(|(store, _)| *store).collect();
            breached.sort();
            prop_assert_eq!(&standing, &breached);
            prop_assert_eq!(settle(&rule, &cars, &standing), (vec![], vec![]));
        }
    }
}
