//! What one may ask about changes.

use async_graphql::ID;
use entity::order::order;
use entity::{Fault, OrderId};
use sea_orm::{EntityTrait, QueryFilter};

use super::inputs::{OrderChangeQuoteInput, OrderChangeWhereInput, newest};
use super::kinds::{Case, role};
use super::mutations::wish;
use super::store::consequences;
use super::types::{CancellationConsequences, ChangeRequest, OrderChangeConsequences, OrderChangeQuote};
use crate::graph::connection::{List, Rows, list, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Error, Result, roots};
use crate::order::policy;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "OrderChangeQueries")]
impl Queries {
    /// What a change of an order would mean now: the money, the price, the expected date, and what it costs beside. Whether it is
    /// granted at once. `orderChangeRequest` asks for it.
    async fn order_change_quote(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "The order and what is to be changed.")] input: OrderChangeQuoteInput,
    ) -> Result<OrderChangeQuote> {
        let call = ask.call;
        let viewer = &call.viewer;
        let found = order::Entity::find_by_id(parse_id::<OrderId>("input.orderId", &input.order_id)?)
            .filter(policy::readable(viewer).or_refuse(viewer)?)
            .one(call.db())
            .await?;
        let order = found.ok_or_else(|| Error::argument("input.orderId", "not-found"))?;
        let wish = wish::read(call, input.change).map_err(|refused| refused.error(call))?;
        let case = Case {
            conn: call.db(),
            order: &order,
            status: order.status,
            fault: input.fault.unwrap_or(Fault::Customer),
            who: role(viewer),
            at: call.now,
            now: call.now,
        };
        let (quote, is_immediate) = wish.asked.quote(&case).await.map_err(|refused| refused.error(call))?;
        Ok(OrderChangeQuote {
            kind: wish.asked.kind(),
            is_immediate,
            consequences: OrderChangeConsequences::of(call, quote.consequences),
            order_version: order.version,
        })
    }

    /// What it means to call an order off now: what of the money goes back, what is kept. `orderCancelRequest` takes the sum
    /// back as `expectedRefundMinor`.
    #[graphql(deprecation = "Since 2026-11-30, until 2027-06-01: ask for `orderChangeQuote`.")]
    async fn order_cancel_quote(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `ord_01J…`.")] order_id: ID,
        #[graphql(desc = "Whose doing it is; the customer's when left out.")] fault: Option<Fault>,
    ) -> Result<CancellationConsequences> {
        let call = ask.call;
        let viewer = &call.viewer;
        let found = order::Entity::find_by_id(parse_id::<OrderId>("orderId", &order_id)?)
            .filter(policy::readable(viewer).or_refuse(viewer)?)
            .one(call.db())
            .await?;
        let order = found.ok_or_else(|| Error::argument("orderId", "not-found"))?;
        let fault = fault.unwrap_or(Fault::Customer);
        let quote = consequences(call.db(), &order, order.status, fault, call.now).await?;
        let not_now = |_| Error::argument("orderId", "order-not-cancellable").with("status", order.status.to_string());
        quote.map(CancellationConsequences::from).map_err(not_now)
    }

    /// Requests to change orders, the newest first: a customer's own; for staff those of orders that their store sells or hands over;
    /// all for operators.
    async fn order_change_requests(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which requests.")] filter: Option<OrderChangeWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<ChangeRequest>> {
        let viewer = &ask.call.viewer;
        policy::readable(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let seen = policy::of_readable(viewer, entity::order::change_request::Column::OrderId);
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &newest(), &args, |row| Some(ChangeRequest(row))).await
    }
}
