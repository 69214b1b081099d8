//! The catalog room: models, trims, options, prices, incentives and finance plans.

mod events;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod price_token;
mod queries;
pub mod quote;
pub mod rules;
pub mod store;
mod types;
pub mod upstream;

pub use inputs::PriceConfigurationInput;
pub use links::{
    ConfigurationById, ConfigurationOfOrder, FinancePlanById, IncentiveById, OptionById, OptionGroupById, TrimById,
    TrimOfOrder, VehicleModelById, VehicleModelBySlug,
};
pub use mutations::Mutations;
pub use price_token::PriceToken;
pub use queries::{Queries, chosen};
pub use types::{
    CarOption, Configuration, FinancePlan, Incentive, OptionGroup, PriceBreakdown, PricePolicy, Trim, VehicleModel,
};
