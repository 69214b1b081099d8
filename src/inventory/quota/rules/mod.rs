//! What is true of quotas: plain functions over plain values.

pub mod ledger;
pub mod place;
pub mod quota;
