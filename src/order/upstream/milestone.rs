//! `cn.milepost.order.milestone.v1` (C084-C087).

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{InboundCode, MilestoneCode, MilestoneState, OrderId, OrderStatus};

use super::super::rules::milestone::MilestoneRefusal;
use super::super::rules::status::{Unmet, takes_milestones};
use super::super::store::{Progress, Report, Revision, follow_handovers, issued_cars};
use super::find::{self, moment, open_all};
use crate::graph::{Error, Result};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values;
use crate::values::calendar::MOST_AHEAD_DAYS;

data! {
    /// A milestone of an order has been reached, begun, skipped, delayed or taken back (order management, plant, carrier,
    /// store). One that comes before its forerunners waits for them; details that a plant or carrier does not report are filled
    /// in, and named in the answer.
    pub struct MilestoneData {
        /// Number of the order, as in `YC2611240001`.
        pub order_number: String,
        /// Which milestone.
        pub code: MilestoneCode,
        /// How far it is now.
        pub state: MilestoneState,
        /// When that happened; the event's `time` when left out.
        pub occurred_at: Option<DateTime<Utc>>,
        /// A word with it, up to 500 characters; shown to the customer.
        pub note: Option<String>,
        /// With `DELAYED`: when it is expected.
        pub forecast: Option<ForecastData>,
    }
}

data! {
    /// When something is expected.
    pub struct ForecastData {
        /// As likely before as after.
        pub p50: DateTime<Utc>,
        /// Nine times in ten before; not before `p50`.
        pub p90: Option<DateTime<Utc>>,
    }
}

/// A milestone reported.
pub struct MilestoneReported;

/// Characters of a note.
const MAX_NOTE: u32 = 500;

impl Inbound for MilestoneReported {
    const TYPE: &'static str = "cn.milepost.order.milestone.v1";
    const DOMAIN: &'static str = "order";
    type Data = MilestoneData;

    fn example() -> MilestoneData {
        MilestoneData {
            order_number: "YC2511249001".into(),
            code: MilestoneCode::ConfigLocked,
            state: MilestoneState::Done,
            occurred_at: "2025-11-24T03:30:00Z".parse().ok(),
            note: None,
            forecast: None,
        }
    }

    fn subject(data: &MilestoneData) -> String {
        format!("{}/{}", find::subject(&data.order_number), data.code)
    }

    fn wakes(data: &MilestoneData) -> Vec<String> {
        vec![find::subject(&data.order_number)]
    }

    fn moment(data: &MilestoneData) -> Option<DateTime<Utc>> {
        data.occurred_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<MilestoneData>]) -> Result<Vec<Verdict>> {
        let mut orders = open_all(desk, items.iter().map(|item| item.data.order_number.as_str())).await?;
        let mut progress =
            Progress::of_all(desk.tx.conn(), orders.values().flatten().map(|revision| &revision.order)).await?;
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(match orders.get_mut(item.data.order_number.as_str()) {
                Some(Ok(revision)) => match progress.get_mut(&revision.order.id) {
                    Some(progress) => record(desk, revision, progress, item),
                    None => return Err(Error::hidden("an order without store or configuration")),
                },
                Some(Err(verdict)) => verdict.clone(),
                None => return Err(Error::hidden("an order that was not looked for")),
            });
        }
        invoiced_before(desk, &mut orders, &mut progress).await?;
        let mut changed: Vec<&mut Revision> = orders.values_mut().flatten().collect();
        follow_handovers(desk.tx, &desk.app.vault, &mut changed, None).await?;
        for revision in orders.into_values().flatten() {
            if let Some(mut progress) = progress.remove(&revision.order.id) {
                progress.save(desk.tx);
            }
            revision.save(desk.tx);
            desk.tx.flush_when_large().await?;
        }
        Ok(verdicts)
    }
}

