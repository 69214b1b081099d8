//! What follows for settlement when an order goes from one state to another (domain.md 3.5, "Line triggers").

use entity::vocabulary::{OrderStatus, SettlementTrigger};

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Follows {
    /// The rules of this trigger make lines.
    Lines(SettlementTrigger),
    /// The lines of this trigger are taken back, since it was reported by mistake.
    TakenBack(SettlementTrigger),
    /// All lines of the order are taken back: it was called off.
    AllTakenBack,
    /// The car came back: all lines of the order are taken back, and the rules of `RETURNED` make their own.
    Returned,
    /// Other stores see to the order: what came of its being placed goes over to them.
    Moved,
}

/// Whether what came of an order's being placed goes over to other stores that see to it now. What is earned with a sale is earned by the
/// store that sells, and with a hand-over by the store that hands over (domain.md 3.5; C104), whoever began it: so as long as the order is
/// firm and its car is not handed over, the lines of `ORDER_PLACED` follow the order, at the rules of when it was placed, and those of
/// `DELIVERED` are made for the stores of then. What was settled of a test drive stays with the store that lent the car.
pub fn goes_over(status: OrderStatus) -> bool {
    is_under_way(status)
}

/// What follows from a step of an order; nothing from most. A request that is turned down or taken back brings an order to where
/// it was: that makes no lines again.
pub fn follows(from: OrderStatus, to: OrderStatus) -> Option<Follows> {
    use OrderStatus as S;
    match (from, to) {
        _ if from == to => None,
        (S::Draft | S::Intention, _) if is_under_way(to) => Some(Follows::Lines(SettlementTrigger::OrderPlaced)),
        (S::Draft | S::Intention, S::Delivered) => Some(Follows::Lines(SettlementTrigger::Delivered)),
        (_, S::Delivered) if is_under_way(from) => Some(Follows::Lines(SettlementTrigger::Delivered)),
        (S::Delivered, _) if is_under_way(to) => Some(Follows::TakenBack(SettlementTrigger::Delivered)),
        (_, S::Returned) => Some(Follows::Returned),
        // Before it was firm nothing was due.
        (S::Draft | S::Intention, S::Cancelled) => None,
        (_, S::Cancelled) => Some(Follows::AllTakenBack),
        _ => None,
    }
}

/// Firm, and not yet handed over.
fn is_under_way(status: OrderStatus) -> bool {
    use OrderStatus as S;
    matches!(status, S::Placed | S::Locked | S::Contracted | S::InFulfillment | S::ReadyForDelivery)
}

/// The states of an order whose car was handed over, whatever came of it.
pub const HANDED_OVER: [OrderStatus; 4] =
    [OrderStatus::Delivered, OrderStatus::Completed, OrderStatus::ReturnRequested, OrderStatus::Returned];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::rules::status::ORDER;
    use proptest::prelude::*;

    #[test]
    fn lines_are_made_when_an_order_is_firm_and_when_its_car_is_handed_over() {
        use OrderStatus as S;
        use SettlementTrigger::{Delivered, OrderPlaced};
        let cases = [
            (S::Draft, S::Placed, Some(Follows::Lines(OrderPlaced))),
            (S::Intention, S::Placed, Some(Follows::Lines(OrderPlaced))),
            (S::Draft, S::Locked, Some(Follows::Lines(OrderPlaced))),
            (S::Draft, S::Intention, None),
            (S::Placed, S::Locked, None),
            (S::ReadyForDelivery, S::Delivered, Some(Follows::Lines(Delivered))),
            (S::InFulfillment, S::Delivered, Some(Follows::Lines(Delivered))),
            (S::Delivered, S::ReadyForDelivery, Some(Follows::TakenBack(Delivered))),
            (S::Delivered, S::Completed, None),
            (S::Delivered, S::ReturnRequested, None),
            (S::ReturnRequested, S::Delivered, None),
            (S::ReturnRequested, S::Returned, Some(Follows::Returned)),
            // A request that was turned down.
            (S::CancellationRequested, S::Placed, None),
            (S::CancellationRequested, S::Cancelled, Some(Follows::AllTakenBack)),
            (S::Placed, S::Cancelled, Some(Follows::AllTakenBack)),
            (S::Draft, S::Cancelled, None),
        ];
        for (from, to, expected) in cases {
            assert_eq!(follows(from, to), expected, "{from} {to}");
        }
    }

    proptest! {
        /// Whatever way an order takes through its table, each trigger makes lines at most once, and an order that was called off or
        /// came back has none that stand.
        #[test]
        fn no_way_through_the_table_makes_lines_twice(steps in proptest::collection::vec(any::<prop::sample::Index>(), 0..25)) {
            let (mut at, mut standing) = (OrderStatus::Draft, Vec::new());
            for step in steps {
                let ways: Vec<_> = ORDER.iter().filter(|(_, from, _)| *from == at).collect();
                if ways.is_empty() {
                    break;
                }
                let (_, from, to) = *step.get(&ways);
                match follows(*from, *to) {
                    Some(Follows::Lines(trigger)) => {
                        prop_assert!(!standing.contains(&trigger));
                        standing.push(trigger);
                    }
                    Some(Follows::TakenBack(trigger)) => standing.retain(|known| *known != trigger),
                    Some(Follows::AllTakenBack | Follows::Returned) => standing.clear(),
                    Some(Follows::Moved) => prop_assert!(false, "no step moves an order to other stores"),
                    None => {}
                }
                at = *to;
            }
            if matches!(at, OrderStatus::Cancelled | OrderStatus::Returned) {
                prop_assert_eq!(standing, Vec::new());
            } else if HANDED_OVER.contains(&at) {
                prop_assert!(standing.contains(&SettlementTrigger::Delivered));
            }
        }
    }
}
