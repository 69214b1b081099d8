//! What one may do in the inventory room: a file for each mutation, and what they share.

mod hold;
pub mod rule;
mod sort_rule;
mod stock_alert;
mod stock_transfer;
mod vehicle_release;
mod vehicle_reserve;
mod visibility_policy;

use async_graphql::{Context, Object, SimpleObject};

use super::inputs::{
    InventorySortRuleArchiveInput, InventorySortRulePublishInput, InventorySortRuleUpsertInput,
    InventoryVisibilityPolicyArchiveInput, InventoryVisibilityPolicyPublishInput, InventoryVisibilityPolicyUpsertInput,
    StockAlertAcknowledgeInput, StockAlertRuleUpsertInput, StockTransferApproveInput, StockTransferRequestInput,
    StockTransferShipInput, StockTransferStepInput, VehicleReleaseInput, VehicleReserveInput,
};
use super::rules::transfer::TransferAction;
use super::types::{Allocation, VehicleUnit};
use crate::graph::{Call, Result, UserError};
use crate::values::text;

pub use sort_rule::InventorySortRulePayload;
pub use stock_alert::{StockAlertPayload, StockAlertRulePayload};
pub use stock_transfer::StockTransferPayload;
pub use visibility_policy::InventoryVisibilityPolicyPayload;

/// Most characters of what is said with a step.
const MAX_NOTE: u32 = 500;

/// What is said with a step, if anything is.
pub(super) fn note(call: &Call, field: &str, given: Option<&str>, errors: &mut Vec<UserError>) -> Option<String> {
    let given = given.filter(|given| !given.trim().is_empty())?;
    text::note(given, MAX_NOTE).map_err(|invalid| errors.push(UserError::refused(call, field, invalid))).ok()
}

pub use hold::lock as lock_seen;
pub use rule::Reader;

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleHoldPayload {
    /// The car, as the caller sees it now.
    pub vehicle: Option<VehicleUnit>,
    /// The hold that was made or ended.
    pub allocation: Option<Allocation>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "InventoryMutations")]
impl Mutations {
    /// Holds a free car for a while, for staff whose policies let them. A hold that has run out does not stand in the
    /// way. Of many at once, one wins; the others get `VEHICLE_UNAVAILABLE`.
    async fn vehicle_reserve(&self, ctx: &Context<'_>, input: VehicleReserveInput) -> Result<VehicleHoldPayload> {
        vehicle_reserve::run(ctx, input).await
    }

    /// Sets a held car free: the store that holds it, and operators.
    async fn vehicle_release(&self, ctx: &Context<'_>, input: VehicleReleaseInput) -> Result<VehicleHoldPayload> {
        vehicle_release::run(ctx, input).await
    }

    /// Writes a visibility policy, or a draft anew, for operators. It counts once it is published; one that is published is not
    /// changed, another takes its place.
    async fn inventory_visibility_policy_upsert(
        &self,
        ctx: &Context<'_>,
        input: InventoryVisibilityPolicyUpsertInput,
    ) -> Result<InventoryVisibilityPolicyPayload> {
        visibility_policy::upsert(ctx, input).await
    }

    /// Puts a draft of a visibility policy in force, for operators, in place of another if one is named. At most fifty are in force.
    async fn inventory_visibility_policy_publish(
        &self,
        ctx: &Context<'_>,
        input: InventoryVisibilityPolicyPublishInput,
    ) -> Result<InventoryVisibilityPolicyPayload> {
        visibility_policy::publish(ctx, input).await
    }

    /// Takes a visibility policy out of use, for operators.
    async fn inventory_visibility_policy_archive(
        &self,
        ctx: &Context<'_>,
        input: InventoryVisibilityPolicyArchiveInput,
    ) -> Result<InventoryVisibilityPolicyPayload> {
        visibility_policy::archive(ctx, input).await
    }

