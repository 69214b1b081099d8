//! The delivery graph: which milestone may follow which (C086; domain.md 3.2, "Delivery milestones").
//!
//! The client shows one merged list; what may be recorded is decided by the graph. Its edges are those of domain.md,
//! with three of our own: a car is assigned before it is shipped, an order is invoiced before it is ready (as the guard
//! of READY_FOR_DELIVERY demands), and each remaining node has one predecessor, so that all hang together. Nothing waits
//! for a detail node such as BODY: it is skipped when the milestone that overtakes it is recorded, because plants and
//! carriers do not report every step.

use chrono::{DateTime, Utc};
use entity::vocabulary::{FulfillmentMode, MilestoneCode, MilestoneState, MilestoneTrack, OrderStatus, Party};

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub code: MilestoneCode,
    pub track: MilestoneTrack,
    /// Who is to act for it to be reached.
    pub party: Party,
    /// Whether an order may do without it.
    pub skippable: bool,
}

const fn node(code: MilestoneCode, track: MilestoneTrack, party: Party, skippable: bool) -> Node {
    Node { code, track, party, skippable }
}

/// Every node once, in order of display. A predecessor always stands before its successors.
pub const NODES: &[Node] = {
    use MilestoneCode::*;
    use MilestoneTrack::*;
    &[
        node(OrderPlaced, Commercial, Party::Customer, false),
        node(ConfigLocked, Commercial, Party::Customer, false),
        node(ContractSigned, Commercial, Party::Customer, false),
        node(FinanceApproved, Commercial, Party::Lender, true),
        node(PartsPreparing, Production, Party::Plant, true),
        node(Scheduled, Production, Party::Plant, true),
        node(Body, Production, Party::Plant, true),
        node(Paint, Production, Party::Plant, true),
        node(Assembly, Production, Party::Plant, true),
        node(OffLine, Production, Party::Plant, true),
        node(QualityReleased, Production, Party::Plant, true),
        node(Allocated, Logistics, Party::Oem, false),
        node(BalancePaid, Commercial, Party::Customer, false),
        node(Shipped, Logistics, Party::Carrier, true),
        node(InTransit, Logistics, Party::Carrier, true),
        node(Arrived, Logistics, Party::Carrier, true),
        node(PdiDone, Handover, Party::Store, false),
        node(Invoiced, Commercial, Party::Store, false),
        node(Insured, Commercial, Party::Customer, true),
        node(PlateReady, Commercial, Party::Store, true),
        node(Ready, Handover, Party::Store, false),
        node(AppointmentSet, Handover, Party::Customer, true),
        node(HandedOver, Handover, Party::Store, false),
        node(OwnershipTransferred, Handover, Party::Store, false),
    ]
};

/// Edges: the first must be DONE or SKIPPED before the second.
pub const EDGES: &[(MilestoneCode, MilestoneCode)] = {
    use MilestoneCode::*;
    &[
        // Of domain.md 3.2.
        (ConfigLocked, Scheduled),
        (Scheduled, OffLine),
        (OffLine, QualityReleased),
        (QualityReleased, Shipped),
        (Shipped, Arrived),
        (Arrived, PdiDone),
        (PdiDone, Ready),
        (Ready, HandedOver),
        (ContractSigned, BalancePaid),
        (BalancePaid, Invoiced),
        (Invoiced, Insured),
        (Insured, PlateReady),
        (PlateReady, HandedOver),
        // Ours.
        (OrderPlaced, ConfigLocked),
        (ConfigLocked, ContractSigned),
        (ConfigLocked, Allocated),
        (Allocated, Shipped),
        (Invoiced, Ready),
        (HandedOver, OwnershipTransferred),
        // Into detail nodes.
        (OrderPlaced, FinanceApproved),
        (ConfigLocked, PartsPreparing),
        (Scheduled, Body),
        (Body, Paint),
        (Paint, Assembly),
        (Shipped, InTransit),
        (Arrived, AppointmentSet),
    ]
};

/// Edge of the template flag `balance_before_shipment`: a city without a delivery centre wants the balance before the
/// car is moved.
pub const BALANCE_EDGE: (MilestoneCode, MilestoneCode) = (MilestoneCode::BalancePaid, MilestoneCode::Shipped);

