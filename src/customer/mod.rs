//! The customer room: who a person is, how to reach them, what they agreed to.

mod events;
mod inputs;
mod links;
pub mod lock;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
pub mod titles;
mod types;
pub mod upstream;

pub use links::{CustomerById, CustomerOfRecord, InvoiceProfileById, OwnedVehicleOfOrder};
pub use mutations::Mutations;
pub use queries::Queries;
pub use types::{Consent, Customer, CustomerIdentity, InvoiceProfile, InvoiceTitle, OwnedVehicle};
