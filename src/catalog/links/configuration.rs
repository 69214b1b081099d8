//! Saved configurations.

use std::collections::HashMap;

use entity::ConfigurationId;
use entity::catalog::configuration;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::catalog::policy;
use crate::catalog::types::Configuration;
use crate::graph::link::Relation;
use crate::graph::{Call, Result};

/// Saved configurations by id.
pub struct ConfigurationById;

impl Relation for ConfigurationById {
    type Key = ConfigurationId;
    type Found = Option<Configuration>;

    async fn fetch(call: &Call, keys: &[ConfigurationId]) -> Result<HashMap<ConfigurationId, Self::Found>> {
        let rows = configuration::Entity::find()
            .filter(configuration::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::configurations(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Configuration(row)))).collect())
    }
}
