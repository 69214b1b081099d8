//! States of an order (domain.md 3.2, `Order`): the table, its guards, and what a caller may do.

use entity::vocabulary::{OrderAction, OrderStatus, Role};

use crate::order::change::rules::table::{action as button, possible};
use crate::values::machine::{self, IllegalTransition};

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderMove {
    /// The refundable intention deposit arrived (C064).
    PayIntention,
    /// The earnest deposit arrived; the contract starts (C065).
    PayDeposit,
    /// The configuration is locked (C066).
    Lock,
    SignContract,
    StartFulfillment,
    BecomeReady,
    HandOver,
    Complete,
    RequestCancellation,
    Cancel,
    RequestReturn,
    Return,
    /// The intention ran out.
    Expire,
}

impl std::fmt::Display for OrderMove {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// Transitions of an order: action, from, to.
pub const ORDER: &[(OrderMove, OrderStatus, OrderStatus)] = {
    use OrderMove::*;
    use OrderStatus::*;
    &[
        (PayIntention, Draft, Intention),
        (PayDeposit, Draft, Placed),
        (PayDeposit, Intention, Placed),
        (Lock, Placed, Locked),
        (SignContract, Locked, Contracted),
        (StartFulfillment, Locked, InFulfillment),
        (StartFulfillment, Contracted, InFulfillment),
        (BecomeReady, InFulfillment, ReadyForDelivery),
        (HandOver, ReadyForDelivery, Delivered),
        (Complete, Delivered, Completed),
        (Expire, Intention, Expired),
        (Cancel, Draft, Cancelled),
        (RequestCancellation, Intention, CancellationRequested),
        (RequestCancellation, Placed, CancellationRequested),
        (RequestCancellation, Locked, CancellationRequested),
        (RequestCancellation, Contracted, CancellationRequested),
        (RequestCancellation, InFulfillment, CancellationRequested),
        (RequestCancellation, ReadyForDelivery, CancellationRequested),
        (Cancel, CancellationRequested, Cancelled),
        (RequestReturn, Delivered, ReturnRequested),
        (RequestReturn, Completed, ReturnRequested),
        (Return, ReturnRequested, Returned),
    ]
};

/// What the guards look at beside the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderFacts {
    /// The configuration is valid under the current rules.
    pub configuration_valid: bool,
    pub contract_completed: bool,
    /// Policy: cars may be planned and assigned before the contract is signed.
    pub allocate_before_sign: bool,
    /// A car is assigned (HARD) and at the delivery store.
    pub vehicle_arrived: bool,
    /// Paid in full, or a loan is approved and its payment promised.
    pub paid_or_financed: bool,
    pub invoice_issued: bool,
    /// Pickup code, checklist and signatures.
    pub handover_confirmed: bool,
    /// Registered, and seven days over.
    pub grace_over: bool,
    /// The intention's deadline has passed.
    pub intention_overdue: bool,
}

/// What a guard misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unmet {
    ConfigurationValid,
    ContractCompleted,
    VehicleArrived,
    PaidOrFinanced,
    InvoiceIssued,
    HandoverConfirmed,
    GraceOver,
    IntentionOverdue,
}

impl std::fmt::Display for Unmet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// Why an order does not move; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderRefusal {
    /// The table has no such row.
    Illegal(IllegalTransition<OrderStatus, OrderMove>),
    /// The row is there, its guard is not satisfied.
    Unmet(Vec<Unmet>),
}

/// The state after `action`.
///
/// # Errors
/// [`OrderRefusal::Illegal`] if the table has no such row, else [`OrderRefusal::Unmet`] with all that the guard misses.
pub fn move_order(from: OrderStatus, action: OrderMove, facts: &OrderFacts) -> Result<OrderStatus, OrderRefusal> {
    let to = machine::apply(ORDER, from, action).map_err(OrderRefusal::Illegal)?;
    let unmet = unmet(action, facts);
    if unmet.is_empty() { Ok(to) } else { Err(OrderRefusal::Unmet(unmet)) }
}

