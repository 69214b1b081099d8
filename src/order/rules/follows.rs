//! Milestones that follow from what the gateway does itself, or hears of those who decide (C064-C068, C072, C074, C090; domain.md 3.2,
//! the guards of LOCKED, CONTRACTED, READY_FOR_DELIVERY and DELIVERED): what a store may say of them by hand.
//!
//! A word does not lock, sign, pay or invoice anything. Operators, and systems of orders that live elsewhere, say what came about there.

use entity::vocabulary::{MilestoneCode, MilestoneState};

/// What brings a milestone about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// The earnest deposit arrives (`paymentInitiate`, `paymentRecord`).
    Deposit,
    /// `orderLockConfiguration`, which looks at the configuration.
    Lock,
    /// All have signed (`contractStartSigning`).
    Signing,
    /// The lender approves (`financeApplicationSubmit`).
    Loan,
    /// The last of the money arrives (`paymentInitiate`, `paymentRecord`).
    Payment,
    /// The car's invoice is issued (`invoiceRequest`).
    Invoice,
    /// The car is handed over by code, checklist and signatures (`deliveryHandoverConfirm`).
    Handover,
}

/// A milestone that follows from a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follows {
    pub code: MilestoneCode,
    pub from: Deed,
    /// What a store may say of it by hand all the same.
    pub by_hand: &'static [MilestoneState],
}

const fn follows(code: MilestoneCode, from: Deed, by_hand: &'static [MilestoneState]) -> Follows {
    Follows { code, from, by_hand }
}

/// Every milestone that follows from a deed, in order of display; the others are what the store says they are. That one of them will be
/// later than planned a store knows best. A loan is left out by who pays himself. What was paid or signed is taken back by its own way, a
/// hand-over that was none by who was there.
pub const FOLLOWS: &[Follows] = {
    use MilestoneCode::*;
    use MilestoneState::{Delayed, RolledBack, Skipped};
    &[
        follows(OrderPlaced, Deed::Deposit, &[Delayed]),
        follows(ConfigLocked, Deed::Lock, &[Delayed]),
        follows(ContractSigned, Deed::Signing, &[Delayed]),
        follows(FinanceApproved, Deed::Loan, &[Delayed, Skipped]),
        follows(BalancePaid, Deed::Payment, &[Delayed]),
        follows(Invoiced, Deed::Invoice, &[Delayed]),
        follows(HandedOver, Deed::Handover, &[RolledBack]),
        follows(OwnershipTransferred, Deed::Handover, &[RolledBack]),
    ]
};

/// The deed that this is left to, where a store does not say it by hand.
pub fn left_to(code: MilestoneCode, state: MilestoneState) -> Option<Deed> {
    let row = FOLLOWS.iter().find(|row| row.code == code)?;
    (!row.by_hand.contains(&state)).then_some(row.from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::order::rules::milestone::{NODES, node_of};

    #[test]
    fn each_stands_once_in_order_of_display() {
        let codes: Vec<_> = FOLLOWS.iter().map(|row| row.code).collect();
        let shown: Vec<_> = NODES.iter().map(|node| node.code).filter(|code| codes.contains(code)).collect();
        assert_eq!(codes, shown);
    }

    #[test]
    fn a_store_signs_pays_and_invoices_nothing_by_a_word() {
        use MilestoneCode::*;
        use MilestoneState::{Done, RolledBack, Skipped};
        for code in [OrderPlaced, ConfigLocked, ContractSigned, FinanceApproved, BalancePaid, Invoiced] {
            assert!(left_to(code, Done).is_some() && left_to(code, RolledBack).is_some(), "{code}");
        }
        assert_eq!(left_to(FinanceApproved, Skipped), None);
        assert_eq!(left_to(HandedOver, Done), Some(Deed::Handover));
        assert_eq!(left_to(HandedOver, RolledBack), None);
    }

    proptest! {
        #[test]
        fn what_follows_from_no_deed_is_the_stores_to_say(
            code in proptest::sample::select(MilestoneCode::ALL),
            state in proptest::sample::select(MilestoneState::ALL),
        ) {
            let listed = FOLLOWS.iter().find(|row| row.code == code);
            match left_to(code, state) {
                Some(deed) => prop_assert_eq!(listed.map(|row| row.from), Some(deed)),
                None => prop_assert!(listed.is_none_or(|row| row.by_hand.contains(&state))),
            }
            // What may be left out and is reached by a deed may be left out by hand.
            let left_out = state == MilestoneState::Skipped && node_of(code).skippable;
            prop_assert!(!left_out || left_to(code, state).is_none());
        }
    }
}
