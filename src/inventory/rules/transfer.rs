//! Cars that go from one store to another (C103). The one that gets it asks, the one that has it gives, the car's own state
//! follows: it leaves with `SHIP` and is there with `RECEIVE`.

use entity::vocabulary::{CommercialStatus, PhysicalStatus, StockTransferState};

use crate::values::machine::{self, IllegalTransition};

/// What happens to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferAction {
    /// The store that has the car gives it.
    Approve,
    /// It does not.
    Reject,
    /// Called off by who asked, or by the car maker.
    Cancel,
    /// The car leaves.
    Ship,
    /// The car has come.
    Receive,
}

/// Transitions: action, from, to.
pub const TRANSFER: &[(TransferAction, StockTransferState, StockTransferState)] = {
    use StockTransferState::*;
    use TransferAction::*;
    &[
        (Approve, Requested, Approved),
        (Reject, Requested, Rejected),
        (Cancel, Requested, Cancelled),
        (Cancel, Approved, Cancelled),
        // By operators alone: it is lost on the way, or came as something else.
        (Cancel, Shipped, Cancelled),
        (Ship, Approved, Shipped),
        (Receive, Shipped, Received),
    ]
};

/// The state after `action`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_transfer(
    from: StockTransferState,
    action: TransferAction,
) -> Result<StockTransferState, IllegalTransition<StockTransferState, TransferAction>> {
    machine::apply(TRANSFER, from, action)
}

/// States in which the car goes, or is to go.
pub const OPEN: [StockTransferState; 3] =
    [StockTransferState::Requested, StockTransferState::Approved, StockTransferState::Shipped];

/// How far a transfer is of whose car another system says that it is SHIPPED or RECEIVED, to this transfer's store or another: it
/// is as far, or has fallen away. None when that changes nothing. Steps that nobody took here are what happened elsewhere.
pub fn told_of(from: StockTransferState, to_its_store: bool, said: StockTransferState) -> Option<StockTransferState> {
    use StockTransferState::{Cancelled, Received, Shipped};
    let known = from == Shipped && said == Shipped;
    (OPEN.contains(&from) && !known).then_some(match (to_its_store, said) {
        (true, Received) => Received,
        (true, _) => Shipped,
        (false, _) => Cancelled,
    })
}

/// Whether a car can go to another store now: it stands in stock and is nobody's.
pub fn can_go(physical: PhysicalStatus, commercial: CommercialStatus) -> bool {
    physical == PhysicalStatus::InStock && commercial == CommercialStatus::Free
}

/// Whether a car may go to another store now or later: a hold ends, and what it is held for is seen to. One that is an order's, sold,
/// handed over or lost does not.
pub fn may_still_go(physical: PhysicalStatus, commercial: CommercialStatus) -> bool {
    let somebodys = matches!(commercial, CommercialStatus::Allocated | CommercialStatus::Sold);
    !somebodys && !matches!(physical, PhysicalStatus::Delivered | PhysicalStatus::TotalLoss)
}

#[cfg(test)]
mod tests {
    use super::super::status::{PHYSICAL, VehicleAction};
    use super::*;

    #[test]
    fn a_car_that_has_left_comes() {
        assert_eq!(machine::ambiguous(TRANSFER), None);
        assert_eq!(
            machine::allowed(TRANSFER, StockTransferState::Shipped),
            [TransferAction::Cancel, TransferAction::Receive]
        );
        for end in [StockTransferState::Received, StockTransferState::Rejected, StockTransferState::Cancelled] {
            assert_eq!(machine::allowed(TRANSFER, end), []);
        }
        let refused = move_transfer(StockTransferState::Requested, TransferAction::Ship).unwrap_err();
        assert_eq!(refused.allowed, [TransferAction::Approve, TransferAction::Reject, TransferAction::Cancel]);
    }

    #[test]
    fn what_is_told_of_a_car_goes_one_way() {
        use StockTransferState::{Approved, Cancelled, Received, Rejected, Requested, Shipped};
        for from in StockTransferState::ALL.iter().copied() {
            for said in [Shipped, Received] {
                let open = [Requested, Approved].contains(&from) || (from == Shipped && said == Received);
                assert_eq!(told_of(from, true, said), open.then_some(said), "{from} {said}");
                assert_eq!(told_of(from, false, said), open.then_some(Cancelled), "{from} {said}");
            }
        }
        assert_eq!(told_of(Rejected, true, Received), None);
    }

    #[test]
    fn every_car_that_can_go_can_leave_and_come() {
        for physical in PhysicalStatus::ALL {
            if can_go(*physical, CommercialStatus::Free) {
                let gone = machine::apply(PHYSICAL, *physical, VehicleAction::StartTransfer).unwrap();
                assert_eq!(machine::apply(PHYSICAL, gone, VehicleAction::Receive), Ok(PhysicalStatus::InStock));
            }
            assert!(!can_go(*physical, CommercialStatus::Reserved) && !can_go(*physical, CommercialStatus::Sold));
            for commercial in CommercialStatus::ALL {
                assert!(may_still_go(*physical, *commercial) || !can_go(*physical, *commercial));
            }
            assert!(!may_still_go(*physical, CommercialStatus::Allocated));
        }
    }
}
