//! How many cars a store has, one in, one out (C099; domain.md 3.7): quotas that operators set, and the ledger that pairs what goes out
//! with what comes in. A part of the inventory room, furnished like a room of its own.
//!
//! Transfers are refused where there is no place; what another system tells is a fact, and noted as over the number. Which cars a store
//! has is counted, never added up, under the lock of its quotas; cars that change their stock are noted wherever that is written
//! ([`Moved`]), and seen to once, at the commit.

mod events;
mod inputs;
mod links;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
mod store;
mod types;

pub use links::{StockQuotaById, StockQuotaEntryById};
pub use mutations::Mutations;
pub use queries::Queries;
pub use store::{Full, Inbound, Moved, promise};
pub use types::{OneInOneOutEntry, StockQuota};
