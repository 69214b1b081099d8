//! How the rows of the inventory room are found from other rows.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::VehicleUnitId;
use entity::inventory::vehicle_unit;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::policy;
use super::types::VehicleUnit;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};

/// By id.
pub struct VehicleUnitById;

impl Relation for VehicleUnitById {
    type Key = VehicleUnitId;
    type Found = Option<VehicleUnit>;

    async fn fetch(call: &Call, keys: &[VehicleUnitId]) -> Result<HashMap<VehicleUnitId, Self::Found>> {
        let rows = vehicle_unit::Entity::find()
            .filter(vehicle_unit::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(VehicleUnit(row)))).collect())
    }
}

impl Prefetch for VehicleUnit {
    fn prefetch<'a>(_call: &'a Call, _look: Lookahead<'a>, _rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
