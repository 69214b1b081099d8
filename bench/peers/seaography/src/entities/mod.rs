//! The tables that both documents need, whole, as `sea-orm-cli generate entity --seaography` would write them.

pub mod customer;
pub mod customer_order;
pub mod milestone;
pub mod store;
pub mod trim;
pub mod vehicle_model;
pub mod vehicle_unit;
