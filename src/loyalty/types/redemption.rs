//! What there is for points, and what was had.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::RedemptionStatus;
use entity::loyalty::{redemption, redemption_item};

use super::super::links::RedemptionItemById;
use crate::graph::scalars::Int64;
use crate::graph::{CallExt, Result};

/// Something to have for points (C109).
#[derive(Clone, Debug, Description)]
pub struct RedemptionItem(pub redemption_item::Model);

#[Object(use_type_description)]
impl RedemptionItem {
    /// Type-prefixed ULID, as in `rdi_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Short code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    async fn name(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.name_zh, &self.0.name_en)
    }

    /// What it costs, points.
    async fn cost_points(&self) -> Int64 {
        Int64(self.0.cost_points)
    }

    /// Whether it can be had at present.
    async fn available(&self) -> bool {
        self.0.available
    }
}

/// Points given for an item, or at a till (C109).
#[derive(Clone, Debug, Description)]
pub struct Redemption(pub redemption::Model);

#[Object(use_type_description)]
impl Redemption {
    /// Type-prefixed ULID, as in `rdm_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The item; null when points alone were redeemed.
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<RedemptionItem>> {
        match self.0.item_id {
            Some(id) => ctx.call().link::<RedemptionItemById>().one(id).await,
            None => Ok(None),
        }
    }

    /// Points given.
    async fn points(&self) -> Int64 {
        Int64(self.0.points)
    }

    /// State.
    async fn status(&self) -> RedemptionStatus {
        self.0.status
    }

    /// When.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
