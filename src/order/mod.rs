//! The order room: one order for one car, its payments and its way to the customer.

pub mod board;
pub mod change;
pub mod conversation;
pub mod deals;
mod events;
mod inputs;
mod links;
mod matching;
mod mutations;
pub mod parity;
pub mod policy;
mod printed;
pub mod quantile;
mod queries;
pub mod quote;
pub mod rules;
pub mod settlement;
mod store;
mod subscriptions;
mod types;
pub mod upstream;
pub mod watch;

pub use change::EarnestDepositTreatment;
pub use inputs::MilestoneReport;
pub use links::{FinanceApplicationById, InvoiceById, MilestoneById, OrderById, OrderByNumber, PaymentById};
pub use mutations::Mutations;
pub use printed::{PATH as CONTRACT_FILES, Printed, printed};
pub use queries::Queries;
pub use store::{
    NotMoved, Progress, Report, Revision, Step, car_is_invoiced, delay_for_damage, end_delay_for_damage,
    follow_handovers, record_milestone, seal_invoice, travelled, unassign,
};
pub use subscriptions::Subscriptions;
pub use types::{Eta, FinanceApplication, Invoice, Milestone, Order, Payment, PurchaseTaxBasis, ReadyCondition};
