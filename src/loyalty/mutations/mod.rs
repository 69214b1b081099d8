//! What one may do in the loyalty room: a file for each mutation.

mod points_award;
mod redemption_place;

use async_graphql::{Context, Object};

use super::inputs::{PointsAwardInput, RedemptionPlaceInput};
use crate::graph::Result;

pub use points_award::PointsAwardPayload;
pub use redemption_place::RedemptionPlacePayload;

/// Most points of one award or one redemption; far above the price of a car in points.
const MAX_POINTS: i64 = 10_000_000;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "LoyaltyMutations")]
impl Mutations {
    /// Gives points by hand; for operators. A customer without account gets one. The points pay a debt first.
    async fn points_award(&self, ctx: &Context<'_>, input: PointsAwardInput) -> Result<PointsAwardPayload> {
        points_award::run(ctx, input).await
    }

    /// Spends the signed-in customer's points, those first that run out first (domain.md 3.3).
    async fn redemption_place(&self, ctx: &Context<'_>, input: RedemptionPlaceInput) -> Result<RedemptionPlacePayload> {
        redemption_place::run(ctx, input).await
    }
}
