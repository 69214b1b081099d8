//! The graph's shape, its refusals, and random walks through it.

use super::*;
use MilestoneCode as Code;
use MilestoneState::{Active, Delayed, Done, Pending, RolledBack, Skipped};
use proptest::prelude::*;

use crate::order::rules::status::ORDER;

type States = Vec<(MilestoneCode, MilestoneState)>;

fn fresh(mode: FulfillmentMode) -> States {
    plan(mode, false).into_iter().map(|milestone| (milestone.code, milestone.state)).collect()
}

/// The list of a car built to order with these DONE, recorded in order of display.
fn done(codes: &[MilestoneCode]) -> States {
    codes.iter().fold(fresh(FulfillmentMode::BuildToOrder), |states, code| {
        let changes = record(&states, *code, Done, false).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        after(&states, &changes)
    })
}

const TO_ARRIVAL: [MilestoneCode; 9] = [
    Code::OrderPlaced,
    Code::ConfigLocked,
    Code::ContractSigned,
    Code::Scheduled,
    Code::OffLine,
    Code::QualityReleased,
    Code::Allocated,
    Code::Shipped,
    Code::Arrived,
];

#[test]
fn every_code_is_a_node_and_predecessors_stand_before_their_successors() {
    assert_eq!(NODES.len(), MilestoneCode::ALL.len());
    let position = |code| NODES.iter().position(|node| node.code == code).unwrap();
    for code in MilestoneCode::ALL {
        assert_eq!(node_of(*code).code, *code);
        let reached = *code == Code::OrderPlaced || ancestors(*code, false).contains(&Code::OrderPlaced);
        assert!(reached, "{code} is reached from the order");
    }
    // Along edges that lead down a list there is no cycle.
    for (before, behind) in edges(true) {
        assert!(position(before) < position(behind), "{before} {behind}");
    }
    for (by, detail) in OVERTAKES {
        assert!(node_of(*detail).skippable);
        assert!(position(*detail) < position(*by), "{detail} {by}");
        let waiting = descendants(*detail, true);
        assert!(waiting.iter().all(|code| OVERTAKES.contains(&(*by, *code))), "{detail} is waited for by {waiting:?}");
    }
}

#[test]
fn the_chains_of_the_domain_hold() {
    use MilestoneCode::*;
    let chains: [&[MilestoneCode]; 2] = [
        &[ConfigLocked, Scheduled, OffLine, QualityReleased, Shipped, Arrived, PdiDone, Ready, HandedOver],
        &[ContractSigned, BalancePaid, Invoiced, Insured, PlateReady, HandedOver],
    ];
    for chain in chains {
        for pair in chain.windows(2) {
            assert!(predecessors(pair[1], false).contains(&pair[0]), "{pair:?}");
        }
    }
    assert!(!ancestors(Shipped, false).contains(&BalancePaid));
    assert!(predecessors(Shipped, true).contains(&BalancePaid));
}

#[test]
fn cars_from_stock_have_their_production_behind_them() {
    for mode in FulfillmentMode::ALL {
        for milestone in plan(*mode, false) {
            let skipped = *mode != FulfillmentMode::BuildToOrder && milestone.track == MilestoneTrack::Production;
            assert_eq!(milestone.state, if skipped { Skipped } else { Pending }, "{mode} {}", milestone.code);
        }
    }
    let plan = plan(FulfillmentMode::BuildToOrder, true);
    assert_eq!((plan[0].position, plan[0].code), (1, Code::OrderPlaced));
    assert_eq!((plan[23].position, plan[23].code), (24, Code::OwnershipTransferred));
    let shipped = plan.iter().find(|milestone| milestone.code == Code::Shipped).unwrap();
    assert_eq!(shipped.after, [Code::QualityReleased, Code::Allocated, Code::BalancePaid]);
    assert_eq!(shipped.party, Party::Carrier);
}

#[test]
fn done_waits_for_all_predecessors_and_says_which() {
    let states = done(&[Code::OrderPlaced]);
    assert_eq!(
        record(&states, Code::OffLine, Done, false),
        Err(MilestoneRefusal {
            code: Code::OffLine,
            from: Pending,
            action: Done,
            allowed: vec![Code::ConfigLocked, Code::FinanceApproved],
            missing: vec![Code::ConfigLocked, Code::Scheduled],
            standing: vec![],
        })
    );
    let from_stock =
        after(&fresh(FulfillmentMode::BuildToStock), &[Change { code: Code::OrderPlaced, from: Pending, to: Done }]);
    let refusal = record(&from_stock, Code::Shipped, Done, false).unwrap_err();
    assert_eq!(refusal.missing, [Code::ConfigLocked, Code::Allocated], "skipped ones hide no open ones before them");
}

