//! What may be chosen together for a trim (C043; domain.md 3.1 `OptionRule`, 4.3 option groups).

use std::collections::BTreeSet;

use entity::catalog::{option, option_group, option_rule};
use entity::vocabulary::{OptionRuleKind, OptionSelection};

/// A group and its options, in order of position.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    pub code: &'a str,
    pub selection: OptionSelection,
    pub required: bool,
    pub options: Vec<Choice<'a>>,
}

/// An option of a group.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    pub code: &'a str,
    pub is_default: bool,
}

/// All that decides what may be chosen for one trim.
#[derive(Debug, Clone)]
pub struct Ruleset<'a> {
    pub trim_code: &'a str,
    /// In order of position; defaults are filled in this order.
    pub groups: Vec<Group<'a>>,
    pub rules: &'a [option_rule::Model],
}

impl<'a> Ruleset<'a> {
    /// The rule set of a trim, of the rows of its model. Options of groups that are not in `groups` do not exist.
    pub fn of_models(
        trim_code: &'a str,
        groups: &'a [option_group::Model],
        options: &'a [option::Model],
        rules: &'a [option_rule::Model],
    ) -> Self {
        let mut groups: Vec<_> = groups.iter().collect();
        groups.sort_by_key(|group| (group.position, group.code.as_str()));
        let mut options: Vec<_> = options.iter().collect();
        options.sort_by_key(|option| (option.position, option.code.as_str()));
        let groups = groups
            .into_iter()
            .map(|group| Group {
                code: &group.code,
                selection: group.selection,
                required: group.required,
                options: options
                    .iter()
                    .filter(|option| option.group_id == group.id)
                    .map(|option| Choice { code: &option.code, is_default: option.is_default })
                    .collect(),
            })
            .collect();
        Self { trim_code, groups, rules }
    }

    fn group_of(&self, code: &str) -> Option<&Group<'a>> {
        self.groups.iter().find(|group| group.options.iter().any(|option| option.code == code))
    }

    /// Whether the option alone wakes no ONLY_WITH_TRIM rule that leaves this trim out.
    fn fits_trim(&self, code: &str) -> bool {
        !self.rules.iter().any(|rule| {
            rule.kind == OptionRuleKind::OnlyWithTrim
                && rule.when_codes.0.iter().all(|when| when == code)
                && !rule.then_codes.has(self.trim_code)
        })
    }
}

/// What kind of rule was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The model has no such option.
    UnknownOption,
    /// More than one of a group that takes one.
    OneOfGroup,
    /// Nothing of a group that needs a choice.
    GroupRequired,
    Requires,
    Excludes,
    OnlyWithTrim,
}

impl ProblemKind {
    /// Key of the text that explains it. A rule of the catalog has its own text, found by its code.
    pub fn message_key(self) -> &'static str {
        match self {
            Self::UnknownOption => "configuration-unknown-option",
            Self::OneOfGroup => "configuration-one-of-group",
            Self::GroupRequired => "configuration-group-required",
            Self::Requires => "configuration-requires",
            Self::Excludes => "configuration-excludes",
            Self::OnlyWithTrim => "configuration-only-with-trim",
        }
    }
}

/// Rule code of unknown options; group problems carry the group's code, rule problems the rule's.
pub const UNKNOWN_OPTION: &str = "UNKNOWN_OPTION";

/// One thing that is wrong with a choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigurationProblem {
    pub kind: ProblemKind,
    pub rule_code: String,
    /// Options in the choice that are in each other's way, or unknown; sorted.
    pub conflicts: Vec<String>,
    /// Options of which the choice lacks all (REQUIRES) or one (a required group), or trims that it would fit.
    pub wanted: Vec<String>,
}

/// The normalised choice (sorted, with what it includes and the defaults), or everything that is wrong with it.
///
/// The order of `chosen` and repetitions do not matter, and a result checked again is itself. Every ONE group with
/// nothing chosen takes its first default that fits the trim, and so does a required MANY group.
///
/// # Errors
/// All problems at once, sorted; never an empty list.
pub fn check<C: AsRef<str>>(ruleset: &Ruleset<'_>, chosen: &[C]) -> Result<Vec<String>, Vec<ConfigurationProblem>> {
    let codes = complete(ruleset, chosen.iter().map(|code| code.as_ref().to_owned()).collect());
    let problems = problems(ruleset, &codes);
    if problems.is_empty() { Ok(codes.into_iter().collect()) } else { Err(problems) }
}

/// What the configurator shows of one option, given what is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionState {
    pub code: String,
    /// Chosen, included or a default.
    pub selected: bool,
    /// What choosing it would newly break; empty if it may be chosen. In a ONE group it would replace the chosen one.
    pub blocked_by: Vec<ConfigurationProblem>,
}

