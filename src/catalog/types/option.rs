//! What can be chosen, and what goes with what.

use async_graphql::{Context, Description, ID, Object};
use entity::catalog::{option, option_group, option_rule};
use entity::{OptionRuleKind, OptionSelection};

use crate::catalog::links::OptionsOfGroup;
use crate::graph::money::Money;
use crate::graph::{CallExt, Result};

/// A choice in the configurator.
#[derive(Clone, Debug, Description)]
pub struct OptionGroup(pub option_group::Model);

#[Object(use_type_description)]
impl OptionGroup {
    /// Type-prefixed ULID, as in `ogr_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code, unique within the model.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    async fn name(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.name_zh, &self.0.name_en)
    }

    /// How many may be chosen.
    async fn selection(&self) -> OptionSelection {
        self.0.selection
    }

    /// Whether something must be chosen.
    async fn required(&self) -> bool {
        self.0.required
    }

    /// Its options, in order.
    async fn options(&self, ctx: &Context<'_>) -> Result<Vec<CarOption>> {
        ctx.call().link::<OptionsOfGroup>().one(self.0.id).await
    }
}

/// One thing to choose.
#[derive(Clone, Debug, Description)]
pub struct CarOption(pub option::Model);

#[Object(name = "Option", use_type_description)]
impl CarOption {
    /// Type-prefixed ULID, as in `opt_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code, unique within the model; what `optionCodes` names.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    async fn name(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.name_zh, &self.0.name_en)
    }

    /// What it adds to the list price.
    async fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// Days it adds to the build.
    async fn lead_time_days(&self) -> i32 {
        self.0.lead_time_days
    }

    /// Whether it is taken when nothing of its group is chosen.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }
}

/// What goes with what.
#[derive(Clone, Debug, Description)]
pub struct OptionRule(pub option_rule::Model);

#[Object(use_type_description)]
impl OptionRule {
    /// Code, unique within the model; what `ConfigurationBlocked.ruleCodes` names.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What it asks for.
    async fn kind(&self) -> OptionRuleKind {
        self.0.kind
    }

    /// Options that wake it, all of them together.
    async fn when_codes(&self) -> &[String] {
        &self.0.when_codes.0
    }

    /// Options it speaks of; trims for `ONLY_WITH_TRIM`.
    async fn then_codes(&self) -> &[String] {
        &self.0.then_codes.0
    }

    /// What to tell the user who breaks it, in the language of the request.
    async fn message(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.message_zh, &self.0.message_en)
    }
}
