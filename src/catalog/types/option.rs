//! What can be chosen, and what goes with what.

use async_graphql::{Description, ID};
use entity::catalog::{option, option_group, option_rule};
use entity::{OptionRuleKind, OptionSelection};

use crate::catalog::links::OptionsOfGroup;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, fields};

/// A choice in the configurator.
#[derive(Clone, Debug, Description)]
pub struct OptionGroup(pub option_group::Model);

#[fields(rows(option_group::Model))]
impl OptionGroup {
    /// Type-prefixed ULID, as in `ogr_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code, unique within the model.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// How many may be chosen.
    fn selection(&self) -> OptionSelection {
        self.0.selection
    }

    /// Whether something must be chosen.
    fn required(&self) -> bool {
        self.0.required
    }

    /// Its options, in order.
    #[link(self.0.id)]
    fn options(&self) -> To<OptionsOfGroup>;
}

/// One thing to choose.
#[derive(Clone, Debug, Description)]
pub struct CarOption(pub option::Model);

#[fields(name = "Option", rows(option::Model))]
impl CarOption {
    /// Type-prefixed ULID, as in `opt_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code, unique within the model; what `optionCodes` names.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// What it adds to the list price.
    fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// Days it adds to the build.
    fn lead_time_days(&self) -> i32 {
        self.0.lead_time_days
    }

    /// Whether it is taken when nothing of its group is chosen.
    fn is_default(&self) -> bool {
        self.0.is_default
    }
}

/// What goes with what.
#[derive(Clone, Debug, Description)]
pub struct OptionRule(pub option_rule::Model);

#[fields(rows(option_rule::Model))]
impl OptionRule {
    /// Code, unique within the model; what `ConfigurationBlocked.ruleCodes` names.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// What it asks for.
    fn kind(&self) -> OptionRuleKind {
        self.0.kind
    }

    /// Options that wake it, all of them together.
    fn when_codes(&self) -> &[String] {
        &self.0.when_codes.0
    }

    /// Options it speaks of; trims for `ONLY_WITH_TRIM`.
    fn then_codes(&self) -> &[String] {
        &self.0.then_codes.0
    }

    /// What to tell the user who breaks it, in the language of the request.
    fn message(&self, call: &Call) -> String {
        call.pick(&self.0.message_zh, &self.0.message_en)
    }
}
