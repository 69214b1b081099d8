//! What one may do with kept prices.

mod quote_save;

use async_graphql::{Context, Object};

use super::inputs::QuoteSaveInput;
use crate::graph::Result;

pub use quote_save::QuoteSavePayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "QuoteMutations")]
impl Mutations {
    /// Puts together what a car costs with what goes with it and how it is paid, at the price of now, and keeps it: a customer for
    /// themselves, staff for a customer of their store. One that is there is put together anew, unless an order was placed with it.
    async fn quote_save(&self, ctx: &Context<'_>, input: QuoteSaveInput) -> Result<QuoteSavePayload> {
        quote_save::run(ctx, input).await
    }
}