#[test]
fn balance_is_paid_before_shipment_where_the_template_says_so() {
    let states = done(&TO_ARRIVAL[..7]);
    assert!(record(&states, Code::Shipped, Done, false).is_ok());
    assert_eq!(record(&states, Code::Shipped, Done, true).unwrap_err().missing, [Code::BalancePaid]);
}

#[test]
fn recording_the_same_again_changes_nothing() {
    let states = done(&TO_ARRIVAL);
    for (code, state) in &states {
        assert_eq!(record(&states, *code, *state, false), Ok(vec![]));
    }
}

#[test]
fn details_are_skipped_when_they_are_overtaken() {
    let states = done(&TO_ARRIVAL[..4]);
    let states = after(&states, &record(&states, Code::Body, Done, false).unwrap());
    let changes = record(&states, Code::OffLine, Done, false).unwrap();
    let change = |code, to| Change { code, from: Pending, to };
    assert_eq!(
        changes,
        [
            change(Code::OffLine, Done),
            change(Code::PartsPreparing, Skipped),
            change(Code::Paint, Skipped),
            change(Code::Assembly, Skipped),
        ]
    );
}

#[test]
fn what_was_under_way_is_done_when_it_is_overtaken() {
    let states = done(&TO_ARRIVAL[..8]);
    let states = after(&states, &record(&states, Code::InTransit, Active, false).unwrap());
    let changes = record(&states, Code::Arrived, Done, false).unwrap();
    assert!(changes.contains(&Change { code: Code::InTransit, from: Active, to: Done }), "{changes:?}");
}

#[test]
fn a_rollback_needs_that_nothing_after_it_is_done() {
    let states = done(&TO_ARRIVAL);
    let refusal = record(&states, Code::QualityReleased, RolledBack, false).unwrap_err();
    assert_eq!(refusal.standing, [Code::Shipped, Code::Arrived]);
    assert_eq!((refusal.from, refusal.action, refusal.missing), (Done, RolledBack, vec![]));

    let states = after(&states, &record(&states, Code::PdiDone, Active, false).unwrap());
    let changes = record(&states, Code::Arrived, RolledBack, false).unwrap();
    assert_eq!(
        changes,
        [
            Change { code: Code::Arrived, from: Done, to: RolledBack },
            Change { code: Code::PdiDone, from: Active, to: Pending },
        ]
    );
    let states = after(&states, &changes);
    assert!(record(&states, Code::Arrived, Done, false).is_ok(), "and may be reached again");
    assert!(record(&states, Code::PdiDone, RolledBack, false).is_err(), "what was not reached cannot be taken back");
}

#[test]
fn only_what_an_order_may_do_without_is_skipped_and_for_good() {
    let states = done(&TO_ARRIVAL);
    assert!(record(&states, Code::Insured, Skipped, false).is_ok());
    let refusal = record(&states, Code::BalancePaid, Skipped, false).unwrap_err();
    assert_eq!((refusal.missing, refusal.standing), (vec![], vec![]));
    assert!(record(&states, Code::Body, Done, false).is_err(), "overtaken");
    assert!(record(&states, Code::BalancePaid, Delayed, false).is_ok(), "a delay waits for nobody");
}

#[test]
fn the_order_follows_its_milestones() {
    let mut status = OrderStatus::Intention;
    let mut states = fresh(FulfillmentMode::BuildToOrder);
    let mut seen = Vec::new();
    for node in NODES.iter().filter(|node| node.code != Code::ContractSigned) {
        if node.code == Code::BalancePaid {
            // Signed late, as `allocate_before_sign` permits: the order does not go back to CONTRACTED.
            let changes = record(&states, Code::ContractSigned, Done, false).unwrap();
            states = after(&states, &changes);
            assert_eq!(order_status_after(status, &states, &changes), OrderStatus::InFulfillment);
        }
        let changes = record(&states, node.code, Done, false).unwrap();
        states = after(&states, &changes);
        let next = order_status_after(status, &states, &changes);
        if next != status {
            seen.push((node.code, next));
            status = next;
        }
    }
    assert_eq!(
        seen,
        [
            (Code::OrderPlaced, OrderStatus::Placed),
            (Code::ConfigLocked, OrderStatus::Locked),
            (Code::Scheduled, OrderStatus::InFulfillment),
            (Code::Ready, OrderStatus::ReadyForDelivery),
            (Code::HandedOver, OrderStatus::Delivered),
        ]
    );
    let signed = done(&TO_ARRIVAL[..3]);
    let change = [Change { code: Code::ContractSigned, from: Pending, to: Done }];
    assert_eq!(order_status_after(OrderStatus::Locked, &signed, &change), OrderStatus::Contracted);
}

