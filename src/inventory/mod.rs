//! The inventory room.

pub mod rules;
