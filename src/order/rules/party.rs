//! Whose turn it is (C077, C084), and what depends on the place of the handover.

use entity::place::store;
use entity::vocabulary::{MilestoneCode, MilestoneState, OrderStatus, Party};

use super::milestone::{OVERTAKES, node_of, recordable};
use super::status::takes_milestones;

/// Whether the balance is wanted before the car is moved: where the store that hands over has no delivery centre
/// (domain.md 3.2, template flag `balanceBeforeShipment`).
pub fn balance_before_shipment(delivery_store: &store::Model) -> bool {
    !delivery_store.delivery_center
}

/// Who is to act next: the party of the first milestone that can be reached now, details left aside. Before the order
/// is firm the customer is, who has to pay. Nobody is at an end and beside the straight way.
pub fn current_party(
    status: OrderStatus,
    states: &[(MilestoneCode, MilestoneState)],
    balance_before_shipment: bool,
) -> Option<Party> {
    if matches!(status, OrderStatus::Draft | OrderStatus::Intention) {
        return Some(Party::Customer);
    }
    if !takes_milestones(status) {
        return None;
    }
    let detail = |code: &MilestoneCode| OVERTAKES.iter().any(|(_, detail)| detail == code);
    recordable(states, balance_before_shipment).into_iter().find(|code| !detail(code)).map(|code| node_of(code).party)
}

#[cfg(test)]
mod tests {
    use super::*;
    use MilestoneCode as Code;
    use MilestoneState::Done;

    #[test]
    fn the_first_milestone_that_can_be_reached_says_whose_turn_it_is() {
        let turn = |done: &[MilestoneCode]| {
            let states: Vec<_> = done.iter().map(|code| (*code, Done)).collect();
            current_party(OrderStatus::InFulfillment, &states, false)
        };
        let locked = [Code::OrderPlaced, Code::ConfigLocked, Code::ContractSigned];
        assert_eq!(turn(&locked[..1]), Some(Party::Customer));
        assert_eq!(turn(&locked), Some(Party::Plant));
        let shipped = [&locked[..], &[Code::Scheduled, Code::OffLine, Code::QualityReleased, Code::Allocated]].concat();
        assert_eq!(turn(&shipped), Some(Party::Customer), "the balance comes first in the list");
        let paid = [&shipped[..], &[Code::BalancePaid, Code::Shipped]].concat();
        assert_eq!(turn(&paid), Some(Party::Carrier), "a word from the road is a detail");
        assert_eq!(turn(MilestoneCode::ALL), None);
    }

    #[test]
    fn before_the_deposit_the_customer_acts_and_at_an_end_nobody() {
        assert_eq!(current_party(OrderStatus::Draft, &[], false), Some(Party::Customer));
        assert_eq!(current_party(OrderStatus::Cancelled, &[], false), None);
        assert_eq!(current_party(OrderStatus::CancellationRequested, &[], false), None);
    }
}
