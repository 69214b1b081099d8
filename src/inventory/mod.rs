//! The inventory room: cars, where they are and who may see them.

mod links;
pub mod policy;
pub mod rules;
mod types;

pub use links::VehicleUnitById;
pub use types::VehicleUnit;
