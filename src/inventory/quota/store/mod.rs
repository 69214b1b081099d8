//! Where quotas and their ledgers are kept.

mod ledgers;
mod moved;
mod promise;
mod stock;

pub use ledgers::{in_force, ledgers, put};
pub use moved::{Moved, models_of};
pub use promise::{Full, Inbound, promise};
pub use stock::{oldest, stock};
