//! What one says of cars and orders.

use async_graphql::{ID, InputObject};

/// Gives a car to an order.
#[derive(InputObject, Debug)]
pub struct VehicleAllocateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order, as in `ord_01J…`.
    pub order_id: ID,
    /// The version of the order that was read.
    pub expected_version: i32,
    /// The car, as in `veh_01J…`; one of `vehicleMatches`.
    pub vehicle_id: ID,
    /// Takes a car whose options are not those that were ordered; for operators, who have the customer's word for it.
    pub accept_differences: Option<bool>,
    /// Takes a car that is sold with a damage: the customer was shown its `damageDisclosures` and takes it so.
    pub accept_damage: Option<bool>,
}

/// Takes a car back from its order.
#[derive(InputObject, Debug)]
pub struct VehicleDeallocateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order, as in `ord_01J…`.
    pub order_id: ID,
    /// The version of the order that was read.
    pub expected_version: i32,
    /// Why, 1 to 500 characters; stands in the order's timeline, where the customer reads it.
    pub reason: String,
}

/// Gives an order another car in place of its own: one that it could have, or that of another order, which gets its own.
#[derive(InputObject, Debug)]
pub struct VehicleSwapInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order, as in `ord_01J…`; it has a car.
    pub order_id: ID,
    /// The version of the order that was read.
    pub expected_version: i32,
    /// The car that it gets, as in `veh_01J…`; this or `otherOrderId`.
    pub vehicle_id: Option<ID>,
    /// The order with which it exchanges cars, as in `ord_01J…`; this or `vehicleId`.
    pub other_order_id: Option<ID>,
    /// The version of the other order that was read; needed with `otherOrderId`, and only then.
    pub other_expected_version: Option<i32>,
    /// Why, 1 to 500 characters; stands in the timelines of the orders, where the customers read it.
    pub reason: String,
    /// As in `vehicleAllocate`.
    pub accept_differences: Option<bool>,
    /// As in `vehicleAllocate`. Between two orders, for both.
    pub accept_damage: Option<bool>,
}

/// Gives cars to the orders that wait for one.
#[derive(InputObject, Debug)]
pub struct VehicleAutoMatchInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// How many orders are looked at, 1 to 20; 20 when left out.
    pub first: Option<i32>,
}
