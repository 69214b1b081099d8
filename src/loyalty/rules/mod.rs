//! What is true in the loyalty domain, as plain functions over plain values.

pub mod earning;
pub mod holdings;
pub mod points;
pub mod tier;
