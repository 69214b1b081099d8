//! `leadClose` (C022, C023).

use async_graphql::{Context, SimpleObject};
use entity::{LeadEventKind, LostReason};

use super::super::events;
use super::super::inputs::{LeadCloseInput, LeadCloseOutcome};
use super::super::record::{self, Entry};
use super::super::rules::stage::{self, LeadAction as Step};
use super::super::types::{Lead, LeadAction};
use super::{Changed, answer, note};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct LeadClosePayload {
    /// The lead.
    pub lead: Option<Lead>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: LeadCloseInput) -> Result<LeadClosePayload> {
    let viewer = &ctx.call().viewer;
    viewer.staff_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(close(tx, call, input))).await?;
    let (lead, user_errors) = answer(ctx, written).await?;
    Ok(LeadClosePayload { lead, user_errors })
}

async fn close(tx: &mut Tx, call: &Call, input: LeadCloseInput) -> Result<Changed, Refusal> {
    let mut errors = Vec::new();
    let id = UserError::parse_id(call, "leadId", &input.lead_id).map_err(|e| errors.push(e));
    let reason_is_open = input.reason == LostReason::Other;
    let note = match &input.note {
        Some(text) => note(call, "note", text).map(Some),
        None if reason_is_open => Err(UserError::coded(call, UserErrorCode::Required, "note", "lead-note-needed", &[])),
        None => Ok(None),
    };
    let note = note.map_err(|e| errors.push(e));
    let (Ok(id), Ok(note)) = (id, note) else { return Err(errors.into()) };

    let before = record::lock(tx, call, id, "leadId").await?;
    let (step, action) = match input.outcome {
        LeadCloseOutcome::Lost => (Step::Lose, LeadAction::Lose),
        LeadCloseOutcome::Invalid => (Step::Invalidate, LeadAction::Invalidate),
    };
    let mut after = before.clone();
    after.stage = stage::apply(before.stage, step).map_err(|_| record::no_such_step(call, &before, action))?;
    after.lost_reason = Some(input.reason);
    record::settle_tasks(tx, &mut after, false);
    let after = record::save(tx, &before, after);
    let entry = Entry::by(call, LeadEventKind::Closed).moved(before.stage, after.stage).noted(note);
    record::history(tx, id, vec![entry]);
    tx.emit(events::stage_changed(&after, before.stage));
    Ok(Changed { lead: id })
}
