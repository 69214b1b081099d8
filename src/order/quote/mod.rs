//! Prices that were put together and kept: a car, what goes with it and how it is paid, by a customer or by a store for one (C044). A
//! part of the order room, furnished like a room of its own.

mod events;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
mod rules;
mod store;
mod types;

pub use links::QuoteById;
pub use mutations::Mutations;
pub use queries::Queries;
pub use store::{open_for_order, ordered, token_of};
pub use types::Quote;
