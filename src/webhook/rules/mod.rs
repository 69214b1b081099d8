//! What is true of webhooks: plain functions over plain values.

pub mod address;
pub mod message;
pub mod outcome;
