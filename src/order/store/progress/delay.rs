//! A damage of the order's car delays its inspection, and no longer than it lasts (C101).

use chrono::{DateTime, Utc};
use entity::{EtaReason, MilestoneCode, MilestoneState, QualityDamageCaseId};

use super::super::super::rules::milestone::{Change, record};
use super::super::super::rules::status::takes_milestones;
use super::super::Revision;
use super::{Progress, Report, states};
use crate::graph::Error;
use crate::store::Tx;

const INSPECTION: MilestoneCode = MilestoneCode::PdiDone;

/// Delays the inspection of an order until its car is expected to be well; its expected date follows, with the reason QUALITY_HOLD. An
/// order whose inspection is over, or that has no such step now, keeps its dates, and so does one whose inspection waits longer for
/// another damage, or another reason. What somebody has told of such a reason is kept for when the damage is over. Saving the revision
/// is the caller's.
///
/// # Errors
/// When the store fails.
pub async fn delay_for_damage(
    tx: &mut Tx,
    revision: &mut Revision,
    case: QualityDamageCaseId,
    until: DateTime<Utc>,
) -> Result<(), Error> {
    if !takes_milestones(revision.order.status) {
        return Ok(());
    }
    let mut progress = Progress::of(tx.conn(), &revision.order).await?;
    let Some(before) = progress.rows.iter().find(|row| row.code == INSPECTION).cloned() else { return Ok(()) };
    let delayed = before.state == MilestoneState::Delayed;
    if delayed && before.delay_case_id != Some(case) && before.forecast_p50.is_some_and(|p50| until <= p50) {
        return Ok(());
    }
    let report = Report {
        code: INSPECTION,
        state: MilestoneState::Delayed,
        occurred_at: tx.now(),
        note: None,
        forecast: Some((until, None)),
    };
    if progress.record(tx, revision, &report).is_err() {
        return Ok(());
    }
    if let Some(row) = progress.rows.iter_mut().find(|row| row.id == before.id) {
        row.delay_case_id = Some(case);
        if delayed {
            let told = (before.forecast_p50, before.forecast_p90);
            let kept = (before.delay_before_p50, before.delay_before_p90);
            (row.delay_before_p50, row.delay_before_p90) = if before.delay_case_id.is_none() { told } else { kept };
            row.note = before.note;
        }
    }
    progress.save(tx);
    Ok(())
}

/// The last damage of the order's car is dealt with: an inspection that was delayed for one waits for it no more, and the dates are
/// worked out anew. Where somebody had told another reason before, that is left; one that was told since was never the damage's.
/// Saving the revision is the caller's.
///
/// # Errors
/// When the store fails.
pub async fn end_delay_for_damage(tx: &mut Tx, revision: &mut Revision) -> Result<(), Error> {
    if !takes_milestones(revision.order.status) {
        return Ok(());
    }
    let mut progress = Progress::of(tx.conn(), &revision.order).await?;
    let own = progress.rows.iter().find(|row| row.code == INSPECTION && row.delay_case_id.is_some());
    let Some(before) = own.cloned() else { return Ok(()) };
    let changes = if before.delay_before_p50.is_some() {
        vec![Change { code: INSPECTION, from: before.state, to: before.state }]
    } else {
        record(&states(&progress.rows), INSPECTION, MilestoneState::Pending, progress.balance_first).unwrap_or_default()
    };
    progress.change(revision, &changes, tx.now(), None);
    if let Some(row) = progress.rows.iter_mut().find(|row| row.id == before.id) {
        (row.forecast_p50, row.forecast_p90) = (before.delay_before_p50, before.delay_before_p90);
    }
    progress.reestimate(tx, revision, EtaReason::Progress);
    progress.save(tx);
    Ok(())
}
