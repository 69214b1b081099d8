//! What one may do about sales.

mod deal_price_report;

use async_graphql::{Context, Object};

use super::inputs::DealPriceReportInput;
use crate::graph::Result;

pub use deal_price_report::DealPriceReportPayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "DealMutations")]
impl Mutations {
    /// Tells of a sale that was not ordered here, so that it counts in `dealPriceStats`: a manager of a store that sells by wholesale,
    /// for the store. Sales that were ordered here count by themselves. Told anew under its invoice's number, it is as told last.
    async fn deal_price_report(
        &self,
        ctx: &Context<'_>,
        input: DealPriceReportInput,
    ) -> Result<DealPriceReportPayload> {
        deal_price_report::run(ctx, input).await
    }
}
