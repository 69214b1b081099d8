//! Points, growth and tiers (domain.md 1.11, 3.3).

pub mod account;
pub mod growth_entry;
pub mod points_entry;
pub mod points_lot;
pub mod redemption;
pub mod redemption_item;
pub mod redemption_lot;
pub mod tier;
