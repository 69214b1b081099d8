//! An order.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::order::order;
use entity::{FulfillmentMode, MilestoneCode, OrderAction, OrderPaymentStatus, OrderStatus, Party, SalesModel};

use super::super::change::{RefundsOfOrder, RequestsOfOrder};
use super::super::links::{
    BenefitsOfOrder, ContractsOfOrder, EventsOfOrder, FinanceApplicationsOfOrder, InvoicesOfOrder, MilestonesOfOrder,
    PaymentsOfOrder, PriceLinesOfOrder,
};
use super::super::policy;
use super::super::rules::standing::NEVER;
use super::super::rules::status::allowed_actions;
use super::party::{current_party, party_handovers};
use super::recordable::{RecordableMilestone, recordable_milestones};
use super::tax::{PurchaseTaxDue, purchase_tax_due};
use super::{
    BlockingReason, Delivery, Eta, OrderPriceBreakdown, PartyHandover, PreparationTask, blocking_reasons,
    preparation_tasks,
};
use crate::catalog::{ConfigurationOfOrder, TrimOfOrder};
use crate::customer::CustomerOfRecord;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, Result, fields};
use crate::inventory::display::{VehicleDisplayStatus, shown_of_car};
use crate::inventory::quality::CasesOfOrder;
use crate::inventory::{TransferOfOrder, VehicleOfOrder};
use crate::order::conversation::ConversationOfOrder;
use crate::place::{CityByCode, StaffById, StoreById};
use crate::store::vault::Personal;

/// One order for one car.
#[derive(Clone, Debug, Description)]
pub struct Order(pub order::Model);

#[fields(rows(order::Model))]
impl Order {
    /// Type-prefixed ULID, as in `ord_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Human number, as in `YC2611240001`: brand, day and the day's counter.
    fn number(&self) -> &str {
        &self.0.number
    }

    /// State of the order.
    fn status(&self) -> OrderStatus {
        self.0.status
    }

    /// What has been paid, over all payments.
    fn payment_status(&self) -> OrderPaymentStatus {
        self.0.payment_status
    }

    /// Who owns the stock and sets the price.
    fn sales_model(&self) -> SalesModel {
        self.0.sales_model
    }

    /// How the car is found.
    fn fulfillment_mode(&self) -> FulfillmentMode {
        self.0.fulfillment_mode
    }

    /// Who ordered.
    #[link(self.0.customer_id)]
    fn customer(&self) -> To<CustomerOfRecord>;

    /// The store that sells.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The store that hands over.
    #[link(self.0.delivery_store_id)]
    fn delivery_store(&self) -> To<StoreById>;

    /// The customer's contact in the store.
    #[link(self.0.consultant_id)]
    fn consultant(&self) -> To<StaffById>;

    /// The trim that was ordered.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimOfOrder>;

    /// The saved configuration that the order was placed with; it may have changed since.
    #[link(self.0.configuration_id)]
    fn configuration(&self) -> To<ConfigurationOfOrder>;

    /// Codes of the options that were ordered.
    fn option_codes(&self) -> &[String] {
        &self.0.option_codes.0
    }

    /// Where the car will be registered.
    #[link(self.0.city_code)]
    fn city(&self) -> To<CityByCode>;

    /// The car, once one is assigned.
    #[link(self.0.vehicle_id)]
    fn vehicle(&self) -> To<VehicleOfOrder>;

    /// The transfer that brings its car to the store that hands it over, as long as it is open; for staff of the order's stores and of the one that
    /// has the car, and operators.
    #[link(self.0.id)]
    fn vehicle_transfer(&self) -> To<TransferOfOrder>;

    /// The state of its car as operators have it shown to the caller's kind of people, for orders that are fulfilled like this one;
    /// null until there is a car.
    fn vehicle_display_status(&self, call: &Call) -> Result<Option<VehicleDisplayStatus>> {
        let Some(id) = self.0.vehicle_id else { return Ok(None) };
        let car = call.found::<VehicleOfOrder>(&id)?;
        (*car).as_ref().map(|car| shown_of_car(call, &car.row, Some(self.0.fulfillment_mode))).transpose()
    }

    /// Name of the buyer for the contract; masked except for the owner and holders of `pii:read`.
    #[columns(customer_id, buyer_name)]
    fn buyer_name(&self, call: &Call) -> Result<String> {
        call.show(Personal::Name, &self.0.buyer_name, policy::personal(&call.viewer, &self.0))
    }

    /// Nodes of the delivery graph, in order of display: those that the order's template has, for customers those that it shows them.
    #[link(self.0.id)]
    fn milestones(&self) -> To<MilestonesOfOrder>;

    /// Who is to act next; null when nothing is left to do, or the order is not under way.
    #[columns(status, current_party)]
    fn current_owner_party(&self) -> Option<Party> {
        current_party(&self.0)
    }

    /// The chain of those who had the order in hand, oldest first: from the customer by store, car maker, plant and carrier back to the
    /// customer (C084), by the milestones that the caller is shown. The last went to `currentOwnerParty`.
    fn party_handovers(&self, call: &Call) -> Result<Vec<PartyHandover>> {
        party_handovers(call, &self.0)
    }

    /// The milestones that the caller may record now, and what may be reported of each, in order of display: `milestoneRecord` takes
    /// these, but for CONFIG_LOCKED of a configuration that is not valid any more. What follows from a deed, as CONTRACT_SIGNED does from
    /// signing, is not recorded by stores. Empty for customers, and off the way.
    fn recordable_milestones(&self, call: &Call) -> Result<Vec<RecordableMilestone>> {
        recordable_milestones(call, &self.0)
    }

