//! The lead room: a person's interest in a model, until it becomes an order.

mod consents;
mod events;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
mod record;
mod routing;
pub mod rules;
mod subscriptions;
mod types;
pub mod upstream;

pub use links::{FollowUpTaskById, LeadById, TestDriveById};
pub use mutations::Mutations;
pub use queries::Queries;
pub use subscriptions::Subscriptions;
pub use types::{FollowUpTask, Lead, LeadAction, LeadEvent, LeadTouchpoint, TestDrive};
