//! What becomes of an order's milestones when it gets a car, and when it loses it (C079; domain.md 3.2).
//!
//! A report moves one milestone; a car brings several with it: what it has behind it needs no step of this order, and what
//! was skipped for it waits again for the next one, which is the one way out of SKIPPED.

use entity::StoreId;
use entity::vocabulary::{FulfillmentMode, MilestoneCode, MilestoneState, MilestoneTrack, OrderStatus, PhysicalStatus};

use super::milestone::{
    Change, MilestoneRefusal, NODES, after, descendants, is_finished, plan, record, recordable, state_of,
};

/// A milestone and its state.
type State = (MilestoneCode, MilestoneState);

/// Milestones of the way of a car that is there, in its order; they are the car's and go with it.
const WAY: [MilestoneCode; 4] =
    [MilestoneCode::Shipped, MilestoneCode::InTransit, MilestoneCode::Arrived, MilestoneCode::PdiDone];

/// Whether an order is in a state in which it is given a car, or another: its configuration is locked, and the car is not yet
/// ready for it. Cars are planned and assigned before the contract is signed as well (domain.md 3.2, `allocateBeforeSign`), as
/// the graph lets ALLOCATED follow CONFIG_LOCKED.
pub fn takes_car(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Locked | OrderStatus::Contracted | OrderStatus::InFulfillment)
}

/// Whether an order waits for a car that is there already; others wait for one that is built for them.
pub fn is_matched(mode: FulfillmentMode) -> bool {
    matches!(mode, FulfillmentMode::BuildToStock | FulfillmentMode::LocateToOrder)
}

/// Whether a car stands at a store, to be handed over there.
pub fn stands_at(physical: PhysicalStatus, at: Option<StoreId>, store: StoreId) -> bool {
    use PhysicalStatus::{InStock, Pdi, Ready};
    at == Some(store) && matches!(physical, InStock | Pdi | Ready)
}

/// What a car has behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Built, and released by the plant.
    pub production: bool,
    /// It stands at the store that hands over.
    pub transport: bool,
}

/// What changes when an order gets a car: ALLOCATED is reached; what the car has behind it is skipped; and one that stands at
/// the store that hands over has ARRIVED, unless the graph does not let it, as where the balance is to be paid before.
///
/// # Errors
/// As [`record`], of ALLOCATED.
pub fn with_car(current: &[State], car: Behind, balance_first: bool) -> Result<Vec<Change>, MilestoneRefusal> {
    let (mut states, mut changes) = (current.to_vec(), Vec::new());
    let mut make = |found: Vec<Change>| {
        states = after(&states, &found);
        changes.extend(found);
        states.clone()
    };
    let mut now = make(Vec::new());
    if car.production {
        for node in NODES.iter().filter(|node| node.track == MilestoneTrack::Production) {
            if !is_finished(state_of(&now, node.code)) {
                now = make(record(&now, node.code, MilestoneState::Skipped, balance_first).unwrap_or_default());
            }
        }
    }
    now = make(record(&now, MilestoneCode::Allocated, MilestoneState::Done, balance_first)?);
    if car.transport {
        make(come(&now, balance_first));
    }
    Ok(changes)
}

/// What changes when an order's car has left for the store that hands over (C082): it is SHIPPED, and IN_TRANSIT. Nothing where that is
/// behind it.
///
/// # Errors
/// As [`record`], of SHIPPED: the balance is wanted before, or the order has no car.
pub fn sent(current: &[State], balance_first: bool) -> Result<Vec<Change>, MilestoneRefusal> {
    if is_finished(state_of(current, MilestoneCode::Shipped)) {
        return Ok(Vec::new());
    }
    let mut changes = record(current, MilestoneCode::Shipped, MilestoneState::Done, balance_first)?;
    let shipped = after(current, &changes);
    if !is_finished(state_of(&shipped, MilestoneCode::InTransit)) {
        let under_way = record(&shipped, MilestoneCode::InTransit, MilestoneState::Active, balance_first);
        changes.extend(under_way.unwrap_or_default());
    }
    Ok(changes)
}

/// What changes when an order's car stands at the store that hands over: it has ARRIVED, unless the graph does not let it. A way that
/// nobody told of was none of this order's.
pub fn come(current: &[State], balance_first: bool) -> Vec<Change> {
    if is_finished(state_of(current, MilestoneCode::Arrived)) {
        return Vec::new();
    }
    let mut changes = match is_finished(state_of(current, MilestoneCode::Shipped)) {
        true => Vec::new(),
        false => record(current, MilestoneCode::Shipped, MilestoneState::Skipped, balance_first).unwrap_or_default(),
    };
    match record(&after(current, &changes), MilestoneCode::Arrived, MilestoneState::Done, balance_first) {
        Ok(arrived) => {
            changes.extend(arrived);
            changes
        }
        Err(_) => Vec::new(),
    }
}

