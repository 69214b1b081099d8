//! The months that are settled: calendar months in Asia/Shanghai.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::values::calendar;

/// Reads `2026-11`: the first day of the month. None when it is no such text, or no month of this century.
pub fn parse(text: &str) -> Option<NaiveDate> {
    let (year, month) = text.split_once('-')?;
    let digits = |part: &str, many: usize| part.len() == many && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).filter(|day| (2000..2100).contains(&day.year()))
}

/// As it is written: `2026-11`.
pub fn text(period: NaiveDate) -> String {
    period.format("%Y-%m").to_string()
}

/// The month of an instant: its first day.
pub fn of(at: DateTime<Utc>) -> NaiveDate {
    calendar::first_of_month(calendar::day(at))
}

/// The first instant of a month, and the first one after it.
pub fn bounds(period: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let first = calendar::first_of_month(period);
    let next = calendar::last_of_month_after(first, 0).and_then(|last| last.succ_opt()).unwrap_or(NaiveDate::MAX);
    (calendar::start_of_day(first), calendar::start_of_day(next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_month_begins_at_sixteen_hours_utc_of_the_day_before() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let november = parse("2026-11").unwrap();
        assert_eq!(bounds(november), (at("2026-10-31T16:00:00Z"), at("2026-11-30T16:00:00Z")));
        assert_eq!(of(at("2026-11-30T15:59:59.999Z")), november);
        assert_eq!(text(of(at("2026-11-30T16:00:00Z"))), "2026-12");
    }

    #[test]
    fn other_texts_are_no_month() {
        for wrong in
            ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "1999-12", "2100-01", "２０２６-11"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_lies_in_one_month(seconds in 946_713_600_i64..4_102_444_799) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let (from, end) = bounds(of(at));
            prop_assert!(from <= at && at < end);
            prop_assert_eq!(parse(&text(of(at))), Some(of(at)));
            prop_assert_eq!(bounds(of(end)).0, end);
        }
    }
}
