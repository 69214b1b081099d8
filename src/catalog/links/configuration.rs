//! Saved configurations.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::ConfigurationId;
use entity::catalog::configuration;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{OptionsOfTrim, TrimById};
use crate::catalog::policy;
use crate::catalog::types::Configuration;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};
use crate::place::CityByCode;

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

impl Prefetch for Configuration {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let trim = look.field("trim");
            if trim.exists() {
                let found = call.link::<TrimById>().many(rows.iter().map(|c| c.0.trim_id)).await?;
                Prefetch::prefetch(call, trim, found.into_iter().flatten().collect()).await?;
            }
            if look.field("options").exists() {
                call.link::<OptionsOfTrim>().many(rows.iter().map(|c| c.0.trim_id)).await?;
            }
            let city = look.field("city");
            if city.exists() {
                let found = call.link::<CityByCode>().many(rows.iter().filter_map(|c| c.0.city_code.clone())).await?;
                Prefetch::prefetch(call, city, found.into_iter().flatten().collect()).await?;
            }
            Ok(())
        })
    }
}
