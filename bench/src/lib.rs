//! The bench: a hand-written floor beside the gateway, and the runner that measures both in turn. README.md has the use.

pub mod floor;
pub mod instructions;
mod pool;
pub mod run;
pub mod streams;
