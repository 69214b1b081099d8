//! What is true of settlement: plain functions over plain values.

pub mod amount;
pub mod due;
pub mod period;
pub mod statement;
