//! `cn.milepost.lead.follow_up.v1` (C024, C025).

use chrono::{DateTime, Utc};
use entity::lead::{follow_up_task, lead};
use entity::place::{staff, store};
use entity::{FollowUpKind, FollowUpStatus, FollowUpTaskId, InboundCode, LeadEventKind};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::mutations::contacted;
use super::super::record::{self, Entry};
use super::super::{events, rules::stage};
use super::subject;
use crate::graph::Result;
use crate::ingest::keys::{line, named_id, upsert, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::store::Lock;
use crate::values::text;

data! {
    /// What is to be done with a lead, or was done (CRM).
    pub struct FollowUpData {
        /// The CRM's number of the task, unique.
        pub reference: String,
        /// Number of the lead.
        pub lead_number: String,
        /// What is to be done.
        pub kind: FollowUpKind,
        /// By when.
        pub due_at: DateTime<Utc>,
        /// How far it is.
        pub status: FollowUpStatus,
        /// Number of the member of staff who does it.
        pub assignee_number: Option<String>,
        /// When it was done; with `DONE`.
        pub completed_at: Option<DateTime<Utc>>,
        /// What came of it, up to 500 characters.
        pub outcome: Option<String>,
    }
}

/// A follow-up reported.
pub struct FollowUpReported;

impl Inbound for FollowUpReported {
    const TYPE: &'static str = "cn.milepost.lead.follow_up.v1";
    const DOMAIN: &'static str = "lead";
    type Data = FollowUpData;

    fn example() -> FollowUpData {
        FollowUpData {
            reference: "CRM-T-90001".into(),
            lead_number: "CRM-90001".into(),
            kind: FollowUpKind::Call,
            due_at: DateTime::from_timestamp(1_795_600_000, 0).unwrap_or_default(),
            status: FollowUpStatus::Open,
            assignee_number: None,
            completed_at: None,
            outcome: None,
        }
    }

    fn subject(data: &FollowUpData) -> String {
        format!("follow-up/{}", data.reference)
    }

    fn wakes(data: &FollowUpData) -> Vec<String> {
        vec![subject(&data.lead_number)]
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<FollowUpData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, &item.data).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn one(desk: &mut Desk<'_>, data: &FollowUpData) -> Result<Verdict> {
    let outcome = match check(data) {
        Ok(outcome) => outcome,
        Err(reason) => return Ok(reason.into()),
    };
    let conn = desk.tx.conn();
    let named = lead::Entity::find().filter(lead::Column::Number.eq(&data.lead_number));
    let Some(before) = Lock::row(named).take(conn).await? else {
        return Ok(waits("leadNumber", subject(&data.lead_number)));
    };
    let Some(store_id) = before.store_id else {
        let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-store").at("leadNumber");
        return Ok(Verdict::Held(reason, subject(&data.lead_number)));
    };
    let store = store::Entity::find_by_id(store_id).one(conn).await?;
    if let Some(Err(reason)) = store.map(|store| desk.sender.check(store.organization_id, "leadNumber")) {
        return Ok(reason.into());
    }
    let assignee = match &data.assignee_number {
        Some(number) => {
            let person = staff::Entity::find().filter(staff::Column::Number.eq(number)).one(conn).await?;
            let Some(person) = person else { return Ok(waits("assigneeNumber", format!("staff/{number}"))) };
            if person.store_id != Some(store_id) {
                return Ok(Reason::invalid("assigneeNumber", "ingest-other-store").into());
            }
            Some(person.id)
        }
        None => before.owner_id,
    };
    if data.status == FollowUpStatus::Open && !stage::is_open(before.stage) {
        return Ok(Reason::new(InboundCode::NotEligible, "lead-closed").at("leadNumber").into());
    }
    let id: FollowUpTaskId = named_id(&data.reference);
    let earlier = follow_up_task::Entity::find_by_id(id).one(conn).await?;
    if earlier.as_ref().is_some_and(|task| task.lead_id != before.id) {
        return Ok(Reason::new(InboundCode::Duplicate, "ingest-taken").at("reference").into());
    }
    let task = follow_up_task::Model {
        id,
        lead_id: before.id,
        store_id,
        assignee_id: assignee,
        kind: data.kind,
        due_at: data.due_at,
        status: data.status,
        completed_at: data.completed_at,
        outcome,
        version: earlier.as_ref().map_or(1, |task| task.version + 1),
        created_at: earlier.as_ref().map_or(desk.tx.now(), |task| task.created_at),
    };
    let others = record::next_due(desk.tx, before.id, id).await?;
    let own = (task.status == FollowUpStatus::Open).then_some(task.due_at);
    let done_now =
        task.status == FollowUpStatus::Done && earlier.is_none_or(|task| task.status != FollowUpStatus::Done);
    let mut after = before.clone();
    after.next_follow_up_at = others.into_iter().chain(own).min();
    if done_now {
        after.last_contact_at = before.last_contact_at.max(data.completed_at);
        after.stage = contacted(before.stage).unwrap_or(before.stage);
    }
    upsert::<follow_up_task::Entity>(desk.tx, vec![task.clone()], &[follow_up_task::Column::Id], &[]).await?;
    if after == before {
        return Ok(Verdict::DONE);
    }
    record::rescore(desk.tx, &mut after, false).await?;
    let after = record::save(desk.tx, &before, after);
    if done_now {
        let entry = Entry::of(&desk.sender.actor, LeadEventKind::FollowUpCompleted).moved(before.stage, after.stage);
        record::history(desk.tx, before.id, vec![entry.noted(task.outcome.clone())]);
        desk.tx.emit(events::follow_up_completed(&after, &task));
        if after.stage != before.stage {
            desk.tx.emit(events::stage_changed(&after, before.stage));
        }
    }
    Ok(Verdict::DONE)
}

fn check(data: &FollowUpData) -> Result<Option<String>, Reason> {
    line("reference", &data.reference, 100)?;
    if (data.status == FollowUpStatus::Done) != data.completed_at.is_some() {
        return Err(Reason::invalid("completedAt", "required"));
    }
    let outcome = data.outcome.as_deref().map(|outcome| text::note(outcome, 500)).transpose();
    outcome.map_err(|invalid| Reason::value("outcome", invalid))
}
