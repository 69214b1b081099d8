//! What others paid for the same car in the same city (C062).

use chrono::Duration;
use entity::vocabulary::OrderStatus;

/// Fewest sales that are told of: fewer would tell of single buyers.
pub const FEWEST: usize = 5;

/// Most sales that are looked at, the newest.
pub const MOST: u64 = 1000;

/// How far back it may be looked, days.
pub const WINDOW_DAYS: std::ops::RangeInclusive<i32> = 7..=365;

/// Whether an order counts as a sale: its contract is signed, and it has not been backed out of.
pub const SOLD: [OrderStatus; 5] = [
    OrderStatus::Contracted,
    OrderStatus::InFulfillment,
    OrderStatus::ReadyForDelivery,
    OrderStatus::Delivered,
    OrderStatus::Completed,
];

/// A window of so many days.
pub fn window(days: i32) -> Duration {
    Duration::days(i64::from(days))
}

/// Quartiles of prices, fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quartiles {
    pub p25_minor: i64,
    pub median_minor: i64,
    pub p75_minor: i64,
}

/// The quartiles of prices, by linear interpolation between the two nearest, rounded down to the fen; none of fewer than
/// [`FEWEST`].
pub fn quartiles(prices: &[i64]) -> Option<Quartiles> {
    if prices.len() < FEWEST {
        return None;
    }
    let mut sorted = prices.to_vec();
    sorted.sort_unstable();
    let at = |quarter: usize| {
        let place = (sorted.len() - 1) * quarter;
        let (low, rest) = (place / 4, i64::try_from(place % 4).unwrap_or(0));
        let high = (low + 1).min(sorted.len() - 1);
        sorted[low] + (sorted[high] - sorted[low]) * rest / 4
    };
    Some(Quartiles { p25_minor: at(1), median_minor: at(2), p75_minor: at(3) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_few_nothing_is_told() {
        assert_eq!(quartiles(&[1, 2, 3, 4]), None);
        let five = quartiles(&[500, 100, 300, 200, 400]).unwrap();
        assert_eq!((five.p25_minor, five.median_minor, five.p75_minor), (200, 300, 400));
        let six = quartiles(&[0, 100, 200, 300, 400, 500]).unwrap();
        assert_eq!((six.p25_minor, six.median_minor, six.p75_minor), (125, 250, 375));
    }

    proptest! {
        #[test]
        fn quartiles_stand_in_order_between_least_and_most(
            prices in proptest::collection::vec(0_i64..100_000_000, FEWEST..60),
        ) {
            let found = quartiles(&prices).unwrap();
            let (least, most) = (*prices.iter().min().unwrap(), *prices.iter().max().unwrap());
            let all = [least, found.p25_minor, found.median_minor, found.p75_minor, most];
            prop_assert!(all.is_sorted(), "{all:?}");
        }
    }
}
