//! What belongs to orders. By order: reached through an order that the viewer may see, whose statement had the policy.
//! By id of their own: their order's policy is part of the statement, so that a child is no side door to it.

use entity::order::{
    benefit, contract, contract_template, eta_revision, event, finance_application, invoice, milestone, payment,
    payment_attempt, price_line,
};
use entity::{ContractId, ContractTemplateId, FinanceApplicationId, InvoiceId, MilestoneId, OrderId, PaymentId};
use sea_orm::sea_query::Condition;

use super::super::policy;
use super::super::types::{
    Contract, ContractTemplate, EtaRevision, FinanceApplication, Invoice, Milestone, OrderBenefit, OrderEvent,
    OrderPriceLine, Payment, PaymentAttempt,
};
use crate::graph::relation::{many, one};

one! {
    /// Milestones by id.
    MilestoneById: MilestoneId => milestone.Id as Milestone,
        |call| Condition::all()
            .add(policy::of_readable(&call.viewer, milestone::Column::OrderId))
            .add(policy::shown_milestones(&call.viewer)),
        |_call, row| Some(Milestone(row));
}

one! {
    /// Payments by id.
    PaymentById: PaymentId => payment.Id as Payment,
        |call| Condition::all().add(policy::of_readable(&call.viewer, payment::Column::OrderId)),
        |_call, row| Some(Payment(row));
}

one! {
    /// Contracts by id.
    ContractById: ContractId => contract.Id as Contract,
        |call| Condition::all().add(policy::of_readable(&call.viewer, contract::Column::OrderId)),
        |_call, row| Some(Contract(row));
}

one! {
    /// Templates of contracts that the viewer sees; the order's right was asked there.
    ContractTemplateById: ContractTemplateId => contract_template.Id as ContractTemplate,
        |_call| Condition::all(),
        |_call, row| Some(ContractTemplate(row));
}

one! {
    /// Applications for loans by id.
    FinanceApplicationById: FinanceApplicationId => finance_application.Id as FinanceApplication,
        |call| Condition::all().add(policy::of_readable(&call.viewer, finance_application::Column::OrderId)),
        |_call, row| Some(FinanceApplication(row));
}

one! {
    /// Invoices by id.
    InvoiceById: InvoiceId => invoice.Id as Invoice,
        |call| Condition::all().add(policy::of_readable(&call.viewer, invoice::Column::OrderId)),
        |_call, row| Some(Invoice(row));
}

one! {
    /// Invoices that others of the same order stand in for; the order's right was asked there.
    InvoiceBefore: InvoiceId => invoice.Id as Invoice,
        |_call| Condition::all(),
        |_call, row| Some(Invoice(row));
}

one! {
    /// Payments of refunds that the viewer sees; the order's right was asked there.
    PaymentOfRefund: PaymentId => payment.Id as Payment,
        |_call| Condition::all(),
        |_call, row| Some(Payment(row));
}

many! {
    /// Contracts by order, oldest first.
    ContractsOfOrder: OrderId => contract.OrderId as Contract, by [Asc ContractVersion],
        |_call| Condition::all(), |_call, row| Some(Contract(row));

    /// Applications for loans by order, oldest first.
    FinanceApplicationsOfOrder: OrderId => finance_application.OrderId as FinanceApplication, by [Asc CreatedAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(FinanceApplication(row));

    /// Invoices by order, oldest first.
    InvoicesOfOrder: OrderId => invoice.OrderId as Invoice, by [Asc CreatedAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(Invoice(row));

    /// Milestones by order that the viewer is shown, in order of display. Nothing that customers are told is reckoned from what they
    /// are not shown (`rules::template::may_be_hidden`).
    MilestonesOfOrder: OrderId => milestone.OrderId as Milestone, by [Asc Position],
        |_call| Condition::all(), |call, row| policy::is_shown(&call.viewer, row.hidden).then_some(Milestone(row)),
        looks_at &["hidden"];

    /// Payments by order, oldest first.
    PaymentsOfOrder: OrderId => payment.OrderId as Payment, by [Asc CreatedAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(Payment(row));

    /// Attempts by payment, oldest first.
    AttemptsOfPayment: PaymentId => payment_attempt.PaymentId as PaymentAttempt, by [Asc OccurredAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(PaymentAttempt(row));

    /// Lines of the price by order, in order.
    PriceLinesOfOrder: OrderId => price_line.OrderId as OrderPriceLine, by [Asc Position],
        |_call| Condition::all(), |_call, row| Some(OrderPriceLine(row));

    /// Packages by order, in order.
    BenefitsOfOrder: OrderId => benefit.OrderId as OrderBenefit, by [Asc Position],
        |_call| Condition::all(), |_call, row| Some(OrderBenefit(row));

    /// History by order, oldest first.
    EventsOfOrder: OrderId => event.OrderId as OrderEvent, by [Asc OccurredAt, Asc Id],
        |_call| Condition::all(), |call, row| policy::is_shown(&call.viewer, row.hidden).then_some(OrderEvent(row)),
        looks_at &["hidden"];

    /// Published expected dates by order, newest first.
    RevisionsOfOrder: OrderId => eta_revision.OrderId as EtaRevision, by [Desc PublishedAt, Desc Id],
        |_call| Condition::all(), |_call, row| Some(row.into());
}
