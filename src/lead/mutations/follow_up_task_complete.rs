//! `followUpTaskComplete` (C024).

use async_graphql::{Context, SimpleObject};
use chrono::TimeDelta;
use entity::lead::follow_up_task;
use entity::{FollowUpStatus, FollowUpTaskId, LeadEventKind, LeadId, LeadStage};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::FollowUpTaskCompleteInput;
use super::super::links::FollowUpTaskById;
use super::super::record::{self, Entry};
use super::super::rules::stage::{self, LeadAction as Step};
use super::super::types::{FollowUpTask, Lead, LeadAction};
use super::super::{events, policy};
use super::{note, reread};
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct FollowUpTaskCompletePayload {
    /// The task.
    pub task: Option<FollowUpTask>,
    /// Its lead.
    pub lead: Option<Lead>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    lead: LeadId,
    task: FollowUpTaskId,
}

/// How far ahead the next follow-up may be set, days.
const MAX_DAYS: i64 = 366;

pub async fn run(ctx: &Context<'_>, input: FollowUpTaskCompleteInput) -> Result<FollowUpTaskCompletePayload> {
    let call = ctx.call();
    call.viewer.staff_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(complete(tx, call, input))).await?;
    Ok(match written {
        Ok(outcome) => {
            let task = call.link::<FollowUpTaskById>().one(outcome.task).await?;
            if let Some(task) = &task {
                below(ctx, call, "task", task).await?;
            }
            FollowUpTaskCompletePayload { task, lead: reread(ctx, outcome.lead).await?, user_errors: Vec::new() }
        }
        Err(user_errors) => FollowUpTaskCompletePayload { task: None, lead: None, user_errors },
    })
}

async fn complete(tx: &mut Tx, call: &Call, input: FollowUpTaskCompleteInput) -> Result<Outcome, Refusal> {
    let mut errors = Vec::new();
    let id = UserError::parse_id(call, "taskId", &input.task_id).map_err(|e| errors.push(e));
    let outcome = note(call, "outcome", &input.outcome).map_err(|e| errors.push(e));
    if let Some(next) = &input.next
        && (next.due_at <= tx.now() || next.due_at > tx.now() + TimeDelta::days(MAX_DAYS))
    {
        errors.push(UserError::invalid(call, "next.dueAt", "follow-up-due", &[("days", MAX_DAYS.into())]));
    }
    let (Ok(id), Ok(outcome), true) = (id, outcome, errors.is_empty()) else { return Err(errors.into()) };

    // A task changes only under the lock of its lead, so it is read again under it.
    let lead_id = find(tx, call, id).await?.lead_id;
    let before = record::lock(tx, call, lead_id, "taskId").await?;
    let task = find(tx, call, id).await?;
    if task.status != FollowUpStatus::Open {
        return Err(UserError::transition(call, task.status, "COMPLETE", [""; 0]).into());
    }
    let task = finish(tx, call, task, outcome.clone());
    let mut after = before.clone();
    after.stage =
        contacted(before.stage).ok_or_else(|| record::no_such_step(call, &before, LeadAction::CompleteFollowUp))?;
    after.last_contact_at = Some(tx.now());
    after.next_follow_up_at = record::next_due(tx, before.id, id).await?;
    if let Some(next) = input.next {
        if !stage::is_open(after.stage) {
            return Err(UserError::coded(call, UserErrorCode::NotEligible, "next", "lead-closed", &[]).into());
        }
        record::set_task(tx, &mut after, next.kind, next.due_at);
    }
    record::rescore(tx, &mut after, true).await?;
    let after = record::save(tx, &before, after);
    let entry = Entry::by(call, LeadEventKind::FollowUpCompleted).moved(before.stage, after.stage).noted(Some(outcome));
    record::history(tx, before.id, vec![entry]);
    tx.emit(events::follow_up_completed(&after, &task));
    if after.stage != before.stage {
        tx.emit(events::stage_changed(&after, before.stage));
    }
    Ok(Outcome { lead: before.id, task: id })
}

/// The stage of a lead whose person was spoken with; one that had fallen asleep wakes. None where nobody is to call.
pub(in crate::lead) fn contacted(stage: LeadStage) -> Option<LeadStage> {
    match stage {
        LeadStage::Dormant => stage::apply(stage, Step::Reopen).ok(),
        _ => stage::record(stage, Step::Contact).ok(),
    }
}

async fn find(tx: &Tx, call: &Call, id: FollowUpTaskId) -> Result<follow_up_task::Model, Refusal> {
    let found = follow_up_task::Entity::find_by_id(id)
        .filter(policy::readable_follow_ups(&call.viewer).or_nothing())
        .one(tx.conn())
        .await?;
    found.ok_or_else(|| UserError::not_found(call, "taskId").into())
}

/// Marks an open task as done. What was nobody's becomes the caller's.
fn finish(tx: &mut Tx, call: &Call, task: follow_up_task::Model, outcome: String) -> follow_up_task::Model {
    let mine = call.viewer.store().and_then(|_| call.viewer.staff());
    let done = follow_up_task::Model {
        status: FollowUpStatus::Done,
        completed_at: Some(tx.now()),
        outcome: Some(outcome),
        assignee_id: task.assignee_id.or(mine),
        version: task.version + 1,
        ..task
    };
    let change = follow_up_task::ActiveModel {
        status: Set(done.status),
        completed_at: Set(done.completed_at),
        outcome: Set(done.outcome.clone()),
        assignee_id: Set(done.assignee_id),
        version: Set(done.version),
        ..Default::default()
    };
    let open = follow_up_task::Entity::update_many()
        .set(change)
        .filter(follow_up_task::Column::Id.eq(done.id))
        .filter(follow_up_task::Column::Status.eq(FollowUpStatus::Open))
        .filter(follow_up_task::Column::Version.eq(task.version));
    tx.put_one(open);
    done
}
