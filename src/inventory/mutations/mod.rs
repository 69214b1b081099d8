//! What one may do in the inventory room: a file for each mutation, and what they share.

mod hold;
mod vehicle_release;
mod vehicle_reserve;

use async_graphql::{Context, Object, SimpleObject};

use super::inputs::{VehicleReleaseInput, VehicleReserveInput};
use super::types::{Allocation, VehicleUnit};
use crate::graph::{Result, UserError};

pub use hold::lock as lock_seen;

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleHoldPayload {
    /// The car, as the caller sees it now.
    pub vehicle: Option<VehicleUnit>,
    /// The hold that was made or ended.
    pub allocation: Option<Allocation>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "InventoryMutations")]
impl Mutations {
    /// Holds a free car for a while, for staff whose policies let them. A hold that has run out does not stand in the
    /// way. Of many at once, one wins; the others get `VEHICLE_UNAVAILABLE`.
    async fn vehicle_reserve(&self, ctx: &Context<'_>, input: VehicleReserveInput) -> Result<VehicleHoldPayload> {
        vehicle_reserve::run(ctx, input).await
    }

    /// Sets a held car free: the store that holds it, and operators.
    async fn vehicle_release(&self, ctx: &Context<'_>, input: VehicleReleaseInput) -> Result<VehicleHoldPayload> {
        vehicle_release::run(ctx, input).await
    }
}
