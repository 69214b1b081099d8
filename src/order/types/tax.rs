//! The purchase tax of an order by the day that decides about it (C059, C074).

use async_graphql::{Enum, SimpleObject};
use entity::order::order;
use entity::{InvoiceCover, InvoiceState, MilestoneCode, MilestoneState};

use super::super::links::{InvoicesOfOrder, MilestonesOfOrder, PriceLinesOfOrder};
use super::super::rules::purchase_tax::{Basis, Facts, tax_due};
use crate::catalog::TrimOfOrder;
use crate::graph::money::Money;
use crate::graph::scalars::Date;
use crate::graph::{Call, Fields, Result};
use crate::values::calendar;

/// By which day the purchase tax of an order is reckoned.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurchaseTaxBasis {
    /// The day of the car's invoice: this is what is due.
    Invoice,
    /// The day on which the car is expected, since it is invoiced about then: this is what will be due if it comes so.
    Expected,
    /// Today: nobody knows a later one.
    Today,
}

impl From<Basis> for PurchaseTaxBasis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Invoice => Self::Invoice,
            Basis::Expected => Self::Expected,
            Basis::Today => Self::Today,
        }
    }
}

/// The purchase tax of an order. By law the day of the car's invoice decides, and the buyer owes it to the tax office; the order's total has
/// what it was on the day of its price, and keeps that. A difference is told here, and settled between buyer and seller.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct PurchaseTaxDue {
    /// How much.
    pub amount: Money,
    /// The day by which it is reckoned, in Shanghai.
    pub as_of: Date,
    /// What that day is.
    pub basis: PurchaseTaxBasis,
    /// What `Order.total` has of it: the TAX line of the price. Null where there is no such line.
    pub agreed: Option<Money>,
    /// How much more is due than was agreed; negative where it is less. Null where nothing was agreed.
    pub difference: Option<Money>,
    /// Whether another amount is due than was agreed. When an invoice makes it so, the order's history has an entry `INVOICE_CHANGED` with
    /// the note `PURCHASE_TAX_DIFFERS`.
    pub differs_from_order: bool,
    /// The last invoice date for which it is this much; null once there is an invoice, and where no change is known to follow.
    pub valid_until: Option<Date>,
}

/// The tax of an order.
///
/// # Errors
/// What was not fetched yet is missing.
pub fn purchase_tax_due(call: &Call, of: &order::Model) -> Result<Option<PurchaseTaxDue>> {
    // All asked for at once, so that they are fetched in one round.
    let lines = call.found::<PriceLinesOfOrder>(&of.id);
    let invoices = call.found::<InvoicesOfOrder>(&of.id);
    let milestones = call.found::<MilestonesOfOrder>(&of.id);
    let trim = call.found::<TrimOfOrder>(&of.trim_id);
    let (lines, invoices, milestones, trim) = (lines?, invoices?, milestones?, trim?);
    let Some(trim) = (*trim).as_ref() else { return Ok(None) };
    let in_force = [InvoiceState::Issued, InvoiceState::RedRequested];
    let invoice = invoices.iter().rfind(|row| row.0.covers == InvoiceCover::Car && in_force.contains(&row.0.state));
    // Another system may have issued it, and told so by the milestone alone.
    let told =
        milestones.iter().find(|row| row.0.code == MilestoneCode::Invoiced && row.0.state == MilestoneState::Done);
    let issued_at = invoice.and_then(|row| row.0.issued_at);
    let facts = Facts {
        status: of.status,
        invoiced_on: issued_at.or_else(|| told.and_then(|row| row.0.actual_at)).map(calendar::day),
        invoiced_minor: invoice.map(|row| row.0.amount_minor),
        handed_over: of.delivered_at.is_some(),
        expected_on: of.eta_likely,
        today: calendar::day(call.now),
        in_catalog: trim.0.purchase_tax_catalog,
    };
    Ok(tax_due(&facts, lines.iter().map(|line| &line.0)).map(|due| PurchaseTaxDue {
        amount: Money::fen(due.amount_minor),
        as_of: Date(due.as_of),
        basis: due.basis.into(),
        agreed: due.agreed_minor.map(Money::fen),
        difference: due.difference_minor().map(Money::fen),
        differs_from_order: due.differs(),
        valid_until: due.until.map(Date),
    }))
}