/// What changes when an order loses its car: the car's way falls, and ALLOCATED with it unless another takes its place; what was
/// skipped because this car was there already waits again.
///
/// # Errors
/// [`MilestoneRefusal`] when something else that is reached stands on it: the order is ready, or its handover arranged.
pub fn without_car(
    current: &[State],
    mode: FulfillmentMode,
    replaced: bool,
    balance_first: bool,
) -> Result<Vec<Change>, MilestoneRefusal> {
    use MilestoneState::{Active, Delayed, Done, Pending, RolledBack, Skipped};
    let state = |code| state_of(current, code);
    let later = descendants(MilestoneCode::Allocated, balance_first);
    let others = || later.iter().copied().filter(|code| !WAY.contains(code));
    let standing: Vec<_> = others().filter(|code| state(*code) == Done).collect();
    if !standing.is_empty() {
        return Err(MilestoneRefusal {
            code: MilestoneCode::Allocated,
            from: state(MilestoneCode::Allocated),
            action: RolledBack,
            allowed: recordable(current, balance_first),
            missing: Vec::new(),
            standing,
        });
    }
    let waits = |code| (state(code) == Active).then_some((code, Pending));
    let fallen = WAY.iter().rev().filter_map(|code| match state(*code) {
        Done => Some((*code, RolledBack)),
        Active | Delayed | Skipped => Some((*code, Pending)),
        Pending | RolledBack => None,
    });
    let mut next: Vec<State> = others().filter_map(waits).chain(fallen).collect();
    if !replaced && state(MilestoneCode::Allocated) == Done {
        next.push((MilestoneCode::Allocated, RolledBack));
    }
    // Only a car that was there already leaves the release of the plant skipped where one is to be built.
    if state(MilestoneCode::QualityReleased) == Skipped && !is_matched(mode) {
        let planned = plan(mode, balance_first).into_iter().filter(|one| one.track == MilestoneTrack::Production);
        next.extend(planned.filter(|one| state(one.code) == Skipped).map(|one| (one.code, one.state)));
    }
    Ok(next.into_iter().map(|(code, to)| Change { code, from: state(code), to }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use MilestoneCode as Code;
    use MilestoneState::{Done, Pending, RolledBack, Skipped};
    use proptest::prelude::*;

    const THERE: Behind = Behind { production: true, transport: true };

    /// An order of a mode in which these are reached.
    fn order(mode: FulfillmentMode, done: &[Code]) -> Vec<State> {
        let state = |code, planned| if done.contains(&code) { Done } else { planned };
        plan(mode, false).iter().map(|one| (one.code, state(one.code, one.state))).collect()
    }

    fn states_of(states: &[State], codes: &[Code]) -> Vec<MilestoneState> {
        codes.iter().map(|code| state_of(states, *code)).collect()
    }

    const LOCKED: [Code; 2] = [Code::OrderPlaced, Code::ConfigLocked];

    #[test]
    fn a_car_that_stands_there_has_arrived_and_leaves_all_open_again() {
        for mode in [FulfillmentMode::BuildToStock, FulfillmentMode::LocateToOrder, FulfillmentMode::BuildToOrder] {
            let before = order(mode, &LOCKED);
            let with = after(&before, &with_car(&before, THERE, false).unwrap());
            let way = [Code::OffLine, Code::Allocated, Code::Shipped, Code::InTransit, Code::Arrived, Code::PdiDone];
            assert_eq!(states_of(&with, &way), [Skipped, Done, Skipped, Skipped, Done, Pending], "{mode}");
            let without = after(&with, &without_car(&with, mode, false, false).unwrap());
            let off_line = state_of(&before, Code::OffLine);
            assert_eq!(states_of(&without, &way), [off_line, RolledBack, Pending, Pending, RolledBack, Pending]);
            let again = after(&without, &with_car(&without, THERE, false).unwrap());
            assert_eq!(again, with, "{mode}");
        }
    }

    #[test]
    fn a_car_elsewhere_is_shipped_and_one_in_the_plan_is_built() {
        let before = order(FulfillmentMode::LocateToOrder, &LOCKED);
        let elsewhere = Behind { production: true, transport: false };
        let changes = with_car(&before, elsewhere, false).unwrap();
        assert_eq!(changes, [Change { code: Code::Allocated, from: Pending, to: Done }]);
        let planned = Behind { production: false, transport: false };
        let before = order(FulfillmentMode::BuildToOrder, &LOCKED);
        assert_eq!(with_car(&before, planned, false).unwrap(), changes);
    }

    #[test]
    fn where_the_balance_comes_first_the_car_has_not_arrived() {
        let before = order(FulfillmentMode::BuildToStock, &LOCKED);
        let with = after(&before, &with_car(&before, THERE, true).unwrap());
        assert_eq!(states_of(&with, &[Code::Allocated, Code::Shipped, Code::Arrived]), [Done, Pending, Pending]);
        let paid =
            order(FulfillmentMode::BuildToStock, &[&LOCKED[..], &[Code::ContractSigned, Code::BalancePaid]].concat());
        let with = after(&paid, &with_car(&paid, THERE, true).unwrap());
        assert_eq!(states_of(&with, &[Code::Allocated, Code::Shipped, Code::Arrived]), [Done, Skipped, Done]);
    }

    #[test]
    fn before_the_lock_there_is_no_car_and_what_stands_on_it_keeps_it() {
        let early = order(FulfillmentMode::BuildToStock, &LOCKED[..1]);
        assert_eq!(with_car(&early, THERE, false).unwrap_err().missing, [Code::ConfigLocked]);
        let done = [&LOCKED[..], &[Code::Allocated, Code::Arrived, Code::AppointmentSet]].concat();
        let arranged = order(FulfillmentMode::BuildToStock, &done);
        let refusal = without_car(&arranged, FulfillmentMode::BuildToStock, false, false).unwrap_err();
        assert_eq!(refusal.standing, [Code::AppointmentSet]);
    }

    #[test]
    fn one_in_place_of_another_keeps_it_allocated() {
        let done =
            [&LOCKED[..], &[Code::Scheduled, Code::OffLine, Code::QualityReleased, Code::Allocated, Code::Shipped]];
        let on_the_road = order(FulfillmentMode::BuildToOrder, &done.concat());
        let changes = without_car(&on_the_road, FulfillmentMode::BuildToOrder, true, false).unwrap();
        assert_eq!(changes, [Change { code: Code::Shipped, from: Done, to: RolledBack }]);
    }

    #[test]
    fn only_locked_orders_that_are_not_ready_take_a_car() {
        let taking: Vec<_> = OrderStatus::ALL.iter().copied().filter(|status| takes_car(*status)).collect();
        assert_eq!(taking, [OrderStatus::Locked, OrderStatus::Contracted, OrderStatus::InFulfillment]);
    }

    #[test]
    fn a_car_that_is_sent_is_shipped_and_under_way_until_it_has_come() {
        let before = order(FulfillmentMode::LocateToOrder, &[&LOCKED[..], &[Code::Allocated]].concat());
        let on_the_way = after(&before, &sent(&before, false).unwrap());
        let way = [Code::Allocated, Code::Shipped, Code::InTransit, Code::Arrived];
        assert_eq!(states_of(&on_the_way, &way), [Done, Done, MilestoneState::Active, Pending]);
        assert_eq!(sent(&on_the_way, false), Ok(Vec::new()), "once");
        let there = after(&on_the_way, &come(&on_the_way, false));
        assert_eq!(states_of(&there, &way), [Done, Done, Done, Done]);
        assert_eq!(come(&there, false), []);
        // Given to the order while it was on its way already.
        let there = after(&before, &come(&before, false));
        assert_eq!(states_of(&there, &way), [Done, Skipped, Skipped, Done]);
        // Where the balance is wanted before the car is moved.
        let refusal = sent(&before, true).unwrap_err();
        assert_eq!(refusal.missing, [Code::ContractSigned, Code::BalancePaid]);
        assert_eq!(come(&before, true), []);
        let open = order(FulfillmentMode::LocateToOrder, &LOCKED);
        assert_eq!(sent(&open, false).unwrap_err().missing, [Code::Allocated]);
    }

    proptest! {
        /// Whatever was reached in an order that the graph allows: with a car all that is DONE has its forerunners, and once
        /// the car is gone nothing of its way is reached, and what is DONE still has them.
        #[test]
        fn what_is_reached_always_stands_on_something(
            mode in proptest::sample::select(FulfillmentMode::ALL),
            tries in proptest::collection::vec(proptest::sample::select(Code::ALL), 0..40),
            (production, transport, balance_first) in any::<(bool, bool, bool)>(),
        ) {
            let mut states = order(mode, &LOCKED);
            for code in tries {
                if let Ok(changes) = record(&states, code, Done, balance_first) {
                    states = after(&states, &changes);
                }
            }
            let sound = |states: &[State]| states.iter().filter(|(_, state)| *state == Done).all(|(code, _)| {
                super::super::milestone::ancestors(*code, balance_first)
                    .into_iter()
                    .all(|before| is_finished(state_of(states, before)))
            });
            prop_assert!(sound(&states));
            let with = after(&states, &with_car(&states, Behind { production, transport }, balance_first).unwrap());
            prop_assert!(sound(&with));
            prop_assert_eq!(state_of(&with, Code::Allocated), Done);
            prop_assert!(sound(&after(&with, &come(&with, balance_first))));
            if let Ok(changes) = sent(&with, balance_first) {
                let sent = after(&with, &changes);
                prop_assert!(sound(&sent));
                let there = after(&sent, &come(&sent, balance_first));
                prop_assert!(sound(&there) && is_finished(state_of(&there, Code::Arrived)));
            }
            if let Ok(changes) = without_car(&with, mode, false, balance_first) {
                let without = after(&with, &changes);
                prop_assert!(sound(&without));
                prop_assert!(WAY.iter().all(|code| !is_finished(state_of(&without, *code))));
                prop_assert_eq!(state_of(&without, Code::Allocated), RolledBack);
            }
        }
    }
}
