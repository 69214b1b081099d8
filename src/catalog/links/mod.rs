//! How the rows of the catalog room are found from other rows, and what is fetched ahead.

mod benefit;
mod configuration;
mod finance;
mod incentive;
mod model;
mod option;
mod price_book;
mod trim;

pub use benefit::BenefitPackageById;
pub use configuration::{ConfigurationById, ConfigurationOfOrder};
pub use finance::FinancePlanById;
pub use incentive::IncentiveById;
pub use model::{ModelOfTrim, StartingPriceOfModel, TrimsOfModel, VehicleModelById, VehicleModelBySlug};
pub use option::{OptionById, OptionGroupById, OptionGroupsOfModel, OptionRulesOfModel, OptionsOfGroup, OptionsOfTrim};
pub use price_book::ChangesOfPriceBook;
pub use trim::{PriceOfTrim, TrimById, TrimOfOrder};
