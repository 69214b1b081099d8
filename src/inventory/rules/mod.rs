//! What is true in the inventory domain, as plain functions over plain values.

pub mod age;
pub mod allocation;
pub mod availability;
pub mod matching;
pub mod reservation;
pub mod status;
pub mod visibility;
