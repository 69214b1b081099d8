//! The catalog room: models, trims, options, prices, incentives, finance plans and benefit packages.

mod events;
pub mod financing;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod price_token;
mod queries;
pub mod quote;
pub mod rules;
pub mod sold;
pub mod store;
mod subscriptions;
mod types;
pub mod upstream;

pub use inputs::PriceConfigurationInput;
pub use links::{
    BenefitPackageById, ConfigurationById, ConfigurationOfOrder, FinancePlanById, IncentiveById, OptionById,
    OptionGroupById, TrimById, TrimOfOrder, VehicleModelById, VehicleModelBySlug,
};
pub use mutations::Mutations;
pub use price_token::PriceToken;
pub use queries::{Queries, chosen};
pub use subscriptions::Subscriptions;
pub use types::{
    BenefitItem, BenefitPackage, CarOption, Configuration, FinanceCalculation, FinancePlan, Incentive, OptionGroup,
    PriceBreakdown, PriceLine, PricePolicy, Trim, VehicleModel,
};
