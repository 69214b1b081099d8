//! Whether one price is asked everywhere (C061): the prices of orders against the price book that was in force when each was made. A
//! part of the order room, furnished like a room of its own.

mod policy;
mod queries;
mod rules;
mod store;
mod types;

pub use queries::Queries;
