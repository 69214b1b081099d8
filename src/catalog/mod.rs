//! The catalog room: models, trims, options, prices and incentives.

mod links;
pub mod policy;
pub mod quote;
pub mod rules;
pub mod store;
mod types;

pub use links::{ConfigurationById, TrimById, VehicleModelById};
pub use types::{Configuration, Trim, VehicleModel};
