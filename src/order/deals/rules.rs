//! What others paid for the same car in the same city (C062).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::{Duration, NaiveDate};
use entity::StoreId;
use entity::vocabulary::OrderStatus;

/// Fewest sales that are told of: fewer would tell of single buyers.
pub const FEWEST: usize = 5;

/// Fewest dealers whose sales are told of: those of one alone would tell of that dealer.
pub const FEWEST_STORES: usize = 2;

/// Most sales that are looked at, the newest.
pub const MOST: u64 = 1000;

/// How far back it may be looked, days.
pub const WINDOW_DAYS: RangeInclusive<i32> = 7..=365;

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

/// A sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale {
    /// Whose.
    pub store: StoreId,
    /// List price less discounts, fen.
    pub price_minor: i64,
}

/// Over what sales are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    City,
    Province,
}

/// What is told of sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    pub area: Area,
    pub sales: usize,
    pub stores: usize,
    pub p25_minor: i64,
    pub median_minor: i64,
    pub p75_minor: i64,
}

/// What is told of sales; nothing of too few, or of one dealer's alone (domain.md 3.3, "Deal-price stats").
pub fn statistics(area: Area, sales: &[Sale]) -> Option<Statistics> {
    let stores = sales.iter().map(|sale| sale.store).collect::<BTreeSet<_>>().len();
    let prices: Vec<_> = sales.iter().map(|sale| sale.price_minor).collect();
    let Quartiles { p25_minor, median_minor, p75_minor } = quartiles(&prices).filter(|_| stores >= FEWEST_STORES)?;
    Some(Statistics { area, sales: sales.len(), stores, p25_minor, median_minor, p75_minor })
}

/// Whether this can be the number of a dealer's invoice: 8 digits as they were, 20 as they are.
pub fn is_invoice_number(text: &str) -> bool {
    (8..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a car costs at least and at most, fen: slips of the pen are noticed, bargains are not.
pub const PRICE_MINOR: RangeInclusive<i64> = 1_000_000..=1_000_000_000;

/// Whether a sale of this day is told of today.
pub fn is_recent(sold_on: NaiveDate, today: NaiveDate) -> bool {
    (0..=i64::from(*WINDOW_DAYS.end())).contains(&(today - sold_on).num_days())
}

/// The quartiles of prices, by linear interpolation between the two nearest, rounded down to the fen; none of fewer than
/// [`FEWEST`]. Single prices far off do not move them, so the outermost need not be pulled in first, as domain.md 3.3 has it.
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

        /// As domain.md 3.3 says it: the outermost twentieth at each end pulled in to the next.
        #[test]
        fn outliers_do_not_move_them(prices in proptest::collection::vec(0_i64..100_000_000, FEWEST..60)) {
            let mut pulled = prices.clone();
            pulled.sort_unstable();
            let (ends, last) = (pulled.len() / 20, pulled.len() - 1);
            let (low, high) = (pulled[ends], pulled[last - ends]);
            for price in &mut pulled {
                *price = (*price).clamp(low, high);
            }
            prop_assert_eq!(quartiles(&pulled), quartiles(&prices));
        }

        #[test]
        fn nothing_is_told_of_one_dealer_or_of_few(stores in proptest::collection::vec(1_u128..4, 0..12)) {
            let sales: Vec<_> = stores
                .iter()
                .map(|store| Sale { store: StoreId::from_parts(0, *store), price_minor: 20_000_000 })
                .collect();
            let different = stores.iter().collect::<BTreeSet<_>>().len();
            let found = statistics(Area::City, &sales);
            prop_assert_eq!(found.is_some(), different > 1 && stores.len() >= FEWEST);
            prop_assert!(found.is_none_or(|found| found.stores == different && found.sales == stores.len()));
        }
    }

    #[test]
    fn what_is_told_is_looked_at() {
        assert!(["12345678", "25112000000123456789"].iter().all(|text| is_invoice_number(text)));
        assert!(
            ["", "1234567", "123456789012345678901", "1234567a", "１２３４５６７８"]
                .iter()
                .all(|text| !is_invoice_number(text))
        );
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        assert!(is_recent(day(24), day(24)) && !is_recent(day(25), day(24)));
        assert!(
            is_recent(day(24) - Duration::days(365), day(24)) && !is_recent(day(24) - Duration::days(366), day(24))
        );
    }
}
