//! The catalog room.

pub mod rules;
