//! Cars that go from one store to another (C103). The one that gets it asks, the one that has it gives, the car's own state
//! follows: it leaves with `SHIP` and is there with `RECEIVE`.

use entity::ids::{OrderId, StoreId};
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

/// The order that a car is meant for, as transfers look at it (C082).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Which order.
    pub order: OrderId,
    /// The store that sells it.
    pub seller: StoreId,
    /// The store that hands it over.
    pub hands_over: StoreId,
    /// Whether the car is the order's, and not only held for it.
    pub is_firm: bool,
}

/// Whether a car can go to a store now: it stands in stock, and is nobody's or meant for an order that this store hands over. Such a
/// car goes nowhere else.
pub fn can_go(physical: PhysicalStatus, commercial: CommercialStatus, meant_for: Option<StoreId>, to: StoreId) -> bool {
    let may = match commercial {
        CommercialStatus::Free => true,
        CommercialStatus::Reserved | CommercialStatus::Allocated => meant_for == Some(to),
        CommercialStatus::Sold => false,
    };
    may && physical == PhysicalStatus::InStock
}

/// What tells whether a car goes where it was asked for: whether it is an order's, and whether it is handed over or lost. A hold ends,
/// and what it is held for is seen to.
pub fn standing(physical: PhysicalStatus, commercial: CommercialStatus) -> (Option<CommercialStatus>, bool) {
    let somebodys = matches!(commercial, CommercialStatus::Allocated | CommercialStatus::Sold);
    (somebodys.then_some(commercial), matches!(physical, PhysicalStatus::Delivered | PhysicalStatus::TotalLoss))
}

/// What becomes of an open transfer when it has changed whose its car is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It goes on, for the order that has the car, or for none.
    GoesOn {
        /// Whether it is for the order that has the car now.
        for_order: bool,
    },
    /// It is called off.
    FallsAway,
}

/// See [`Fate`]. A transfer goes on for whichever order has the car, if that is handed over where it goes. One that has not left falls
/// away with the order that it was for, with an order that is handed over elsewhere, and with a car that is sold, handed over or lost.
/// What is on its way comes, and is stock where it comes.
pub fn fate(
    (state, to, for_order): (StockTransferState, StoreId, bool),
    (physical, commercial): (PhysicalStatus, CommercialStatus),
    claim: Option<&Claim>,
) -> Fate {
    let firm = claim.filter(|claim| claim.is_firm && commercial == CommercialStatus::Allocated);
    let (somebodys, over) = standing(physical, commercial);
    if !over && firm.is_some_and(|claim| claim.hands_over == to) {
        return Fate::GoesOn { for_order: true };
    }
    if state == StockTransferState::Shipped || !(for_order || over || somebodys.is_some()) {
        return Fate::GoesOn { for_order: false };
    }
    Fate::FallsAway
}

#[cfg(test)]
mod tests {
    use super::super::status::{PHYSICAL, VehicleAction};
    use super::*;
    use proptest::prelude::*;

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
        let (here, there) = (StoreId::generate(), StoreId::generate());
        for physical in PhysicalStatus::ALL {
            for commercial in CommercialStatus::ALL {
                let free = can_go(*physical, *commercial, None, there);
                let meant = can_go(*physical, *commercial, Some(there), there);
                assert_eq!(free, *physical == PhysicalStatus::InStock && *commercial == CommercialStatus::Free);
                assert_eq!(meant, *physical == PhysicalStatus::InStock && *commercial != CommercialStatus::Sold);
                assert_eq!(can_go(*physical, *commercial, Some(here), there), free, "and nowhere else");
                if meant {
                    let gone = machine::apply(PHYSICAL, *physical, VehicleAction::StartTransfer).unwrap();
                    assert_eq!(machine::apply(PHYSICAL, gone, VehicleAction::Receive), Ok(PhysicalStatus::InStock));
                }
            }
        }
    }

    proptest! {
        /// What goes on for an order goes where that is handed over; what is on its way is never called off; and what has not left
        /// goes on just where its car could still go, a hold apart.
        #[test]
        fn a_transfer_goes_on_where_its_car_may_go(
            state in proptest::sample::select(OPEN.to_vec()),
            physical in proptest::sample::select(PhysicalStatus::ALL),
            commercial in proptest::sample::select(CommercialStatus::ALL),
            (for_order, there, is_firm, claimed) in any::<(bool, bool, bool, bool)>(),
        ) {
            use CommercialStatus::{Allocated, Reserved};
            let (to, elsewhere) = (StoreId::generate(), StoreId::generate());
            let hands_over = if there { to } else { elsewhere };
            let claim = Claim { order: OrderId::generate(), seller: elsewhere, hands_over, is_firm };
            // As it is kept: who has a car has an allocation of the kind that its state says.
            let of_kind = (commercial == Allocated && is_firm) || (commercial == Reserved && !is_firm);
            let claim = Some(&claim).filter(|_| claimed && of_kind);
            let fate = fate((state, to, for_order), (physical, commercial), claim);
            if fate == (Fate::GoesOn { for_order: true }) {
                prop_assert!(commercial == Allocated && there);
            }
            if state == StockTransferState::Shipped {
                prop_assert!(fate != Fate::FallsAway);
            } else if physical == PhysicalStatus::InStock && commercial != Reserved {
                let can = can_go(physical, commercial, claim.map(|claim| claim.hands_over), to);
                let lost = for_order && commercial != Allocated;
                prop_assert_eq!(fate != Fate::FallsAway, can && !lost);
            }
        }
    }
}
