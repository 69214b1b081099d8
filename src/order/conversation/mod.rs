//! The conversation on an order, with files (C076): its customer, the people of its stores and the car maker's operators write to each
//! other. A part of the order room, furnished like a room of its own.
//!
//! What is written is sealed; the bytes of files are in the object store ([`crate::files`]), and their rows say where.

mod doors;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
mod store;
mod subscriptions;
mod sweep;
mod types;

pub use doors::{DOWNLOADS, Opened, Received, UPLOADS, opened, receive};
pub use links::{ConversationById, ConversationOfOrder, MessageById, SharedFileById};
pub use mutations::Mutations;
pub use queries::Queries;
pub use store::moved;
pub use subscriptions::Subscriptions;
pub use sweep::{remove_files_of, sweep, tidy};
pub use types::{Conversation, Message, SharedFile};
