//! How prices compare, as it is shown.

use async_graphql::SimpleObject;
use entity::{OrderSource, PriceDifferenceReason};

use super::rules::Verdict;
use crate::graph::Fields;
use crate::graph::money::Money;
use crate::graph::scalars::Date;
use crate::order::Order;
use crate::place::Store;

/// Whether one price was asked everywhere (C061): list price less the brand's discount, and incentives at the sale, of orders against
/// the price book in force when each was made. Options, tax, fees and packages are not looked at.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceParityReport {
    /// The first day, Asia/Shanghai.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// All of them together.
    pub total: PriceParityFigures,
    /// Whether no order differs without a reason.
    pub parity: bool,
    /// By whom they were brought; those by whom none was brought are left out.
    pub by_source: Vec<PriceParitySource>,
    /// By the store that sells: those with orders that differ without a reason first, then those with the most orders; at most 100.
    pub by_store: Vec<PriceParityStore>,
    /// Orders that differ without a reason, the newest first; at most 100.
    pub differences: Vec<PriceDifference>,
}

/// How many orders cost what.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceParityFigures {
    /// Orders.
    pub orders: i64,
    /// Of them, those at the price of the book.
    pub at_list_price: i64,
    /// Those that differ by incentives of the catalog alone.
    pub by_promotion: i64,
    /// Those at a price of before that was held.
    pub by_held_price: i64,
    /// Those at the price of the day on which they were changed.
    pub by_change: i64,
    /// Those at a dealer's own price.
    pub by_dealer: i64,
    /// Those that differ without a reason.
    pub unexplained: i64,
    /// What those with a reason differ by together; negative where they cost less.
    pub explained_difference: Money,
    /// What those without a reason differ by together, where the book had a price.
    pub unexplained_difference: Money,
}

/// Orders that were brought alike.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceParitySource {
    /// By whom.
    pub source: OrderSource,
    /// How many cost what.
    pub figures: PriceParityFigures,
}

/// Orders that one store sells.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceParityStore {
    /// The store; null where it is no more.
    pub store: Option<Store>,
    /// How many cost what.
    pub figures: PriceParityFigures,
}

/// An order whose price differs from that of the book, without a reason.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PriceDifference {
    /// The order.
    pub order: Option<Order>,
    /// By whom it was brought.
    pub source: OrderSource,
    /// List price less the brand's discount, by the book in force when it was made; null where no book had a price.
    pub expected: Option<Money>,
    /// The same and incentives, by the order.
    pub actual: Money,
    /// By how much it differs; negative where it costs less.
    pub difference: Option<Money>,
}

/// Figures as they are summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub orders: i64,
    pub at_list_price: i64,
    pub by: [i64; PriceDifferenceReason::ALL.len()],
    pub unexplained: i64,
    explained_minor: i64,
    unexplained_minor: i64,
}

impl Sums {
    /// Counts so many orders of which this is said.
    pub fn add(&mut self, verdict: Verdict, orders: i64) {
        self.orders += orders;
        match verdict {
            Verdict::List => self.at_list_price += orders,
            Verdict::Explained(reason, minor) => {
                self.by[reason as usize] += orders;
                self.explained_minor += minor * orders;
            }
            Verdict::Unexplained(minor) => {
                self.unexplained += orders;
                self.unexplained_minor += minor.unwrap_or(0) * orders;
            }
        }
    }
}

impl From<Sums> for PriceParityFigures {
    fn from(sums: Sums) -> Self {
        let by = |reason: PriceDifferenceReason| sums.by[reason as usize];
        Self {
            orders: sums.orders,
            at_list_price: sums.at_list_price,
            by_promotion: by(PriceDifferenceReason::Promotion),
            by_held_price: by(PriceDifferenceReason::Held),
            by_change: by(PriceDifferenceReason::Change),
            by_dealer: by(PriceDifferenceReason::Dealer),
            unexplained: sums.unexplained,
            explained_difference: Money::fen(sums.explained_minor),
            unexplained_difference: Money::fen(sums.unexplained_minor),
        }
    }
}
