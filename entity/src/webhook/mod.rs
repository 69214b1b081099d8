//! Webhooks out: endpoints, what is delivered to them, and the log of attempts.

pub mod attempt;
pub mod cursor;
pub mod delivery;
pub mod endpoint;
