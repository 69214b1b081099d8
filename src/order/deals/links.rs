//! How sales that dealers told of are found from other rows.

use entity::DealPriceId;
use entity::order::deal_price;

use super::policy;
use super::types::DealPrice;
use crate::graph::relation::one;

one! {
    /// Sales by id.
    DealPriceById: DealPriceId => deal_price.Id as DealPrice,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(DealPrice(row));
}
