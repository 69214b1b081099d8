//! What stops an order now, and what waits for that (C077).

use entity::vocabulary::{BlockingCode, MilestoneCode, MilestoneState, OrderStatus};

use super::milestone::{is_finished, recordable, state_of};
use super::standing::stands;

/// What is known of an order.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub status: OrderStatus,
    /// All nodes of the graph; see [`super::template::whole`].
    pub states: &'a [(MilestoneCode, MilestoneState)],
    pub balance_first: bool,
    pub has_vehicle: bool,
    /// The car is held for its quality.
    pub on_hold: bool,
    pub has_appointment: bool,
    pub has_open_change_request: bool,
}

/// Something that stops an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocking {
    pub code: BlockingCode,
    /// The milestone that cannot be reached before.
    pub node: MilestoneCode,
}

/// All that stops an order now, in order of the vocabulary: what could be seen to at this moment, not what waits for something else
/// first. That somebody still works on it, as a plant or a carrier does, stops nothing.
pub fn blocking(facts: &Facts<'_>) -> Vec<Blocking> {
    use BlockingCode as Why;
    use MilestoneCode as Code;
    if matches!(facts.status, OrderStatus::Draft | OrderStatus::Intention) {
        return vec![Blocking { code: Why::DepositUnpaid, node: Code::OrderPlaced }];
    }
    if !stands(facts.status) {
        return Vec::new();
    }
    let open = recordable(facts.states, facts.balance_first);
    let is_open = |code| open.contains(&code);
    // Of these the first that is left is the one that is stopped.
    let first_of = |codes: &[Code]| codes.iter().copied().find(|code| !is_finished(state_of(facts.states, *code)));
    let when = |is: bool, node: Option<Code>| node.filter(|_| is);
    let paid_for: &[Code] =
        if facts.balance_first { &[Code::Shipped, Code::Invoiced] } else { &[Code::Invoiced, Code::Ready] };
    let way = [Code::QualityReleased, Code::Shipped, Code::Arrived, Code::PdiDone, Code::Ready, Code::HandedOver];
    let found = |code: BlockingCode| match code {
        Why::DepositUnpaid => None,
        Why::ConfigurationNotLocked => when(is_open(Code::ConfigLocked), Some(Code::ContractSigned)),
        Why::ContractNotSigned => when(is_open(Code::ContractSigned), Some(Code::BalancePaid)),
        Why::NoVehicle => when(!facts.has_vehicle && is_open(Code::Allocated), first_of(&way[1..])),
        Why::QualityHold => when(facts.has_vehicle && facts.on_hold, first_of(&way)),
        Why::BalanceUnpaid => when(is_open(Code::BalancePaid), first_of(paid_for)),
        Why::InvoiceMissing => when(is_open(Code::Invoiced), Some(Code::Ready)),
        Why::AppointmentMissing => {
            let arrived = !facts.has_appointment && is_open(Code::AppointmentSet);
            when(arrived, first_of(&[Code::HandedOver]))
        }
        Why::ChangeRequestOpen => {
            when(facts.has_open_change_request, first_of(&[Code::ConfigLocked, Code::Ready, Code::HandedOver]))
        }
    };
    BlockingCode::ALL.iter().filter_map(|code| Some(Blocking { code: *code, node: found(*code)? })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::rules::milestone::{descendants, plan};
    use BlockingCode as Why;
    use MilestoneCode as Code;
    use MilestoneState::Done;
    use entity::vocabulary::FulfillmentMode;
    use proptest::prelude::*;

    const FACTS: Facts<'_> = Facts {
        status: OrderStatus::InFulfillment,
        states: &[],
        balance_first: false,
        has_vehicle: true,
        on_hold: false,
        has_appointment: false,
        has_open_change_request: false,
    };

    fn states(mode: FulfillmentMode, done: &[Code]) -> Vec<(Code, MilestoneState)> {
        plan(mode, false)
            .iter()
            .map(|one| (one.code, if done.contains(&one.code) { Done } else { one.state }))
            .collect()
    }

    fn stopped(facts: Facts<'_>, done: &[Code]) -> Vec<(Why, Code)> {
        let states = states(FulfillmentMode::BuildToStock, done);
        blocking(&Facts { states: &states, ..facts }).iter().map(|one| (one.code, one.node)).collect()
    }

    #[test]
    fn each_reason_names_what_waits_for_it() {
        let placed = [Code::OrderPlaced];
        assert_eq!(stopped(FACTS, &placed), [(Why::ConfigurationNotLocked, Code::ContractSigned)]);
        let locked = [Code::OrderPlaced, Code::ConfigLocked];
        let none = Facts { has_vehicle: false, ..FACTS };
        let both = [(Why::ContractNotSigned, Code::BalancePaid), (Why::NoVehicle, Code::Shipped)];
        assert_eq!(stopped(none, &locked), both);
        let signed = [&locked[..], &[Code::ContractSigned, Code::Allocated]].concat();
        assert_eq!(stopped(FACTS, &signed), [(Why::BalanceUnpaid, Code::Invoiced)]);
        assert_eq!(stopped(Facts { balance_first: true, ..FACTS }, &signed), [(Why::BalanceUnpaid, Code::Shipped)]);
        let arrived = [&signed[..], &[Code::BalancePaid, Code::Shipped, Code::Arrived]].concat();
        let waits = [(Why::InvoiceMissing, Code::Ready), (Why::AppointmentMissing, Code::HandedOver)];
        assert_eq!(stopped(FACTS, &arrived), waits);
        let held = Facts { on_hold: true, has_appointment: true, has_open_change_request: true, ..FACTS };
        let all = [
            (Why::QualityHold, Code::PdiDone),
            (Why::InvoiceMissing, Code::Ready),
            (Why::ChangeRequestOpen, Code::Ready),
        ];
        assert_eq!(stopped(held, &arrived), all);
    }

    #[test]
    fn before_it_is_firm_the_deposit_is_missing_and_at_its_end_nothing() {
        let draft = Facts { status: OrderStatus::Draft, ..FACTS };
        assert_eq!(stopped(draft, &[]), [(Why::DepositUnpaid, Code::OrderPlaced)]);
        for status in [OrderStatus::Cancelled, OrderStatus::Completed, OrderStatus::Returned] {
            assert_eq!(stopped(Facts { status, has_open_change_request: true, ..FACTS }, &[]), []);
        }
        assert_eq!(stopped(Facts { status: OrderStatus::Delivered, ..FACTS }, Code::ALL), []);
    }

    proptest! {
        /// What is said to be stopped is not reached, and no reason comes twice.
        #[test]
        fn what_is_stopped_is_still_to_come(
            done in proptest::collection::vec(proptest::sample::select(Code::ALL), 0..24),
            mode in proptest::sample::select(FulfillmentMode::ALL),
            flags in any::<[bool; 5]>(),
        ) {
            // As the graph has it: with what comes before.
            let whole: Vec<_> = Code::ALL.iter().copied()
                .filter(|code| done.contains(code) || descendants(*code, false).iter().any(|later| done.contains(later)))
                .collect();
            let states = states(mode, &whole);
            let [balance_first, has_vehicle, on_hold, has_appointment, has_open_change_request] = flags;
            let facts = Facts { status: OrderStatus::InFulfillment, states: &states, balance_first, has_vehicle, on_hold,
                has_appointment, has_open_change_request };
            let found = blocking(&facts);
            for (place, one) in found.iter().enumerate() {
                prop_assert!(!is_finished(state_of(&states, one.node)), "{} is reached", one.node);
                prop_assert!(found[..place].iter().all(|before| before.code != one.code));
            }
        }
    }
}
