//! The webhook room: addresses that are told of events, and the worker that tells them.

pub mod client;
pub mod fan_out;
mod inputs;
pub mod lease;
mod links;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
pub mod secrets;
mod state;
mod types;
pub mod worker;

pub use links::{WebhookDeliveryById, WebhookEndpointById};
pub use mutations::Mutations;
pub use queries::Queries;
pub use state::Webhooks;
pub use types::{WebhookAttempt, WebhookDelivery, WebhookEndpoint};
