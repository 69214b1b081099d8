//! Incentives; they are public.

use std::collections::HashMap;

use entity::IncentiveId;
use entity::catalog::incentive;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::catalog::types::Incentive;
use crate::graph::link::Relation;
use crate::graph::{Call, Result};

/// Incentives by id.
pub struct IncentiveById;

impl Relation for IncentiveById {
    type Key = IncentiveId;
    type Found = Option<Incentive>;

    async fn fetch(call: &Call, keys: &[IncentiveId]) -> Result<HashMap<IncentiveId, Self::Found>> {
        let rows =
            incentive::Entity::find().filter(incentive::Column::Id.is_in(keys.iter().copied())).all(call.db()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(row.into()))).collect())
    }
}
