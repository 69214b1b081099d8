//! What is true in the customer domain, as plain functions over plain values.

pub mod consent;
pub mod invoice_title;
pub mod lifecycle;
pub mod profile;
pub mod warranty;
