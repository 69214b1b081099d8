//! The lead room: a person's interest in a model, until it becomes an order.

mod links;
pub mod policy;
pub mod rules;
mod types;

pub use links::LeadById;
pub use types::Lead;
