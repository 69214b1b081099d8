//! What is true in the order domain, as plain functions over plain values.

pub mod blocking;
pub mod car;
pub mod contract;
pub mod estimate;
pub mod eta;
pub mod expiry;
pub mod finance;
pub mod follows;
pub mod handover;
pub mod invoice;
pub mod milestone;
pub mod number;
pub mod paper;
pub mod parties;
pub mod pause;
pub mod payment;
pub mod payment_word;
pub mod pickup;
pub mod preparation;
pub mod purchase_tax;
pub mod standing;
pub mod status;
pub mod template;
pub mod took;
