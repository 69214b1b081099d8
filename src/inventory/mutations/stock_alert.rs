//! `stockAlertRuleUpsert` and `stockAlertAcknowledge` (C098).

use async_graphql::{Context, SimpleObject};
use chrono::DateTime;
use entity::inventory::{alert, alert_rule};
use entity::{StockAlertId, StockAlertRuleId};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::events::alert_changed;
use super::super::inputs::{StockAlertAcknowledgeInput, StockAlertRuleUpsertInput};
use super::super::links::{StockAlertById, StockAlertRuleById};
use super::super::policy;
use super::super::rules::alert::{AlertAction, check, move_alert};
use super::super::store::alert::close_all;
use super::super::store::policy::MAX_RULES;
use super::super::types::{StockAlert, StockAlertRule};
use super::super::watch::MOST;
use super::note;
use super::rule::{self, Reader};
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::page::count;
use crate::store::{Lock, Tx};
use crate::values::machine;

/// What came of it.
#[derive(SimpleObject)]
pub struct StockAlertRulePayload {
    /// The rule as it is now.
    pub rule: Option<StockAlertRule>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct StockAlertPayload {
    /// The alert as it is now.
    pub alert: Option<StockAlert>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Ruled {
    rule: StockAlertRuleId,
}

#[derive(Serialize, Deserialize)]
struct Taken {
    alert: StockAlertId,
}

pub async fn upsert(ctx: &Context<'_>, input: StockAlertRuleUpsertInput) -> Result<StockAlertRulePayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input).await? {
        Ok((at, row)) => write(ctx, Some(key), move |tx, call| Box::pin(keep(tx, call, at, row))).await?,
        Err(errors) => Err(errors),
    };
    let (rule, user_errors) = match written {
        Ok(outcome) => (call.link::<StockAlertRuleById>().one(outcome.rule).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(StockAlertRulePayload { rule, user_errors })
}

type At = Option<(StockAlertRuleId, i32)>;

/// The rule as it is said, with every error at once.
async fn read(
    call: &Call,
    input: &StockAlertRuleUpsertInput,
) -> Result<Result<(At, alert_rule::Model), Vec<UserError>>> {
    let mut reader = Reader::new(call);
    let at = reader.subject("ruleId", input.rule_id.as_ref(), input.expected_version);
    let name = reader.name(&input.name);
    let store_ids = reader.stores(input.store_ids.as_deref()).await?;
    let row = alert_rule::Model {
        id: StockAlertRuleId::generate(),
        name,
        stock_type: input.stock_type,
        metric: input.metric,
        threshold: input.threshold,
        store_ids,
        region_after_hours: input.region_after_hours,
        oem_after_hours: input.oem_after_hours,
        active: input.active,
        // To be looked after at once.
        checked_at: DateTime::UNIX_EPOCH,
        changed_by: call.viewer.actor(),
        changed_at: call.now,
        version: 1,
        mileage_km: input.mileage_km,
    };
    reader.broken(check(&row));
    Ok(if reader.errors.is_empty() { Ok((at, row)) } else { Err(reader.errors) })
}

async fn keep(tx: &mut Tx, call: &Call, at: At, row: alert_rule::Model) -> Result<Ruled, Refusal> {
    let Some(read) = at else {
        if count::<alert_rule::Model>(tx.conn(), Condition::all()).await? >= MAX_RULES {
            let max = [("max", MAX_RULES.into())];
            return Err(UserError::coded(call, UserErrorCode::LimitReached, "name", "rules-many", &max).into());
        }
        return Ok(Ruled { rule: rule::written(tx, call, None, row).await? });
    };
    let before: alert_rule::Model = rule::lock(tx, call, "ruleId", read).await?;
    rule::check_name(call, &before, &row.name)?;
    let other = before.stock_type != row.stock_type
        || before.metric != row.metric
        || before.store_ids != row.store_ids
        || !row.active;
    if other {
        // What is too much for one transaction, the watch closes.
        close_all(tx, before.id, MOST).await?;
    }
    let row = alert_rule::Model { id: before.id, version: before.version + 1, ..row };
    Ok(Ruled { rule: rule::written(tx, call, Some(&before), row).await? })
}

pub async fn acknowledge(ctx: &Context<'_>, input: StockAlertAcknowledgeInput) -> Result<StockAlertPayload> {
    let call = ctx.call();
    policy::alerts(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut errors = Vec::new();
    let id = UserError::parse_id(call, "alertId", &input.alert_id).map_err(|error| errors.push(error)).ok();
    let note = note(call, "note", input.note.as_deref(), &mut errors);
    let expected = input.expected_version;
    let written = match id.filter(|_| errors.is_empty()) {
        Some(id) => write(ctx, Some(key), move |tx, call| Box::pin(take_up(tx, call, (id, expected), note))).await?,
        None => Err(errors),
    };
    let (alert, user_errors) = match written {
        Ok(outcome) => (call.link::<StockAlertById>().one(outcome.alert).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(alert) = &alert {
        below(ctx, call, "alert", alert).await?;
    }
    Ok(StockAlertPayload { alert, user_errors })
}

async fn take_up(
    tx: &mut Tx,
    call: &Call,
    (id, expected): (StockAlertId, i32),
    note: Option<String>,
) -> Result<Taken, Refusal> {
    let own = policy::alerts(&call.viewer).or_refuse(&call.viewer)?;
    let found = Lock::row(alert::Entity::find_by_id(id).filter(own)).take(tx.conn()).await?;
    let row = found.ok_or_else(|| UserError::not_found(call, "alertId"))?;
    let state = move_alert(row.state, AlertAction::Acknowledge).map_err(|illegal| {
        let allowed = illegal.allowed.iter().filter(|action| **action == AlertAction::Acknowledge);
        UserError::transition(call, row.state, machine::code(&illegal.action), allowed.map(machine::code))
    })?;
    if row.version != expected {
        return Err(UserError::version(call, id, row.version).into());
    }
    let version = row.version;
    let row = alert::Model {
        state,
        acknowledged_by: Some(call.viewer.actor()),
        acknowledged_at: Some(tx.now()),
        note,
        version: version + 1,
        ..row
    };
    let change = alert::ActiveModel {
        state: Set(row.state),
        acknowledged_by: Set(row.acknowledged_by.clone()),
        acknowledged_at: Set(row.acknowledged_at),
        note: Set(row.note.clone()),
        version: Set(row.version),
        ..Default::default()
    };
    tx.put_one(
        alert::Entity::update_many()
            .set(change)
            .filter(alert::Column::Id.eq(id))
            .filter(alert::Column::Version.eq(version)),
    );
    tx.emit(alert_changed(&row));
    Ok(Taken { alert: id })
}