/// State of every option, in order of groups and positions (`configuratorState`).
pub fn option_states<C: AsRef<str>>(ruleset: &Ruleset<'_>, chosen: &[C]) -> Vec<OptionState> {
    let chosen: BTreeSet<String> = chosen.iter().map(|code| code.as_ref().to_owned()).collect();
    let completed = complete(ruleset, chosen.clone());
    let known = problems(ruleset, &completed);
    let mut states = Vec::new();
    for group in &ruleset.groups {
        for option in &group.options {
            let selected = completed.contains(option.code);
            let blocked_by = if selected {
                Vec::new()
            } else {
                let mut trial = chosen.clone();
                if group.selection == OptionSelection::One {
                    trial.retain(|code| group.options.iter().all(|other| other.code != code));
                }
                trial.insert(option.code.to_owned());
                let mut new = problems(ruleset, &complete(ruleset, trial));
                new.retain(|problem| !known.contains(problem));
                new
            };
            states.push(OptionState { code: option.code.to_owned(), selected, blocked_by });
        }
    }
    states
}

/// Adds what is included, then the default of the first group that lacks one, and again until nothing changes. One
/// group at a time, so that a default's own inclusions can satisfy the next group.
fn complete(ruleset: &Ruleset<'_>, mut codes: BTreeSet<String>) -> BTreeSet<String> {
    loop {
        include(ruleset, &mut codes);
        let default = ruleset
            .groups
            .iter()
            .filter(|group| group.required || group.selection == OptionSelection::One)
            .filter(|group| !group.options.iter().any(|option| codes.contains(option.code)))
            .find_map(|group| group.options.iter().find(|option| option.is_default && ruleset.fits_trim(option.code)));
        match default {
            Some(option) => codes.insert(option.code.to_owned()),
            None => return codes,
        };
    }
}

fn include(ruleset: &Ruleset<'_>, codes: &mut BTreeSet<String>) {
    let mut grew = true;
    while grew {
        grew = false;
        for rule in ruleset.rules.iter().filter(|rule| rule.kind == OptionRuleKind::Includes) {
            if awake(rule, codes) {
                for code in &rule.then_codes.0 {
                    grew |= codes.insert(code.clone());
                }
            }
        }
    }
}

/// Whether all of the rule's `when` options are there; a rule without any is always awake.
fn awake(rule: &option_rule::Model, codes: &BTreeSet<String>) -> bool {
    rule.when_codes.0.iter().all(|code| codes.contains(code))
}

fn problems(ruleset: &Ruleset<'_>, codes: &BTreeSet<String>) -> Vec<ConfigurationProblem> {
    let mut found = Vec::new();
    let unknown: Vec<_> = codes.iter().filter(|code| ruleset.group_of(code).is_none()).cloned().collect();
    if !unknown.is_empty() {
        found.push(problem(ProblemKind::UnknownOption, UNKNOWN_OPTION, unknown, Vec::new()));
    }
    for group in &ruleset.groups {
        let taken: Vec<_> =
            group.options.iter().filter(|o| codes.contains(o.code)).map(|o| o.code.to_owned()).collect();
        if group.selection == OptionSelection::One && taken.len() > 1 {
            found.push(problem(ProblemKind::OneOfGroup, group.code, taken, Vec::new()));
        } else if group.required && taken.is_empty() {
            let wanted = group.options.iter().map(|option| option.code.to_owned()).collect();
            found.push(problem(ProblemKind::GroupRequired, group.code, Vec::new(), wanted));
        }
    }
    for rule in ruleset.rules.iter().filter(|rule| awake(rule, codes)) {
        let (there, missing): (Vec<_>, Vec<_>) =
            rule.then_codes.0.iter().cloned().partition(|code| codes.contains(code));
        let when = rule.when_codes.0.clone();
        match rule.kind {
            OptionRuleKind::Requires if !missing.is_empty() => {
                found.push(problem(ProblemKind::Requires, &rule.code, when, missing));
            }
            OptionRuleKind::Excludes if !there.is_empty() => {
                found.push(problem(ProblemKind::Excludes, &rule.code, [when, there].concat(), Vec::new()));
            }
            OptionRuleKind::OnlyWithTrim if !rule.then_codes.has(ruleset.trim_code) => {
                found.push(problem(ProblemKind::OnlyWithTrim, &rule.code, when, rule.then_codes.0.clone()));
            }
            // What is included has been added before.
            _ => {}
        }
    }
    found.sort();
    found
}

fn problem(
    kind: ProblemKind,
    rule_code: &str,
    mut conflicts: Vec<String>,
    mut wanted: Vec<String>,
) -> ConfigurationProblem {
    conflicts.sort();
    conflicts.dedup();
    wanted.sort();
    wanted.dedup();
    ConfigurationProblem { kind, rule_code: rule_code.to_owned(), conflicts, wanted }
}

#[cfg(test)]
mod tests;
