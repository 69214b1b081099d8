//! Changes of an order that is under way (C075; domain.md 3.2, "OrderChangeRequest"): what each would mean, who grants it, and how it
//! is done. A part of the order room, furnished like a room of its own. A kind is a file of `kinds`: what is wanted, what it would mean,
//! how it is carried out; who grants it in which state of the order is a table (`rules/table.rs`).

mod inputs;
mod kinds;
mod links;
mod mutations;
mod queries;
pub mod rules;
mod store;
mod types;

pub use inputs::{OrderCancelRequestInput, RefundRecordInput};
pub use links::{RefundsOfOrder, RequestById, RequestsOfOrder};
pub use mutations::{Mutations, OrderCancelRequestPayload, RefundRecordPayload};
pub use queries::Queries;
pub use store::{Books, Went, let_run_out, payments_of, tell_done, waits_for_red};
pub use types::{ChangeRequest, EarnestDepositTreatment, Refund};
