//! The customer room.

pub mod rules;
