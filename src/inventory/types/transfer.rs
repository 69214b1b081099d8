//! A car that goes from one store to another (C103).

use async_graphql::{Description, Enum, ID};
use chrono::{DateTime, Utc};
use entity::StockTransferState;
use entity::inventory::transfer;

use super::super::links::VehicleUnitById;
use super::super::policy;
use super::super::rules::transfer::{TRANSFER, TransferAction};
use crate::graph::answer::To;
use crate::graph::{Call, fields};
use crate::order::OrderById;
use crate::place::StoreById;
use crate::values::machine;

/// What the caller may do with a transfer now.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockTransferAction {
    /// Give the car, or not: `stockTransferApprove`.
    Decide,
    /// Call it off.
    Cancel,
    /// Say that the car has left.
    Ship,
    /// Say that the car has come.
    Receive,
}

/// A car that one store asks of another.
#[derive(Clone, Debug, Description)]
pub struct StockTransfer(pub transfer::Model);

#[fields(rows(transfer::Model))]
impl StockTransfer {
    /// Type-prefixed ULID, as in `stx_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The car, as the caller sees it. Who gets it sees it from when it has left, whatever the policies show.
    #[columns(vehicle_id)]
    fn vehicle(&self) -> To<VehicleUnitById> {
        To::new(self.0.vehicle_id)
    }

    /// The store that had it when it was asked for.
    #[link(self.0.from_store_id)]
    fn from_store(&self) -> To<StoreById>;

    /// The store that asks for it.
    #[link(self.0.to_store_id)]
    fn to_store(&self) -> To<StoreById>;

    /// The car of the store that asks which goes out for it, as the caller sees it.
    #[columns(out_vehicle_id)]
    fn out_unit(&self) -> To<VehicleUnitById> {
        To::new(self.0.out_vehicle_id)
    }

    /// The order that has the car and is handed over where it goes, for whoever sees that order.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// Whether it brings the car of an order to the store that hands it over. It falls away with the order's car until it has left.
    fn is_for_order(&self) -> bool {
        self.0.order_id.is_some()
    }

    /// How far it is.
    fn state(&self) -> StockTransferState {
        self.0.state
    }

    /// Why it is asked for.
    fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What was said with the decision.
    fn note(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// What was said with the decision.
    #[graphql(name = "answer", deprecation = "Since 2026-11-30, until 2027-06-01: ask for `note`.")]
    fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// When it was asked for.
    fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When it was decided on.
    fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// When it is expected there.
    fn expected_at(&self) -> Option<DateTime<Utc>> {
        self.0.expected_at
    }

    /// When the car left.
    fn shipped_at(&self) -> Option<DateTime<Utc>> {
        self.0.shipped_at
    }

    /// When the car came.
    fn received_at(&self) -> Option<DateTime<Utc>> {
        self.0.received_at
    }

    /// What the caller may do with it now.
    #[columns(state, from_store_id, to_store_id, order_id, order_store_id)]
    fn allowed_actions(&self, call: &Call) -> Vec<StockTransferAction> {
        let open = machine::allowed(TRANSFER, self.0.state);
        let steps = [
            (TransferAction::Approve, StockTransferAction::Decide),
            (TransferAction::Cancel, StockTransferAction::Cancel),
            (TransferAction::Ship, StockTransferAction::Ship),
            (TransferAction::Receive, StockTransferAction::Receive),
        ];
        let may = |action: &TransferAction| policy::may_move(&call.viewer, &self.0, *action);
        steps.into_iter().filter(|(step, _)| open.contains(step) && may(step)).map(|(_, action)| action).collect()
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}
