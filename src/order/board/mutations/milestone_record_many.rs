//! `milestoneRecordMany` (C080).

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};
use entity::{ErrorPolicy, OrderId};
use futures_util::future::BoxFuture;

use super::super::super::mutations::{Recorded, record_milestone_of};
use super::super::super::policy;
use super::super::super::types::Order;
use super::super::inputs::{MilestoneRecordItemInput, MilestoneRecordManyInput};
use super::many::{self, Single};
use crate::graph::write::Key;
use crate::graph::{Call, CallExt, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct MilestoneRecordManyPayload {
    /// What came of each, in the order of the items; empty where `userErrors` say why nothing was done.
    pub results: Vec<MilestoneRecordResult>,
    /// How many were recorded.
    pub recorded_count: i32,
    /// What of the whole the user can put right; that of an item stands with its result.
    pub user_errors: Vec<UserError>,
}

/// What came of one.
#[derive(SimpleObject)]
pub struct MilestoneRecordResult {
    /// The order; null where nothing was recorded.
    pub order: Option<Order>,
    /// What the user can put right, with paths as in `["input", "items", "3", "code"]`.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: MilestoneRecordManyInput) -> Result<MilestoneRecordManyPayload> {
    let call = ctx.call();
    policy::recordable(&call.viewer).or_refuse(&call.viewer)?;
    let refused = many::refused(call, &input.idempotency_key, input.items.len());
    if !refused.is_empty() {
        return Ok(MilestoneRecordManyPayload { results: Vec::new(), recorded_count: 0, user_errors: refused });
    }
    let single: Single<_, Recorded> = Arc::new(|tx, call, input| Box::pin(record_milestone_of(tx, call, input)));
    let outcomes = match input.error_policy {
        ErrorPolicy::Continue => {
            let of = MilestoneRecordItemInput::single;
            Ok(many::each(ctx, &input.idempotency_key, input.items, of, single).await?)
        }
        ErrorPolicy::Abort => {
            let key = Key::new(ctx, &input.idempotency_key, &input);
            let ids: Vec<OrderId> = input.items.iter().filter_map(|item| item.order_id.parse().ok()).collect();
            let items = input.items.into_iter().map(MilestoneRecordItemInput::single).collect();
            many::all(ctx, key, items, move |tx, call| lock(tx, call, ids), single).await?
        }
    };
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(user_errors) => {
            return Ok(MilestoneRecordManyPayload { results: Vec::new(), recorded_count: 0, user_errors });
        }
    };
    let orders = many::orders(call, &outcomes, |recorded| recorded.order).await?;
    let recorded = outcomes.iter().filter(|one| matches!(one, Ok(Some(_)))).count();
    let results = outcomes.into_iter().zip(orders);
    let results =
        results.map(|(one, order)| MilestoneRecordResult { order, user_errors: one.err().unwrap_or_default() });
    Ok(MilestoneRecordManyPayload {
        results: results.collect(),
        recorded_count: i32::try_from(recorded).unwrap_or(i32::MAX),
        user_errors: Vec::new(),
    })
}

fn lock<'t>(tx: &'t mut Tx, call: &'t Call, ids: Vec<OrderId>) -> BoxFuture<'t, many::Done<()>> {
    Box::pin(async move { many::lock_orders(tx, policy::recordable(&call.viewer).or_nothing(), ids).await })
}