/// What the guard of `action` misses (domain.md 3.2, sentences under the chain of states).
pub fn unmet(action: OrderMove, facts: &OrderFacts) -> Vec<Unmet> {
    let needs: &[(bool, Unmet)] = match action {
        OrderMove::Lock => &[(facts.configuration_valid, Unmet::ConfigurationValid)],
        OrderMove::SignContract => &[(facts.contract_completed, Unmet::ContractCompleted)],
        OrderMove::StartFulfillment => {
            &[(facts.contract_completed || facts.allocate_before_sign, Unmet::ContractCompleted)]
        }
        OrderMove::BecomeReady => &[
            (facts.vehicle_arrived, Unmet::VehicleArrived),
            (facts.paid_or_financed, Unmet::PaidOrFinanced),
            (facts.invoice_issued, Unmet::InvoiceIssued),
        ],
        OrderMove::HandOver => &[(facts.handover_confirmed, Unmet::HandoverConfirmed)],
        OrderMove::Complete => &[(facts.grace_over, Unmet::GraceOver)],
        OrderMove::Expire => &[(facts.intention_overdue, Unmet::IntentionOverdue)],
        _ => &[],
    };
    needs.iter().filter(|(met, _)| !met).map(|(_, unmet)| *unmet).collect()
}

/// Whether the order is at an end without its car: nothing moves it any more.
pub fn is_ended(status: OrderStatus) -> bool {
    use OrderStatus::*;
    matches!(status, Cancelled | Expired | Returned)
}

/// Whether the state is on the straight way from firm order to handover, where milestones are recorded. After the
/// handover the transfer of ownership is still to come.
pub fn takes_milestones(status: OrderStatus) -> bool {
    use OrderStatus::*;
    matches!(status, Placed | Locked | Contracted | InFulfillment | ReadyForDelivery | Delivered)
}

