//! `vehicleStatusDisplayUpsert`, `…Publish`, `…Archive` and `…Rollback` (C100).

use async_graphql::{Context, Object, SimpleObject};
use entity::inventory::status_display;
use entity::{DisplayAudience, FulfillmentMode, PolicyStatus, StatusDisplayId, StatusEntries};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::super::mutations::rule::{self, Reader};
use super::super::policy;
use super::super::rules::lifecycle::RuleAction;
use super::inputs::{
    VehicleStatusDisplayArchiveInput, VehicleStatusDisplayPublishInput, VehicleStatusDisplayRollbackInput,
    VehicleStatusDisplayUpsertInput,
};
use super::links::StatusDisplayById;
use super::rules::check;
use super::types::VehicleStatusDisplay;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::{Lock, Tx};

/// What came of it.
#[derive(SimpleObject)]
pub struct VehicleStatusDisplayPayload {
    /// The display as it is now.
    pub display: Option<VehicleStatusDisplay>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    display: StatusDisplayId,
}

/// A display, and the version of it that the client has read.
type Read = (StatusDisplayId, i32);

async fn payload(call: &Call, written: Result<Outcome, Vec<UserError>>) -> Result<VehicleStatusDisplayPayload> {
    let (display, user_errors) = match written {
        Ok(outcome) => (call.link::<StatusDisplayById>().one(outcome.display).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(VehicleStatusDisplayPayload { display, user_errors })
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "DisplayMutations")]
impl Mutations {
    /// Writes how states of cars are shown to whom, or a draft anew, for operators. It counts once it is published.
    async fn vehicle_status_display_upsert(
        &self,
        ctx: &Context<'_>,
        input: VehicleStatusDisplayUpsertInput,
    ) -> Result<VehicleStatusDisplayPayload> {
        upsert(ctx, input).await
    }

    /// Puts a draft in force, for operators, in place of what is in force for its audience and mode. It counts from the next request
    /// on.
    async fn vehicle_status_display_publish(
        &self,
        ctx: &Context<'_>,
        input: VehicleStatusDisplayPublishInput,
    ) -> Result<VehicleStatusDisplayPayload> {
        publish(ctx, input).await
    }

    /// Takes a display out of use, for operators. Without one for an audience states are shown as they are built in.
    async fn vehicle_status_display_archive(
        &self,
        ctx: &Context<'_>,
        input: VehicleStatusDisplayArchiveInput,
    ) -> Result<VehicleStatusDisplayPayload> {
        archive(ctx, input).await
    }

    /// Goes back to a display that was archived, for operators: the same entries are put in force as a new display, in place of what is.
    async fn vehicle_status_display_rollback(
        &self,
        ctx: &Context<'_>,
        input: VehicleStatusDisplayRollbackInput,
    ) -> Result<VehicleStatusDisplayPayload> {
        rollback(ctx, input).await
    }
}

async fn upsert(ctx: &Context<'_>, input: VehicleStatusDisplayUpsertInput) -> Result<VehicleStatusDisplayPayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, input) {
        Ok((at, row)) => write(ctx, Some(key), move |tx, call| Box::pin(keep(tx, call, at, row))).await?,
        Err(errors) => Err(errors),
    };
    payload(call, written).await
}

/// The display as it is said, with every error at once.
fn read(
    call: &Call,
    input: VehicleStatusDisplayUpsertInput,
) -> Result<(Option<Read>, status_display::Model), Vec<UserError>> {
    let mut reader = Reader::new(call);
    let at = reader.subject("displayId", input.display_id.as_ref(), input.expected_version);
    let name = reader.name(&input.name);
    let entries = StatusEntries(input.entries.into_iter().map(Into::into).collect());
    reader.broken(check(&entries.0));
    if !reader.errors.is_empty() {
        return Err(reader.errors);
    }
    let of = (input.audience, input.fulfillment_mode);
    Ok((at, row(call, name, of, entries, PolicyStatus::Draft)))
}

fn row(
    call: &Call,
    name: String,
    (audience, fulfillment_mode): (DisplayAudience, Option<FulfillmentMode>),
    entries: StatusEntries,
    status: PolicyStatus,
) -> status_display::Model {
    status_display::Model {
        id: StatusDisplayId::generate(),
        name,
        status,
        audience,
        fulfillment_mode,
        entries,
        changed_by: call.viewer.actor(),
        changed_at: call.now,
        version: 1,
    }
}

