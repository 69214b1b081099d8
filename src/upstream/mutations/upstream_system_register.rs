//! `upstreamSystemRegister`.

use async_graphql::Context;
use entity::place::organization;
use entity::upstream::system;
use entity::{OrganizationKind, UpstreamSystemId};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::super::inputs::UpstreamSystemRegisterInput;
use super::super::policy;
use super::{Outcome, UpstreamSystemPayload, check_types, payload};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::identity::signature::{new_secret, to_text};
use crate::ingest::door::seal_secret;
use crate::store::Tx;
use crate::values::text;

/// Most characters of a code and a name, and of a source.
const MAX_TEXT: u32 = 100;
const MAX_SOURCE: u32 = 255;

pub async fn run(ctx: &Context<'_>, input: UpstreamSystemRegisterInput) -> Result<UpstreamSystemPayload> {
    let viewer = &ctx.call().viewer;
    policy::readable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(register(tx, call, input))).await?;
    payload(ctx, written).await
}

async fn register(tx: &mut Tx, call: &Call, input: UpstreamSystemRegisterInput) -> Result<Outcome, Refusal> {
    let mut errors = Vec::new();
    let mut line = |field: &str, given: &str, max| {
        text::line(given, max).map_err(|invalid| errors.push(UserError::refused(call, field, invalid))).ok()
    };
    let code = line("code", &input.code, MAX_TEXT);
    let name = line("name", &input.name, MAX_TEXT);
    let source = line("source", &input.source, MAX_SOURCE);
    errors.extend(check_types(call, &input.event_types).err());
    let organizations = match &input.organization_code {
        Some(code) => organization::Entity::find().filter(organization::Column::Code.eq(code)),
        None => organization::Entity::find().filter(organization::Column::Kind.eq(OrganizationKind::Oem)),
    };
    let organization = match organizations.order_by_asc(organization::Column::Code).one(tx.conn()).await? {
        Some(found) => Some(found.id),
        None => {
            errors.push(UserError::not_found(call, "organizationCode"));
            None
        }
    };
    let taken = system::Entity::find()
        .filter(
            Condition::any().add(system::Column::Code.eq(&input.code)).add(system::Column::Source.eq(&input.source)),
        )
        .one(tx.conn())
        .await?;
    if let Some(taken) = taken {
        let field = if taken.code == input.code { "code" } else { "source" };
        errors.push(UserError::coded(call, UserErrorCode::Duplicate, field, "ingest-taken", &[]));
    }
    let (Some(code), Some(name), Some(source), Some(organization_id), true) =
        (code, name, source, organization, errors.is_empty())
    else {
        return Err(errors.into());
    };
    let secret = new_secret();
    let row = system::Model {
        id: UpstreamSystemId::generate(),
        code,
        name,
        organization_id,
        source,
        event_types: input.event_types.into_iter().collect(),
        secret: seal_secret(&call.app.vault, &secret),
        previous_secret: None,
        previous_until: None,
        active: true,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let id = row.id;
    tx.insert([row.into_active_model().reset_all()]);
    Ok(Outcome { system: id, secret: Some(to_text(&secret)) })
}