/// Detail nodes that are skipped, if still open, when the first is DONE: paid without a loan, built without a word
/// from the shops, arrived without a word from the road, handed over without an appointment.
pub const OVERTAKES: &[(MilestoneCode, MilestoneCode)] = {
    use MilestoneCode::*;
    &[
        (BalancePaid, FinanceApproved),
        (OffLine, PartsPreparing),
        (OffLine, Body),
        (OffLine, Paint),
        (OffLine, Assembly),
        (Arrived, InTransit),
        (HandedOver, AppointmentSet),
    ]
};

/// Which state of one milestone may follow which. SKIPPED is an end.
pub const STATES: &[(MilestoneState, MilestoneState)] = {
    use MilestoneState::*;
    &[
        (Pending, Active),
        (Pending, Done),
        (Pending, Skipped),
        (Pending, Delayed),
        (Active, Pending),
        (Active, Done),
        (Active, Skipped),
        (Active, Delayed),
        (Delayed, Pending),
        (Delayed, Active),
        (Delayed, Done),
        (Delayed, Skipped),
        (RolledBack, Active),
        (RolledBack, Done),
        (RolledBack, Skipped),
        (RolledBack, Delayed),
        (Done, RolledBack),
    ]
};

/// A milestone as a new order gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMilestone {
    pub code: MilestoneCode,
    pub track: MilestoneTrack,
    pub party: Party,
    /// Place in the merged list, from one.
    pub position: i32,
    /// PENDING or SKIPPED.
    pub state: MilestoneState,
    /// Direct predecessors, in order of display.
    pub after: Vec<MilestoneCode>,
    /// Customers are not shown it.
    pub hidden: bool,
    /// Within how many hours it is to be reached once those before it are.
    pub sla_hours: Option<i32>,
    /// Who is to act, where that is not whom the graph names.
    pub own_party: Option<Party>,
}

/// The change of one milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Change {
    pub code: MilestoneCode,
    pub from: MilestoneState,
    pub to: MilestoneState,
}

/// Why a milestone does not change (`INVALID_TRANSITION`); nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneRefusal {
    pub code: MilestoneCode,
    pub from: MilestoneState,
    /// The state that was asked for.
    pub action: MilestoneState,
    /// Milestones that may be recorded as DONE now.
    pub allowed: Vec<MilestoneCode>,
    /// Predecessors that are neither DONE nor SKIPPED, in order of display.
    pub missing: Vec<MilestoneCode>,
    /// Successors that are DONE and would have to be rolled back first, in order of display.
    pub standing: Vec<MilestoneCode>,
}

/// The node of a code.
pub fn node_of(code: MilestoneCode) -> &'static Node {
    NODES.iter().find(|node| node.code == code).unwrap_or(&NODES[0])
}

/// The milestones of a new order by what is built in, in order of display. Cars from stock or pipeline have their production
/// behind them.
pub fn plan(mode: FulfillmentMode, balance_before_shipment: bool) -> Vec<PlannedMilestone> {
    super::template::planned(&super::template::built_in(), mode, balance_before_shipment)
}

/// Direct predecessors, in order of display.
pub fn predecessors(code: MilestoneCode, balance_before_shipment: bool) -> Vec<MilestoneCode> {
    in_order(|other| edges(balance_before_shipment).any(|edge| edge == (other, code)))
}

/// Direct and transitive predecessors, in order of display.
pub fn ancestors(code: MilestoneCode, balance_before_shipment: bool) -> Vec<MilestoneCode> {
    closure(code, balance_before_shipment, |(before, after)| (after, before))
}

/// Direct and transitive successors, in order of display.
pub fn descendants(code: MilestoneCode, balance_before_shipment: bool) -> Vec<MilestoneCode> {
    closure(code, balance_before_shipment, |edge| edge)
}

fn edges(balance_before_shipment: bool) -> impl Iterator<Item = (MilestoneCode, MilestoneCode)> {
    EDGES.iter().copied().chain(balance_before_shipment.then_some(BALANCE_EDGE))
}

fn in_order(keep: impl Fn(MilestoneCode) -> bool) -> Vec<MilestoneCode> {
    NODES.iter().map(|node| node.code).filter(|code| keep(*code)).collect()
}

