//! From party to party (C084).

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::order::order;
use entity::{MilestoneCode, MilestoneState, OrderStatus, Party};

use super::super::links::MilestonesOfOrder;
use super::super::rules::parties::{Done, chain};
use super::super::rules::standing::party_of;
use super::super::rules::status::takes_milestones;
use crate::graph::{Call, Fields, Result};

/// That an order went from one party to another on its way from the customer's wish to the customer's car (C084).
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PartyHandover {
    /// Who had it in hand.
    pub from: Party,
    /// Who has it in hand from then on.
    pub to: Party,
    /// What the former had reached last, and left it with.
    pub after: MilestoneCode,
    /// When that was reached.
    pub handed_over_at: DateTime<Utc>,
}

/// Who is to act next; none when nothing is left to do, or the order is not under way.
pub fn current_party(of: &order::Model) -> Option<Party> {
    match of.status {
        OrderStatus::Draft | OrderStatus::Intention => Some(Party::Customer),
        status if takes_milestones(status) => of.current_party,
        _ => None,
    }
}

/// The chain of those who had an order in hand, by the milestones that the caller is shown.
///
/// # Errors
/// What was not fetched yet is missing.
pub fn party_handovers(call: &Call, of: &order::Model) -> Result<Vec<PartyHandover>> {
    let milestones = call.found::<MilestonesOfOrder>(&of.id)?;
    let reached = milestones.iter().filter(|row| row.0.state == MilestoneState::Done);
    let reached =
        reached.filter_map(|row| Some(Done { code: row.0.code, party: party_of(&row.0), at: row.0.actual_at? }));
    let passed = chain(&reached.collect::<Vec<_>>(), current_party(of)).into_iter();
    Ok(passed
        .map(|one| PartyHandover { from: one.from, to: one.to, after: one.after, handed_over_at: one.at })
        .collect())
}
