//! What is true in the catalog domain, as plain functions over plain values.

pub mod benefit;
pub mod configuration;
pub mod finance;
pub mod incentive;
pub mod insurance;
pub mod lead_time;
pub mod media;
pub mod price;
pub mod price_change;
pub mod price_history;
pub mod share_code;
pub mod spec;
pub mod tax;
