//! Deliveries as whoever sees to them looks at them (C080, C084, C092): the board of orders on their way, the queues of what is to be
//! done, what is done to many at once, and the templates that say which milestones an order has and within which time. A part of the
//! order room, furnished like a room of its own.

mod inputs;
mod links;
mod mutations;
mod policy;
mod queries;
mod store;
mod subscriptions;
mod types;

pub use mutations::Mutations;
pub use queries::Queries;
pub use subscriptions::Subscriptions;
