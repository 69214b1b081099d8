//! What order management, payment and logistics report of orders.

mod contract;
mod eta;
mod finance;
mod find;
mod invoice;
mod milestone;
mod order;
mod payment;

pub use contract::ContractReported;
pub use eta::EtaReported;
pub use finance::FinanceApplicationReported;
pub use find::{open, subject};
pub use invoice::InvoiceReported;
pub use milestone::MilestoneReported;
pub use order::OrderReported;
pub use payment::PaymentReported;
