//! What one may ask the customer room.

use async_graphql::{Context, ID, Object};
use entity::customer::customer;
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::inputs::{CustomerSort, CustomerWhereInput, sorting};
use super::links::CustomerById;
use super::policy;
use super::types::Customer;
use crate::access::ViewerKind;
use crate::graph::connection::{List, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{CallExt, Result};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[Object(name = "CustomerQueries")]
impl Queries {
    /// The signed-in customer.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let call = ctx.call();
        match call.viewer.kind {
            ViewerKind::Customer(id) => one::<CustomerById, _>(ctx, id).await,
            ViewerKind::Anonymous | ViewerKind::Staff { .. } | ViewerKind::Operator(_) | ViewerKind::System => {
                Err(call.viewer.refused())
            }
        }
    }

    /// A customer by id; null when there is none that the caller may see.
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As in `cus_01J…`.")] id: ID,
    ) -> Result<Option<Customer>> {
        one::<CustomerById, _>(ctx, parse_id("id", &id)?).await
    }

    /// Customers, for staff: those with a lead or an order in the caller's store; all for operators.
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Which customers.")] filter: Option<CustomerWhereInput>,
        #[graphql(desc = "How to sort; newest first when left out.")] order_by: Option<CustomerSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Customer>> {
        let viewer = &ctx.call().viewer;
        viewer.staff().ok_or_else(|| viewer.refused())?;
        let args = page_args(first, after.as_deref())?;
        let select = customer::Entity::find()
            .filter(policy::readable(viewer).or_refuse(viewer)?)
            .filter(filter.unwrap_or_default().condition())
            .into_query();
        list(ctx, select, &sorting(order_by), &args, Customer).await
    }
}
