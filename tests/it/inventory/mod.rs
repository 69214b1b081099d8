//! The inventory room.

mod alerts;
mod hold;
mod policies;
mod quota;
mod sight;
mod sorting;
mod transfers;
