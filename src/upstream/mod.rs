//! The operators' room for systems that send events in: who is registered, what became of what they sent, and sending it
//! through once more. Furnished like a room; what happens to events is `src/ingest`.

mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
mod types;

pub use links::UpstreamSystemById;
pub use mutations::Mutations;
pub use queries::Queries;
pub use types::{InboundEvent, UpstreamSystem};
