//! Which milestones of an order may be recorded now, so that no client has to know the graph (C084).

use async_graphql::{Enum, SimpleObject};
use entity::order::order;
use entity::{MilestoneCode, MilestoneState, OrderAction, OrderStatus};

use super::super::inputs::MilestoneReport;
use super::super::links::{FinanceApplicationsOfOrder, InvoicesOfOrder, MilestonesOfOrder, PaymentsOfOrder};
use super::super::policy::left_to_deed;
use super::super::rules::car::stands_at;
use super::super::rules::invoice::{lacks_invoice, money_in};
use super::super::rules::milestone::reports;
use super::super::rules::status::{OrderFacts, OrderMove, Unmet, allowed_actions, unmet};
use super::super::rules::template::{balance_first, whole};
use crate::graph::{Call, Fields, Result};
use crate::inventory::VehicleOfOrder;
use crate::place::StoreById;

/// A milestone that the caller may record now.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct RecordableMilestone {
    /// Which.
    pub code: MilestoneCode,
    /// What may be reported of it.
    pub reports: Vec<MilestoneReport>,
    /// What has to be so before it is reported DONE, beside the milestones before it: of READY alone.
    pub waits_for: Vec<ReadyCondition>,
}

/// What has to be so before a car is ready for its customer.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyCondition {
    /// The order has a car, and that stands at the store that hands over.
    VehicleArrived,
    /// The order is paid, or a lender has committed what is missing.
    PaidOrFinanced,
    /// The car has an invoice in force.
    InvoiceIssued,
}

impl ReadyCondition {
    fn of(unmet: Unmet) -> Option<Self> {
        match unmet {
            Unmet::VehicleArrived => Some(Self::VehicleArrived),
            Unmet::PaidOrFinanced => Some(Self::PaidOrFinanced),
            Unmet::InvoiceIssued => Some(Self::InvoiceIssued),
            _ => None,
        }
    }
}

/// What the caller may record of an order now.
///
/// # Errors
/// What was not fetched yet is missing.
pub fn recordable_milestones(call: &Call, of: &order::Model) -> Result<Vec<RecordableMilestone>> {
    let may = call.viewer.role().is_some_and(|role| {
        allowed_actions(of.status, role, of.has_open_change_request).contains(&OrderAction::RecordMilestone)
    });
    if !may {
        return Ok(Vec::new());
    }
    // All asked for at once, so that they are fetched in one round.
    let milestones = call.found::<MilestonesOfOrder>(&of.id);
    let store = call.found::<StoreById>(&of.delivery_store_id);
    let loans = call.found::<FinanceApplicationsOfOrder>(&of.id);
    let invoices = call.found::<InvoicesOfOrder>(&of.id);
    let payments = call.found::<PaymentsOfOrder>(&of.id);
    let car = of.vehicle_id.map(|id| call.found::<VehicleOfOrder>(&id)).transpose();
    let (milestones, store, loans, invoices, car) = (milestones?, store?, loans?, invoices?, car?);
    let payments = payments?;

    let states: Vec<_> = milestones.iter().map(|row| (row.0.code, row.0.state)).collect();
    let reached = |code| states.contains(&(code, MilestoneState::Done));
    let car = car.as_ref().and_then(|car| (**car).as_ref());
    let facts = OrderFacts {
        vehicle_arrived: car
            .is_some_and(|car| stands_at(car.row.physical_status, car.row.store_id, of.delivery_store_id)),
        paid_or_financed: money_in(of, reached, loans.iter().map(|row| &row.0), payments.iter().map(|row| &row.0))
            .is_settled(),
        invoice_issued: !lacks_invoice(invoices.iter().map(|row| &row.0)),
        ..OrderFacts::default()
    };
    let unready: Vec<_> = unmet(OrderMove::BecomeReady, &facts).into_iter().filter_map(ReadyCondition::of).collect();

    let balance_first =
        balance_first(of.balance_first, (*store).as_ref().is_none_or(|store| store.row.delivery_center));
    let there = |code| states.iter().any(|(own, _)| *own == code);
    let found = reports(&whole(&states), balance_first).into_iter().filter(|(code, _)| there(*code));
    let found = found.map(|(code, states)| {
        let ready = code == MilestoneCode::Ready && states.contains(&MilestoneState::Done);
        let waits_for = if ready { unready.clone() } else { Vec::new() };
        let locks = code == MilestoneCode::ConfigLocked && of.status == OrderStatus::Placed;
        let waits = !waits_for.is_empty() || (locks && of.has_open_change_request);
        let fits = |state: &MilestoneState| {
            left_to_deed(&call.viewer, of.delivery_store_id, code, *state).is_none()
                && !(waits && *state == MilestoneState::Done)
        };
        let reports = states.into_iter().filter(fits).filter_map(MilestoneReport::of).collect();
        RecordableMilestone { code, reports, waits_for }
    });
    Ok(found.filter(|one| !one.reports.is_empty()).collect())
}
