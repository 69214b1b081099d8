//! Where an order stands, and until when what comes next is to be reached (C084, C092).

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::milestone;
use entity::vocabulary::{MilestoneCode, MilestoneState, OrderStatus, Party};

use super::milestone::{OVERTAKES, ancestors, is_finished, node_of};
use super::status::takes_milestones;

/// The end of all days: when that is due which nobody watches. A list by what is due has it last.
pub const NEVER: DateTime<Utc> = match DateTime::from_timestamp(253_402_214_400, 0) {
    Some(never) => never,
    None => DateTime::<Utc>::MAX_UTC,
};

/// What is to be reached next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which milestone.
    pub code: MilestoneCode,
    /// Who is to act for it.
    pub party: Party,
    /// Until when; [`NEVER`] when nobody watches it.
    pub due_at: DateTime<Utc>,
}

/// Who is to act for a milestone to be reached.
pub fn party_of(row: &milestone::Model) -> Party {
    row.party.unwrap_or_else(|| node_of(row.code).party)
}

/// Whether an order is on its way, so that it stands somewhere: from the firm order to its end, and while it is asked whether it is
/// to be called off.
pub fn stands(status: OrderStatus) -> bool {
    takes_milestones(status) || status == OrderStatus::CancellationRequested
}

/// Since when each milestone can be reached, and until when it is to be: from the moment at which the last of those before it was
/// reached, or `since`, when the order became firm. One that is reached keeps the time at which it was due.
pub fn follow(rows: &mut [milestone::Model], balance_first: bool, since: DateTime<Utc>) {
    let known: Vec<_> = rows.iter().map(|row| (row.code, row.state, row.actual_at)).collect();
    for row in rows {
        let before = ancestors(row.code, balance_first);
        let mut of_before = known.iter().filter(|(code, ..)| before.contains(code));
        let reachable = of_before.clone().all(|(_, state, _)| is_finished(*state));
        let open_since = of_before.by_ref().filter_map(|(.., at)| *at).max().unwrap_or(since);
        let due_at = || row.sla_hours.map(|hours| open_since + TimeDelta::hours(i64::from(hours)));
        (row.open_since, row.due_at) = match row.state {
            MilestoneState::Skipped => (None, None),
            // Reported with what came before it, it was never seen open.
            MilestoneState::Done => (None, row.due_at.or_else(due_at)),
            _ if reachable => (Some(open_since), due_at()),
            _ => (None, None),
        };
    }
}

/// What is to be reached next: the first that can be in order of display, details left aside; none at the end. A predecessor stands
/// before its successors and nothing but a detail is held up by none, so it is the first that is not finished.
pub fn standing(rows: &[milestone::Model]) -> Option<Standing> {
    let detail = |code: MilestoneCode| OVERTAKES.iter().any(|(_, detail)| *detail == code);
    let next = rows.iter().filter(|row| !is_finished(row.state) && !detail(row.code)).min_by_key(|row| row.position)?;
    Some(Standing { code: next.code, party: party_of(next), due_at: next.due_at.unwrap_or(NEVER) })
}

