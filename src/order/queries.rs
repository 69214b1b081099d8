//! What one may ask the order room.

use async_graphql::ID;

use super::inputs::{OrderSort, OrderWhereInput, sorting};
use super::links::{OrderById, OrderByNumber};
use super::policy;
use super::types::Order;
use crate::graph::connection::{List, Rows, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "OrderQueries")]
impl Queries {
    /// An order by id; null when there is none that the caller may see.
    async fn order(&self, ask: &Ask<'_>, #[graphql(desc = "As in `ord_01J…`.")] id: ID) -> Result<Option<Order>> {
        one::<OrderById>(ask, parse_id("id", &id)?).await
    }

    /// An order by its human number; null when there is none that the caller may see.
    async fn order_by_number(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `YC2611240001`.")] number: String,
    ) -> Result<Option<Order>> {
        one::<OrderByNumber>(ask, number.trim().to_uppercase()).await
    }

    /// Orders: a customer's own; for staff those that their store sells or hands over; all for operators.
    async fn orders(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which orders.")] filter: Option<OrderWhereInput>,
        #[graphql(desc = "How to sort; newest first when left out.")] order_by: Option<OrderSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Order>> {
        let viewer = &ask.call.viewer;
        let ways = policy::ways(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?).seen_by(ways);
        list(ask, rows, &sorting(order_by), &args, |row| Some(Order(row))).await
    }
}
