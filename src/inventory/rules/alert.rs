//! When somebody is told of a stock, and whom it concerns (C098; domain.md 3.7, "Ageing bands").

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::StoreId;
use entity::inventory::alert_rule;
use entity::vocabulary::{AgeBand, StockAlertLevel, StockAlertMetric, StockAlertState};

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

/// Everything that a rule breaks: its threshold is in its metric's bounds (fewer cars than none are not had), and an alert goes
/// to the region before it goes to the car maker.
pub fn check(rule: &alert_rule::Model) -> Vec<Broken> {
    let bounds = match rule.metric {
        StockAlertMetric::AgeOver | StockAlertMetric::InTransitOverdue => AGE_DAYS,
        StockAlertMetric::LevelOver => CARS,
        StockAlertMetric::LevelUnder => (1, CARS.1),
    };
    let mut broken: Vec<Broken> = [
        within("threshold", Some(rule.threshold), bounds),
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

/// Whether so many cars are too many, or too few.
pub fn is_breached(metric: StockAlertMetric, threshold: i32, cars: i64) -> bool {
    match metric {
        StockAlertMetric::LevelOver => cars > i64::from(threshold),
        StockAlertMetric::LevelUnder => cars < i64::from(threshold),
        StockAlertMetric::AgeOver | StockAlertMetric::InTransitOverdue => false,
    }
}

/// What of the alerts of a level has to be raised, with its number of cars, and which stores' alerts have to be closed. No store
/// is the stock that none has.
#[expect(clippy::type_complexity, reason = "two lists")]
pub fn settle(
    rule: &alert_rule::Model,
    cars: &[(Option<StoreId>, i64)],
    standing: &[Option<StoreId>],
) -> (Vec<(Option<StoreId>, i64)>, Vec<Option<StoreId>>) {
    let breached: Vec<_> =
        cars.iter().copied().filter(|(_, cars)| is_breached(rule.metric, rule.threshold, *cars)).collect();
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
    use entity::{Codes, StockAlertRuleId, StockType};
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
        }
    }

    #[test]
    fn a_threshold_has_the_bounds_of_its_metric() {
        use StockAlertMetric::*;
        let fits = |metric, threshold| check(&rule(metric, threshold)).is_empty();
        assert!(fits(AgeOver, 0) && fits(AgeOver, 10_000) && !fits(AgeOver, 10_001) && !fits(AgeOver, -1));
        assert!(fits(LevelUnder, 1) && !fits(LevelUnder, 0) && fits(LevelOver, 0));
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

    proptest! {
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