/// Whether a milestone is, or was, late by its hours.
pub fn is_breached(row: &milestone::Model, now: DateTime<Utc>) -> bool {
    let reached = match row.state {
        MilestoneState::Done => row.actual_at.unwrap_or(row.updated_at),
        MilestoneState::Skipped => return false,
        _ => now,
    };
    row.due_at.is_some_and(|due_at| due_at < reached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::rules::milestone::{after, plan, record, recordable};
    use MilestoneCode as Code;
    use MilestoneState::{Done, Pending};
    use entity::vocabulary::FulfillmentMode;
    use entity::{MilestoneId, OrderId};
    use proptest::prelude::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn rows(mode: FulfillmentMode, sla_hours: Option<i32>) -> Vec<milestone::Model> {
        let row = |one: &crate::order::rules::milestone::PlannedMilestone| milestone::Model {
            id: MilestoneId::generate(),
            order_id: OrderId::from_parts(0, 1),
            code: one.code,
            position: one.position,
            state: one.state,
            planned_at: None,
            forecast_p50: None,
            forecast_p90: None,
            forecast_moves_from: None,
            actual_at: None,
            note: None,
            delay_case_id: None,
            delay_before_p50: None,
            delay_before_p90: None,
            hidden: false,
            sla_hours,
            party: None,
            open_since: None,
            due_at: None,
            updated_at: at(0),
        };
        plan(mode, false).iter().map(row).collect()
    }

    fn reach(rows: &mut [milestone::Model], code: Code, hour: i64) {
        let row = rows.iter_mut().find(|row| row.code == code).unwrap();
        (row.state, row.actual_at) = (Done, Some(at(hour)));
        follow(rows, false, at(0));
    }

    #[test]
    fn hours_run_from_the_last_of_those_before() {
        let mut rows = rows(FulfillmentMode::BuildToStock, Some(10));
        follow(&mut rows, false, at(5));
        assert_eq!(
            standing(&rows).unwrap(),
            Standing { code: Code::OrderPlaced, party: Party::Customer, due_at: at(15) }
        );
        reach(&mut rows, Code::OrderPlaced, 6);
        reach(&mut rows, Code::ConfigLocked, 30);
        let row = |code| rows.iter().find(|row| row.code == code).unwrap();
        assert_eq!(
            (row(Code::ContractSigned).open_since, row(Code::ContractSigned).due_at),
            (Some(at(30)), Some(at(40)))
        );
        assert_eq!((row(Code::Allocated).open_since, row(Code::Invoiced).due_at), (Some(at(30)), None));
        assert!(is_breached(row(Code::ConfigLocked), at(0)), "reached at 30, due at 16");
        assert_eq!(
            [is_breached(row(Code::Allocated), at(40)), is_breached(row(Code::Allocated), at(41))],
            [false, true]
        );
        assert_eq!(row(Code::ConfigLocked).open_since, None);
    }

    #[test]
    fn what_nobody_watches_is_never_due() {
        let mut rows = rows(FulfillmentMode::BuildToOrder, None);
        follow(&mut rows, false, at(0));
        assert_eq!(standing(&rows).unwrap().due_at, NEVER);
        assert!(rows.iter().all(|row| !is_breached(row, NEVER)));
        assert_eq!(NEVER.to_rfc3339(), "9999-12-31T00:00:00+00:00");
        let mut others = rows;
        others[0].party = Some(Party::Oem);
        assert_eq!(standing(&others).unwrap().party, Party::Oem);
    }

    proptest! {
        /// Whatever was recorded: what an order stands at can be recorded, and just what can be is open.
        #[test]
        fn an_order_stands_at_what_can_be_reached(
            mode in proptest::sample::select(FulfillmentMode::ALL),
            tries in proptest::collection::vec(proptest::sample::select(Code::ALL), 0..40),
            balance_first: bool,
        ) {
            let mut rows = rows(mode, Some(1));
            let states = |rows: &[milestone::Model]| rows.iter().map(|row| (row.code, row.state)).collect::<Vec<_>>();
            for code in tries {
                if let Ok(changes) = record(&states(&rows), code, Done, balance_first) {
                    let now = after(&states(&rows), &changes);
                    rows.iter_mut().zip(now).for_each(|(row, (_, state))| row.state = state);
                }
            }
            follow(&mut rows, balance_first, at(0));
            let open = recordable(&states(&rows), balance_first);
            let opened: Vec<_> = rows.iter().filter(|row| row.open_since.is_some()).map(|row| row.code).collect();
            prop_assert_eq!(&opened, &open);
            match standing(&rows) {
                Some(standing) => prop_assert!(open.contains(&standing.code)),
                None => prop_assert!(rows.iter().all(|row| row.state != Pending || OVERTAKES.iter().any(|(_, d)| *d == row.code))),
            }
        }
    }
}