    /// What stops the order now, and what waits for that (C077); empty where somebody works on it or nothing is left to do.
    fn blocking_reasons(&self, call: &Call) -> Result<Vec<BlockingReason>> {
        blocking_reasons(call, &self.0)
    }

    /// What is to be reached next, details left aside; for staff and operators, null for others and off the way.
    fn current_milestone(&self, call: &Call) -> Option<MilestoneCode> {
        self.0.current_milestone.filter(|_| call.viewer.staff().is_some())
    }

    /// Until when that is to be reached; for staff and operators, null for others and where nobody watches it.
    fn current_due_at(&self, call: &Call) -> Option<DateTime<Utc>> {
        self.0.current_due_at.filter(|due_at| *due_at < NEVER && call.viewer.staff().is_some())
    }

    /// Whether that is late; for staff and operators, null for others.
    fn sla_breached(&self, call: &Call) -> Option<bool> {
        call.viewer.staff().map(|_| self.0.current_due_at.is_some_and(|due_at| due_at < call.now))
    }

    /// When the car is expected to be ready.
    #[columns()]
    fn eta(&self) -> Eta {
        Eta(self.0.clone())
    }

    /// What happened, oldest first.
    #[link(self.0.id)]
    fn timeline(&self) -> To<EventsOfOrder>;

    /// Payments, oldest first.
    #[link(self.0.id)]
    fn payments(&self) -> To<PaymentsOfOrder>;

    /// Money that has to go back, or has gone: by a request, or because it was not to come. Oldest first.
    #[link(self.0.id)]
    fn refunds(&self) -> To<RefundsOfOrder>;

    /// Contracts, oldest first; the last one is the one that counts.
    #[link(self.0.id)]
    fn contracts(&self) -> To<ContractsOfOrder>;

    /// Applications for a loan over the car, oldest first.
    #[link(self.0.id)]
    fn finance_applications(&self) -> To<FinanceApplicationsOfOrder>;

    /// Invoices, oldest first (C074).
    #[link(self.0.id)]
    fn invoices(&self) -> To<InvoicesOfOrder>;

    /// Damage to the order's car, and to one that it had before, newest first (C101): as the customer may know it.
    #[link(self.0.id)]
    fn quality_cases(&self) -> To<CasesOfOrder>;

    /// What has to be done before the hand-over, from the lock of the configuration on.
    fn preparation_tasks(&self, call: &Call) -> Result<Vec<PreparationTask>> {
        preparation_tasks(call, &self.0)
    }

    /// The hand-over.
    #[columns()]
    fn delivery(&self) -> Delivery {
        Delivery(self.0.clone())
    }

    /// What was asked to be changed, oldest first.
    #[link(self.0.id)]
    fn change_requests(&self) -> To<RequestsOfOrder>;

    /// What is written on it, between customer, stores and car maker (C076); null until somebody writes.
    #[link(self.0.id)]
    fn conversation(&self) -> To<ConversationOfOrder>;

    /// How the price came about.
    fn price_breakdown(&self, call: &Call) -> Result<OrderPriceBreakdown> {
        Ok(OrderPriceBreakdown { lines: call.found::<PriceLinesOfOrder>(&self.0.id)? })
    }

    /// The purchase tax by the day that decides about it, the one of the car's invoice, and how much that is beside what was agreed (C074).
    /// Null at an end without the car, and of a car that was handed over without anybody's telling when it was invoiced.
    fn purchase_tax_due(&self, call: &Call) -> Result<Option<PurchaseTaxDue>> {
        purchase_tax_due(call, &self.0)
    }

    /// Packages that were chosen besides the car, as they were agreed (C069).
    #[link(self.0.id)]
    fn benefits(&self) -> To<BenefitsOfOrder>;

    /// What is to be paid in all, as it was agreed: purchase tax as on the day of the price, whatever `purchaseTaxDue` says.
    fn total(&self) -> Money {
        Money::fen(self.0.total_minor)
    }

    /// What has been paid and not given back.
    fn paid(&self) -> Money {
        Money::fen(self.0.paid_minor)
    }

    /// What the caller may do now, so that every client draws the same buttons.
    fn allowed_actions(&self, call: &Call) -> Vec<OrderAction> {
        call.viewer
            .role()
            .map_or_else(Vec::new, |role| allowed_actions(self.0.status, role, self.0.has_open_change_request))
    }

    /// When the order became firm, by the arrival of its earnest deposit.
    fn placed_at(&self) -> Option<DateTime<Utc>> {
        self.0.placed_at
    }

    /// When the contract began.
    fn contract_started_at(&self) -> Option<DateTime<Utc>> {
        self.0.contract_started_at
    }

    /// Until when the configuration can be changed without a change request.
    fn lock_deadline(&self) -> Option<DateTime<Utc>> {
        self.0.lock_deadline
    }

    /// Until when the order is to become firm: of a DRAFT until when its deposit is to be paid, or it is CANCELLED; of an INTENTION until
    /// when it is to be confirmed (`orderConfirm`, and its earnest deposit paid), or it is EXPIRED and the deposit goes back. What was begun
    /// in time, a payment or a change request, is waited for. Null once it is firm, and where another system sees to the order.
    fn intention_deadline(&self) -> Option<DateTime<Utc>> {
        self.0.intention_deadline
    }

    /// When the car was handed over.
    fn delivered_at(&self) -> Option<DateTime<Utc>> {
        self.0.delivered_at
    }

    /// Whether a change is being asked for.
    fn has_open_change_request(&self) -> bool {
        self.0.has_open_change_request
    }

    /// Why the order is called off, in the words of whoever asked for it.
    fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }

    /// When the order was made.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Grows with each change; sent back as `expectedVersion`.
    fn version(&self) -> i32 {
        self.0.version
    }
}