    /// Writes a sort rule, or a draft anew, for operators. It counts once it is published.
    async fn inventory_sort_rule_upsert(
        &self,
        ctx: &Context<'_>,
        input: InventorySortRuleUpsertInput,
    ) -> Result<InventorySortRulePayload> {
        sort_rule::upsert(ctx, input).await
    }

    /// Puts a draft of a sort rule in force, for operators, in place of another if one is named. At most fifty are in force. Cursors
    /// of lists in the order of another rule are `CURSOR_STALE` from then on.
    async fn inventory_sort_rule_publish(
        &self,
        ctx: &Context<'_>,
        input: InventorySortRulePublishInput,
    ) -> Result<InventorySortRulePayload> {
        sort_rule::publish(ctx, input).await
    }

    /// Takes a sort rule out of use, for operators.
    async fn inventory_sort_rule_archive(
        &self,
        ctx: &Context<'_>,
        input: InventorySortRuleArchiveInput,
    ) -> Result<InventorySortRulePayload> {
        sort_rule::archive(ctx, input).await
    }

    /// Writes a rule by which alerts are raised, for operators; at most fifty. The stock is looked at soon after, and from then on from
    /// time to time.
    async fn stock_alert_rule_upsert(
        &self,
        ctx: &Context<'_>,
        input: StockAlertRuleUpsertInput,
    ) -> Result<StockAlertRulePayload> {
        stock_alert::upsert(ctx, input).await
    }

    /// Takes up an alert, for staff of the store that has the stock, and operators: it goes to no higher level. It is closed when what
    /// it was raised for is over.
    async fn stock_alert_acknowledge(
        &self,
        ctx: &Context<'_>,
        input: StockAlertAcknowledgeInput,
    ) -> Result<StockAlertPayload> {
        stock_alert::acknowledge(ctx, input).await
    }

    /// Asks another store for a free car, for managers whose policies let them, and operators; or has the car of an order brought to the
    /// store that hands it over, for staff of the order's stores, and operators. One that is held for an order goes to that store too, for
    /// its manager. A car goes to one store at a time. A transfer for an order that loses the car before it has left is called off.
    async fn stock_transfer_request(
        &self,
        ctx: &Context<'_>,
        input: StockTransferRequestInput,
    ) -> Result<StockTransferPayload> {
        stock_transfer::request(ctx, input).await
    }

    /// Gives the car or does not, for the manager of the store that has it, and operators.
    async fn stock_transfer_approve(
        &self,
        ctx: &Context<'_>,
        input: StockTransferApproveInput,
    ) -> Result<StockTransferPayload> {
        stock_transfer::approve(ctx, input).await
    }

    /// Calls off a transfer before the car has left, for the manager of the store that asked, the staff of the order's stores where it
    /// brings an order's car, and operators.
    async fn stock_transfer_cancel(
        &self,
        ctx: &Context<'_>,
        input: StockTransferStepInput,
    ) -> Result<StockTransferPayload> {
        stock_transfer::simple(ctx, input, TransferAction::Cancel).await
    }

    /// Says that the car has left, for staff of the store that had it, and operators. It has to be free still, or its order's: that is
    /// SHIPPED and IN_TRANSIT then, and its dates are worked out anew. `NOT_ELIGIBLE` as long as somebody decides about the order, or
    /// where the balance is wanted before the car is moved.
    async fn stock_transfer_ship(
        &self,
        ctx: &Context<'_>,
        input: StockTransferShipInput,
    ) -> Result<StockTransferPayload> {
        stock_transfer::ship(ctx, input).await
    }

    /// Says that the car has come, for staff of the store that asked for it, and operators: it is of its stock from then on. The order
    /// whose car it is has ARRIVED.
    async fn stock_transfer_receive(
        &self,
        ctx: &Context<'_>,
        input: StockTransferStepInput,
    ) -> Result<StockTransferPayload> {
        stock_transfer::simple(ctx, input, TransferAction::Receive).await
    }
}
