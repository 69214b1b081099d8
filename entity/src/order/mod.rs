//! Orders, payments and delivery (domain.md 1.7, 1.8).

pub mod benefit;
pub mod change_request;
pub mod contract;
pub mod contract_template;
pub mod conversation;
pub mod deal_price;
pub mod delivery;
pub mod eta_computation;
pub mod eta_quantile;
pub mod eta_revision;
pub mod event;
pub mod finance_application;
pub mod handover_appointment;
pub mod handover_ceremony;
pub mod handover_desk;
pub mod invoice;
pub mod match_turn;
pub mod message;
pub mod milestone;
pub mod milestone_template;
#[expect(clippy::module_inception, reason = "the table has its domain's name")]
pub mod order;
pub mod payment;
pub mod payment_attempt;
pub mod preparation_task;
pub mod price_line;
pub mod quote;
pub mod refund;
pub mod settlement_event;
pub mod settlement_line;
pub mod settlement_rule;
pub mod settlement_statement;
pub mod shared_file;
