//! How the rows of the order room are found from other rows.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::OrderId;
use entity::order::order;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::policy;
use super::types::Order;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};

/// By id.
pub struct OrderById;

impl Relation for OrderById {
    type Key = OrderId;
    type Found = Option<Order>;

    async fn fetch(call: &Call, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Found>> {
        let rows = order::Entity::find()
            .filter(order::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Order(row)))).collect())
    }
}

impl Prefetch for Order {
    fn prefetch<'a>(_call: &'a Call, _look: Lookahead<'a>, _rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
