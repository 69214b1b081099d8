//! How kept prices are found from other rows.

use entity::QuoteId;
use entity::order::quote;

use super::policy;
use super::types::Quote;
use crate::graph::relation::one;

one! {
    /// Kept prices by id.
    QuoteById: QuoteId => quote.Id as Quote,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(Quote(row));
}
