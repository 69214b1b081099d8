//! Milepost, the front door of car retail: one GraphQL schema over six domains. ARCHITECTURE.md has the map.

pub mod catalog;
pub mod customer;
pub mod inventory;
pub mod lead;
pub mod loyalty;
pub mod order;
pub mod values;
