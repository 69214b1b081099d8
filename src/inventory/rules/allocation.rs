//! Whether a car may be given to an order (C079, C102; domain.md 3.2: one HARD allocation for a car and for an order).

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, vehicle_unit};
use entity::order::order;
use entity::vocabulary::{AllocationKind, CommercialStatus, SalesModel};

use super::reservation::{HoldState, allocation_state};
use super::status::{CommercialAction, can_be_promised, move_commercial};
use crate::order::rules::status::is_ended;

/// What stands in the way of giving a car to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// The order is at an end.
    OrderEnded,
    /// The car is another order's.
    CarTaken,
    /// The order has another car.
    OrderHasAnother,
    /// The car is of another trim.
    OtherTrim,
    /// It stands where nobody can be promised it, or was sold.
    NotForSale,
}

/// The commercial state of a car that is given to an order. `active` is the car's allocation in force; a hold is none in the
/// way here, see [`yields`].
///
/// # Errors
/// The first [`Obstacle`], in the order of their list.
pub fn may_give(
    order: &order::Model,
    car: &vehicle_unit::Model,
    active: Option<&allocation::Model>,
) -> Result<CommercialStatus, Obstacle> {
    if is_ended(order.status) {
        return Err(Obstacle::OrderEnded);
    }
    if active.is_some_and(|held| held.kind == AllocationKind::Hard) {
        return Err(Obstacle::CarTaken);
    }
    if order.vehicle_id.is_some_and(|other| other != car.id) {
        return Err(Obstacle::OrderHasAnother);
    }
    if car.trim_id != order.trim_id {
        return Err(Obstacle::OtherTrim);
    }
    let step = move_commercial(car.commercial_status, CommercialAction::Allocate).ok();
    step.filter(|_| can_be_promised(car.physical_status)).ok_or(Obstacle::NotForSale)
}

/// Whether a car is sold as an order is (domain.md 3.5): in the same way, and a dealer's own only by that dealer.
pub fn is_sold_as(order: &order::Model, car: &vehicle_unit::Model) -> bool {
    let own = car.store_id.is_none_or(|store| store == order.store_id || store == order.delivery_store_id);
    car.sales_model == order.sales_model && (car.sales_model != SalesModel::Wholesale || own)
}

/// Whether a hold gives way to an order: it is for that order, one of the order's stores made it for none in particular, or it
/// has run out.
pub fn yields(hold: &allocation::Model, order: &order::Model, now: DateTime<Utc>) -> bool {
    if hold.kind == AllocationKind::Hard {
        return false;
    }
    let own_store = hold.store_id.is_some_and(|store| store == order.store_id || store == order.delivery_store_id);
    allocation_state(hold, now) == HoldState::Expired
        || hold.order_id == Some(order.id)
        || (hold.order_id.is_none() && own_store)
}
