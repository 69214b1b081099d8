//! What one may ask the customer room.

use async_graphql::ID;
use entity::customer::customer;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::inputs::{CustomerSort, CustomerWhereInput, sorting};
use super::links::CustomerById;
use super::policy;
use super::types::Customer;
use crate::access::ViewerKind;
use crate::graph::connection::{List, Rows, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::scalars::CnMobile;
use crate::graph::{Ask, Error, Result, roots};
use crate::store::vault::Personal;
use crate::values::phone::Phone;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "CustomerQueries")]
impl Queries {
    /// The signed-in customer.
    async fn me(&self, ask: &Ask<'_>) -> Result<Option<Customer>> {
        let call = ask.call;
        match call.viewer.kind {
            ViewerKind::Customer(id) => one::<CustomerById>(ask, id).await,
            ViewerKind::Anonymous | ViewerKind::Staff { .. } | ViewerKind::Operator(_) | ViewerKind::System(_) => {
                Err(call.viewer.refused())
            }
        }
    }

    /// A customer by id; null when there is none that the caller may see.
    async fn customer(
        &self, ask: &Ask<'_>, #[graphql(desc = "As in `cus_01J…`.")] id: ID
    ) -> Result<Option<Customer>> {
        one::<CustomerById>(ask, parse_id("id", &id)?).await
    }

    /// Customers, for staff: those with a lead or an order in the caller's store; all for operators.
    async fn customers(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which customers.")] filter: Option<CustomerWhereInput>,
        #[graphql(desc = "How to sort; newest first when left out.")] order_by: Option<CustomerSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Customer>> {
        let viewer = &ask.call.viewer;
        viewer.staff_or_refuse()?;
        let args = page_args(first, after.as_deref())?;
        let seen = policy::readable(viewer).or_refuse(viewer)?;
        let rows = Rows::those(Condition::all().add(seen).add(filter.unwrap_or_default().condition()));
        list(ask, rows, &sorting(order_by), &args, |row| Some(Customer(row))).await
    }

    /// The customer of a phone number, for staff, so that nobody is asked twice (C010). Masked as everywhere. Null
    /// when there is none, and just so when there is one whom the caller may not see: a store's staff find the
    /// customers of their store only, and learn nothing about other numbers (guarantees 5.2).
    async fn customer_lookup(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `13800001234` or `+8613800001234`.")] phone: CnMobile,
    ) -> Result<Option<Customer>> {
        let call = ask.call;
        call.viewer.staff_or_refuse()?;
        let phone = Phone::parse(&phone.0).map_err(|_| Error::argument("phone", "phone"))?;
        let found = customer::Entity::find()
            .filter(customer::Column::PhoneHash.eq(call.app.vault.blind(Personal::Phone, phone.e164())))
            .filter(policy::readable(&call.viewer).or_refuse(&call.viewer)?)
            .one(call.db())
            .await?;
        Ok(found.map(Customer))
    }
}
