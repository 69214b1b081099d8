//! `stockQuotaEnd` (C099).

use async_graphql::Context;
use entity::inventory::{quota, quota_entry};
use entity::{StockQuotaEntryState, StockQuotaId};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::events;
use super::super::inputs::StockQuotaEndInput;
use super::super::policy;
use super::super::rules::ledger::OPEN;
use super::{Outcome, StockQuotaPayload, payload};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::{Lock, Tx};

pub async fn run(ctx: &Context<'_>, input: StockQuotaEndInput) -> Result<StockQuotaPayload> {
    let call = ctx.call();
    policy::manages(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let expected = input.expected_version;
    let written = match UserError::parse_id(call, "quotaId", &input.quota_id) {
        Ok(id) => write(ctx, Some(key), move |tx, call| Box::pin(end(tx, call, (id, expected)))).await?,
        Err(error) => Err(vec![error]),
    };
    payload(ctx, written).await
}

/// Locks a quota that the client has read.
pub async fn lock(tx: &Tx, call: &Call, (id, expected): (StockQuotaId, i32)) -> Result<quota::Model, Refusal> {
    let found = Lock::row(quota::Entity::find_by_id(id)).take(tx.conn()).await?;
    let row = found.ok_or_else(|| UserError::not_found(call, "quotaId"))?;
    if row.ended_at.is_some() {
        return Err(UserError::coded(call, UserErrorCode::NotEligible, "quotaId", "quota-ended", &[]).into());
    }
    if row.version != expected {
        return Err(UserError::version(call, id, row.version).into());
    }
    Ok(row)
}

async fn end(tx: &mut Tx, call: &Call, read: (StockQuotaId, i32)) -> Result<Outcome, Refusal> {
    let before = lock(tx, call, read).await?;
    let outcome = Outcome { quota: before.id };
    ended(tx, before, &call.viewer.actor());
    Ok(outcome)
}

/// Ends a locked quota, with what is open in its ledger.
pub fn ended(tx: &mut Tx, before: quota::Model, actor: &str) {
    let now = tx.now();
    let row = quota::Model {
        ended_at: Some(now),
        changed_by: actor.to_owned(),
        changed_at: now,
        version: before.version + 1,
        ..before
    };
    save(tx, &row);
    fall_away(tx, row.id, &OPEN);
    tx.emit(events::changed(&row));
}

/// Writes a locked quota under its next version.
pub fn save(tx: &mut Tx, row: &quota::Model) {
    let change = quota::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(quota::Column::Id.eq(row.id))
        .filter(quota::Column::Version.eq(row.version - 1));
    tx.put_one(change);
}

/// Nothing comes of entries in these states any more.
pub fn fall_away(tx: &mut Tx, quota: StockQuotaId, states: &[StockQuotaEntryState]) {
    let over = quota_entry::ActiveModel { state: Set(StockQuotaEntryState::Withdrawn), ..Default::default() };
    let change = quota_entry::Entity::update_many()
        .set(over)
        .filter(quota_entry::Column::QuotaId.eq(quota))
        .filter(quota_entry::Column::State.is_in(states.iter().copied()));
    tx.put(change);
}
