//! What order management, payment and logistics report of orders.

mod find;
mod milestone;

pub use milestone::MilestoneReported;
