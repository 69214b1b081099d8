//! How the state of a car is shown to whom (C100; domain.md 3.7, "Status display config"): operators write it, publish it and roll it back. A
//! part of the inventory room, furnished like a room of its own.

mod inputs;
mod links;
mod mutations;
mod queries;
pub mod rules;
mod types;

pub use mutations::Mutations;
pub use queries::Queries;
pub use types::{VehicleDisplayStatus, shown_of_car};
