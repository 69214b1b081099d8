//! States of an application for a loan (domain.md 3.2, `FinanceApplication`; C068).

use chrono::Duration;
use entity::vocabulary::{FinanceApplicationState, OrderStatus};

use super::payment::takes_balance;
use crate::values::machine::{self, IllegalTransition, Word};

/// What happens to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinanceMove {
    /// Handed to the lender.
    Submit,
    /// The lender begins to look at it.
    Review,
    /// The lender asks for more.
    AskForMore,
    /// What was asked for has been given.
    Supplement,
    Approve,
    ApproveConditionally,
    Reject,
    SignContract,
    Disburse,
    /// The loan's contract is undone.
    Rescind,
    /// Taken back by whoever applied.
    Withdraw,
    /// The approval runs out.
    Expire,
}

impl std::fmt::Display for FinanceMove {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// How long an approval holds that says nothing else (domain.md 3.2).
pub const APPROVAL_HOLDS: Duration = Duration::days(30);

/// Most applications of one order: what its page is reckoned with.
pub const MAX_APPLICATIONS: usize = 10;

/// Transitions of an application: action, from, to. A lender may say no at the door, and take back what it has approved;
/// a loan whose contract is signed ends without money when the contract is undone.
pub const FINANCE: &[(FinanceMove, FinanceApplicationState, FinanceApplicationState)] = {
    use FinanceApplicationState::*;
    use FinanceMove::*;
    &[
        (Submit, Draft, Submitted),
        (Review, Submitted, UnderReview),
        (AskForMore, UnderReview, SupplementRequired),
        (Supplement, SupplementRequired, UnderReview),
        (Approve, UnderReview, Approved),
        (Approve, ConditionallyApproved, Approved),
        (ApproveConditionally, UnderReview, ConditionallyApproved),
        (Reject, Draft, Rejected),
        (Reject, Submitted, Rejected),
        (Reject, UnderReview, Rejected),
        (Reject, SupplementRequired, Rejected),
        (Reject, ConditionallyApproved, Rejected),
        (Reject, Approved, Rejected),
        (SignContract, Approved, ContractSigned),
        (SignContract, ConditionallyApproved, ContractSigned),
        (Disburse, ContractSigned, Disbursed),
        (Rescind, ContractSigned, Withdrawn),
        (Withdraw, Draft, Withdrawn),
        (Withdraw, Submitted, Withdrawn),
        (Withdraw, UnderReview, Withdrawn),
        (Withdraw, SupplementRequired, Withdrawn),
        (Withdraw, Approved, Withdrawn),
        (Withdraw, ConditionallyApproved, Withdrawn),
        (Expire, Approved, Expired),
        (Expire, ConditionallyApproved, Expired),
    ]
};

/// The state after `action`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_application(
    from: FinanceApplicationState,
    action: FinanceMove,
) -> Result<FinanceApplicationState, IllegalTransition<FinanceApplicationState, FinanceMove>> {
    machine::apply(FINANCE, from, action)
}

/// Whether nothing happens to it any more.
pub fn is_closed(state: FinanceApplicationState) -> bool {
    use FinanceApplicationState::*;
    matches!(state, Rejected | Disbursed | Withdrawn | Expired)
}

/// Whether the lender has said that it lends.
pub fn is_approved(state: FinanceApplicationState) -> bool {
    use FinanceApplicationState::*;
    matches!(state, Approved | ConditionallyApproved | ContractSigned | Disbursed)
}

/// What a lender's word means for an application. Money that was paid out has been paid out, whatever was said before.
pub fn word(from: FinanceApplicationState, said: FinanceApplicationState) -> Word {
    match machine::word(FINANCE, from, said) {
        Word::Illegal if said == FinanceApplicationState::Disbursed => Word::Leads,
        word => word,
    }
}

/// Whether a loan may be applied for over an order in this state: as long as its balance may be paid.
pub fn takes_application(status: OrderStatus) -> bool {
    takes_balance(status)
}

#[cfg(test)]
mod tests {
    use FinanceApplicationState::*;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_straight_way_leads_from_draft_to_money() {
        use FinanceMove::*;
        let mut at = Draft;
        for (action, to) in [
            (Submit, Submitted),
            (Review, UnderReview),
            (AskForMore, SupplementRequired),
            (Supplement, UnderReview),
            (Approve, Approved),
            (SignContract, ContractSigned),
            (Disburse, Disbursed),
        ] {
            at = move_application(at, action).unwrap();
            assert_eq!(at, to);
        }
        let refusal = move_application(ContractSigned, Withdraw).unwrap_err();
        assert_eq!(refusal.allowed, [Disburse, Rescind]);
        assert_eq!(machine::ambiguous(FINANCE), None);
    }

    #[test]
    fn ends_are_ends() {
        for state in FinanceApplicationState::ALL {
            assert_eq!(machine::allowed(FINANCE, *state).is_empty(), is_closed(*state), "{state}");
        }
    }

    #[test]
    fn a_word_may_skip_steps_and_not_go_back() {
        assert_eq!(word(Submitted, Approved), Word::Leads);
        assert_eq!(word(UnderReview, Submitted), Word::Illegal);
        assert_eq!(word(SupplementRequired, UnderReview), Word::Leads);
        assert_eq!(word(Approved, Approved), Word::Known);
        assert_eq!(word(Withdrawn, Approved), Word::Illegal);
        assert_eq!(word(Withdrawn, Disbursed), Word::Leads, "money counts whenever it comes");
        assert_eq!(word(Submitted, Draft), Word::Illegal);
    }

    proptest! {
        #[test]
        fn whatever_is_said_money_that_was_paid_out_is_known(
            words in proptest::collection::vec(proptest::sample::select(FinanceApplicationState::ALL), 0..12),
        ) {
            let mut at = Draft;
            for said in &words {
                if word(at, *said) == Word::Leads {
                    prop_assert!(!is_closed(at) || *said == Disbursed, "{at} to {said}");
                    at = *said;
                }
            }
            prop_assert_eq!(at == Disbursed, words.contains(&Disbursed));
        }
    }
}
