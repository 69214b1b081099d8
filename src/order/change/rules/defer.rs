//! Until when a customer may put off the car (C075).

use chrono::{Days, NaiveDate};

/// How much later than expected needs nobody's leave, days; invented.
pub const FREELY: u64 = 30;

/// How far ahead of today it can be put off at most, days; invented.
pub const MOST: u64 = 180;

/// Whether a day is one to which the car can be put off: later than it is expected, and not too far ahead.
pub fn is_later(until: NaiveDate, expected: Option<NaiveDate>, today: NaiveDate) -> bool {
    until > expected.unwrap_or(today).max(today) && until <= today + Days::new(MOST)
}

/// Whether it needs nobody's leave.
pub fn is_free(until: NaiveDate, expected: Option<NaiveDate>, today: NaiveDate) -> bool {
    until <= expected.unwrap_or(today).max(today) + Days::new(FREELY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_month_is_free_half_a_year_is_possible() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
        let day = |days: u64| today + Days::new(days);
        let expected = Some(day(20));
        assert!(!is_later(day(20), expected, today), "as expected");
        assert!(is_later(day(21), expected, today) && is_free(day(21), expected, today));
        assert!(is_free(day(50), expected, today) && !is_free(day(51), expected, today));
        assert!(is_later(day(180), expected, today) && !is_later(day(181), expected, today));
    }

    proptest! {
        #[test]
        fn what_is_free_stays_so_the_sooner_it_is(until in 0_u64..300, sooner in 0_u64..300, expected in 0_u64..300) {
            let today = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
            let day = |days: u64| today + Days::new(days);
            let (until, sooner, expected) = (day(until), day(sooner), Some(day(expected)));
            prop_assert!(!(sooner <= until && is_free(until, expected, today)) || is_free(sooner, expected, today));
            prop_assert!(!is_later(until, expected, today) || until > today);
        }
    }
}
