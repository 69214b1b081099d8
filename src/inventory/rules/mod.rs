//! What is true in the inventory domain, as plain functions over plain values.

pub mod age;
pub mod alert;
pub mod allocation;
pub mod availability;
pub mod lifecycle;
pub mod matching;
pub mod policy;
pub mod reservation;
pub mod sort;
pub mod status;
pub mod transfer;
pub mod visibility;
