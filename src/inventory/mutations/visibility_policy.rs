//! `inventoryVisibilityPolicyUpsert`, `…Publish`, `…Archive` (C095).

use async_graphql::{Context, SimpleObject};
use entity::VisibilityPolicyId;
use entity::inventory::visibility_policy;
use entity::{Codes, PolicyStatus};
use serde::{Deserialize, Serialize};

use super::super::inputs::{
    InventoryVisibilityPolicyArchiveInput, InventoryVisibilityPolicyPublishInput, InventoryVisibilityPolicyUpsertInput,
};
use super::super::links::VisibilityPolicyById;
use super::super::policy;
use super::super::rules::lifecycle::RuleAction;
use super::super::rules::policy::check;
use super::super::types::InventoryVisibilityPolicy;
use super::rule::{self, Reader, words};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct InventoryVisibilityPolicyPayload {
    /// The policy as it is now.
    pub policy: Option<InventoryVisibilityPolicy>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    policy: VisibilityPolicyId,
}

async fn payload(call: &Call, written: Result<Outcome, Vec<UserError>>) -> Result<InventoryVisibilityPolicyPayload> {
    let (policy, user_errors) = match written {
        Ok(outcome) => (call.link::<VisibilityPolicyById>().one(outcome.policy).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(InventoryVisibilityPolicyPayload { policy, user_errors })
}

pub async fn upsert(
    ctx: &Context<'_>,
    input: InventoryVisibilityPolicyUpsertInput,
) -> Result<InventoryVisibilityPolicyPayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, input).await? {
        Ok((at, row)) => write(ctx, Some(key), move |tx, call| Box::pin(keep(tx, call, at, row))).await?,
        Err(errors) => Err(errors),
    };
    payload(call, written).await
}

type At = Option<(VisibilityPolicyId, i32)>;

/// The policy as it is said, with every error at once.
async fn read(
    call: &Call,
    input: InventoryVisibilityPolicyUpsertInput,
) -> Result<Result<(At, visibility_policy::Model), Vec<UserError>>> {
    let mut reader = Reader::new(call);
    let at = reader.subject("policyId", input.policy_id.as_ref(), input.expected_version);
    let name = reader.name(&input.name);
    let store_ids = reader.stores(input.store_ids.as_deref()).await?;
    let trim_ids = reader.trims(input.trim_ids.as_deref()).await?;
    // Roles stay in the order in which they were given until they were looked at.
    let given = Codes(input.roles.iter().flatten().map(ToString::to_string).collect());
    let row = visibility_policy::Model {
        id: VisibilityPolicyId::generate(),
        name,
        status: PolicyStatus::Draft,
        effect: input.effect,
        priority: input.priority.unwrap_or_default(),
        roles: given,
        store_ids,
        scope: input.scope,
        radius_km: input.radius_km,
        stock_types: words(input.stock_types),
        statuses: words(input.statuses),
        sales_models: words(input.sales_models),
        trim_ids,
        min_age_days: input.min_age_days,
        max_age_days: input.max_age_days,
        vin_disclosure: input.vin_disclosure,
        age_disclosure: input.age_disclosure,
        holder_disclosure: input.holder_disclosure,
        may_reserve: input.may_reserve,
        may_request_transfer: input.may_request_transfer.unwrap_or_default(),
        effective_from: input.effective_from.unwrap_or(call.now),
        effective_to: input.effective_to,
        changed_by: Some(call.viewer.actor()),
        changed_at: Some(call.now),
        version: 1,
    };
    reader.broken(check(&row));
    if !reader.errors.is_empty() {
        return Ok(Err(reader.errors));
    }
    Ok(Ok((at, visibility_policy::Model { roles: words(input.roles), ..row })))
}

async fn keep(tx: &mut Tx, call: &Call, at: At, row: visibility_policy::Model) -> Result<Outcome, Refusal> {
    let Some(read) = at else {
        return Ok(Outcome { policy: rule::written(tx, call, None, row).await? });
    };
    let before: visibility_policy::Model = rule::lock(tx, call, "policyId", read).await?;
    let status = rule::step(call, before.status, RuleAction::Change)?;
    rule::check_name(call, &before, &row.name)?;
    let row = visibility_policy::Model { id: before.id, status, version: before.version + 1, ..row };
    Ok(Outcome { policy: rule::written(tx, call, Some(&before), row).await? })
}

pub async fn publish(
    ctx: &Context<'_>,
    input: InventoryVisibilityPolicyPublishInput,
) -> Result<InventoryVisibilityPolicyPayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut reader = Reader::new(call);
    let at = reader.subject("policyId", Some(&input.policy_id), Some(input.expected_version));
    let replaces = reader.subject("replacesId", input.replaces_id.as_ref(), Some(0)).map(|(id, _)| id);
    let (Some(at), true) = (at, reader.errors.is_empty()) else { return payload(call, Err(reader.errors)).await };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(put_in_force(tx, call, at, replaces))).await?;
    payload(call, written).await
}

async fn put_in_force(
    tx: &mut Tx,
    call: &Call,
    at: (VisibilityPolicyId, i32),
    replaces: Option<VisibilityPolicyId>,
) -> Result<Outcome, Refusal> {
    let now = tx.now();
    let fits = |draft: &visibility_policy::Model| match draft.effective_to {
        Some(end) if end <= now => Err(UserError::invalid(call, "policyId", "policy-over", &[])),
        _ => Ok(()),
    };
    Ok(Outcome { policy: rule::publish(tx, call, "policyId", at, replaces, fits).await? })
}

pub async fn archive(
    ctx: &Context<'_>,
    input: InventoryVisibilityPolicyArchiveInput,
) -> Result<InventoryVisibilityPolicyPayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let at = match UserError::parse_id(call, "policyId", &input.policy_id) {
        Ok(id) => (id, input.expected_version),
        Err(error) => return payload(call, Err(vec![error])).await,
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(take_out(tx, call, at))).await?;
    payload(call, written).await
}

async fn take_out(tx: &mut Tx, call: &Call, at: (VisibilityPolicyId, i32)) -> Result<Outcome, Refusal> {
    Ok(Outcome { policy: rule::archive::<visibility_policy::Model>(tx, call, "policyId", at).await? })
}
