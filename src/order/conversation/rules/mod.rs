//! Rules of the conversation on an order.

pub mod talk;
pub mod tally;
