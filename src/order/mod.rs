//! The order room.

pub mod rules;
