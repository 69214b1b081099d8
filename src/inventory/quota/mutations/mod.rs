//! What operators do with quotas: a file for each mutation.

mod end;
mod set;

use async_graphql::{Context, Object, SimpleObject};
use entity::StockQuotaId;
use serde::{Deserialize, Serialize};

use super::inputs::{StockQuotaEndInput, StockQuotaSetInput};
use super::links::StockQuotaById;
use super::types::StockQuota;
use crate::graph::answer::below;
use crate::graph::{CallExt, Result, UserError};

/// What came of it.
#[derive(SimpleObject)]
pub struct StockQuotaPayload {
    /// The quota as it is now.
    pub quota: Option<StockQuota>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    quota: StockQuotaId,
}

async fn payload(ctx: &Context<'_>, written: Result<Outcome, Vec<UserError>>) -> Result<StockQuotaPayload> {
    let call = ctx.call();
    let (quota, user_errors) = match written {
        Ok(outcome) => (call.link::<StockQuotaById>().one(outcome.quota).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(quota) = &quota {
        below(ctx, call, "quota", quota).await?;
    }
    Ok(StockQuotaPayload { quota, user_errors })
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "StockQuotaMutations")]
impl Mutations {
    /// Sets how many cars a store has, or changes a quota, for operators: at most twenty for a store, one for each thing that it is about.
    /// Cars that are there or on their way count from the beginning.
    async fn stock_quota_set(&self, ctx: &Context<'_>, input: StockQuotaSetInput) -> Result<StockQuotaPayload> {
        set::run(ctx, input).await
    }

    /// Ends a quota, for operators: cars come in as if there were none. What is open in its ledger falls away.
    async fn stock_quota_end(&self, ctx: &Context<'_>, input: StockQuotaEndInput) -> Result<StockQuotaPayload> {
        end::run(ctx, input).await
    }
}
