//! What a saved configuration looks like.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::catalog::configuration;

use super::option::CarOption;
use super::trim::Trim;
use crate::catalog::links::{OptionsOfTrim, TrimById};
use crate::graph::money::Money;
use crate::graph::scalars::CityCode;
use crate::graph::{CallExt, Result};
use crate::place::{City, CityByCode};

/// A saved choice of trim and options.
#[derive(Clone, Debug, Description)]
pub struct Configuration(pub configuration::Model);

#[Object(use_type_description)]
impl Configuration {
    /// Type-prefixed ULID, as in `cfg_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Short code to share; whoever has it may look at the configuration.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The trim; null when the caller may not see it, being no longer on sale.
    async fn trim(&self, ctx: &Context<'_>) -> Result<Option<Trim>> {
        ctx.call().link::<TrimById>().one(self.0.trim_id).await
    }

    /// Codes of the chosen options, with what they include and the defaults; sorted.
    async fn option_codes(&self) -> &[String] {
        &self.0.option_codes.0
    }

    /// The chosen options that the model still has, in order of groups.
    async fn options(&self, ctx: &Context<'_>) -> Result<Vec<CarOption>> {
        let options = ctx.call().link::<OptionsOfTrim>().one(self.0.trim_id).await?;
        Ok(options.into_iter().filter(|option| self.0.option_codes.has(&option.0.code)).collect())
    }

    /// List price with options less the brand's discount when it was saved. What one pays now is `price`.
    async fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// Days that the options add to the build.
    async fn lead_time_days(&self) -> i32 {
        self.0.lead_time_days
    }

    /// Code of the city where the car is to be registered.
    async fn city_code(&self) -> Option<CityCode> {
        self.0.city_code.clone().map(CityCode)
    }

    /// The city where the car is to be registered.
    async fn city(&self, ctx: &Context<'_>) -> Result<Option<City>> {
        match &self.0.city_code {
            Some(code) => ctx.call().link::<CityByCode>().one(code.clone()).await,
            None => Ok(None),
        }
    }

    /// Grows with each change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was first saved.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last saved.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}