async fn keep(tx: &mut Tx, call: &Call, at: Option<Read>, row: status_display::Model) -> Result<Outcome, Refusal> {
    let Some(read) = at else {
        return Ok(Outcome { display: rule::written(tx, call, None, row).await? });
    };
    let before: status_display::Model = rule::lock(tx, call, "displayId", read).await?;
    let status = rule::step(call, before.status, RuleAction::Change)?;
    rule::check_name(call, &before, &row.name)?;
    let row = status_display::Model { id: before.id, status, version: before.version + 1, ..row };
    Ok(Outcome { display: rule::written(tx, call, Some(&before), row).await? })
}

async fn publish(ctx: &Context<'_>, input: VehicleStatusDisplayPublishInput) -> Result<VehicleStatusDisplayPayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let at = match UserError::parse_id(call, "displayId", &input.display_id) {
        Ok(id) => (id, input.expected_version),
        Err(error) => return payload(call, Err(vec![error])).await,
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(put_in_force(tx, call, at))).await?;
    payload(call, written).await
}

async fn put_in_force(tx: &mut Tx, call: &Call, at: Read) -> Result<Outcome, Refusal> {
    let draft = status_display::Entity::find_by_id(at.0).one(tx.conn()).await?;
    let draft = draft.ok_or_else(|| UserError::not_found(call, "displayId"))?;
    let replaces = standing(tx, (draft.audience, draft.fulfillment_mode)).await?;
    // The draft may have been written for others meanwhile.
    let of = (draft.audience, draft.fulfillment_mode);
    let fits = |now: &status_display::Model| match (now.audience, now.fulfillment_mode) == of {
        true => Ok(()),
        false => Err(UserError::version(call, now.id, now.version)),
    };
    let replaces = replaces.map(|row| row.id);
    Ok(Outcome { display: rule::publish(tx, call, "displayId", at, replaces, fits).await? })
}

/// What is in force for an audience and a mode. All displays of the audience are locked, so that of two that are published at once
/// one replaces the other.
async fn standing(
    tx: &Tx,
    (audience, mode): (DisplayAudience, Option<FulfillmentMode>),
) -> Result<Option<status_display::Model>, Refusal> {
    let all = status_display::Entity::find()
        .filter(status_display::Column::Audience.eq(audience))
        .order_by_asc(status_display::Column::Id);
    let all = Lock::row(all).all(tx.conn()).await?;
    Ok(all.into_iter().find(|row| row.status == PolicyStatus::Published && row.fulfillment_mode == mode))
}

async fn archive(ctx: &Context<'_>, input: VehicleStatusDisplayArchiveInput) -> Result<VehicleStatusDisplayPayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let at = match UserError::parse_id(call, "displayId", &input.display_id) {
        Ok(id) => (id, input.expected_version),
        Err(error) => return payload(call, Err(vec![error])).await,
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(take_out(tx, call, at))).await?;
    payload(call, written).await
}

async fn take_out(tx: &mut Tx, call: &Call, at: Read) -> Result<Outcome, Refusal> {
    Ok(Outcome { display: rule::archive::<status_display::Model>(tx, call, "displayId", at).await? })
}

async fn rollback(ctx: &Context<'_>, input: VehicleStatusDisplayRollbackInput) -> Result<VehicleStatusDisplayPayload> {
    let call = ctx.call();
    policy::rules(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut reader = Reader::new(call);
    let at: Option<Read> = reader.subject("displayId", Some(&input.display_id), Some(input.expected_version));
    let name = reader.name(&input.name);
    let (Some(at), true) = (at, reader.errors.is_empty()) else { return payload(call, Err(reader.errors)).await };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(go_back(tx, call, at, name))).await?;
    payload(call, written).await
}

async fn go_back(tx: &mut Tx, call: &Call, at: Read, name: String) -> Result<Outcome, Refusal> {
    let found = status_display::Entity::find_by_id(at.0).one(tx.conn()).await?;
    let found = found.ok_or_else(|| UserError::not_found(call, "displayId"))?;
    let of = (found.audience, found.fulfillment_mode);
    let in_force = standing(tx, of).await?;
    let before: status_display::Model = rule::lock(tx, call, "displayId", at).await?;
    if before.status != PolicyStatus::Archived {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "displayId", "display-not-archived", &[]).into());
    }
    if let Some(in_force) = in_force {
        let status = rule::step(call, in_force.status, RuleAction::Archive)?;
        let after = rule::Staged::moved(in_force.clone(), status, call.viewer.actor(), tx.now());
        rule::written(tx, call, Some(&in_force), after).await?;
    }
    let again = row(call, name, of, before.entries, PolicyStatus::Published);
    Ok(Outcome { display: rule::written(tx, call, None, again).await? })
}
