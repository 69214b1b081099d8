//! `inventorySortRuleUpsert`, `…Publish`, `…Archive` (C096).

use async_graphql::{Context, SimpleObject};
use entity::inventory::sort_rule;
use entity::{Codes, PolicyStatus, SortCriteria, SortCriterion, SortRuleId, StockSortMode};
use serde::{Deserialize, Serialize};

use super::super::inputs::{
    InventorySortRuleArchiveInput, InventorySortRulePublishInput, InventorySortRuleUpsertInput,
};
use super::super::links::SortRuleById;
use super::super::policy;
use super::super::rules::lifecycle::RuleAction;
use super::super::rules::sort::check;
use super::super::types::InventorySortRule;
use super::rule::{self, Reader, words};
use crate::graph::connection::Direction;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct InventorySortRulePayload {
    /// The rule as it is now.
    pub rule: Option<InventorySortRule>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    rule: SortRuleId,
}

async fn payload(call: &Call, written: Result<Outcome, Vec<UserError>>) -> Result<InventorySortRulePayload> {
    let (rule, user_errors) = match written {
        Ok(outcome) => (call.link::<SortRuleById>().one(outcome.rule).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(InventorySortRulePayload { rule, user_errors })
}

pub async fn upsert(ctx: &Context<'_>, input: InventorySortRuleUpsertInput) -> Result<InventorySortRulePayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, input).await? {
        Ok((at, row)) => write(ctx, Some(key), move |tx, call| Box::pin(keep(tx, call, at, row))).await?,
        Err(errors) => Err(errors),
    };
    payload(call, written).await
}

type At = Option<(SortRuleId, i32)>;

/// The rule as it is said, with every error at once.
async fn read(
    call: &Call,
    input: InventorySortRuleUpsertInput,
) -> Result<Result<(At, sort_rule::Model), Vec<UserError>>> {
    let mut reader = Reader::new(call);
    let at = reader.subject("ruleId", input.rule_id.as_ref(), input.expected_version);
    let name = reader.name(&input.name);
    let store_ids = reader.stores(input.store_ids.as_deref()).await?;
    let criteria = input.criteria.iter().map(|criterion| SortCriterion {
        key: criterion.key,
        descending: criterion.direction == Direction::Desc,
        weight: criterion.weight,
    });
    let mode = input.mode.unwrap_or(StockSortMode::Lexicographic);
    let criteria = SortCriteria(criteria.collect());
    let given: Codes = input.roles.iter().flatten().map(ToString::to_string).collect();
    reader.broken(check(mode, &criteria, &given.0));
    if !reader.errors.is_empty() {
        return Ok(Err(reader.errors));
    }
    let row = sort_rule::Model {
        id: SortRuleId::generate(),
        name,
        status: PolicyStatus::Draft,
        priority: input.priority,
        roles: words(input.roles),
        store_ids,
        criteria,
        changed_by: call.viewer.actor(),
        changed_at: call.now,
        version: 1,
        mode,
    };
    Ok(Ok((at, row)))
}

async fn keep(tx: &mut Tx, call: &Call, at: At, row: sort_rule::Model) -> Result<Outcome, Refusal> {
    let Some(read) = at else {
        return Ok(Outcome { rule: rule::written(tx, call, None, row).await? });
    };
    let before: sort_rule::Model = rule::lock(tx, call, "ruleId", read).await?;
    let status = rule::step(call, before.status, RuleAction::Change)?;
    rule::check_name(call, &before, &row.name)?;
    let row = sort_rule::Model { id: before.id, status, version: before.version + 1, ..row };
    Ok(Outcome { rule: rule::written(tx, call, Some(&before), row).await? })
}

pub async fn publish(ctx: &Context<'_>, input: InventorySortRulePublishInput) -> Result<InventorySortRulePayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut reader = Reader::new(call);
    let at = reader.subject("ruleId", Some(&input.rule_id), Some(input.expected_version));
    let replaces = reader.subject("replacesId", input.replaces_id.as_ref(), Some(0)).map(|(id, _)| id);
    let (Some(at), true) = (at, reader.errors.is_empty()) else { return payload(call, Err(reader.errors)).await };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(put_in_force(tx, call, at, replaces))).await?;
    payload(call, written).await
}

async fn put_in_force(
    tx: &mut Tx,
    call: &Call,
    at: (SortRuleId, i32),
    replaces: Option<SortRuleId>,
) -> Result<Outcome, Refusal> {
    let fits = |_: &sort_rule::Model| Ok(());
    Ok(Outcome { rule: rule::publish(tx, call, "ruleId", at, replaces, fits).await? })
}

pub async fn archive(ctx: &Context<'_>, input: InventorySortRuleArchiveInput) -> Result<InventorySortRulePayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let at = match UserError::parse_id(call, "ruleId", &input.rule_id) {
        Ok(id) => (id, input.expected_version),
        Err(error) => return payload(call, Err(vec![error])).await,
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(take_out(tx, call, at))).await?;
    payload(call, written).await
}

async fn take_out(tx: &mut Tx, call: &Call, at: (SortRuleId, i32)) -> Result<Outcome, Refusal> {
    Ok(Outcome { rule: rule::archive::<sort_rule::Model>(tx, call, "ruleId", at).await? })
}
