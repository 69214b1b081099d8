//! Days and months of business, in Asia/Shanghai.
//!
//! The zone is a fixed +08:00 here and not a look-up in a time zone database: mainland China has one zone and has had
//! no daylight saving time since 1991, and no date of ours is older. Instants are UTC everywhere else.

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, TimeDelta, Utc};

const OFFSET_SECONDS: i32 = 8 * 3600;

/// Months after the month of earning, at whose end points run out (domain.md 3.3).
pub const POINTS_MONTHS: u32 = 24;

fn shanghai() -> FixedOffset {
    // In range by construction; UTC is what `from_offset` of zero would be.
    FixedOffset::east_opt(OFFSET_SECONDS).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

/// The day in Shanghai at this instant.
pub fn day(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&shanghai()).date_naive()
}

/// The first instant of a day.
pub fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::seconds(i64::from(OFFSET_SECONDS))
}

/// The last millisecond of a day. Whole milliseconds, because every store and client keeps them.
pub fn end_of_day(day: NaiveDate) -> DateTime<Utc> {
    start_of_day(day) + TimeDelta::days(1) - TimeDelta::milliseconds(1)
}

/// Furthest that a forecast of somebody's lies ahead, days: what lies beyond is a slip of the pen.
pub const MOST_AHEAD_DAYS: i64 = 730;

/// Whether a moment that somebody expects lies ahead, and not further than can be told.
pub fn lies_ahead(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now < at && at <= now + TimeDelta::days(MOST_AHEAD_DAYS)
}

/// Minutes since midnight in Shanghai, 0 to 1439; what opening hours are compared with.
pub fn minute_of_day(instant: DateTime<Utc>) -> u32 {
    let time = instant.with_timezone(&shanghai()).time();
    chrono::Timelike::hour(&time) * 60 + chrono::Timelike::minute(&time)
}

/// The first day of the month of `day`.
pub fn first_of_month(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.day0()))
}

/// The last day of the month that lies `months` after the month of `day`; none beyond the calendar.
pub fn last_of_month_after(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    first_of_month(day).checked_add_months(Months::new(months.checked_add(1)?))?.pred_opt()
}

/// The same time of day, `months` later; the last day of the month where the day does not exist (31 January and one
/// month is 28 or 29 February). Unchanged beyond the calendar.
pub fn add_months(instant: DateTime<Utc>, months: u32) -> DateTime<Utc> {
    instant
        .with_timezone(&shanghai())
        .checked_add_months(Months::new(months))
        .map_or(instant, |t| t.with_timezone(&Utc))
}

/// When points earned now run out: the end of the month (Shanghai) that lies 24 months after the month of earning
/// (domain.md 3.3). This last millisecond itself still counts.
pub fn points_expiry(earned_at: DateTime<Utc>) -> DateTime<Utc> {
    last_of_month_after(day(earned_at), POINTS_MONTHS).map_or(DateTime::<Utc>::MAX_UTC, end_of_day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_changes_at_sixteen_hours_utc() {
        assert_eq!(day(at("2026-03-31T15:59:59Z")).to_string(), "2026-03-31");
        assert_eq!(day(at("2026-03-31T16:00:00Z")).to_string(), "2026-04-01");
        assert_eq!(minute_of_day(at("2026-03-31T16:05:00Z")), 5);
    }

    #[test]
    fn points_run_out_at_the_end_of_the_month() {
        for (earned, expires) in [
            ("2024-03-01T00:00:00Z", "2026-03-31T15:59:59.999Z"),
            ("2024-02-29T15:59:59Z", "2026-02-28T15:59:59.999Z"),
            ("2024-02-29T16:00:00Z", "2026-03-31T15:59:59.999Z"),
            ("2026-02-01T00:00:00Z", "2028-02-29T15:59:59.999Z"),
            ("2024-12-31T15:00:00Z", "2026-12-31T15:59:59.999Z"),
            ("2024-12-31T17:00:00Z", "2027-01-31T15:59:59.999Z"),
        ] {
            assert_eq!(points_expiry(at(earned)), at(expires), "of {earned}");
        }
    }

    #[test]
    fn months_are_added_in_local_days() {
        assert_eq!(add_months(at("2024-02-29T04:00:00Z"), 12), at("2025-02-28T04:00:00Z"));
        assert_eq!(add_months(at("2026-01-31T04:00:00Z"), 1), at("2026-02-28T04:00:00Z"));
        // 1 March in Shanghai, still February in UTC.
        assert_eq!(add_months(at("2026-02-28T20:00:00Z"), 1), at("2026-03-31T20:00:00Z"));
    }

    prop_compose! {
        fn instant()(seconds in 946_684_800i64..4_102_444_800, millis in 0u32..1000) -> DateTime<Utc> {
            DateTime::from_timestamp(seconds, millis * 1_000_000).unwrap()
        }
    }

    proptest! {
        #[test]
        fn an_instant_lies_within_its_day(t in instant()) {
            prop_assert!(start_of_day(day(t)) <= t && t <= end_of_day(day(t)));
            prop_assert_eq!(day(end_of_day(day(t)) + TimeDelta::milliseconds(1)), day(t).succ_opt().unwrap());
        }

        #[test]
        fn points_live_between_24_and_25_months(t in instant()) {
            let expires = points_expiry(t);
            prop_assert!(expires >= add_months(t, 24));
            prop_assert!(expires < add_months(t, 25) + TimeDelta::days(3));
            prop_assert_eq!(day(expires + TimeDelta::milliseconds(1)).day(), 1);
        }
    }
}
