//! How a lead is kept: locked, changed against its version, with its history, its tasks and its score.

use chrono::{DateTime, Utc};
use entity::lead::{event, follow_up_task, lead, test_drive, touchpoint};
use entity::{
    FollowUpKind, FollowUpStatus, FollowUpTaskId, LeadEventId, LeadEventKind, LeadId, LeadStage, PrefixedId,
    TestDriveStatus,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::policy;
use super::rules::score::{self, Drive, Signals};
use super::rules::test_drive::holds_slot;
use super::types::LeadAction;
use crate::graph::{Call, Error, Refusal, UserError};
use crate::order::settlement::Due;
use crate::store::{Lock, Tx};

/// Locks a lead that the viewer may work on, for the rest of the transaction.
///
/// # Errors
/// `NOT_FOUND` at `field` when there is none, or none for this viewer.
pub async fn lock(tx: &Tx, call: &Call, id: LeadId, field: &str) -> Result<lead::Model, Refusal> {
    let query = lead::Entity::find_by_id(id).filter(policy::readable(&call.viewer).or_nothing());
    let found = Lock::row(query).take(tx.conn()).await?;
    found.ok_or_else(|| UserError::not_found(call, field).into())
}

/// Locks a lead whoever asks: for the form, which anybody may send.
pub async fn lock_any(tx: &Tx, id: LeadId) -> Result<lead::Model, Refusal> {
    let found = Lock::row(lead::Entity::find_by_id(id)).take(tx.conn()).await?;
    Ok(found.ok_or_else(|| Error::hidden("a dedupe row without its lead"))?)
}

/// Writes what differs from `before`, as the next version. A test drive that was completed is settled with the store (C105).
pub fn save(tx: &mut Tx, before: &lead::Model, after: lead::Model) -> lead::Model {
    let after = lead::Model { version: before.version + 1, updated_at: tx.now(), ..after };
    let mut row = before.clone().into_active_model();
    row.customer_id.set_if_not_equals(after.customer_id);
    row.name.set_if_not_equals(after.name.clone());
    row.trim_id.set_if_not_equals(after.trim_id);
    row.store_id.set_if_not_equals(after.store_id);
    row.owner_id.set_if_not_equals(after.owner_id);
    row.stage.set_if_not_equals(after.stage);
    row.intent_level.set_if_not_equals(after.intent_level);
    row.score.set_if_not_equals(after.score);
    row.touchpoint_count.set_if_not_equals(after.touchpoint_count);
    row.next_follow_up_at.set_if_not_equals(after.next_follow_up_at);
    row.last_contact_at.set_if_not_equals(after.last_contact_at);
    row.lost_reason.set_if_not_equals(after.lost_reason);
    row.converted_order_id.set_if_not_equals(after.converted_order_id);
    row.version = Set(after.version);
    row.updated_at = Set(after.updated_at);
    let change = lead::Entity::update_many()
        .set(row)
        .filter(lead::Column::Id.eq(before.id))
        .filter(lead::Column::Version.eq(before.version));
    tx.put_one(change);
    if after.stage == LeadStage::TestDriven
        && before.stage != LeadStage::TestDriven
        && let Some(store) = after.store_id
    {
        tx.happened(Due::TestDrive { lead: after.id, store, at: after.updated_at });
    }
    after
}

/// The refusal of a step that the lead's stage does not have.
pub fn no_such_step(call: &Call, row: &lead::Model, action: LeadAction) -> Refusal {
    UserError::transition(call, row.stage, action, policy::allowed_actions(&call.viewer, row)).into()
}

/// An entry of the history that is about to be written.
pub struct Entry {
    kind: LeadEventKind,
    stages: Option<(Option<LeadStage>, LeadStage)>,
    actor: String,
    note: Option<String>,
}

impl Entry {
    /// Something the caller did.
    pub fn by(call: &Call, kind: LeadEventKind) -> Self {
        Self { kind, stages: None, actor: call.viewer.actor(), note: None }
    }

    /// Something that an upstream system reported.
    pub fn of(actor: &str, kind: LeadEventKind) -> Self {
        Self { kind, stages: None, actor: actor.to_owned(), note: None }
    }

    /// Something a rule did.
    pub fn by_rule(kind: LeadEventKind) -> Self {
        Self { kind, stages: None, actor: "system".into(), note: None }
    }

    /// The stage was made.
    pub fn made(self, stage: LeadStage) -> Self {
        Self { stages: Some((None, stage)), ..self }
    }

    /// The stage before and after; equal ones are not noted.
    pub fn moved(self, from: LeadStage, to: LeadStage) -> Self {
        Self { stages: (from != to).then_some((Some(from), to)), ..self }
    }

    /// With a note.
    pub fn noted(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }
}

/// Appends to a lead's history, in this order, in one statement.
pub fn history(tx: &mut Tx, lead_id: LeadId, entries: Vec<Entry>) {
    let now = tx.now();
    // Entries of one moment are told apart by their ids, so these must rise.
    let first = LeadEventId::generate().uuid().as_u128();
    let rows = (0u128..).zip(entries).map(|(n, entry)| event::ActiveModel {
        id: Set(LeadEventId::from_uuid(Uuid::from_u128(first.wrapping_add(n)))),
        lead_id: Set(lead_id),
        kind: Set(entry.kind),
        from_stage: Set(entry.stages.and_then(|(from, _)| from)),
        to_stage: Set(entry.stages.map(|(_, to)| to)),
        actor: Set(entry.actor),
        note: Set(entry.note),
        occurred_at: Set(now),
    });
    tx.insert(rows);
}

/// Sets a task for the lead's store and consultant, and notes it as the lead's next when it is the earliest. A lead
/// without a store has nobody to do it.
pub fn set_task(tx: &mut Tx, row: &mut lead::Model, kind: FollowUpKind, due_at: DateTime<Utc>) {
    let Some(store_id) = row.store_id else { return };
    let task = follow_up_task::ActiveModel {
        id: Set(FollowUpTaskId::generate()),
        lead_id: Set(row.id),
        store_id: Set(store_id),
        assignee_id: Set(row.owner_id),
        kind: Set(kind),
        due_at: Set(due_at),
        status: Set(FollowUpStatus::Open),
        completed_at: Set(None),
        outcome: Set(None),
        version: Set(1),
        created_at: Set(tx.now()),
    };
    tx.insert([task]);
    row.next_follow_up_at = Some(row.next_follow_up_at.map_or(due_at, |next| next.min(due_at)));
}

/// When the earliest open task of a lead is due, but for the one that is being done.
pub async fn next_due(tx: &Tx, lead_id: LeadId, done: FollowUpTaskId) -> Result<Option<DateTime<Utc>>, DbErr> {
    follow_up_task::Entity::find()
        .select_only()
        .column(follow_up_task::Column::DueAt)
        .filter(follow_up_task::Column::LeadId.eq(lead_id))
        .filter(follow_up_task::Column::Id.ne(done))
        .filter(follow_up_task::Column::Status.eq(FollowUpStatus::Open))
        .order_by_asc(follow_up_task::Column::DueAt)
        .limit(1)
        .into_tuple()
        .one(tx.conn())
        .await
}

/// Hands the open tasks of a lead to its store and consultant of now, or calls them off when it is closed.
pub fn settle_tasks(tx: &mut Tx, row: &mut lead::Model, open: bool) {
    let mut change = follow_up_task::ActiveModel { ..Default::default() };
    if open {
        let Some(store_id) = row.store_id else { return };
        change.store_id = Set(store_id);
        change.assignee_id = Set(row.owner_id);
    } else {
        change.status = Set(FollowUpStatus::Cancelled);
        row.next_follow_up_at = None;
    }
    let version = follow_up_task::Column::Version;
    let open_ones = follow_up_task::Entity::update_many()
        .set(change)
        .col_expr(version, sea_orm::sea_query::ExprTrait::add(version.into_expr(), 1))
        .filter(follow_up_task::Column::LeadId.eq(row.id))
        .filter(follow_up_task::Column::Status.eq(FollowUpStatus::Open));
    tx.put(open_ones);
}

/// The furthest test drive of a lead.
async fn furthest_drive(conn: &impl ConnectionTrait, lead_id: LeadId) -> Result<Drive, DbErr> {
    let drives: Vec<TestDriveStatus> = test_drive::Entity::find()
        .select_only()
        .column(test_drive::Column::Status)
        .filter(test_drive::Column::LeadId.eq(lead_id))
        .into_tuple()
        .all(conn)
        .await?;
    let furthest = drives.into_iter().map(|status| match status {
        TestDriveStatus::Completed => Drive::Done,
        status if holds_slot(status) => Drive::Booked,
        _ => Drive::None,
    });
    Ok(furthest.max().unwrap_or(Drive::None))
}

/// When the person last sent a form.
async fn last_touch(conn: &impl ConnectionTrait, lead_id: LeadId) -> Result<Option<DateTime<Utc>>, DbErr> {
    touchpoint::Entity::find()
        .select_only()
        .column(touchpoint::Column::OccurredAt)
        .filter(touchpoint::Column::LeadId.eq(lead_id))
        .order_by_desc(touchpoint::Column::OccurredAt)
        .limit(1)
        .into_tuple()
        .one(conn)
        .await
}

/// The score of a lead as it stands now.
pub fn score(row: &lead::Model, drive: Drive, last_activity: DateTime<Utc>, now: DateTime<Utc>) -> i32 {
    let signals = Signals {
        intent: row.intent_level,
        channel: row.channel,
        touchpoints: u32::try_from(row.touchpoint_count).unwrap_or_default(),
        drive,
        last_activity,
    };
    i32::from(score::score(&signals, now))
}

/// Reckons the score anew. `alive` says that the person was heard of just now.
pub async fn rescore(tx: &Tx, row: &mut lead::Model, alive: bool) -> Result<(), DbErr> {
    let drive = furthest_drive(tx.conn(), row.id).await?;
    let last_activity = if alive {
        tx.now()
    } else {
        let touch = last_touch(tx.conn(), row.id).await?.unwrap_or(row.created_at);
        row.last_contact_at.map_or(touch, |contact| contact.max(touch))
    };
    row.score = score(row, drive, last_activity, tx.now());
    Ok(())
}
