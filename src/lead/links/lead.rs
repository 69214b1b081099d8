//! Leads.

use std::collections::HashMap;

use entity::LeadId;
use entity::lead::lead;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::policy;
use super::super::types::Lead;
use crate::graph::link::Relation;
use crate::graph::{Call, Result};

/// Leads by id.
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
