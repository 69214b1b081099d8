//! The loyalty room: points, growth and tiers.

mod award;
mod events;
mod inputs;
mod ledger;
mod links;
mod mutations;
pub mod policy;
mod queries;
pub mod rules;
mod subscriptions;
mod types;
pub mod upstream;

pub use award::{Bought, award_by_rule, orders_delivered, orders_taken_back};
pub use links::{LoyaltyAccountById, LoyaltyAccountOfCustomer, RedemptionById, RedemptionItemById};
pub use mutations::Mutations;
pub use queries::Queries;
pub use subscriptions::Subscriptions;
pub use types::{LoyaltyAccount, PointsEntry, PointsLot, Redemption, RedemptionItem, Tier};
