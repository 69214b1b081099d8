//! The order room: one order for one car, its payments and its way to the customer.

mod links;
pub mod policy;
pub mod rules;
mod types;

pub use links::OrderById;
pub use types::Order;
