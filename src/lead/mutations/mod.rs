//! What one may do in the lead room: a file for each mutation.

mod follow_up_task_complete;
mod lead_assign;
mod lead_close;
mod lead_qualify;
mod lead_reopen;
mod lead_submit;

use async_graphql::{Context, Object};
use entity::LeadId;
use serde::{Deserialize, Serialize};

use super::inputs::{
    FollowUpTaskCompleteInput, LeadAssignInput, LeadCloseInput, LeadQualifyInput, LeadReopenInput, LeadSubmitInput,
};
use super::links::LeadById;
use super::types::Lead;
use crate::graph::answer::below;
use crate::graph::{Call, CallExt, Result, UserError};
use crate::values::text;

pub use follow_up_task_complete::FollowUpTaskCompletePayload;
pub(super) use follow_up_task_complete::contacted;
pub use lead_assign::LeadAssignPayload;
pub use lead_close::LeadClosePayload;
pub use lead_qualify::LeadQualifyPayload;
pub use lead_reopen::LeadReopenPayload;
pub use lead_submit::LeadSubmitPayload;
pub(super) use lead_submit::pass_on;

/// Most characters of a note or an outcome.
const MAX_NOTE: u32 = 2_000;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "LeadMutations")]
impl Mutations {
    /// Leaves a person's number with the maker. Works without a login. The same number and model within thirty days
    /// is one lead, however often the form is sent.
    ///
    /// The answer is the same whether the number was known or not.
    async fn lead_submit(&self, ctx: &Context<'_>, input: LeadSubmitInput) -> Result<LeadSubmitPayload> {
        lead_submit::run(ctx, input).await
    }

    /// Gives a lead to a store or a consultant: managers within their store, operators to any store. A store that is
    /// not the maker's own needs the person's consent `SHARE_WITH_DEALER`.
    async fn lead_assign(&self, ctx: &Context<'_>, input: LeadAssignInput) -> Result<LeadAssignPayload> {
        lead_assign::run(ctx, input).await
    }

    /// Records that the interest is real, for staff of the lead's store and operators.
    async fn lead_qualify(&self, ctx: &Context<'_>, input: LeadQualifyInput) -> Result<LeadQualifyPayload> {
        lead_qualify::run(ctx, input).await
    }

    /// Ends a lead that becomes no order, and calls off what was still to be done, for staff of its store and
    /// operators.
    async fn lead_close(&self, ctx: &Context<'_>, input: LeadCloseInput) -> Result<LeadClosePayload> {
        lead_close::run(ctx, input).await
    }

    /// Takes up a lead again that was lost or had fallen asleep, for staff of its store and operators.
    async fn lead_reopen(&self, ctx: &Context<'_>, input: LeadReopenInput) -> Result<LeadReopenPayload> {
        lead_reopen::run(ctx, input).await
    }

    /// Records that the person was spoken with, and what to do next, for staff of the lead's store and operators.
    async fn follow_up_task_complete(
        &self,
        ctx: &Context<'_>,
        input: FollowUpTaskCompleteInput,
    ) -> Result<FollowUpTaskCompletePayload> {
        follow_up_task_complete::run(ctx, input).await
    }
}

/// What a change of one lead leaves behind.
#[derive(Serialize, Deserialize)]
struct Changed {
    lead: LeadId,
}

/// The parts of the payload of such a change.
async fn answer(ctx: &Context<'_>, written: Result<Changed, Vec<UserError>>) -> Result<(Option<Lead>, Vec<UserError>)> {
    match written {
        Ok(changed) => Ok((reread(ctx, changed.lead).await?, Vec::new())),
        Err(user_errors) => Ok((None, user_errors)),
    }
}

/// The lead as the caller may see it now, with what the payload's selection asks for.
async fn reread(ctx: &Context<'_>, id: LeadId) -> Result<Option<Lead>> {
    let call = ctx.call();
    let found = call.link::<LeadById>().one(id).await?;
    if let Some(lead) = &found {
        below(ctx, call, "lead", lead).await?;
    }
    Ok(found)
}

/// A note of several lines.
fn note(call: &Call, field: &str, text: &str) -> Result<String, UserError> {
    text::note(text, MAX_NOTE).map_err(|invalid| UserError::refused(call, field, invalid))
}