/// Reaches INVOICED where the car's invoice was in force before the balance was paid.
async fn invoiced_before(
    desk: &mut Desk<'_>,
    orders: &mut BTreeMap<&str, Result<Revision, Verdict>>,
    progress: &mut HashMap<OrderId, Progress>,
) -> Result<()> {
    let paid = |revision: &&mut Revision| revision.reached(MilestoneCode::BalancePaid);
    let ids: Vec<OrderId> = orders.values_mut().flatten().filter(paid).map(|revision| revision.order.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let invoiced = issued_cars(desk.tx.conn(), ids).await?;
    for revision in orders.values_mut().flatten() {
        let id = revision.order.id;
        if let (Some(report), Some(progress)) = (invoiced.get(&id), progress.get_mut(&id)) {
            // Where staff have recorded otherwise, theirs stays.
            let _otherwise = progress.record(desk.tx, revision, report);
        }
    }
    Ok(())
}

fn record(
    desk: &mut Desk<'_>,
    revision: &mut Revision,
    progress: &mut Progress,
    item: &Item<MilestoneData>,
) -> Verdict {
    let data = &item.data;
    let report = match report(desk, revision, item) {
        Ok(report) => report,
        Err(reason) => return reason.into(),
    };
    let status = revision.order.status;
    if !takes_milestones(status) {
        let reason = |code| {
            let reason = Reason::new(code, "order-not-under-way").at("orderNumber");
            reason.with("status", status.to_string())
        };
        // Its deposit may be on its way.
        return match status {
            OrderStatus::Draft | OrderStatus::Intention => {
                Verdict::Held(reason(InboundCode::WaitsForState), find::subject(&data.order_number))
            }
            _ => Verdict::Refused(reason(InboundCode::NotEligible)),
        };
    }
    if !progress.has(data.code) {
        // The order's template does without it.
        return Verdict::Applied(vec![format!("{} LEFT_OUT", data.code)]);
    }
    let earlier = revision.milestones().len();
    if !progress.record_late(revision, &report)
        && let Err(refusal) = progress.record(desk.tx, revision, &report)
    {
        return refused(data, &refusal);
    }
    let implied = revision.milestones()[earlier..].iter().filter(|change| change.code != data.code);
    let mut notes: Vec<_> = implied.map(|change| format!("{} {}", change.code, change.to)).collect();
    if data.code == MilestoneCode::Ready && data.state == MilestoneState::Done && !progress.has_car_there() {
        // It is so, whoever says it; what is known of the car here says otherwise.
        notes.push(Unmet::VehicleArrived.to_string());
    }
    Verdict::Applied(notes)
}

fn report(desk: &Desk<'_>, revision: &Revision, item: &Item<MilestoneData>) -> Result<Report, Reason> {
    let data = &item.data;
    let note = data.note.as_deref().map(|note| values::text::note(note, MAX_NOTE)).transpose();
    let note = note.map_err(|_| Reason::invalid("note", "order-text").with("max", i64::from(MAX_NOTE)))?;
    let forecast = data.forecast.as_ref().map(|forecast| (forecast.p50, forecast.p90));
    let in_order = forecast.is_none_or(|(p50, p90)| p90.is_none_or(|p90| p50 <= p90));
    if !in_order || (forecast.is_some() && data.state != MilestoneState::Delayed) {
        return Err(Reason::invalid("forecast", "order-forecast"));
    }
    // One of yesterday may come late; one beyond all planning is none.
    let most = desk.tx.now() + TimeDelta::days(MOST_AHEAD_DAYS);
    if forecast.is_some_and(|(p50, p90)| most < p90.unwrap_or(p50)) {
        return Err(Reason::invalid("forecast", "moment-ahead").with("days", MOST_AHEAD_DAYS));
    }
    let given = data.occurred_at.or(item.time);
    let occurred_at = moment(desk, "occurredAt", given, revision.order.created_at)?;
    Ok(Report { code: data.code, state: data.state, occurred_at, note, forecast })
}

/// A step that the graph does not have now: forerunners may come yet, and so may what is to be taken back; otherwise it
/// is none at all.
fn refused(data: &MilestoneData, refusal: &MilestoneRefusal) -> Verdict {
    let codes = |codes: &[MilestoneCode]| codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let subject = find::subject(&data.order_number);
    if !refusal.missing.is_empty() {
        let reason = Reason::new(InboundCode::WaitsForMilestone, "ingest-waits-milestone").at("code");
        return Verdict::Held(reason.with("missing", codes(&refusal.missing)), subject);
    }
    let nothing_yet =
        matches!(refusal.from, MilestoneState::Pending | MilestoneState::Active | MilestoneState::Delayed);
    if refusal.action == MilestoneState::RolledBack && (nothing_yet || !refusal.standing.is_empty()) {
        let reason = Reason::new(InboundCode::WaitsForState, "ingest-waits-rollback").at("state");
        return Verdict::Held(reason.with("standing", codes(&refusal.standing)), subject);
    }
    let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("state");
    reason.with("from", refusal.from.to_string()).with("action", refusal.action.to_string()).into()
}
