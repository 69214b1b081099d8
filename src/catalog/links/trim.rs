//! Trims, and from a trim to its price.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::TrimId;
use entity::catalog::{price_entry, trim};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};

use super::VehicleModelById;
use crate::catalog::policy;
use crate::catalog::store::{self, PriceInForce};
use crate::catalog::types::Trim;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};

/// Trims by id.
pub struct TrimById;

impl Relation for TrimById {
    type Key = TrimId;
    type Found = Option<Trim>;

    async fn fetch(call: &Call, keys: &[TrimId]) -> Result<HashMap<TrimId, Self::Found>> {
        let rows = trim::Entity::find()
            .filter(trim::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::trims(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Trim(row)))).collect())
    }
}

/// The price of a trim in the book that is in force at the call's moment.
pub struct PriceOfTrim;

impl Relation for PriceOfTrim {
    type Key = TrimId;
    type Found = Option<PriceInForce>;

    async fn fetch(call: &Call, keys: &[TrimId]) -> Result<HashMap<TrimId, Self::Found>> {
        let mut select = store::prices_in_force(call.now);
        select.and_where(price_entry::Column::TrimId.is_in(keys.iter().copied()));
        let rows = call.db().query_all(&select).await?;
        let found = rows.iter().map(|row| {
            let price = PriceInForce::from_query_result(row, "")?;
            Ok((price.trim_id, Some(price)))
        });
        Ok(found.collect::<Result<_, DbErr>>()?)
    }
}

impl Prefetch for Trim {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if look.field("msrp").exists() || look.field("price").exists() {
                call.link::<PriceOfTrim>().many(rows.iter().map(|trim| trim.0.id)).await?;
            }
            let model = look.field("model");
            if model.exists() {
                let found = call.link::<VehicleModelById>().many(rows.iter().map(|trim| trim.0.model_id)).await?;
                Prefetch::prefetch(call, model, found.into_iter().flatten().collect()).await?;
            }
            Ok(())
        })
    }
}
