//! Orders, and what a selection on them fetches ahead.

use entity::OrderId;
use entity::order::order;

use super::super::policy;
use super::super::types::Order;
use crate::graph::relation::one;

one! {
    /// Orders by id.
    OrderById: OrderId => order.Id as Order,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(Order(row));
}

one! {
    /// Orders by their human number.
    OrderByNumber: String => order.Number as Order,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(Order(row));
}
