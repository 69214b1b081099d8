//! `upstreamSystemRotateSecret`.

use async_graphql::Context;
use chrono::TimeDelta;
use entity::upstream::system;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::inputs::UpstreamSystemRotateSecretInput;
use super::super::policy;
use super::{Outcome, UpstreamSystemPayload, lock, payload};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::identity::signature::{new_secret, to_text};
use crate::ingest::door::seal_secret;
use crate::store::Tx;

/// Longest overlap, hours.
const MAX_OVERLAP: i32 = 720;

pub async fn run(ctx: &Context<'_>, input: UpstreamSystemRotateSecretInput) -> Result<UpstreamSystemPayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(rotate(tx, call, input))).await?;
    payload(ctx, written).await
}

async fn rotate(tx: &mut Tx, call: &Call, input: UpstreamSystemRotateSecretInput) -> Result<Outcome, Refusal> {
    let id = UserError::parse_id(call, "systemId", &input.system_id)?;
    if !(0..=MAX_OVERLAP).contains(&input.overlap_hours) {
        let bounds = [("min", 0.into()), ("max", i64::from(MAX_OVERLAP).into())];
        return Err(UserError::invalid(call, "overlapHours", "ingest-number", &bounds).into());
    }
    let before = lock(tx, call, id, input.expected_version).await?;
    let secret = new_secret();
    let overlap = input.overlap_hours > 0;
    let after = system::Model {
        secret: seal_secret(&call.app.vault, &secret),
        previous_secret: overlap.then(|| before.secret.clone()),
        previous_until: overlap.then(|| tx.now() + TimeDelta::hours(input.overlap_hours.into())),
        version: before.version + 1,
        updated_at: tx.now(),
        ..before
    };
    let change = after.into_active_model().reset_all();
    tx.put_one(system::Entity::update_many().set(change).filter(system::Column::Id.eq(id)));
    Ok(Outcome { system: id, secret: Some(to_text(&secret)) })
}
