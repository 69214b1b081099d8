//! `upstreamSystemUpdate`.

use async_graphql::Context;
use entity::upstream::system;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::inputs::UpstreamSystemUpdateInput;
use super::super::policy;
use super::{Outcome, UpstreamSystemPayload, check_types, lock, payload};
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

pub async fn run(ctx: &Context<'_>, input: UpstreamSystemUpdateInput) -> Result<UpstreamSystemPayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(update(tx, call, input))).await?;
    payload(ctx, written).await
}

async fn update(tx: &mut Tx, call: &Call, input: UpstreamSystemUpdateInput) -> Result<Outcome, Refusal> {
    let id = UserError::parse_id(call, "systemId", &input.system_id)?;
    check_types(call, input.event_types.as_deref().unwrap_or_default())?;
    let before = lock(tx, call, id, input.expected_version).await?;
    let after = system::Model {
        event_types: input.event_types.map_or(before.event_types.clone(), |types| types.into_iter().collect()),
        active: input.active.unwrap_or(before.active),
        version: before.version + 1,
        updated_at: tx.now(),
        ..before
    };
    let change = after.into_active_model().reset_all();
    tx.put_one(system::Entity::update_many().set(change).filter(system::Column::Id.eq(id)));
    Ok(Outcome { system: id, secret: None })
}
