//! How long a car has stood in stock (C098; domain.md 3.7, "Ageing bands").

use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::{AgeBand, CommercialStatus, PhysicalStatus, RecommendReason};

/// Full days of twenty-four hours since the car came into stock; a date in the future counts as zero.
pub fn age_days(stock_since: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (now - stock_since).num_days().max(0)
}

/// The band of an age: 0-30, 31-60, 61-90, more.
pub fn age_band(days: i64) -> AgeBand {
    match days {
        ..=30 => AgeBand::Green,
        31..=60 => AgeBand::Yellow,
        61..=90 => AgeBand::Orange,
        _ => AgeBand::Red,
    }
}

/// First and last day of a band; the last band has no end.
pub fn band_days(band: AgeBand) -> (i64, Option<i64>) {
    match band {
        AgeBand::Green => (0, Some(30)),
        AgeBand::Yellow => (31, Some(60)),
        AgeBand::Orange => (61, Some(90)),
        AgeBand::Red => (91, None),
    }
}

/// Whether a car that can be had is to be sold before others, by its age (C097).
pub fn recommended(days: i64, physical: PhysicalStatus, commercial: CommercialStatus) -> Option<RecommendReason> {
    if !super::status::may_reserve(physical, commercial) {
        return None;
    }
    match age_band(days) {
        AgeBand::Green | AgeBand::Yellow => None,
        AgeBand::Orange => Some(RecommendReason::Ageing),
        AgeBand::Red => Some(RecommendReason::Overaged),
    }
}

/// The same bounds said of the column `stock_since`, for statements: an age of `min..=max` days means
/// `after < stock_since <= until`. An absent bound does not bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockSinceBounds {
    /// Exclusive.
    pub after: Option<DateTime<Utc>>,
    /// Inclusive.
    pub until: Option<DateTime<Utc>>,
}

/// Bounds of `stock_since` for ages of at least `min` and at most `max` days (both inclusive).
pub fn stock_since_bounds(now: DateTime<Utc>, min: Option<i64>, max: Option<i64>) -> StockSinceBounds {
    let ago = |days: i64| TimeDelta::try_days(days).and_then(|delta| now.checked_sub_signed(delta));
    StockSinceBounds {
        // No car is younger than zero days, so a lower maximum leaves nothing; `now` plus a day would, too.
        after: max.and_then(|max| if max < 0 { Some(DateTime::<Utc>::MAX_UTC) } else { ago(max.saturating_add(1)) }),
        until: min.filter(|min| *min > 0).and_then(ago),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap()
    }

    #[test]
    fn a_day_counts_when_it_is_over() {
        let since = |hours| age_days(noon() - TimeDelta::hours(hours), noon());
        assert_eq!((since(23), since(24), since(47), since(-5), since(-50)), (0, 1, 1, 0, 0));
    }

    #[test]
    fn bands_change_after_30_60_and_90_days() {
        for (days, band) in [
            (0, AgeBand::Green),
            (30, AgeBand::Green),
            (31, AgeBand::Yellow),
            (60, AgeBand::Yellow),
            (61, AgeBand::Orange),
            (90, AgeBand::Orange),
            (91, AgeBand::Red),
            (400, AgeBand::Red),
        ] {
            assert_eq!(age_band(days), band, "{days}");
        }
    }

    #[test]
    fn old_stock_that_can_be_had_is_to_be_sold_first() {
        let reason = |days| recommended(days, PhysicalStatus::InStock, CommercialStatus::Free);
        assert_eq!(
            [30, 60, 61, 90, 91].map(reason),
            [None, None, Some(RecommendReason::Ageing), Some(RecommendReason::Ageing), Some(RecommendReason::Overaged)]
        );
        assert_eq!(recommended(91, PhysicalStatus::InStock, CommercialStatus::Reserved), None);
        assert_eq!(recommended(91, PhysicalStatus::QualityHold, CommercialStatus::Free), None);
    }

    proptest! {
        #[test]
        fn a_band_holds_exactly_its_days(days in 0_i64..200) {
            for band in AgeBand::ALL {
                let (from, to) = band_days(*band);
                let inside = from <= days && to.is_none_or(|to| days <= to);
                prop_assert_eq!(inside, age_band(days) == *band);
            }
        }

        #[test]
        fn bounds_of_the_column_say_the_same_as_the_age(
            seconds in -200_000_i64..20_000_000,
            min in proptest::option::of(-2_i64..120),
            max in proptest::option::of(-2_i64..120),
        ) {
            let since = noon() - TimeDelta::seconds(seconds);
            let age = age_days(since, noon());
            let wanted = min.is_none_or(|min| min <= age) && max.is_none_or(|max| age <= max);
            let bounds = stock_since_bounds(noon(), min, max);
            let inside = bounds.after.is_none_or(|after| after < since) && bounds.until.is_none_or(|until| since <= until);
            prop_assert_eq!(inside, wanted);
        }
    }
}
