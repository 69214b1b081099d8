//! What is true in the lead domain, as plain functions over plain values.

pub mod assign;
pub mod dedupe;
pub mod score;
pub mod sla;
pub mod stage;
pub mod test_drive;
