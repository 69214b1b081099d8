//! Systems that send events in, and what they sent.

pub mod inbound_event;
pub mod subject;
pub mod system;
