//! The catalog room: models, trims, options, prices and incentives.

mod links;
pub mod policy;
pub mod rules;
mod types;

pub use links::{ConfigurationById, TrimById, VehicleModelById};
pub use types::{Configuration, Trim, VehicleModel};
