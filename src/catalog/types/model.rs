//! What a model looks like.

use async_graphql::{Context, Description, ID, Object};
use entity::BodyType;
use entity::catalog::model;

use super::option::{OptionGroup, OptionRule};
use super::trim::Trim;
use crate::catalog::links::{OptionGroupsOfModel, OptionRulesOfModel, StartingPriceOfModel, TrimsOfModel};
use crate::graph::money::Money;
use crate::graph::{CallExt, Result};

/// A model as it is advertised.
#[derive(Clone, Debug, Description)]
pub struct VehicleModel(pub model::Model);

#[Object(use_type_description)]
impl VehicleModel {
    /// Type-prefixed ULID, as in `mdl_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Part of its page's address, as in `c5`.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The maker's code, as in `C5`.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    async fn name(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.name_zh, &self.0.name_en)
    }

    /// One line of advertising in the language of the request.
    async fn tagline(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.tagline_zh, &self.0.tagline_en)
    }

    /// Shape of the car.
    async fn body_type(&self) -> BodyType {
        self.0.body_type
    }

    /// Whether it can be ordered; always true for customers, except for what they have ordered or saved.
    async fn on_sale(&self) -> bool {
        self.0.on_sale
    }

    /// Its versions in order; those on sale, for staff all.
    async fn trims(&self, ctx: &Context<'_>) -> Result<Vec<Trim>> {
        ctx.call().link::<TrimsOfModel>().one(self.0.id).await
    }

    /// The lowest list price among the trims on sale; null when none has a price.
    async fn starting_price(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        Ok(ctx.call().link::<StartingPriceOfModel>().one(self.0.id).await?.map(Money::fen))
    }

    /// What there is to choose, in order.
    async fn option_groups(&self, ctx: &Context<'_>) -> Result<Vec<OptionGroup>> {
        ctx.call().link::<OptionGroupsOfModel>().one(self.0.id).await
    }

    /// What goes with what, by code.
    async fn option_rules(&self, ctx: &Context<'_>) -> Result<Vec<OptionRule>> {
        ctx.call().link::<OptionRulesOfModel>().one(self.0.id).await
    }
}
