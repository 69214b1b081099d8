//! The operational store: connections, the write transaction, paging, and the vault for personal data.

pub mod db;
mod ending;
pub mod fault;
pub mod growth;
pub mod heart;
mod held;
pub mod lane;
pub mod lock;
pub mod newest;
pub mod page;
pub mod rows;
mod spare;
pub mod tx;
pub mod vault;
mod writer;

pub use db::Db;
pub use ending::VALUES;
pub use heart::Knows;
pub use lane::Lane;
pub use lock::Lock;
pub use tx::{Happening, Tx};
pub use vault::Vault;
pub use writer::Writer;
