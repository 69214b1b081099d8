//! What the car maker settles with stores, lenders and others (C104, C105; domain.md 3.5): rules that say what is due when
//! something happens, lines that are made with it, and a statement for each party and month. A part of the order room, furnished
//! like a room of its own, since it has a way in for other people than an order's.

mod events;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
mod store;
mod types;

pub use links::SettlementStatementById;
pub use mutations::Mutations;
pub use queries::Queries;
pub use store::{Amounts, CHANNELS, Due, lines_of};
pub use types::SettlementStatement;
