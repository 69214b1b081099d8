//! The inventory room.

mod alerts;
mod display;
mod hold;
mod policies;
mod quality;
mod quality_delay;
mod quality_ends;
mod quota;
mod sight;
mod sorting;
mod transfers;
