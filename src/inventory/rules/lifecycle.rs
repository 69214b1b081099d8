//! States of the rules that operators edit: who sees which cars, and in which order (C095, C096). One that is in force is never
//! changed: its successor is written as a draft, and takes its place when it is published.

use entity::vocabulary::PolicyStatus;

use crate::values::machine::{self, IllegalTransition};

/// What an operator does with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleAction {
    /// Says it anew.
    Change,
    /// Puts it in force.
    Publish,
    /// Takes it out of use.
    Archive,
}

/// Transitions: action, from, to.
pub const RULE: &[(RuleAction, PolicyStatus, PolicyStatus)] = {
    use PolicyStatus::*;
    use RuleAction::*;
    &[(Change, Draft, Draft), (Publish, Draft, Published), (Archive, Draft, Archived), (Archive, Published, Archived)]
};

/// The state after `action`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_rule(
    from: PolicyStatus,
    action: RuleAction,
) -> Result<PolicyStatus, IllegalTransition<PolicyStatus, RuleAction>> {
    machine::apply(RULE, from, action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_force_is_not_changed_and_what_is_archived_stays_so() {
        assert_eq!(machine::ambiguous(RULE), None);
        let allowed = |from| machine::allowed(RULE, from);
        assert_eq!(allowed(PolicyStatus::Draft), [RuleAction::Change, RuleAction::Publish, RuleAction::Archive]);
        assert_eq!(allowed(PolicyStatus::Published), [RuleAction::Archive]);
        assert_eq!(allowed(PolicyStatus::Archived), []);
        assert_eq!(move_rule(PolicyStatus::Draft, RuleAction::Publish), Ok(PolicyStatus::Published));
        let refused = move_rule(PolicyStatus::Published, RuleAction::Change).unwrap_err();
        assert_eq!(refused.allowed, [RuleAction::Archive]);
    }
}
