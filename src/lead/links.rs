//! How the rows of the lead room are found from other rows.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::LeadId;
use entity::lead::lead;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::policy;
use super::types::Lead;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};

/// By id.
pub struct LeadById;

impl Relation for LeadById {
    type Key = LeadId;
    type Found = Option<Lead>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        let rows = lead::Entity::find()
            .filter(lead::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Lead(row)))).collect())
    }
}

impl Prefetch for Lead {
    fn prefetch<'a>(_call: &'a Call, _look: Lookahead<'a>, _rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
