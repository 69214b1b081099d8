//! The event log and the waking of its readers. The log is the truth, a wake-up is a hint.

pub mod bus;
pub mod epoch;
pub mod feed;
pub mod hub;
pub mod log;
pub mod oem;
pub mod position;
mod recent;
pub mod retention;
pub mod returns;
mod topic;

pub use bus::Heads;
pub use hub::Hub;
pub use log::{Batch, Draft, Entry};
pub use topic::Topic;
