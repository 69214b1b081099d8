//! States of a statement (domain.md 3.5), and what it adds up to.

use entity::vocabulary::SettlementState;

use crate::values::machine::{self, IllegalTransition};

/// What happens to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettlementMove {
    /// The party gets it.
    Issue,
    /// The party agrees.
    Confirm,
    /// The party does not agree.
    Dispute,
    /// A line of its own puts it right.
    Adjust,
    /// An invoice was written.
    Invoice,
    /// It was paid.
    Pay,
}

impl std::fmt::Display for SettlementMove {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// Most lines that put one statement right; its history has at most twice as many entries and a few.
pub const MAX_ADJUSTMENTS: i32 = 20;

/// Transitions of a statement: action, from, to. What was put right may be agreed to, disputed again or put right again, as may
/// what was agreed to before somebody saw the mistake; what was invoiced stays.
pub const STATEMENT: &[(SettlementMove, SettlementState, SettlementState)] = {
    use SettlementMove::*;
    use SettlementState::*;
    &[
        (Issue, Draft, Issued),
        (Confirm, Issued, Confirmed),
        (Dispute, Issued, Disputed),
        (Adjust, Disputed, Adjusted),
        (Adjust, Confirmed, Adjusted),
        (Adjust, Adjusted, Adjusted),
        (Confirm, Adjusted, Confirmed),
        (Dispute, Adjusted, Disputed),
        (Invoice, Confirmed, Invoiced),
        (Invoice, Adjusted, Invoiced),
        (Pay, Invoiced, Paid),
    ]
};

/// The state after `action`.
///
/// # Errors
/// When the table has no such row.
pub fn move_statement(
    from: SettlementState,
    action: SettlementMove,
) -> Result<SettlementState, IllegalTransition<SettlementState, SettlementMove>> {
    machine::apply(STATEMENT, from, action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_is_that_of_the_design_and_every_state_is_reached() {
        use SettlementState as S;
        assert_eq!(machine::ambiguous(STATEMENT), None);
        for state in SettlementState::ALL {
            assert!(machine::reaches(STATEMENT, S::Draft, *state), "{state}");
            assert!(machine::reaches(STATEMENT, *state, S::Paid), "{state} is no dead end");
        }
        let refused = |from, action| move_statement(from, action).unwrap_err().allowed;
        assert_eq!(refused(S::Draft, SettlementMove::Confirm), [SettlementMove::Issue]);
        assert_eq!(refused(S::Disputed, SettlementMove::Invoice), [SettlementMove::Adjust]);
        assert_eq!(refused(S::Invoiced, SettlementMove::Adjust), [SettlementMove::Pay]);
        assert_eq!(refused(S::Paid, SettlementMove::Pay), []);
    }

    proptest! {
        /// What is agreed to, invoiced and paid was issued before; nothing goes back to a draft.
        #[test]
        fn nothing_is_paid_that_was_not_invoiced(steps in proptest::collection::vec(any::<prop::sample::Index>(), 0..40)) {
            let mut at = SettlementState::Draft;
            let mut seen = vec![at];
            for step in steps {
                let actions = machine::allowed(STATEMENT, at);
                if actions.is_empty() {
                    break;
                }
                at = move_statement(at, *step.get(&actions)).unwrap();
                seen.push(at);
            }
            prop_assert_eq!(seen.iter().filter(|state| **state == SettlementState::Draft).count(), 1);
            if seen.len() > 1 {
                prop_assert_eq!(seen[1], SettlementState::Issued);
            }
            if at == SettlementState::Paid {
                prop_assert_eq!(seen[seen.len() - 2], SettlementState::Invoiced);
            }
        }
    }
}
