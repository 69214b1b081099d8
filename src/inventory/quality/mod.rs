//! Damage to cars (C101; domain.md 3.2): cases from the report to the end, by stores, operators and the systems of plants and carriers.
//! The car is held while one is open, and the customer of its order is told and may ask for another. A part of the inventory room,
//! furnished like a room of its own.

mod events;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
pub mod store;
mod subscriptions;
mod types;

pub use links::{CasesOfOrder, CasesOfVehicle, DisclosuresOfVehicle, QualityDamageCaseById};
pub use mutations::{MAX_DESCRIPTION, MAX_PHOTOS, Mutations};
pub use queries::Queries;
pub use subscriptions::Subscriptions;
pub use types::{OrderQualityCase, QualityDamageCase};
