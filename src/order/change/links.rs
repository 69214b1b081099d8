//! How requests and refunds are found from other rows.

use entity::order::{change_request, refund};
use entity::{ChangeRequestId, OrderId};
use sea_orm::sea_query::Condition;

use super::types::{ChangeRequest, Refund};
use crate::graph::relation::{many, one};
use crate::order::policy;

one! {
    /// Requests by id.
    RequestById: ChangeRequestId => change_request.Id as ChangeRequest,
        |call| Condition::all().add(policy::of_readable(&call.viewer, change_request::Column::OrderId)),
        |_call, row| Some(ChangeRequest(row));
}

many! {
    /// Requests by order, oldest first.
    RequestsOfOrder: OrderId => change_request.OrderId as ChangeRequest, by [Asc RequestedAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(ChangeRequest(row));

    /// Refunds by order, oldest first.
    RefundsOfOrder: OrderId => refund.OrderId as Refund, by [Asc CreatedAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(Refund(row));

    /// Refunds by request, oldest first.
    RefundsOfRequest: ChangeRequestId => refund.ChangeRequestId as Refund, by [Asc CreatedAt, Asc Id],
        |_call| Condition::all(), |_call, row| Some(Refund(row));
}
