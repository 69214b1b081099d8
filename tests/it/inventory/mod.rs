//! The inventory room.

mod alerts;
mod display;
mod hold;
mod measures;
mod policies;
mod quality;
mod quality_delay;
mod quality_ends;
mod quota;
pub mod sight;
mod slot;
mod sorting;
pub mod transfers;
mod weighted;
