//! The inventory room.

mod alerts;
mod hold;
mod policies;
mod sight;
mod sorting;
mod transfers;