/// What the caller may do with the order now, in order of the vocabulary, so that every client draws the same buttons
/// (domain.md 2.3, choice 8). Takes for granted that the caller may see the order: a customer's is their own, a
/// consultant's or manager's is their store's. Only a customer pays; an open change request keeps the configuration
/// from being locked.
pub fn allowed_actions(status: OrderStatus, role: Role, has_open_change_request: bool) -> Vec<OrderAction> {
    let can = |action| machine::allowed(ORDER, status).contains(&action);
    let customer = role == Role::Customer;
    let staff = matches!(role, Role::Consultant | Role::StoreManager);
    let operator = role == Role::Operator;
    OrderAction::ALL
        .iter()
        .copied()
        .filter(|action| match action {
            OrderAction::Confirm => customer && can(OrderMove::PayDeposit),
            OrderAction::LockConfiguration => (customer || staff) && can(OrderMove::Lock) && !has_open_change_request,
            OrderAction::RequestCancellation => {
                let draft = status == OrderStatus::Draft && can(OrderMove::Cancel);
                (customer || staff || operator) && (draft || can(OrderMove::RequestCancellation))
            }
            OrderAction::RecordMilestone => {
                (staff || operator || role == Role::PartnerSystem) && takes_milestones(status)
            }
            // What stands in their way beside the state is said by their quote.
            OrderAction::RequestReconfiguration
            | OrderAction::RequestBuyerChange
            | OrderAction::RequestStoreChange
            | OrderAction::RequestDeliveryDefer
            | OrderAction::RequestRefund
            | OrderAction::RequestReturn
            | OrderAction::RequestExchange => {
                let changes = possible(status).any(|kind| button(kind) == *action);
                (customer || staff || operator) && changes && !has_open_change_request
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL_MET: OrderFacts = OrderFacts {
        configuration_valid: true,
        contract_completed: true,
        allocate_before_sign: false,
        vehicle_arrived: true,
        paid_or_financed: true,
        invoice_issued: true,
        handover_confirmed: true,
        grace_over: true,
        intention_overdue: true,
    };

    fn walk(moves: &[OrderMove]) -> Vec<OrderStatus> {
        let mut at = OrderStatus::Draft;
        moves
            .iter()
            .map(|action| {
                at = move_order(at, *action, &ALL_MET).unwrap();
                at
            })
            .collect()
    }

    #[test]
    fn the_straight_way_leads_from_draft_to_completed() {
        use OrderMove::*;
        use OrderStatus as S;
        let moves = [PayIntention, PayDeposit, Lock, SignContract, StartFulfillment, BecomeReady, HandOver, Complete];
        let states = [
            S::Intention,
            S::Placed,
            S::Locked,
            S::Contracted,
            S::InFulfillment,
            S::ReadyForDelivery,
            S::Delivered,
            S::Completed,
        ];
        assert_eq!(walk(&moves), states);
        assert_eq!(walk(&[PayDeposit]), [S::Placed], "a draft may go straight to placed");
    }

    #[test]
    fn side_ways_lead_to_cancelled_expired_and_returned() {
        use OrderMove::*;
        use OrderStatus as S;
        assert_eq!(walk(&[PayIntention, Expire]).last(), Some(&S::Expired));
        assert_eq!(walk(&[PayDeposit, RequestCancellation, Cancel]).last(), Some(&S::Cancelled));
        let refusal = move_order(S::Delivered, RequestCancellation, &ALL_MET).unwrap_err();
        assert_eq!(
            refusal,
            OrderRefusal::Illegal(IllegalTransition {
                from: S::Delivered,
                action: RequestCancellation,
                allowed: vec![Complete, RequestReturn]
            })
        );
        assert_eq!(move_order(S::Completed, RequestReturn, &ALL_MET), Ok(S::ReturnRequested));
        assert_eq!(move_order(S::ReturnRequested, Return, &ALL_MET), Ok(S::Returned));
    }

    #[test]
    fn guards_name_all_they_miss() {
        use OrderMove::*;
        use OrderStatus as S;
        let none = OrderFacts::default();
        let refused = |from, action| move_order(from, action, &none).unwrap_err();
        assert_eq!(refused(S::Placed, Lock), OrderRefusal::Unmet(vec![Unmet::ConfigurationValid]));
        assert_eq!(
            refused(S::InFulfillment, BecomeReady),
            OrderRefusal::Unmet(vec![Unmet::VehicleArrived, Unmet::PaidOrFinanced, Unmet::InvoiceIssued])
        );
        assert_eq!(refused(S::Locked, StartFulfillment), OrderRefusal::Unmet(vec![Unmet::ContractCompleted]));
        let before_sign = OrderFacts { allocate_before_sign: true, ..none };
        assert_eq!(move_order(S::Locked, StartFulfillment, &before_sign), Ok(S::InFulfillment));
    }

    #[test]
    fn each_row_can_be_reached_and_ends_are_ends() {
        assert_eq!(machine::ambiguous(ORDER), None);
        let mut reached = vec![OrderStatus::Draft];
        for _ in OrderStatus::ALL {
            let next: Vec<_> = ORDER.iter().filter(|(_, from, _)| reached.contains(from)).map(|(.., to)| *to).collect();
            reached.extend(next);
        }
        for status in OrderStatus::ALL {
            assert!(reached.contains(status), "{status}");
            assert_eq!(machine::allowed(ORDER, *status).is_empty(), is_ended(*status), "{status}");
        }
    }

    #[test]
    fn each_caller_has_its_buttons() {
        use OrderAction::*;
        use OrderStatus as S;
        let cases: &[(S, Role, bool, &[OrderAction])] = &[
            (
                S::Draft,
                Role::Customer,
                false,
                &[Confirm, RequestCancellation, RequestReconfiguration, RequestBuyerChange, RequestStoreChange],
            ),
            (S::Draft, Role::Operator, true, &[RequestCancellation]),
            (S::Placed, Role::Customer, true, &[RequestCancellation]),
            (
                S::Placed,
                Role::Operator,
                false,
                &[
                    RequestCancellation,
                    RecordMilestone,
                    RequestReconfiguration,
                    RequestBuyerChange,
                    RequestStoreChange,
                    RequestDeliveryDefer,
                    RequestRefund,
                ],
            ),
            (S::Placed, Role::StoreManager, true, &[RequestCancellation, RecordMilestone]),
            (S::ReadyForDelivery, Role::Customer, false, &[RequestCancellation, RequestDeliveryDefer, RequestRefund]),
            (S::InFulfillment, Role::PartnerSystem, false, &[RecordMilestone]),
            (S::Delivered, Role::Customer, false, &[RequestRefund, RequestReturn, RequestExchange]),
            (S::Delivered, Role::Customer, true, &[]),
            (S::Completed, Role::Customer, false, &[RequestRefund, RequestReturn, RequestExchange]),
            (S::Delivered, Role::Consultant, true, &[RecordMilestone]),
            (S::ReturnRequested, Role::Operator, false, &[]),
            (S::CancellationRequested, Role::Operator, false, &[]),
            (S::Cancelled, Role::Customer, false, &[]),
        ];
        for (status, role, open, expected) in cases {
            assert_eq!(&allowed_actions(*status, *role, *open), expected, "{status} {role}");
        }
    }

    proptest! {
        #[test]
        fn a_refused_move_names_only_moves_that_the_table_takes(
            from in proptest::sample::select(OrderStatus::ALL),
            action in proptest::sample::select(ORDER),
        ) {
            match move_order(from, action.0, &ALL_MET) {
                Ok(to) => prop_assert!(ORDER.contains(&(action.0, from, to))),
                Err(OrderRefusal::Illegal(refusal)) => {
                    prop_assert!(!refusal.allowed.contains(&action.0));
                    for other in refusal.allowed {
                        prop_assert!(move_order(from, other, &ALL_MET).is_ok());
                    }
                }
                Err(OrderRefusal::Unmet(_)) => prop_assert!(false, "all facts are met"),
            }
        }
    }
}
