//! What operators may do with systems: a file for each mutation.

mod inbound_event_replay;
mod upstream_system_register;
mod upstream_system_rotate_secret;
mod upstream_system_update;

use async_graphql::{Context, Object, SimpleObject};
use entity::UpstreamSystemId;
use entity::upstream::system;
use sea_orm::{EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::inputs::{
    InboundEventReplayInput, UpstreamSystemRegisterInput, UpstreamSystemRotateSecretInput, UpstreamSystemUpdateInput,
};
use super::links::UpstreamSystemById;
use super::policy;
use super::types::UpstreamSystem;
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::ingest::{ALL, registry};
use crate::store::{Lock, Tx};

pub use inbound_event_replay::InboundEventReplayPayload;

/// What came of a change of a system.
#[derive(SimpleObject)]
pub struct UpstreamSystemPayload {
    /// The system.
    pub system: Option<UpstreamSystem>,
    /// What it signs with from now on, `whsec_…`; told this once, and not again to the same key.
    pub secret: Option<String>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "UpstreamMutations")]
impl Mutations {
    /// Registers a system that may send events, for operators. Its secret is told once.
    async fn upstream_system_register(
        &self,
        ctx: &Context<'_>,
        input: UpstreamSystemRegisterInput,
    ) -> Result<UpstreamSystemPayload> {
        upstream_system_register::run(ctx, input).await
    }

    /// Changes what a system may send, or switches it off and on, for operators.
    async fn upstream_system_update(
        &self,
        ctx: &Context<'_>,
        input: UpstreamSystemUpdateInput,
    ) -> Result<UpstreamSystemPayload> {
        upstream_system_update::run(ctx, input).await
    }

    /// Gives a system a new secret, for operators; the one before counts for a while.
    async fn upstream_system_rotate_secret(
        &self,
        ctx: &Context<'_>,
        input: UpstreamSystemRotateSecretInput,
    ) -> Result<UpstreamSystemPayload> {
        upstream_system_rotate_secret::run(ctx, input).await
    }

    /// Tries held and refused events once more, for operators. Those that were done in the meantime stay as they are.
    async fn inbound_event_replay(
        &self,
        ctx: &Context<'_>,
        input: InboundEventReplayInput,
    ) -> Result<InboundEventReplayPayload> {
        inbound_event_replay::run(ctx, input).await
    }
}

/// What a change of a system leaves behind. The secret is not kept with the key.
#[derive(Serialize, Deserialize)]
struct Outcome {
    system: UpstreamSystemId,
    #[serde(skip)]
    secret: Option<String>,
}

/// Reads the payload under the rights of now.
async fn payload(
    ctx: &Context<'_>,
    written: std::result::Result<Outcome, Vec<UserError>>,
) -> Result<UpstreamSystemPayload> {
    Ok(match written {
        Ok(outcome) => UpstreamSystemPayload {
            system: ctx.call().link::<UpstreamSystemById>().one(outcome.system).await?,
            secret: outcome.secret,
            user_errors: Vec::new(),
        },
        Err(user_errors) => UpstreamSystemPayload { system: None, secret: None, user_errors },
    })
}

/// Locks a system of a version.
async fn lock(tx: &Tx, call: &Call, id: UpstreamSystemId, expected: i32) -> Result<system::Model, Refusal> {
    let select = system::Entity::find_by_id(id).filter(policy::readable(&call.viewer).or_nothing());
    let found = Lock::row(select).take(tx.conn()).await?;
    let row = found.ok_or_else(|| UserError::not_found(call, "systemId"))?;
    if row.version != expected {
        return Err(UserError::version(call, id, row.version).into());
    }
    Ok(row)
}

/// Types that an operator names: there has to be at least one type of each.
fn check_types(call: &Call, given: &[String]) -> Result<(), UserError> {
    for (at, kind) in given.iter().enumerate() {
        let known = kind == ALL
            || registry::TYPES.iter().any(|known| match kind.strip_suffix(".*") {
                Some(prefix) => known.name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')),
                None => known.name == kind,
            });
        if !known {
            let field = format!("eventTypes.{at}");
            let args = [("type", kind.as_str().into())];
            return Err(UserError::coded(call, UserErrorCode::NotFound, &field, "ingest-unknown-type", &args));
        }
    }
    Ok(())
}
