//! `leadReopen` (C023).

use async_graphql::{Context, SimpleObject};
use entity::{FollowUpKind, LeadEventKind};

use super::super::events;
use super::super::inputs::LeadReopenInput;
use super::super::record::{self, Entry};
use super::super::rules::sla;
use super::super::rules::stage::{self, LeadAction as Step};
use super::super::types::{Lead, LeadAction};
use super::{Changed, answer, note};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct LeadReopenPayload {
    /// The lead.
    pub lead: Option<Lead>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: LeadReopenInput) -> Result<LeadReopenPayload> {
    let viewer = &ctx.call().viewer;
    viewer.staff_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(reopen(tx, call, input))).await?;
    let (lead, user_errors) = answer(ctx, written).await?;
    Ok(LeadReopenPayload { lead, user_errors })
}

async fn reopen(tx: &mut Tx, call: &Call, input: LeadReopenInput) -> Result<Changed, Refusal> {
    let mut errors = Vec::new();
    let id = UserError::parse_id(call, "leadId", &input.lead_id).map_err(|e| errors.push(e));
    let note = note(call, "note", &input.note).map_err(|e| errors.push(e));
    let (Ok(id), Ok(note)) = (id, note) else { return Err(errors.into()) };

    let before = record::lock(tx, call, id, "leadId").await?;
    let mut after = before.clone();
    after.stage = stage::apply(before.stage, Step::Reopen)
        .map_err(|_| record::no_such_step(call, &before, LeadAction::Reopen))?;
    after.lost_reason = None;
    if after.next_follow_up_at.is_none() {
        record::set_task(tx, &mut after, FollowUpKind::Call, sla::first_contact_due(tx.now()));
    }
    record::rescore(tx, &mut after, false).await?;
    let after = record::save(tx, &before, after);
    let entry = Entry::by(call, LeadEventKind::Reopened).moved(before.stage, after.stage).noted(Some(note));
    record::history(tx, id, vec![entry]);
    tx.emit(events::stage_changed(&after, before.stage));
    Ok(Changed { lead: id })
}
