//! From when and how long a car's warranty counts ("三包"; domain.md 4.3, [LAW-3B18]): at least two years or 50 000 km in which a
//! car is replaced or taken back, three years or 60 000 km in which it is repaired.

use chrono::{DateTime, NaiveDate, Utc};

use crate::values::calendar;

/// Months and kilometres in which a car is replaced or taken back; whichever comes first ends it.
pub const REPLACE: (u32, i32) = (24, 50_000);

/// Months and kilometres in which it is repaired.
pub const REPAIR: (u32, i32) = (36, 60_000);

/// From when it counts: from the invoice, or from the hand-over where that is on a later day.
pub fn start(invoiced_at: Option<DateTime<Utc>>, handed_over_at: DateTime<Utc>) -> DateTime<Utc> {
    match invoiced_at {
        Some(invoiced_at) if calendar::day(handed_over_at) <= calendar::day(invoiced_at) => invoiced_at,
        _ => handed_over_at,
    }
}

/// The last day of so many months from then.
pub fn last_day(start: DateTime<Utc>, months: u32) -> NaiveDate {
    let end = calendar::day(calendar::add_months(start, months));
    end.pred_opt().unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn it_counts_from_the_hand_over_unless_the_invoice_is_of_that_day() {
        let (invoiced, later) = (at("2026-11-30T01:00:00Z"), at("2026-12-02T01:00:00Z"));
        assert_eq!(start(Some(invoiced), later), later);
        assert_eq!(start(Some(invoiced), at("2026-11-30T09:00:00Z")), invoiced);
        assert_eq!(start(None, later), later);
    }

    #[test]
    fn it_ends_the_day_before() {
        let start = at("2026-12-02T01:00:00Z");
        assert_eq!(last_day(start, REPLACE.0).to_string(), "2028-12-01");
        assert_eq!(last_day(start, REPAIR.0).to_string(), "2029-12-01");
    }

    proptest! {
        #[test]
        fn it_never_begins_before_either(invoiced in 0_i64..4_000_000, waits in -100_000_i64..4_000_000) {
            let moment = |seconds| DateTime::from_timestamp(1_764_500_000 + seconds, 0).unwrap();
            let (invoiced, handed_over) = (moment(invoiced), moment(invoiced + waits));
            let start = start(Some(invoiced), handed_over);
            prop_assert!(calendar::day(start) >= calendar::day(handed_over).max(calendar::day(invoiced)));
        }
    }
}
