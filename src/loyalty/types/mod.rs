//! What the loyalty room looks like.

mod account;
mod points;
mod redemption;

pub use account::{LoyaltyAccount, Tier};
pub use points::{PointsEntry, PointsLot};
pub use redemption::{Redemption, RedemptionItem};
