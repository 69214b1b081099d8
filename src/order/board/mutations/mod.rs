//! What one may do from the board: to many orders at once what is done to each of them by a mutation of its own, and to the templates
//! of milestones.

mod many;
mod milestone_record_many;
mod template;
mod vehicle_allocate_many;

use async_graphql::{Context, Object};

use super::inputs::{
    MilestoneRecordManyInput, MilestoneTemplateArchiveInput, MilestoneTemplatePublishInput,
    MilestoneTemplateUpsertInput, VehicleAllocateManyInput,
};
use crate::graph::Result;

pub use milestone_record_many::MilestoneRecordManyPayload;
pub use template::MilestoneTemplatePayload;
pub use vehicle_allocate_many::VehicleAllocateManyPayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "BoardMutations")]
impl Mutations {
    /// Records milestones of up to a hundred orders, each as `milestoneRecord` does. With `CONTINUE` each stands for itself, and what
    /// failed can be put right and the whole list sent again under the same key, each in its place, which does not repeat the rest; with `ABORT` all are recorded or
    /// none.
    async fn milestone_record_many(
        &self,
        ctx: &Context<'_>,
        input: MilestoneRecordManyInput,
    ) -> Result<MilestoneRecordManyPayload> {
        milestone_record_many::run(ctx, input).await
    }

    /// Gives cars to up to a hundred orders, each as `vehicleAllocate` does. With `CONTINUE` each stands for itself, and what failed
    /// can be put right and the whole list sent again under the same key, each in its place, which does not repeat the rest; with `ABORT` all are given or none.
    async fn vehicle_allocate_many(
        &self,
        ctx: &Context<'_>,
        input: VehicleAllocateManyInput,
    ) -> Result<VehicleAllocateManyPayload> {
        vehicle_allocate_many::run(ctx, input).await
    }

    /// Writes a draft of a template of milestones, or changes one, for operators.
    async fn milestone_template_upsert(
        &self,
        ctx: &Context<'_>,
        input: MilestoneTemplateUpsertInput,
    ) -> Result<MilestoneTemplatePayload> {
        template::upsert(ctx, input).await
    }

    /// Puts a draft in force for orders that are made from now on, for operators; the one that was in force for the same kind of order
    /// and city is archived in the same moment. Orders that are there keep theirs.
    async fn milestone_template_publish(
        &self,
        ctx: &Context<'_>,
        input: MilestoneTemplatePublishInput,
    ) -> Result<MilestoneTemplatePayload> {
        template::publish(ctx, input).await
    }

    /// Takes a template out of use, for operators; without one for its orders what is built in counts.
    async fn milestone_template_archive(
        &self,
        ctx: &Context<'_>,
        input: MilestoneTemplateArchiveInput,
    ) -> Result<MilestoneTemplatePayload> {
        template::archive(ctx, input).await
    }
}
