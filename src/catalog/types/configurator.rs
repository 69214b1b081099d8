//! What the configurator shows while one chooses (C043).

use async_graphql::SimpleObject;

use super::option::CarOption;
use crate::catalog::quote::Blocked;
use crate::graph::Fields;
use crate::graph::call::CallState;

/// A choice in the making.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ConfiguratorState {
    /// Whether it can be had as it stands.
    pub valid: bool,
    /// What is wrong with it.
    pub problems: Vec<ConfigurationProblem>,
    /// Every option of the model with its state, in order of groups.
    pub options: Vec<OptionState>,
}

/// One option of a choice in the making.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct OptionState {
    /// The option.
    pub option: CarOption,
    /// Whether it is chosen, included or a default.
    pub selected: bool,
    /// What choosing it would newly break; empty when it may be chosen. In a group of one it would replace the other.
    pub blocked_by: Vec<ConfigurationProblem>,
}

/// One thing that is wrong with a choice.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ConfigurationProblem {
    /// Code of the rule, or of the group.
    pub rule_code: String,
    /// What to tell the user, in the language of the request.
    pub message: String,
    /// Options that are in each other's way.
    pub conflicts: Vec<String>,
    /// Options that would help, or trims that it would fit.
    pub wanted: Vec<String>,
}

impl ConfigurationProblem {
    /// In the language of the call.
    pub fn of(call: &CallState, blocked: Blocked) -> Self {
        Self {
            message: blocked.message(call.locale),
            rule_code: blocked.problem.rule_code,
            conflicts: blocked.problem.conflicts,
            wanted: blocked.problem.wanted,
        }
    }
}