/// All that is reached from `code` along edges turned by `turn` into (here, next).
fn closure(
    code: MilestoneCode,
    balance_before_shipment: bool,
    turn: impl Fn((MilestoneCode, MilestoneCode)) -> (MilestoneCode, MilestoneCode),
) -> Vec<MilestoneCode> {
    let mut found = Vec::new();
    let mut open = vec![code];
    while let Some(here) = open.pop() {
        for (from, next) in edges(balance_before_shipment).map(&turn) {
            if from == here && !found.contains(&next) {
                found.push(next);
                open.push(next);
            }
        }
    }
    in_order(|code| found.contains(&code))
}

/// State of a code in a list; PENDING if it is not there.
pub fn state_of(current: &[(MilestoneCode, MilestoneState)], code: MilestoneCode) -> MilestoneState {
    current.iter().find(|(c, _)| *c == code).map_or(MilestoneState::Pending, |(_, state)| *state)
}

/// Whether what comes after need not wait.
pub fn is_finished(state: MilestoneState) -> bool {
    matches!(state, MilestoneState::Done | MilestoneState::Skipped)
}

/// Milestones that may be recorded as DONE now, in order of display.
pub fn recordable(current: &[(MilestoneCode, MilestoneState)], balance_before_shipment: bool) -> Vec<MilestoneCode> {
    in_order(|code| {
        STATES.contains(&(state_of(current, code), MilestoneState::Done))
            && missing(current, code, balance_before_shipment).is_empty()
    })
}

/// What may be reported of each milestone now, in order of display; those of which nothing may be are left out.
pub fn reports(
    current: &[(MilestoneCode, MilestoneState)],
    balance_before_shipment: bool,
) -> Vec<(MilestoneCode, Vec<MilestoneState>)> {
    use MilestoneState::{Delayed, Done, RolledBack, Skipped};
    let fits = |code, target| record(current, code, target, balance_before_shipment).is_ok_and(|made| !made.is_empty());
    let of = |code| [Done, Delayed, RolledBack, Skipped].into_iter().filter(|target| fits(code, *target)).collect();
    let all = NODES.iter().map(|node| (node.code, of(node.code)));
    all.filter(|(_, states): &(_, Vec<_>)| !states.is_empty()).collect()
}

fn missing(
    current: &[(MilestoneCode, MilestoneState)],
    code: MilestoneCode,
    balance_before_shipment: bool,
) -> Vec<MilestoneCode> {
    let mut missing = ancestors(code, balance_before_shipment);
    missing.retain(|code| !is_finished(state_of(current, *code)));
    missing
}

/// What changes when `code` is recorded as `target`; the first change is its own. To be under way or DONE, all its
/// predecessors must be finished, direct and transitive ones. DONE ends the open details it overtakes: those under way
/// become DONE, others SKIPPED. A rollback is
/// possible while no successor is DONE, and successors under way wait again. Recording what is already so changes
/// nothing.
///
/// # Errors
/// [`MilestoneRefusal`] with what stands in the way and what is possible instead.
pub fn record(
    current: &[(MilestoneCode, MilestoneState)],
    code: MilestoneCode,
    target: MilestoneState,
    balance_before_shipment: bool,
) -> Result<Vec<Change>, MilestoneRefusal> {
    let from = state_of(current, code);
    if from == target {
        return Ok(Vec::new());
    }
    let refuse = |missing, standing| MilestoneRefusal {
        code,
        from,
        action: target,
        allowed: recordable(current, balance_before_shipment),
        missing,
        standing,
    };
    let unskippable = target == MilestoneState::Skipped && !node_of(code).skippable;
    if unskippable || !STATES.contains(&(from, target)) {
        return Err(refuse(Vec::new(), Vec::new()));
    }
    let mut changes = vec![Change { code, from, to: target }];
    match target {
        MilestoneState::Active | MilestoneState::Done => {
            let missing = missing(current, code, balance_before_shipment);
            if !missing.is_empty() {
                return Err(refuse(missing, Vec::new()));
            }
            if target == MilestoneState::Done {
                let overtaken = OVERTAKES.iter().filter(|(by, _)| *by == code).map(|(_, detail)| *detail);
                changes.extend(overtaken.filter_map(|detail| {
                    let from = state_of(current, detail);
                    // What was under way has come to pass; of the rest nobody knows.
                    let to =
                        if from == MilestoneState::Active { MilestoneState::Done } else { MilestoneState::Skipped };
                    (!is_finished(from)).then_some(Change { code: detail, from, to })
                }));
            }
        }
        MilestoneState::RolledBack => {
            let after = descendants(code, balance_before_shipment);
            let in_state = |state| {
                let is = |code: &MilestoneCode| state_of(current, *code) == state;
                after.iter().copied().filter(is).collect::<Vec<_>>()
            };
            let standing = in_state(MilestoneState::Done);
            if !standing.is_empty() {
                return Err(refuse(Vec::new(), standing));
            }
            let waits = |code| Change { code, from: MilestoneState::Active, to: MilestoneState::Pending };
            changes.extend(in_state(MilestoneState::Active).into_iter().map(waits));
        }
        MilestoneState::Pending | MilestoneState::Skipped | MilestoneState::Delayed => {}
    }
    Ok(changes)
}