#[test]
fn the_order_goes_back_only_with_the_milestone_that_brought_it_there() {
    let states = done(&TO_ARRIVAL);
    let back = |code| [Change { code, from: Done, to: RolledBack }];
    let after_ready = |status| order_status_after(status, &states, &back(Code::Ready));
    assert_eq!(after_ready(OrderStatus::ReadyForDelivery), OrderStatus::InFulfillment);
    assert_eq!(after_ready(OrderStatus::Delivered), OrderStatus::Delivered);
    assert_eq!(after_ready(OrderStatus::CancellationRequested), OrderStatus::CancellationRequested);
    assert_eq!(
        order_status_after(OrderStatus::ReadyForDelivery, &states, &back(Code::PdiDone)),
        OrderStatus::ReadyForDelivery
    );
    assert_eq!(order_status_after(OrderStatus::Cancelled, &states, &[]), OrderStatus::Cancelled);
    assert_eq!(order_status_after(OrderStatus::Completed, &states, &[]), OrderStatus::Completed);
}

proptest! {
    /// Whatever is tried in whatever order: no milestone is DONE or under way before its predecessors are finished, a
    /// refusal's advice can be followed, and the order's state moves along its own table.
    #[test]
    fn random_walks_keep_the_graph(
        mode in proptest::sample::select(FulfillmentMode::ALL),
        flag: bool,
        steps in proptest::collection::vec(
            (any::<prop::sample::Index>(), prop_oneof![
                6 => Just(Done), 1 => Just(Active), 1 => Just(RolledBack), 1 => Just(Skipped),
                1 => Just(Delayed), 1 => Just(Pending),
            ], any::<bool>()),
            0..120,
        ),
    ) {
        let mut states: States = plan(mode, flag).into_iter().map(|m| (m.code, m.state)).collect();
        let mut status = OrderStatus::Intention;
        for (pick, target, sensible) in steps {
            let possible = recordable(&states, flag);
            let code = if sensible && target == Done && !possible.is_empty() {
                *pick.get(&possible)
            } else {
                *pick.get(MilestoneCode::ALL)
            };
            match record(&states, code, target, flag) {
                Ok(changes) => {
                    for change in &changes {
                        prop_assert_eq!(state_of(&states, change.code), change.from);
                    }
                    states = after(&states, &changes);
                    prop_assert_eq!(state_of(&states, code), target);
                    prop_assert_eq!(record(&states, code, target, flag), Ok(vec![]));
                    let next = order_status_after(status, &states, &changes);
                    let rolled_back = target == RolledBack;
                    let moved = ORDER.iter().any(|(_, from, to)| (*from, *to) == (status, next));
                    prop_assert!(next == status || moved || (rolled_back && next < status), "{} {}", status, next);
                    status = next;
                }
                Err(refusal) => {
                    prop_assert_eq!(&refusal.allowed, &possible);
                    for other in refusal.allowed {
                        prop_assert!(record(&states, other, Done, flag).is_ok());
                    }
                }
            }
            for (code, state) in &states {
                if matches!(state, Done | Active) {
                    let open: Vec<_> =
                        ancestors(*code, flag).into_iter().filter(|c| !is_finished(state_of(&states, *c))).collect();
                    prop_assert!(open.is_empty(), "{} is {} before {:?}", code, state, open);
                }
            }
        }
    }

    /// Following what may be recorded always ends with everything finished, whatever is picked.
    #[test]
    fn every_walk_along_what_is_possible_ends_with_the_transfer(
        mode in proptest::sample::select(FulfillmentMode::ALL),
        flag: bool,
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 24),
    ) {
        let mut states: States = plan(mode, flag).into_iter().map(|m| (m.code, m.state)).collect();
        for pick in picks {
            let possible = recordable(&states, flag);
            if possible.is_empty() {
                break;
            }
            let changes = record(&states, *pick.get(&possible), Done, flag).unwrap();
            states = after(&states, &changes);
        }
        prop_assert!(states.iter().all(|(_, state)| is_finished(*state)), "{:?}", states);
    }
}

/// A report that comes after the milestone that overtook its detail leads where it would have led before.
#[test]
fn a_late_report_of_a_detail_leads_where_one_in_time_would_have() {
    let (then, overtaken) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1));
    for (by, detail) in OVERTAKES {
        for state in [Pending, Active, Done, Skipped, Delayed] {
            let mut states: Vec<_> = NODES.iter().map(|node| (node.code, Done)).collect();
            for (code, found) in &mut states {
                if code == by {
                    *found = Pending;
                } else if code == detail {
                    *found = state;
                }
            }
            let changes = record(&states, *by, Done, false).unwrap();
            let in_time = state_of(&after(&states, &changes), *detail);
            let found = late(Skipped, *detail, state, then, overtaken);
            assert_eq!(found.change.to, in_time, "{by:?} {detail:?} {state:?}");
            let at = match state {
                Done => Some(then),
                Active => Some(overtaken),
                _ => None,
            };
            assert_eq!(found.at, at, "{by:?} {detail:?} {state:?}");
            assert!(overtakers(*detail).any(|other| other == *by));
        }
    }
}
