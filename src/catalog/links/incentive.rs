//! Incentives; they are public.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::IncentiveId;
use entity::catalog::incentive;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::TrimById;
use crate::catalog::types::Incentive;
use crate::graph::link::{Prefetch, Relation};
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

impl Prefetch for Incentive {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let trim = look.field("trim");
            if trim.exists() {
                let found = call.link::<TrimById>().many(rows.iter().filter_map(|i| i.row.trim_id)).await?;
                Prefetch::prefetch(call, trim, found.into_iter().flatten().collect()).await?;
            }
            Ok(())
        })
    }
}
