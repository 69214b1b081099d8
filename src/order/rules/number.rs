//! Order numbers that people read out (domain.md 2.3, choice 5): `YC2611240001`.

use chrono::{Datelike, NaiveDate};

/// Code of the brand (domain.md 4.3).
pub const BRAND: &str = "YC";

/// Fewest digits of the day's counter; a busier day takes more.
const COUNTER_DIGITS: usize = 4;

/// The number of the day's `counter`-th order, counted from one. `day` is the day in Shanghai, see
/// [`crate::values::calendar::day`].
pub fn order_number(day: NaiveDate, counter: u32) -> String {
    format!(
        "{BRAND}{:02}{:02}{:02}{counter:0width$}",
        day.year().rem_euclid(100),
        day.month(),
        day.day(),
        width = COUNTER_DIGITS
    )
}

/// The counter within a number of that day, so that the next one can be told from the greatest; none if the number is
/// of another day or shape.
pub fn counter_of(number: &str, day: NaiveDate) -> Option<u32> {
    let prefix = order_number(day, 0);
    let digits = number.strip_prefix(&prefix[..prefix.len() - COUNTER_DIGITS])?;
    let counter = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
    (order_number(day, counter) == number).then_some(counter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn a_number_is_brand_day_and_counter() {
        assert_eq!(order_number(day(2026, 11, 24), 1), "YC2611240001");
        assert_eq!(order_number(day(2026, 1, 2), 12_345), "YC26010212345");
    }

    #[test]
    fn numbers_of_other_days_and_shapes_have_no_counter() {
        let today = day(2026, 11, 24);
        assert_eq!(counter_of("YC2611240042", today), Some(42));
        for number in ["YC2611230042", "YC26112442", "YC261124+042", "XX2611240042", "YC2611240", "", "YC26112400042"] {
            assert_eq!(counter_of(number, today), None, "{number}");
        }
    }

    proptest! {
        #[test]
        fn a_number_gives_its_counter_back(offset in 0_u64..20_000, counter: u32) {
            let day = day(2020, 1, 1) + chrono::Days::new(offset);
            prop_assert_eq!(counter_of(&order_number(day, counter), day), Some(counter));
        }
    }
}
