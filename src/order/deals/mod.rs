//! What others paid: statistics of dealers' sales, and sales that dealers tell of (C062). A part of the order room, furnished like a
//! room of its own.

mod inputs;
mod links;
mod mutations;
mod policy;
mod queries;
pub mod rules;
mod store;
mod types;

pub use links::DealPriceById;
pub use mutations::Mutations;
pub use queries::Queries;
pub use types::{DealPrice, DealPriceArea};
