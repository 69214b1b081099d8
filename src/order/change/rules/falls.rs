//! What falls of an order's milestones when it is changed (C075): an appointment, a car's way, a signed contract, and what stood on them.

use entity::vocabulary::{FulfillmentMode, MilestoneCode, MilestoneState};

use crate::order::rules::car::without_car;
use crate::order::rules::milestone::{Change, MilestoneRefusal, after, record, state_of};

/// What a change takes from an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Takes {
    /// The appointment for the hand-over.
    pub appointment: bool,
    /// The car, whose way falls with it.
    pub car: bool,
    /// The contract: it has to be signed anew, and counts as paid only after it.
    pub contract: bool,
}

/// The milestones that change, in an order in which the graph allows each; a milestone at most once.
///
/// # Errors
/// [`MilestoneRefusal`] when something stands on them that does not fall: the car is invoiced, insured or ready.
pub fn falls(
    current: &[(MilestoneCode, MilestoneState)],
    mode: FulfillmentMode,
    takes: Takes,
    balance_first: bool,
) -> Result<Vec<Change>, MilestoneRefusal> {
    use MilestoneState::{Done, RolledBack};
    let (mut states, mut all) = (current.to_vec(), Vec::<Change>::new());
    let mut make = |states: &mut Vec<_>, found: Vec<Change>| {
        *states = after(states, &found);
        for change in found {
            match all.iter_mut().find(|known| known.code == change.code) {
                Some(known) => known.to = change.to,
                None => all.push(change),
            }
        }
    };
    let mut back = |states: &mut Vec<_>, code| match state_of(states, code) {
        Done => record(states, code, RolledBack, balance_first).map(|found| make(states, found)),
        _ => Ok(()),
    };
    if takes.appointment || takes.car {
        back(&mut states, MilestoneCode::AppointmentSet)?;
    }
    if takes.car {
        let found = without_car(&states, mode, false, balance_first)?;
        make(&mut states, found);
    }
    let mut back = |states: &mut Vec<_>, code| match state_of(states, code) {
        Done => record(states, code, RolledBack, balance_first).map(|found| make(states, found)),
        _ => Ok(()),
    };
    if takes.contract {
        back(&mut states, MilestoneCode::BalancePaid)?;
        back(&mut states, MilestoneCode::ContractSigned)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::rules::milestone::{ancestors, is_finished, plan};
    use MilestoneCode as Code;
    use MilestoneState::{Done, RolledBack};
    use proptest::prelude::*;

    fn order(mode: FulfillmentMode, done: &[Code]) -> Vec<(Code, MilestoneState)> {
        let state = |code, planned| if done.contains(&code) { Done } else { planned };
        plan(mode, false).iter().map(|one| (one.code, state(one.code, one.state))).collect()
    }

    #[test]
    fn a_contract_falls_with_what_was_paid_on_it() {
        let signed = [Code::OrderPlaced, Code::ConfigLocked, Code::ContractSigned, Code::BalancePaid];
        let states = order(FulfillmentMode::BuildToStock, &signed);
        let takes = Takes { contract: true, ..Takes::default() };
        let changes = falls(&states, FulfillmentMode::BuildToStock, takes, false).unwrap();
        let codes: Vec<_> = changes.iter().map(|change| (change.code, change.to)).collect();
        assert_eq!(codes, [(Code::BalancePaid, RolledBack), (Code::ContractSigned, RolledBack)]);
    }

    #[test]
    fn what_is_invoiced_stands() {
        let invoiced = [Code::OrderPlaced, Code::ConfigLocked, Code::ContractSigned, Code::BalancePaid, Code::Invoiced];
        let states = order(FulfillmentMode::BuildToStock, &invoiced);
        let takes = Takes { contract: true, ..Takes::default() };
        let refusal = falls(&states, FulfillmentMode::BuildToStock, takes, false).unwrap_err();
        assert_eq!(refusal.standing, [Code::Invoiced]);
    }

    proptest! {
        /// Whatever was reached in an order that the graph allows: what is DONE after it still stands on what is finished, what was
        /// taken is not reached any more, and taking nothing changes nothing.
        #[test]
        fn what_is_left_stands(
            mode in proptest::sample::select(FulfillmentMode::ALL),
            tries in proptest::collection::vec(proptest::sample::select(Code::ALL), 0..40),
            (appointment, car, contract, balance_first) in any::<(bool, bool, bool, bool)>(),
        ) {
            let mut states = order(mode, &[]);
            for code in tries {
                if let Ok(changes) = record(&states, code, Done, balance_first) {
                    states = after(&states, &changes);
                }
            }
            let takes = Takes { appointment, car, contract };
            if let Ok(changes) = falls(&states, mode, takes, balance_first) {
                let left = after(&states, &changes);
                let mut codes: Vec<_> = changes.iter().map(|change| change.code).collect();
                codes.sort();
                codes.dedup();
                prop_assert_eq!(codes.len(), changes.len());
                for (code, _) in left.iter().filter(|(_, state)| *state == Done) {
                    prop_assert!(ancestors(*code, balance_first).iter().all(|before| is_finished(state_of(&left, *before))));
                }
                prop_assert!(!contract || state_of(&left, Code::ContractSigned) != Done);
                prop_assert!(!car || state_of(&left, Code::Allocated) != Done);
                prop_assert!(!(appointment || car) || state_of(&left, Code::AppointmentSet) != Done);
                prop_assert!(takes != Takes::default() || changes.is_empty());
            }
        }
    }
}
