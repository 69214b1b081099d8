//! Who grants a change of an order, by kind and state (C075; domain.md 3.2, "Auto-approve table by (type, order.status)").

use entity::vocabulary::{ChangeKind, OrderAction, OrderStatus, Role};

/// Who grants a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grants {
    /// The rule, as soon as it is asked for.
    Rule,
    /// The rule where the kind finds nothing in its way, else a manager or an operator.
    RuleOrPeople,
    /// A manager or an operator.
    People,
}

/// The table. What is not in it is not possible; what is may still find something in its way, which its kind says.
pub const GRANTS: &[(ChangeKind, OrderStatus, Grants)] = {
    use ChangeKind::*;
    use Grants::*;
    use OrderStatus::*;
    &[
        // Rules of `cancel`: all that goes back anyway is granted.
        (Cancel, Draft, Rule),
        (Cancel, Intention, Rule),
        (Cancel, Placed, RuleOrPeople),
        (Cancel, Locked, People),
        (Cancel, Contracted, People),
        (Cancel, InFulfillment, People),
        (Cancel, ReadyForDelivery, People),
        // The configuration is free until it is locked, and never once its car is built or invoiced.
        (Reconfigure, Draft, Rule),
        (Reconfigure, Intention, Rule),
        (Reconfigure, Placed, Rule),
        (Reconfigure, Locked, People),
        (Reconfigure, Contracted, People),
        (Reconfigure, InFulfillment, People),
        // Nobody else has read the buyer's name before there is a contract.
        (BuyerChange, Draft, Rule),
        (BuyerChange, Intention, Rule),
        (BuyerChange, Placed, Rule),
        (BuyerChange, Locked, RuleOrPeople),
        (BuyerChange, Contracted, People),
        (BuyerChange, InFulfillment, RuleOrPeople),
        // One that sells alike is the customer's choice, until a car goes there.
        (StoreChange, Draft, RuleOrPeople),
        (StoreChange, Intention, RuleOrPeople),
        (StoreChange, Placed, RuleOrPeople),
        (StoreChange, Locked, RuleOrPeople),
        (StoreChange, Contracted, People),
        (StoreChange, InFulfillment, People),
        // A little later is no matter.
        (DeliveryDefer, Placed, RuleOrPeople),
        (DeliveryDefer, Locked, RuleOrPeople),
        (DeliveryDefer, Contracted, RuleOrPeople),
        (DeliveryDefer, InFulfillment, RuleOrPeople),
        (DeliveryDefer, ReadyForDelivery, RuleOrPeople),
        // What is above the price goes back without a question.
        (Refund, Placed, RuleOrPeople),
        (Refund, Locked, RuleOrPeople),
        (Refund, Contracted, RuleOrPeople),
        (Refund, InFulfillment, RuleOrPeople),
        (Refund, ReadyForDelivery, RuleOrPeople),
        (Refund, Delivered, RuleOrPeople),
        (Refund, Completed, RuleOrPeople),
        // Somebody has to look at the car.
        (Return, Delivered, People),
        (Return, Completed, People),
        (Exchange, Delivered, People),
        (Exchange, Completed, People),
    ]
};

/// Who grants a change of this kind in this state; none where it is not possible.
pub fn grants(kind: ChangeKind, status: OrderStatus) -> Option<Grants> {
    GRANTS.iter().find(|row| (row.0, row.1) == (kind, status)).map(|row| row.2)
}

/// Whether a change that needs nobody's leave waits for one all the same, by who asks for it. Who buys is the customer's to say: what a
/// consultant asks for in their name a manager or an operator looks at first. The customer may take it back meanwhile, or ask for it.
pub fn waits_for_word(kind: ChangeKind, asks: Role) -> bool {
    kind == ChangeKind::BuyerChange && !matches!(asks, Role::Customer | Role::StoreManager | Role::Operator)
}

/// Most that is taken off the price of a car that was handed over as a kindness, fen, with all that was taken off it so before: by who
/// grants it. What is not in it grants none; without a number the bound is what was paid. The sum is invented: domain.md names none.
pub const KINDNESS: &[(Role, Option<i64>)] = &[(Role::StoreManager, Some(500_000)), (Role::Operator, None)];

/// Whether somebody grants kindnesses of an order that come to so much, fen; where they do not, the most that they grant.
///
/// # Errors
/// That most, fen.
pub fn grants_kindness(who: Role, all_minor: i64) -> Result<(), i64> {
    match KINDNESS.iter().find(|(role, _)| *role == who) {
        Some((_, None)) => Ok(()),
        Some((_, Some(most))) if all_minor <= *most => Ok(()),
        Some((_, Some(most))) => Err(*most),
        None => Err(0),
    }
}

