//! Sales that dealers tell of (C062): enough of each trim in the provinces with two dealers for what others paid to be told.

use chrono::{DateTime, TimeDelta, Utc};
use entity::SalesModel;
use entity::order::deal_price;

use super::batch::Batch;
use super::catalog::Catalog;
use super::dice::Dice;
use super::places::Places;
use crate::values::calendar;

/// Sales of each trim by each dealer, and days between them.
const SALES: i64 = 3;
const DAYS_BETWEEN: i64 = 20;

/// Dice of its own, so that what others draw stays as it is.
pub(super) fn build(seed: u64, today: DateTime<Utc>, (places, catalog): (&Places, &Catalog), batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0xdea1));
    let mut number = 10_000_000_i64;
    for shop in places.shops.iter().filter(|shop| shop.model == SalesModel::Wholesale) {
        for (trim, price) in catalog.trims.iter().zip(&catalog.prices) {
            for sale in 0..SALES {
                number += 1;
                let told_at = today - TimeDelta::days(1 + sale * DAYS_BETWEEN + dice.between(0, 9));
                // One to six in a hundred below the list.
                let off_percent = dice.between(1, 6);
                batch.deal_prices.push(deal_price::Model {
                    id: dice.id(),
                    store_id: shop.id,
                    invoice_number: number.to_string(),
                    trim_id: trim.id,
                    city_code: places.cities[shop.city].code.into(),
                    price_minor: price.msrp_minor / 100 * (100 - off_percent),
                    sold_on: calendar::day(told_at),
                    reported_by: "system".into(),
                    version: 1,
                    created_at: told_at,
                    updated_at: told_at,
                });
            }
        }
    }
}
