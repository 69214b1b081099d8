//! What the order room looks like.

mod benefit;
mod blocking;
mod contract;
mod eta;
mod event;
mod finance;
mod handover;
mod invoice;
mod milestone;
mod order;
mod party;
mod payment;
mod price;
mod recordable;
mod tax;

pub use benefit::OrderBenefit;
pub use blocking::{BlockingReason, blocking_reasons};
pub use contract::{Contract, ContractTemplate, FileLink};
pub use eta::{Eta, EtaRevision};
pub use event::OrderEvent;
pub use finance::FinanceApplication;
pub use handover::{
    Delivery, HandoverAppointment, HandoverCeremony, HandoverSlot, PreparationTask, booked, preparation_tasks,
};
pub use invoice::Invoice;
pub use milestone::{Milestone, title_key};
pub use order::Order;
pub use party::PartyHandover;
pub use payment::{Payment, PaymentAttempt};
pub use price::{OrderPriceBreakdown, OrderPriceLine};
pub use recordable::ReadyCondition;
pub use tax::PurchaseTaxBasis;
