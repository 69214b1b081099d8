//! The lead room.

pub mod rules;
