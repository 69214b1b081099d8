//! What is true of changes: plain functions over plain values.

pub mod cancel;
pub mod consequences;
pub mod defer;
pub mod falls;
pub mod queue;
pub mod reconfigure;
pub mod refund;
pub mod returns;
pub mod stores;
pub mod table;
