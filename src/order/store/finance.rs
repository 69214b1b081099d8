//! What a lender says of an application for a loan, and what follows from it for the order (C068).

use chrono::{DateTime, Duration, SubsecRound, Utc};
use entity::order::finance_application;
use entity::{FinanceApplicationState, MilestoneCode, MilestoneState};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::rules::finance::{APPROVAL_HOLDS, is_approved};
use super::super::rules::status::takes_milestones;
use super::firm::done;
use super::{Report, Revision, record_milestone};
use crate::graph::Error;
use crate::ports::lender::Standing;
use crate::store::Tx;
use crate::values::text;

/// A lender's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// How far the application is.
    pub state: FinanceApplicationState,
    /// Since when.
    pub at: DateTime<Utc>,
    /// The lender's number.
    pub reference: Option<String>,
    /// What it lends, fen.
    pub approved_minor: Option<i64>,
    /// Until when an approval holds.
    pub valid_until: Option<DateTime<Utc>>,
    /// What is missing, under which conditions, why not.
    pub note: Option<String>,
}

impl Heard {
    /// A state without more words.
    pub fn state(state: FinanceApplicationState, at: DateTime<Utc>) -> Self {
        Self { state, at, reference: None, approved_minor: None, valid_until: None, note: None }
    }

    /// What a lender answers that was asked about an application at `now`. What cannot be is left out: nobody could be told.
    pub fn answer(standing: Standing, row: &finance_application::Model, now: DateTime<Utc>) -> Self {
        Self {
            state: standing.state,
            at: since(standing.occurred_at, row, now),
            reference: text::line(&standing.reference, MAX_REFERENCE).ok(),
            approved_minor: standing.approved_minor.filter(|minor| (1..=row.principal_minor).contains(minor)),
            valid_until: standing.valid_until.filter(|until| *until <= now + LONGEST_APPROVAL).map(kept),
            note: standing.note.as_deref().and_then(tidy),
        }
    }
}

/// Characters of a lender's number.
pub const MAX_REFERENCE: u32 = 64;

/// Longest that an approval can be said to hold.
pub const LONGEST_APPROVAL: Duration = Duration::days(366);

/// Most characters of a lender's word.
const MAX_NOTE: usize = 500;

/// A lender's moment: not before the application, whose clock is another one, and not in the future.
pub fn since(said: Option<DateTime<Utc>>, row: &finance_application::Model, now: DateTime<Utc>) -> DateTime<Utc> {
    kept(said.unwrap_or(now)).max(row.created_at).min(now)
}

/// A moment as both databases keep it: to the microsecond.
pub fn kept(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.trunc_subsecs(6)
}

/// A lender's number, unless another application of the lender has it: that is the lender's to put right.
///
/// # Errors
/// When the store fails.
pub async fn free_reference(
    tx: &Tx,
    row: &finance_application::Model,
    reference: Option<String>,
) -> Result<Option<String>, DbErr> {
    let Some(reference) = reference else { return Ok(None) };
    let other = finance_application::Entity::find()
        .filter(finance_application::Column::LenderId.eq(row.lender_id))
        .filter(finance_application::Column::LenderReference.eq(&reference))
        .filter(finance_application::Column::Id.ne(row.id))
        .one(tx.conn())
        .await?;
    if other.is_some() {
        tracing::warn!(application = %row.id, "a lender gives two applications one number");
    }
    Ok(Some(reference).filter(|_| other.is_none()))
}

/// A lender's word as it can be kept: without what cannot be shown, and cut where it is long. None when nothing is left.
pub fn tidy(note: &str) -> Option<String> {
    let note: String = note.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let note: String = note.trim().chars().take(MAX_NOTE).collect();
    (!note.is_empty()).then_some(note)
}

/// An address that a browser opens, as it can be kept.
pub fn page(url: Option<String>) -> Option<String> {
    let url = url.filter(|url| url.len() <= 2000)?;
    let parsed = reqwest::Url::parse(&url).ok()?;
    matches!(parsed.scheme(), "http" | "https").then_some(url)
}

/// Brings an application to what its lender says; its order's milestone follows: FINANCE_APPROVED is reached by an approval,
/// and taken back with it. Whether the word is to be heard is the caller's to ask, and so are saving the application and the
/// revision.
///
/// # Errors
/// When the store fails.
pub async fn follow_lender(
    tx: &mut Tx,
    revision: &mut Revision,
    row: finance_application::Model,
    heard: Heard,
) -> Result<finance_application::Model, Error> {
    use FinanceApplicationState::{Approved, ConditionallyApproved, Draft, Rejected, Submitted, Withdrawn};
    let (was, is) = (is_approved(row.state), is_approved(heard.state));
    let waits = matches!(heard.state, Approved | ConditionallyApproved);
    let decided = (is && !was) || heard.state == Rejected;
    let at = heard.at;
    let row = finance_application::Model {
        state: heard.state,
        lender_reference: row.lender_reference.or(heard.reference),
        approved_minor: match is {
            true => heard.approved_minor.or(row.approved_minor).or(Some(row.principal_minor)),
            false => row.approved_minor,
        },
        lender_note: heard.note,
        submitted_at: match (row.state, heard.state) {
            // A no at the door.
            (Draft, Withdrawn | Rejected) => None,
            _ => row.submitted_at.or(Some(at)),
        },
        decided_at: if decided { Some(at) } else { row.decided_at },
        expires_at: if waits { Some(heard.valid_until.unwrap_or(at + APPROVAL_HOLDS)) } else { row.expires_at },
        // What is noted when a lender takes it is our moment, and no word of its own.
        state_at: if heard.state == Submitted { row.state_at } else { Some(at) },
        updated_at: tx.now(),
        ..row
    };
    revision.finance_changed(&row, at);
    let report = match (was, is) {
        (false, true) => done(MilestoneCode::FinanceApproved, at),
        (true, false) if !another_is_approved(tx, &row).await? => {
            Report { state: MilestoneState::RolledBack, ..done(MilestoneCode::FinanceApproved, at) }
        }
        _ => return Ok(row),
    };
    if takes_milestones(revision.order.status) {
        // Where the balance was paid by another way, the milestone is skipped for good.
        let _skipped = record_milestone(tx, revision, &report).await?;
    }
    Ok(row)
}

/// Puts off the write of an application that is there already.
pub fn save_application(tx: &mut Tx, row: &finance_application::Model) {
    let change = row.clone().into_active_model().reset_all();
    let own = finance_application::Column::Id.eq(row.id);
    tx.put_one(finance_application::Entity::update_many().set(change).filter(own));
}

/// Whether the order has another application that its lender has approved.
async fn another_is_approved(tx: &Tx, row: &finance_application::Model) -> Result<bool, DbErr> {
    let others = finance_application::Entity::find()
        .filter(finance_application::Column::OrderId.eq(row.order_id))
        .filter(finance_application::Column::Id.ne(row.id));
    Ok(others.all(tx.conn()).await?.iter().any(|other| is_approved(other.state)))
}
