//! Orders, and what a selection on them fetches ahead.

use std::collections::HashMap;

use entity::OrderId;
use entity::order::order;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::policy;
use super::super::types::Order;
use crate::graph::link::Relation;
use crate::graph::{Call, Result};

/// Orders by id.
pub struct OrderById;

impl Relation for OrderById {
    type Key = OrderId;
    type Found = Option<Order>;

    async fn fetch(call: &Call, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Found>> {
        let rows = policy::find(&call.viewer, keys.iter().copied()).all(call.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Order(row)))).collect())
    }
}

/// Orders by their human number.
pub struct OrderByNumber;

impl Relation for OrderByNumber {
    type Key = String;
    type Found = Option<Order>;

    async fn fetch(call: &Call, keys: &[String]) -> Result<HashMap<String, Self::Found>> {
        let rows = order::Entity::find()
            .filter(order::Column::Number.is_in(keys))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.number.clone(), Some(Order(row)))).collect())
    }
}
