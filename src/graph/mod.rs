//! What every room of the schema shares: the call, errors, connections, node look-up, links, writes, texts.

pub mod answer;
pub mod call;
pub mod changes;
pub mod check;
pub mod connection;
pub mod coordinates;
pub mod cost;
pub mod definitions;
pub mod deprecated;
pub mod error;
pub mod event;
pub mod federation;
pub mod freshness;
pub mod gateway;
pub mod link;
pub mod live;
mod mock;
pub mod money;
pub mod node;
mod nulls;
pub mod parse;
pub mod relation;
pub mod scalars;
pub mod schema;
pub mod share;
mod sorted;
pub mod text;
pub mod user_error;
pub mod write;

pub use answer::{Ask, To};
pub use call::{Call, CallExt};
pub use error::{Code, Error, Result};
pub use gateway::Gateway;
pub use milepost_macros::{Fields, fields, roots};
pub use user_error::{Refusal, UserError};
