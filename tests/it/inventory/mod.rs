//! The inventory room.

mod hold;
mod sight;
