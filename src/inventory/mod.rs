//! The inventory room: cars, where they are and who may see them.

mod events;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
mod store;
mod subscriptions;
mod summary;
mod types;
pub mod upstream;

pub use links::{VehicleOfOrder, VehicleUnitById};
pub use mutations::Mutations;
pub use queries::Queries;
pub use store::{hand_over, set_free};
pub use subscriptions::Subscriptions;
pub use types::{VehicleUnit, VehicleUnitAction};
