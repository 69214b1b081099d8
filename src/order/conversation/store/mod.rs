//! Statements on conversations.

mod files;
mod talk;

pub use files::{bytes_of, finished, folder, object_begin, object_name, unsent};
pub use talk::{conversation_of, ended_at, last_standing, moved, opened, sent_lately, unread_after, with_tally};
