//! What sales look like.

use async_graphql::{Description, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::deal_price;

use super::rules::{Area, Statistics};
use crate::catalog::TrimOfOrder;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::{CityCode, Date};
use crate::graph::{Fields, fields};
use crate::place::StoreById;

/// Over what sales are told of.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum DealPriceArea {
    /// The city alone.
    City,
    /// Its province.
    Province,
}

/// What others paid for a trim: list price less discounts, without options, tax and fees.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct DealPriceStats {
    /// Where they bought it.
    pub area: DealPriceArea,
    /// How many sales it is of; never fewer than five, of at most the newest thousand that were ordered here and as many that
    /// dealers told of.
    pub sample_size: i32,
    /// How many dealers they were of; never one alone.
    pub store_count: i32,
    /// A quarter paid no more.
    pub p25: Money,
    /// Half paid no more.
    pub median: Money,
    /// Three quarters paid no more.
    pub p75: Money,
    /// First day that was looked at.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl DealPriceStats {
    /// As it is shown.
    pub fn of(found: &Statistics, from: Date, to: Date) -> Self {
        let number = |count| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            area: match found.area {
                Area::City => DealPriceArea::City,
                Area::Province => DealPriceArea::Province,
            },
            sample_size: number(found.sales),
            store_count: number(found.stores),
            p25: Money::fen(found.p25_minor),
            median: Money::fen(found.median_minor),
            p75: Money::fen(found.p75_minor),
            from,
            to,
        }
    }
}

/// A sale of a dealer's that was not ordered here, as the dealer told of it.
#[derive(Clone, Debug, Description)]
pub struct DealPrice(pub deal_price::Model);

#[fields(rows(deal_price::Model))]
impl DealPrice {
    /// Type-prefixed ULID, as in `dlp_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Counts how often it was told anew.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// Whose sale it was.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The tax office's number of the invoice.
    fn invoice_number(&self) -> &str {
        &self.0.invoice_number
    }

    /// What was sold.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimOfOrder>;

    /// Where the car was registered.
    fn city_code(&self) -> CityCode {
        CityCode(self.0.city_code.clone())
    }

    /// What was paid for the car without options, tax and fees, discounts taken off.
    fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// Day of the invoice.
    fn sold_on(&self) -> Date {
        Date(self.0.sold_on)
    }

    /// When it was last told of.
    #[columns(updated_at)]
    fn reported_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}
