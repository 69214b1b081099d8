//! Events in (guarantees 7.1): CloudEvents from the systems of record, each checked by the same rules as a mutation and
//! done in the same kind of transaction.
//!
//! An event type stands beside the room whose things it speaks of (`src/*/upstream`) and fulfils one trait, [`Inbound`];
//! [`registry`] lists them all. [`take`] takes events in: it claims the record of each by source and id, puts it in its
//! place among those of its subject, lets its type do it, and records what became of it. What waits for something is tried
//! again when that comes, and by [`retry`].

pub mod door;
pub mod envelope;
pub mod import;
pub mod inbound;
pub mod keys;
mod position;
mod reason;
mod record;
pub mod registry;
pub mod retry;
mod sender;
mod take;

pub(crate) use inbound::data;
pub use inbound::{Desk, EventType, Inbound, Item, Verdict};
pub use position::Position;
pub use reason::Reason;
pub use record::Settled;
pub use sender::{ALL, Sender, allows};
pub use take::{Outcome, take};