/// What a detail is that was overtaken before its own report came: the change it would have undergone had the report
/// come in time. `overtaken_at` is when the milestone that overtook it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    pub change: Change,
    /// When it was reached; none when it was skipped all the same.
    pub at: Option<DateTime<Utc>>,
}

/// The milestones that overtake a detail.
pub fn overtakers(code: MilestoneCode) -> impl Iterator<Item = MilestoneCode> {
    OVERTAKES.iter().filter(move |(_, detail)| *detail == code).map(|(by, _)| *by)
}

/// A report about a detail that was DONE or SKIPPED only because it was overtaken, of a time before that: DONE is
/// DONE then; what was under way came to pass with the one that overtook it; of anything else nobody knows. A new
/// report to the same effect changes nothing in the list, but may know the time better.
pub fn late(
    from: MilestoneState,
    code: MilestoneCode,
    target: MilestoneState,
    at: DateTime<Utc>,
    overtaken_at: DateTime<Utc>,
) -> Late {
    let (to, at) = match target {
        MilestoneState::Done => (MilestoneState::Done, Some(at)),
        MilestoneState::Active => (MilestoneState::Done, Some(overtaken_at)),
        MilestoneState::Pending | MilestoneState::Skipped | MilestoneState::Delayed | MilestoneState::RolledBack => {
            (MilestoneState::Skipped, None)
        }
    };
    Late { change: Change { code, from, to }, at }
}

/// The list after the changes.
pub fn after(current: &[(MilestoneCode, MilestoneState)], changes: &[Change]) -> Vec<(MilestoneCode, MilestoneState)> {
    let changed = |code| changes.iter().find(|change| change.code == code).map(|change| change.to);
    current.iter().map(|(code, state)| (*code, changed(*code).unwrap_or(*state))).collect()
}

/// State of the order that a milestone brings when it is DONE.
pub const ORDER_STATUSES: &[(MilestoneCode, OrderStatus)] = &[
    (MilestoneCode::OrderPlaced, OrderStatus::Placed),
    (MilestoneCode::ConfigLocked, OrderStatus::Locked),
    (MilestoneCode::ContractSigned, OrderStatus::Contracted),
    (MilestoneCode::Scheduled, OrderStatus::InFulfillment),
    (MilestoneCode::Allocated, OrderStatus::InFulfillment),
    (MilestoneCode::Shipped, OrderStatus::InFulfillment),
    (MilestoneCode::Ready, OrderStatus::ReadyForDelivery),
    (MilestoneCode::HandedOver, OrderStatus::Delivered),
];

/// State of the order after `changes`, given the list after them. It only advances, except that rolling back the
/// milestone that brought the present state leads back to what the remaining ones say. States beside the straight way
/// (cancellation, return, expiry) stay as they are.
pub fn order_status_after(
    status: OrderStatus,
    states: &[(MilestoneCode, MilestoneState)],
    changes: &[Change],
) -> OrderStatus {
    use OrderStatus::*;
    let straight = matches!(
        status,
        Draft | Intention | Placed | Locked | Contracted | InFulfillment | ReadyForDelivery | Delivered | Completed
    );
    // The vocabulary declares the straight way in its order.
    let said = ORDER_STATUSES
        .iter()
        .filter(|(code, _)| state_of(states, *code) == MilestoneState::Done)
        .map(|(_, status)| *status)
        .max();
    let falls = changes
        .iter()
        .any(|change| change.to == MilestoneState::RolledBack && ORDER_STATUSES.contains(&(change.code, status)));
    match said {
        Some(said) if straight && (said > status || falls) => said,
        _ => status,
    }
}

#[cfg(test)]
mod tests;
