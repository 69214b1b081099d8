//! The loyalty room: points, growth and tiers.

mod links;
pub mod policy;
pub mod rules;
mod types;

pub use links::LoyaltyAccountById;
pub use types::LoyaltyAccount;
