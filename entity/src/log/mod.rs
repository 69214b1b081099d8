//! The event log and the idempotency record. They belong to no domain.

pub mod epoch;
pub mod event;
pub mod idempotency;
pub mod stream;
