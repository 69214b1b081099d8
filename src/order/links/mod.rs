//! How the rows of the order room are found from other rows.

mod children;
mod handover;
mod orders;

pub use children::{
    AttemptsOfPayment, BenefitsOfOrder, ContractById, ContractTemplateById, ContractsOfOrder, EventsOfOrder,
    FinanceApplicationById, FinanceApplicationsOfOrder, InvoiceBefore, InvoiceById, InvoicesOfOrder, MilestoneById,
    MilestonesOfOrder, PaymentById, PaymentOfRefund, PaymentsOfOrder, PriceLinesOfOrder, RevisionsOfOrder,
};
pub use handover::{AppointmentOfOrder, CeremonyById, DeliveryOfOrder, SaidOfOrder, standing};
pub use orders::{OrderById, OrderByNumber};
