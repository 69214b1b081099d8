//! `leadQualify` (C023).

use async_graphql::{Context, SimpleObject};
use entity::LeadEventKind;

use super::super::events;
use super::super::inputs::LeadQualifyInput;
use super::super::record::{self, Entry};
use super::super::rules::stage::{self, LeadAction as Step};
use super::super::types::{Lead, LeadAction};
use super::{Changed, answer, note};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct LeadQualifyPayload {
    /// The lead.
    pub lead: Option<Lead>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: LeadQualifyInput) -> Result<LeadQualifyPayload> {
    let viewer = &ctx.call().viewer;
    viewer.staff_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(qualify(tx, call, input))).await?;
    let (lead, user_errors) = answer(ctx, written).await?;
    Ok(LeadQualifyPayload { lead, user_errors })
}

async fn qualify(tx: &mut Tx, call: &Call, input: LeadQualifyInput) -> Result<Changed, Refusal> {
    let mut errors = Vec::new();
    let id = UserError::parse_id(call, "leadId", &input.lead_id).map_err(|e| errors.push(e));
    let note = note(call, "note", &input.note).map_err(|e| errors.push(e));
    let (Ok(id), Ok(note)) = (id, note) else { return Err(errors.into()) };

    let before = record::lock(tx, call, id, "leadId").await?;
    let mut after = before.clone();
    after.stage = stage::apply(before.stage, Step::Qualify)
        .map_err(|_| record::no_such_step(call, &before, LeadAction::Qualify))?;
    after.intent_level = input.intent_level;
    record::rescore(tx, &mut after, false).await?;
    let after = record::save(tx, &before, after);
    let entry = Entry::by(call, LeadEventKind::Qualified).moved(before.stage, after.stage).noted(Some(note));
    record::history(tx, id, vec![entry]);
    tx.emit(events::stage_changed(&after, before.stage));
    Ok(Changed { lead: id })
}
