//! How long the stretches of an order's way took lately (C085; domain.md 3.3, "ETA"): measured from finished orders once a day by one
//! process, kept in the store, and known by heart to every process that gives expected dates. A part of the order room, furnished like
//! a room of its own; what is reckoned with is in `order/rules/took.rs`.

mod inputs;
mod policy;
mod queries;
mod store;
mod types;

pub use queries::Queries;
pub use store::{known_since, measure, read};
