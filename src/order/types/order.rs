//! An order.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::order::order;
use entity::{FulfillmentMode, OrderAction, OrderPaymentStatus, OrderStatus, Party, SalesModel};

use super::super::links::{EventsOfOrder, MilestonesOfOrder, PaymentsOfOrder, PriceLinesOfOrder};
use super::super::policy;
use super::super::rules::party::{balance_before_shipment, current_party};
use super::super::rules::status::allowed_actions;
use super::{Eta, Milestone, OrderEvent, OrderPriceBreakdown, Payment};
use crate::catalog::{Configuration, ConfigurationById, Trim, TrimById};
use crate::customer::{Customer, CustomerById};
use crate::graph::money::Money;
use crate::graph::{CallExt, Result};
use crate::inventory::{VehicleUnit, VehicleUnitById};
use crate::place::{City, CityByCode, Staff, StaffById, Store, StoreById};
use crate::store::vault::Personal;

/// One order for one car.
#[derive(Clone, Debug, Description)]
pub struct Order(pub order::Model);

#[Object(use_type_description)]
impl Order {
    /// Type-prefixed ULID, as in `ord_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Human number, as in `YC2611240001`: brand, day and the day's counter.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// State of the order.
    async fn status(&self) -> OrderStatus {
        self.0.status
    }

    /// What has been paid, over all payments.
    async fn payment_status(&self) -> OrderPaymentStatus {
        self.0.payment_status
    }

    /// Who owns the stock and sets the price.
    async fn sales_model(&self) -> SalesModel {
        self.0.sales_model
    }

    /// How the car is found.
    async fn fulfillment_mode(&self) -> FulfillmentMode {
        self.0.fulfillment_mode
    }

    /// Who ordered.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        ctx.call().link::<CustomerById>().one(self.0.customer_id).await
    }

    /// The store that sells.
    async fn store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        ctx.call().link::<StoreById>().one(self.0.store_id).await
    }

    /// The store that hands over.
    async fn delivery_store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        ctx.call().link::<StoreById>().one(self.0.delivery_store_id).await
    }

    /// The customer's contact in the store.
    async fn consultant(&self, ctx: &Context<'_>) -> Result<Option<Staff>> {
        match self.0.consultant_id {
            Some(id) => ctx.call().link::<StaffById>().one(id).await,
            None => Ok(None),
        }
    }

    /// The trim that was ordered.
    async fn trim(&self, ctx: &Context<'_>) -> Result<Option<Trim>> {
        ctx.call().link::<TrimById>().one(self.0.trim_id).await
    }

    /// The saved configuration that the order was placed with; it may have changed since.
    async fn configuration(&self, ctx: &Context<'_>) -> Result<Option<Configuration>> {
        ctx.call().link::<ConfigurationById>().one(self.0.configuration_id).await
    }

    /// Codes of the options that were ordered.
    async fn option_codes(&self) -> &[String] {
        &self.0.option_codes.0
    }

    /// Where the car will be registered.
    async fn city(&self, ctx: &Context<'_>) -> Result<Option<City>> {
        ctx.call().link::<CityByCode>().one(self.0.city_code.clone()).await
    }

    /// The car, once one is assigned.
    async fn vehicle(&self, ctx: &Context<'_>) -> Result<Option<VehicleUnit>> {
        match self.0.vehicle_id {
            Some(id) => ctx.call().link::<VehicleUnitById>().one(id).await,
            None => Ok(None),
        }
    }

    /// Name of the buyer for the contract; masked except for the owner and holders of `pii:read`.
    async fn buyer_name(&self, ctx: &Context<'_>) -> Result<String> {
        let call = ctx.call();
        call.show(Personal::Name, &self.0.buyer_name, policy::personal(&call.viewer, &self.0))
    }

    /// Nodes of the delivery graph, in order of display.
    async fn milestones(&self, ctx: &Context<'_>) -> Result<Vec<Milestone>> {
        ctx.call().link::<MilestonesOfOrder>().one(self.0.id).await
    }

    /// Who is to act next; null when nothing is left to do, or the order is not under way.
    async fn current_owner_party(&self, ctx: &Context<'_>) -> Result<Option<Party>> {
        let call = ctx.call();
        let milestones = call.link::<MilestonesOfOrder>().one(self.0.id).await?;
        let store = call.link::<StoreById>().one(self.0.delivery_store_id).await?;
        let states: Vec<_> = milestones.iter().map(|m| (m.0.code, m.0.state)).collect();
        let balance_first = store.is_some_and(|store| balance_before_shipment(&store.row));
        Ok(current_party(self.0.status, &states, balance_first))
    }

    /// When the car is expected to be ready.
    async fn eta(&self) -> Eta {
        Eta(self.0.clone())
    }

    /// What happened, oldest first.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<OrderEvent>> {
        ctx.call().link::<EventsOfOrder>().one(self.0.id).await
    }

    /// Payments, oldest first.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        ctx.call().link::<PaymentsOfOrder>().one(self.0.id).await
    }

    /// How the price came about.
    async fn price_breakdown(&self, ctx: &Context<'_>) -> Result<OrderPriceBreakdown> {
        Ok(OrderPriceBreakdown { lines: ctx.call().link::<PriceLinesOfOrder>().one(self.0.id).await? })
    }

    /// What is to be paid in all.
    async fn total(&self) -> Money {
        Money::fen(self.0.total_minor)
    }

    /// What has been paid and not given back.
    async fn paid(&self) -> Money {
        Money::fen(self.0.paid_minor)
    }

    /// What the caller may do now, so that every client draws the same buttons.
    async fn allowed_actions(&self, ctx: &Context<'_>) -> Vec<OrderAction> {
        ctx.call()
            .viewer
            .role()
            .map_or_else(Vec::new, |role| allowed_actions(self.0.status, role, self.0.has_open_change_request))
    }

    /// When the order became firm, by the arrival of its earnest deposit.
    async fn placed_at(&self) -> Option<DateTime<Utc>> {
        self.0.placed_at
    }

    /// When the contract began.
    async fn contract_started_at(&self) -> Option<DateTime<Utc>> {
        self.0.contract_started_at
    }

    /// Until when the configuration can be changed without a change request.
    async fn lock_deadline(&self) -> Option<DateTime<Utc>> {
        self.0.lock_deadline
    }

    /// When the car was handed over.
    async fn delivered_at(&self) -> Option<DateTime<Utc>> {
        self.0.delivered_at
    }

    /// Whether a change is being asked for.
    async fn has_open_change_request(&self) -> bool {
        self.0.has_open_change_request
    }

    /// Why the order is called off, in the words of whoever asked for it.
    async fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }

    /// When the order was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Grows with each change; sent back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
