//! How the rows of the loyalty room are found from other rows.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::LoyaltyAccountId;
use entity::loyalty::account;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::policy;
use super::types::LoyaltyAccount;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};

/// By id.
pub struct LoyaltyAccountById;

impl Relation for LoyaltyAccountById {
    type Key = LoyaltyAccountId;
    type Found = Option<LoyaltyAccount>;

    async fn fetch(call: &Call, keys: &[LoyaltyAccountId]) -> Result<HashMap<LoyaltyAccountId, Self::Found>> {
        let rows = account::Entity::find()
            .filter(account::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(LoyaltyAccount(row)))).collect())
    }
}

impl Prefetch for LoyaltyAccount {
    fn prefetch<'a>(_call: &'a Call, _look: Lookahead<'a>, _rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
