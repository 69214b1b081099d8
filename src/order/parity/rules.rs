//! Whether an order's price is that of the price book, or why it is another (C061).

use chrono::{DateTime, Utc};
use entity::{PriceDifferenceReason, SalesModel};

use crate::catalog::rules::price::HELD;
use crate::catalog::rules::price_history::Stretch;

/// What is looked at of an order's price, fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// List price less the brand's discount, by the order's lines.
    pub net_minor: i64,
    /// What incentives lower, zero or negative.
    pub incentive_minor: i64,
    /// Whether there is an incentive that the catalog does not have.
    pub unknown_incentive: bool,
    /// Whether another configuration was agreed on since.
    pub changed: bool,
    /// How it was sold.
    pub sales_model: SalesModel,
}

/// What an order's price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// That of the book.
    List,
    /// Another one, with a reason; by so much.
    Explained(PriceDifferenceReason, i64),
    /// Another one, and nobody knows why; by how much, where the book had a price.
    Unexplained(Option<i64>),
}

/// The price in force at a moment, less the discount; none where no book had one.
pub fn price_at(prices: &[Stretch], at: DateTime<Utc>) -> Option<i64> {
    let in_force = prices.iter().find(|price| price.from <= at && price.to.is_none_or(|to| at < to));
    in_force.map(net)
}

fn net(price: &Stretch) -> i64 {
    price.msrp_minor - price.discount_minor
}

/// Judges a price that was agreed on at a moment, by the prices of its trim. An incentive of the catalog is a reason for what it
/// lowers; the price of a day ago is held; what was agreed on later has a price of later; and a dealer's price is the dealer's.
pub fn judge(prices: &[Stretch], at: DateTime<Utc>, paid: &Paid) -> Verdict {
    let expected = price_at(prices, at);
    let difference = expected.map(|expected| paid.net_minor + paid.incentive_minor - expected);
    let held = |price: &Stretch| price.from <= at && price.to.is_none_or(|to| at - HELD < to);
    let later = |price: &Stretch| price.to.is_none_or(|to| at < to);
    let is_one = |of: &dyn Fn(&Stretch) -> bool| prices.iter().any(|price| of(price) && net(price) == paid.net_minor);
    let reason = if paid.sales_model == SalesModel::Wholesale {
        Some(PriceDifferenceReason::Dealer)
    } else if paid.unknown_incentive {
        None
    } else if expected == Some(paid.net_minor) {
        Some(PriceDifferenceReason::Promotion)
    } else if is_one(&held) {
        Some(PriceDifferenceReason::Held)
    } else if paid.changed && is_one(&later) {
        Some(PriceDifferenceReason::Change)
    } else {
        None
    };
    match (difference, reason) {
        (Some(0), _) if !paid.unknown_incentive => Verdict::List,
        (Some(difference), Some(reason)) => Verdict::Explained(reason, difference),
        (None, Some(reason)) => Verdict::Explained(reason, 0),
        (difference, None) => Verdict::Unexplained(difference),
    }
}

/// The moments from `from` to `to` between which the same is said of the same price: the beginning, those at which a price begins or
/// ends, and those at which one that has ended is held no more.
pub fn moments(prices: &[Vec<Stretch>], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let edges = prices.iter().flatten().flat_map(|price| [Some(price.from), price.to]).flatten();
    let mut moments: Vec<_> = edges.flat_map(|edge| [edge, edge + HELD]).filter(|at| from < *at && *at < to).collect();
    moments.push(from);
    moments.sort_unstable();
    moments.dedup();
    moments
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone};
    use proptest::prelude::*;

    fn at(hours: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 1, 0, 0, 0).unwrap() + TimeDelta::hours(hours)
    }

    fn price(from: i64, to: Option<i64>, msrp_minor: i64, discount_minor: i64) -> Stretch {
        Stretch { from: at(from), to: to.map(at), price_version: 1, msrp_minor, discount_minor }
    }

    /// 100 until the hour 100, then 90.
    fn prices() -> Vec<Stretch> {
        vec![price(100, None, 95, 5), price(0, Some(100), 100, 0)]
    }

    fn paid(net_minor: i64) -> Paid {
        Paid {
            net_minor,
            incentive_minor: 0,
            unknown_incentive: false,
            changed: false,
            sales_model: SalesModel::Agency,
        }
    }

    #[test]
    fn each_reason_is_told_and_what_has_none_is_named() {
        use PriceDifferenceReason::{Change, Dealer, Held, Promotion};
        let said = |hour, paid: Paid| judge(&prices(), at(hour), &paid);
        assert_eq!(said(50, paid(100)), Verdict::List);
        assert_eq!(said(100, paid(90)), Verdict::List);
        assert_eq!(said(110, paid(100)), Verdict::Explained(Held, 10));
        assert_eq!(said(124, paid(100)), Verdict::Unexplained(Some(10)), "held for a day");
        assert_eq!(said(99, paid(90)), Verdict::Unexplained(Some(-10)), "not before it begins");
        assert_eq!(said(99, Paid { changed: true, ..paid(90) }), Verdict::Explained(Change, -10));
        assert_eq!(said(99, Paid { changed: true, ..paid(91) }), Verdict::Unexplained(Some(-9)));
        let lowered = Paid { incentive_minor: -7, ..paid(100) };
        assert_eq!(said(50, lowered), Verdict::Explained(Promotion, -7));
        assert_eq!(said(50, Paid { unknown_incentive: true, ..lowered }), Verdict::Unexplained(Some(-7)));
        assert_eq!(said(50, Paid { sales_model: SalesModel::Wholesale, ..paid(80) }), Verdict::Explained(Dealer, -20));
        assert_eq!(said(-1, paid(80)), Verdict::Unexplained(None), "there was no price");
    }

    proptest! {
        #[test]
        fn a_price_of_the_book_is_one_whatever_else_is_so(hour in 0_i64..300, changed: bool) {
            let net = price_at(&prices(), at(hour)).unwrap();
            prop_assert_eq!(judge(&prices(), at(hour), &Paid { changed, ..paid(net) }), Verdict::List);
        }

        #[test]
        fn between_two_moments_the_same_is_said(
            cuts in proptest::collection::btree_set(0_i64..400, 1..5),
            net in 0_i64..4,
            changed: bool,
        ) {
            let cuts: Vec<i64> = cuts.into_iter().collect();
            let prices: Vec<Stretch> = cuts
                .iter()
                .enumerate()
                .map(|(n, from)| price(*from, cuts.get(n + 1).copied(), i64::try_from(n).unwrap(), 0))
                .collect();
            let moments = moments(std::slice::from_ref(&prices), at(0), at(500));
            let said = |at| judge(&prices, at, &Paid { changed, ..paid(net) });
            for hour in 0..500 {
                let last = moments.iter().rev().find(|moment| **moment <= at(hour)).unwrap();
                prop_assert_eq!(said(*last), said(at(hour)), "hour {}", hour);
            }
        }
    }
}