/// Kinds that are possible in a state, in order of the vocabulary.
pub fn possible(status: OrderStatus) -> impl Iterator<Item = ChangeKind> {
    ChangeKind::ALL.iter().copied().filter(move |kind| grants(*kind, status).is_some())
}

/// The state in which the order waits for the decision; none for a kind with which it goes on meanwhile.
pub fn waits_in(kind: ChangeKind) -> Option<OrderStatus> {
    match kind {
        ChangeKind::Cancel => Some(OrderStatus::CancellationRequested),
        ChangeKind::Return | ChangeKind::Exchange => Some(OrderStatus::ReturnRequested),
        ChangeKind::Refund
        | ChangeKind::Reconfigure
        | ChangeKind::BuyerChange
        | ChangeKind::StoreChange
        | ChangeKind::DeliveryDefer => None,
    }
}

/// The button for a kind.
pub fn action(kind: ChangeKind) -> OrderAction {
    match kind {
        ChangeKind::Cancel => OrderAction::RequestCancellation,
        ChangeKind::Refund => OrderAction::RequestRefund,
        ChangeKind::Reconfigure => OrderAction::RequestReconfiguration,
        ChangeKind::BuyerChange => OrderAction::RequestBuyerChange,
        ChangeKind::StoreChange => OrderAction::RequestStoreChange,
        ChangeKind::DeliveryDefer => OrderAction::RequestDeliveryDefer,
        ChangeKind::Return => OrderAction::RequestReturn,
        ChangeKind::Exchange => OrderAction::RequestExchange,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_row_for_a_state() {
        for (kind, status, _) in GRANTS {
            assert_eq!(GRANTS.iter().filter(|row| (row.0, row.1) == (*kind, *status)).count(), 1, "{kind} {status}");
        }
    }

    #[test]
    fn nothing_changes_while_an_order_waits_or_is_over() {
        use OrderStatus::*;
        for status in [CancellationRequested, Cancelled, ReturnRequested, Returned, Expired] {
            assert_eq!(possible(status).count(), 0, "{status}");
        }
    }

    #[test]
    fn nobody_but_the_customer_says_who_buys_without_a_managers_leave() {
        let waits = |kind| Role::ALL.iter().copied().filter(|role| waits_for_word(kind, *role)).collect::<Vec<_>>();
        assert_eq!(waits(ChangeKind::BuyerChange), [Role::Consultant, Role::PartnerSystem]);
        for kind in ChangeKind::ALL.iter().filter(|kind| **kind != ChangeKind::BuyerChange) {
            assert_eq!(waits(*kind), [], "{kind}");
        }
    }

    #[test]
    fn a_manager_is_kind_within_a_bound() {
        assert_eq!(grants_kindness(Role::StoreManager, 500_000), Ok(()));
        assert_eq!(grants_kindness(Role::StoreManager, 500_001), Err(500_000));
        assert_eq!(grants_kindness(Role::Operator, i64::MAX), Ok(()));
        assert_eq!(grants_kindness(Role::Consultant, 1), Err(0));
    }

    #[test]
    fn what_can_be_called_off_is_what_the_states_say() {
        use crate::order::rules::status::{ORDER, OrderMove};
        use crate::values::machine::allowed;
        for status in OrderStatus::ALL {
            let moves = allowed(ORDER, *status);
            let can = moves.contains(&OrderMove::RequestCancellation)
                || (*status == OrderStatus::Draft && moves.contains(&OrderMove::Cancel));
            assert_eq!(grants(ChangeKind::Cancel, *status).is_some(), can, "{status}");
        }
    }

    #[test]
    fn the_later_the_more_has_to_be_asked() {
        use OrderStatus::*;
        let way = [Draft, Intention, Placed, Locked, Contracted];
        let weight = |grants| match grants {
            Grants::Rule => 0,
            Grants::RuleOrPeople => 1,
            Grants::People => 2,
        };
        for kind in [ChangeKind::Cancel, ChangeKind::Reconfigure, ChangeKind::BuyerChange, ChangeKind::StoreChange] {
            let weights: Vec<_> = way.iter().filter_map(|status| grants(kind, *status)).map(weight).collect();
            assert!(weights.is_sorted(), "{kind}: {weights:?}");
        }
    }
}
