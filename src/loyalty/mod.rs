//! The loyalty room.

pub mod rules;
