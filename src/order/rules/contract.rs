//! States of a contract (domain.md 3.2, `Contract`; C072), and when one can be drawn up.

use chrono::Duration;
use entity::vocabulary::{ContractState, OrderStatus};

use super::status::is_ended;
use crate::values::machine::{self, IllegalTransition, Word};

/// What happens to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContractMove {
    /// Handed to whoever lets it be signed.
    StartSigning,
    /// The last one signs.
    Complete,
    /// Taken back before that.
    Revoke,
    /// Somebody will not sign.
    Decline,
    /// The time to sign runs out.
    Expire,
    /// It is to be undone.
    StartRescinding,
    /// One of those who signed agrees.
    AgreeToRescind,
    /// All agree.
    Rescind,
    /// Somebody does not agree, or not in time.
    KeepInForce,
}

impl std::fmt::Display for ContractMove {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// How long a contract can be signed.
pub const SIGNING_TIME: Duration = Duration::days(7);

/// Transitions of a contract: action, from, to.
pub const CONTRACT: &[(ContractMove, ContractState, ContractState)] = {
    use ContractMove::*;
    use ContractState::*;
    &[
        (StartSigning, Draft, Signing),
        (Complete, Signing, Completed),
        (Revoke, Draft, Revoked),
        (Revoke, Signing, Revoked),
        (Decline, Signing, Declined),
        (Expire, Signing, Expired),
        (StartRescinding, Completed, Rescinding),
        (AgreeToRescind, Rescinding, PartiallyRescinded),
        (Rescind, Rescinding, Rescinded),
        (Rescind, PartiallyRescinded, Rescinded),
        (KeepInForce, Rescinding, Completed),
        (KeepInForce, PartiallyRescinded, Completed),
    ]
};

/// The state after `action`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_contract(
    from: ContractState,
    action: ContractMove,
) -> Result<ContractState, IllegalTransition<ContractState, ContractMove>> {
    machine::apply(CONTRACT, from, action)
}

/// Whether a contract is in force, or may still come to be: of one order there is one such.
pub fn stands(state: ContractState) -> bool {
    use ContractState::*;
    matches!(state, Draft | Signing | Completed | Rescinding | PartiallyRescinded)
}

/// What the word of whoever lets contracts be signed means.
pub fn word(from: ContractState, said: ContractState) -> Word {
    machine::word(CONTRACT, from, said)
}

/// Whether a contract can be drawn up for an order in this state: the configuration is locked, and the car may be on its way
/// already.
pub fn takes_contract(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Locked | OrderStatus::InFulfillment)
}

/// Whether a signed contract can be asked to be undone: nothing follows from it yet, or the order is over.
pub fn can_be_rescinded(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Locked | OrderStatus::Contracted) || is_ended(status)
}

/// Number of an order's contract.
pub fn number(order_number: &str, version: i32) -> String {
    format!("HT-{order_number}-{version}")
}

#[cfg(test)]
mod tests {
    use ContractState::*;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_straight_way_leads_from_draft_to_completed_and_back_out() {
        use ContractMove::*;
        let mut at = Draft;
        for (action, to) in [
            (StartSigning, Signing),
            (Complete, Completed),
            (StartRescinding, Rescinding),
            (AgreeToRescind, PartiallyRescinded),
            (Rescind, Rescinded),
        ] {
            at = move_contract(at, action).unwrap();
            assert_eq!(at, to);
        }
        assert_eq!(move_contract(Completed, Revoke).unwrap_err().allowed, [StartRescinding]);
        assert_eq!(machine::ambiguous(CONTRACT), None);
    }

    #[test]
    fn what_does_not_stand_is_an_end() {
        for state in ContractState::ALL {
            assert_eq!(machine::allowed(CONTRACT, *state).is_empty(), !stands(*state), "{state}");
        }
    }

    proptest! {
        #[test]
        fn a_contract_that_was_not_signed_is_never_undone(
            words in proptest::collection::vec(proptest::sample::select(ContractState::ALL), 0..12),
        ) {
            let mut at = Signing;
            let mut signed = false;
            for said in &words {
                if word(at, *said) == Word::Leads {
                    prop_assert!(stands(at), "{at} to {said}");
                    at = *said;
                    signed |= matches!(at, Completed | Rescinding | PartiallyRescinded | Rescinded);
                }
            }
            prop_assert!(!signed || !matches!(at, Revoked | Expired | Declined));
        }
    }
}
