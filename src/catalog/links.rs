//! How the rows of the catalog room are found from other rows.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::catalog::{configuration, model, trim};
use entity::{ConfigurationId, TrimId, VehicleModelId};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::policy;
use super::types::{Configuration, Trim, VehicleModel};
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};

/// By id.
pub struct VehicleModelById;

impl Relation for VehicleModelById {
    type Key = VehicleModelId;
    type Found = Option<VehicleModel>;

    async fn fetch(call: &Call, keys: &[VehicleModelId]) -> Result<HashMap<VehicleModelId, Self::Found>> {
        let rows = model::Entity::find()
            .filter(model::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(VehicleModel(row)))).collect())
    }
}

impl Prefetch for VehicleModel {
    fn prefetch<'a>(_call: &'a Call, _look: Lookahead<'a>, _rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// By id.
pub struct TrimById;

impl Relation for TrimById {
    type Key = TrimId;
    type Found = Option<Trim>;

    async fn fetch(call: &Call, keys: &[TrimId]) -> Result<HashMap<TrimId, Self::Found>> {
        let rows = trim::Entity::find()
            .filter(trim::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Trim(row)))).collect())
    }
}

impl Prefetch for Trim {
    fn prefetch<'a>(_call: &'a Call, _look: Lookahead<'a>, _rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// By id.
pub struct ConfigurationById;

impl Relation for ConfigurationById {
    type Key = ConfigurationId;
    type Found = Option<Configuration>;

    async fn fetch(call: &Call, keys: &[ConfigurationId]) -> Result<HashMap<ConfigurationId, Self::Found>> {
        let rows = configuration::Entity::find()
            .filter(configuration::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Configuration(row)))).collect())
    }
}

impl Prefetch for Configuration {
    fn prefetch<'a>(_call: &'a Call, _look: Lookahead<'a>, _rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
