//! How customers and what belongs to them are found from other rows.

use std::collections::HashMap;

use entity::customer::{consent, customer, identity};
use entity::order::order;
use entity::{ConsentId, CustomerId};
use sea_orm::sea_query::Condition;
use sea_orm::sea_query::{Expr, Order as Way};
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QueryTrait};

use super::policy;
use super::types::{Consent, Customer, CustomerIdentity};
use crate::graph::link::{Relation, group, one};
use crate::graph::{Call, Result};
use crate::order::Order;
use crate::store::newest::{self, Groups};
use crate::store::rows::{ByPlace, among};

one! {
    /// Customers by id.
    CustomerById: CustomerId => customer.Id as Customer,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(Customer(row));
}

one! {
    /// Customers by id, reached through a record that opens them: whoever may see an order, a lead or an account may see
    /// whose it is, as [`policy::readable`] says for each kind of caller.
    CustomerOfRecord: CustomerId => customer.Id as Customer,
        |_call| Condition::all(),
        |_call, row| Some(Customer(row));
}

one! {
    /// Consents by id.
    ConsentById: ConsentId => consent.Id as Consent,
        |call| policy::consents(&call.viewer).or_nothing(),
        |_call, row| Some(Consent(row));
}

/// Consents by customer, newest first.
pub struct ConsentsOfCustomer;

impl Relation for ConsentsOfCustomer {
    type Key = CustomerId;
    type Found = Vec<Consent>;

    async fn fetch(call: &Call, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Found>> {
        let rows = consent::Entity::find()
            .filter(among(call.app.db.backend(), consent::Column::CustomerId, keys.iter().copied()))
            .order_by_desc(consent::Column::GrantedAt)
            .order_by_desc(consent::Column::Id)
            .by_place(call.db())
            .await?;
        let groups = group(rows.into_iter().filter_map(|row| Some((row.customer_id?, row))), |(id, _)| *id);
        Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map(|(_, row)| Consent(row)).collect())).collect())
    }
}

/// Verified identities by customer, oldest first.
pub struct IdentitiesOfCustomer;

impl Relation for IdentitiesOfCustomer {
    type Key = CustomerId;
    type Found = Vec<CustomerIdentity>;

    async fn fetch(call: &Call, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Found>> {
        let rows = identity::Entity::find()
            .filter(among(call.app.db.backend(), identity::Column::CustomerId, keys.iter().copied()))
            .order_by_asc(identity::Column::VerifiedAt)
            .order_by_asc(identity::Column::Id)
            .by_place(call.db())
            .await?;
        let groups = group(rows, |row| row.customer_id);
        Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map(CustomerIdentity).collect())).collect())
    }
}

/// The newest orders by customer, as far as the order room lets the viewer see them.
pub struct OrdersOfCustomer;

/// Most orders below one customer.
const MAX_ORDERS: u64 = 20;

impl Relation for OrdersOfCustomer {
    type Key = CustomerId;
    type Found = Vec<Order>;

    async fn fetch(call: &Call, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Found>> {
        let column = |column: order::Column| Expr::col((order::Entity, column));
        let select = order::Entity::find()
            .filter(among(call.app.db.backend(), order::Column::CustomerId, keys.iter().copied()))
            .filter(crate::order::policy::readable(&call.viewer).or_nothing())
            .into_query();
        let groups = Groups {
            by: column(order::Column::CustomerId),
            order: vec![(column(order::Column::CreatedAt), Way::Desc), (column(order::Column::Id), Way::Desc)],
            most: MAX_ORDERS,
        };
        let rows: Vec<order::Model> = newest::of_each(&call.app.db, select, groups).await?;
        let groups = group(rows, |row| row.customer_id);
        Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map(Order).collect())).collect())
    }
}
