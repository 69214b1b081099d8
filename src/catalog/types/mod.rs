//! What the catalog room looks like.

mod benefit;
mod configuration;
mod configurator;
mod finance;
mod incentive;
mod media;
mod model;
mod option;
mod price;
mod price_book;
mod trim;

pub use benefit::{BenefitItem, BenefitPackage};
pub use configuration::Configuration;
pub use configurator::{ConfigurationProblem, ConfiguratorState, OptionState};
pub use finance::{FinanceCalculation, FinancePlan};
pub use incentive::Incentive;
pub use model::VehicleModel;
pub use option::{CarOption, OptionGroup, OptionRule};
pub use price::{PriceBreakdown, PriceLine, PricePolicy, PriceStretch};
pub use price_book::{Change, PriceBook};
pub use trim::{Trim, TrimComparison};
