//! How customers and what belongs to them are found from other rows.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::CustomerId;
use entity::customer::{consent, customer};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::policy;
use super::types::{Consent, Customer};
use crate::graph::link::{Prefetch, Relation, group};
use crate::graph::{Call, Result};
use crate::place::{CityByCode, StoreById};

/// Customers by id.
pub struct CustomerById;

impl Relation for CustomerById {
    type Key = CustomerId;
    type Found = Option<Customer>;

    async fn fetch(call: &Call, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Found>> {
        let rows = customer::Entity::find()
            .filter(customer::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Customer(row)))).collect())
    }
}

/// Consents by customer, newest first.
pub struct ConsentsOfCustomer;

impl Relation for ConsentsOfCustomer {
    type Key = CustomerId;
    type Found = Vec<Consent>;

    async fn fetch(call: &Call, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Found>> {
        let rows = consent::Entity::find()
            .filter(consent::Column::CustomerId.is_in(keys.iter().copied()))
            .order_by_desc(consent::Column::GrantedAt)
            .order_by_desc(consent::Column::Id)
            .all(call.db())
            .await?;
        let groups = group(rows.into_iter().filter_map(|row| Some((row.customer_id?, row))), |(id, _)| *id);
        Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map(|(_, row)| Consent(row)).collect())).collect())
    }
}

impl Prefetch for Customer {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if look.field("consents").exists() {
                call.link::<ConsentsOfCustomer>().many(rows.iter().map(|c| c.0.id)).await?;
            }
            if look.field("homeCity").exists() {
                call.link::<CityByCode>().many(rows.iter().filter_map(|c| c.0.home_city_code.clone())).await?;
            }
            let preferred = look.field("preferredStore");
            if preferred.exists() {
                let stores = call.link::<StoreById>().many(rows.iter().filter_map(|c| c.0.preferred_store_id)).await?;
                Prefetch::prefetch(call, preferred, stores.into_iter().flatten().collect()).await?;
            }
            Ok(())
        })
    }
}
