//! States of a damage to a car (C101; domain.md 3.2, `QualityDamageCase`).

use entity::vocabulary::QualityDamageState;

use crate::values::machine::{self, IllegalTransition};

/// What happens to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QualityMove {
    /// It is said how bad it is.
    Assess,
    /// It is said who answers for it.
    ConfirmLiability,
    /// The repair begins.
    Repair,
    /// The repair is good.
    Pass,
    /// The repair is not good.
    Fail,
    /// The car is as new.
    Close,
    /// The damage stays, and whoever buys the car is told.
    Downgrade,
    /// The car is written off.
    Scrap,
}

impl std::fmt::Display for QualityMove {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// Transitions: action, from, to. A repair that was found good may be found bad at a second look. Only what was looked at is left
/// as it is or written off.
pub const CASE: &[(QualityMove, QualityDamageState, QualityDamageState)] = {
    use QualityDamageState::*;
    use QualityMove::*;
    &[
        (Assess, Reported, Assessed),
        (ConfirmLiability, Assessed, LiabilityConfirmed),
        (Repair, LiabilityConfirmed, Repairing),
        (Pass, Repairing, Reinspected),
        (Fail, Repairing, Repairing),
        (Fail, Reinspected, Repairing),
        (Close, Reinspected, Closed),
        (Downgrade, Assessed, Downgraded),
        (Downgrade, LiabilityConfirmed, Downgraded),
        (Downgrade, Repairing, Downgraded),
        (Downgrade, Reinspected, Downgraded),
        (Scrap, Assessed, Scrapped),
        (Scrap, LiabilityConfirmed, Scrapped),
        (Scrap, Repairing, Scrapped),
        (Scrap, Reinspected, Scrapped),
    ]
};

/// The state after `action`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_case(
    from: QualityDamageState,
    action: QualityMove,
) -> Result<QualityDamageState, IllegalTransition<QualityDamageState, QualityMove>> {
    machine::apply(CASE, from, action)
}

/// Whether a case is at its end.
pub fn is_ended(state: QualityDamageState) -> bool {
    matches!(state, QualityDamageState::Closed | QualityDamageState::Downgraded | QualityDamageState::Scrapped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_is_that_of_the_design() {
        use QualityDamageState as S;
        use QualityMove::*;
        assert_eq!(machine::ambiguous(CASE), None);
        let straight = [Assess, ConfirmLiability, Repair, Pass, Close];
        let end = straight.iter().fold(S::Reported, |at, action| move_case(at, *action).unwrap());
        assert_eq!(end, S::Closed);
        for state in S::ALL {
            assert!(machine::reaches(CASE, S::Reported, *state), "{state}");
            assert_eq!(machine::allowed(CASE, *state).is_empty(), is_ended(*state), "{state}");
        }
        assert_eq!(machine::allowed(CASE, S::Reported), [Assess], "nobody writes off what nobody has looked at");
        assert_eq!(move_case(S::Repairing, Close).unwrap_err().allowed, [Pass, Fail, Downgrade, Scrap]);
    }

    proptest! {
        /// Whatever happens, a case ends once, was assessed before, and only closes when its repair was found good last.
        #[test]
        fn a_case_closes_after_a_good_repair_alone(steps in proptest::collection::vec(any::<prop::sample::Index>(), 0..40)) {
            let (mut at, mut last) = (QualityDamageState::Reported, None);
            for (place, step) in steps.iter().enumerate() {
                let actions = machine::allowed(CASE, at);
                if actions.is_empty() {
                    prop_assert!(is_ended(at));
                    break;
                }
                let action = *step.get(&actions);
                at = move_case(at, action).unwrap();
                if place == 0 {
                    prop_assert_eq!(at, QualityDamageState::Assessed);
                }
                if at == QualityDamageState::Closed {
                    prop_assert_eq!(last, Some(QualityMove::Pass));
                }
                last = Some(action);
            }
        }
    }
}
