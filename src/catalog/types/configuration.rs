//! What a saved configuration looks like.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::catalog::configuration;

use super::option::CarOption;
use crate::catalog::links::{OptionsOfTrim, TrimById};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::CityCode;
use crate::graph::{Call, Result, fields};
use crate::place::CityByCode;

/// A saved choice of trim and options.
#[derive(Clone, Debug, Description)]
pub struct Configuration(pub configuration::Model);

#[fields(rows(configuration::Model))]
impl Configuration {
    /// Type-prefixed ULID, as in `cfg_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Short code to share; whoever has it may look at the configuration.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// The trim; null when the caller may not see it, being no longer on sale.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// Codes of the chosen options, with what they include and the defaults; sorted.
    fn option_codes(&self) -> &[String] {
        &self.0.option_codes.0
    }

    /// The chosen options that the model still has, in order of groups.
    fn options(&self, call: &Call) -> Result<Vec<CarOption>> {
        let options = call.found::<OptionsOfTrim>(&self.0.trim_id)?;
        Ok(options.iter().filter(|option| self.0.option_codes.has(&option.0.code)).cloned().collect())
    }

    /// List price with options less the brand's discount when it was saved. What one pays now is `price`.
    fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// Days that the options add to the build.
    fn lead_time_days(&self) -> i32 {
        self.0.lead_time_days
    }

    /// Code of the city where the car is to be registered.
    fn city_code(&self) -> Option<CityCode> {
        self.0.city_code.clone().map(CityCode)
    }

    /// The city where the car is to be registered.
    #[link(self.0.city_code)]
    fn city(&self) -> To<CityByCode>;

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was first saved.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last saved.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}
