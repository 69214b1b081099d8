//! What the mutations of endpoints share.

use async_graphql::{Context, ID};
use entity::webhook::endpoint;
use entity::{Codes, EventKind, WebhookEndpointId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::links::WebhookEndpointById;
use super::super::rules::address;
use super::WebhookEndpointPayload;
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::{Lock, Tx};
use crate::values::text;

const MAX_DESCRIPTION: u32 = 200;

/// What a mutation leaves behind.
#[derive(Serialize, Deserialize)]
pub struct Outcome {
    pub endpoint: WebhookEndpointId,
    /// Handed on once, and never stored.
    #[serde(skip)]
    pub secret: Option<String>,
}

/// Reads the payload under the rights of now, and wakes the worker.
pub async fn payload(
    ctx: &Context<'_>,
    written: Result<Outcome, Vec<UserError>>,
) -> Result<(WebhookEndpointPayload, Option<String>)> {
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok((WebhookEndpointPayload { endpoint: None, user_errors }, None)),
    };
    let call = ctx.call();
    call.app.webhooks.wake();
    let endpoint = call.link::<WebhookEndpointById>().one(outcome.endpoint).await?;
    Ok((WebhookEndpointPayload { endpoint, user_errors: Vec::new() }, outcome.secret))
}

/// Reads the id of an endpoint.
pub fn id(call: &Call, id: &ID) -> Result<WebhookEndpointId, Vec<UserError>> {
    UserError::parse_id(call, "endpointId", id).map_err(|error| vec![error])
}

/// Reads an address.
pub fn url(call: &Call, given: &str) -> Result<String, UserError> {
    let read = address::read(given, call.app.webhooks.settings.reach);
    read.map(String::from).map_err(|rule| UserError::invalid(call, "url", rule, &[]))
}

/// Reads a description, which may be empty.
pub fn description(call: &Call, given: Option<&str>) -> Result<String, UserError> {
    match given.map(str::trim) {
        None | Some("") => Ok(String::new()),
        Some(given) => {
            text::line(given, MAX_DESCRIPTION).map_err(|invalid| UserError::refused(call, "description", invalid))
        }
    }
}

/// Kinds as they are stored.
pub fn kinds(given: &[EventKind]) -> Codes {
    let mut kinds = given.to_vec();
    kinds.sort();
    kinds.dedup();
    kinds.into_iter().map(EventKind::code).collect()
}

/// Locks an endpoint of a version.
pub async fn lock(tx: &Tx, call: &Call, id: WebhookEndpointId, expected: i32) -> Result<endpoint::Model, Refusal> {
    let found = Lock::row(endpoint::Entity::find_by_id(id)).take(tx.conn()).await?;
    let found = found.ok_or_else(|| UserError::not_found(call, "endpointId"))?;
    if found.version != expected {
        return Err(UserError::version(call, found.id, found.version).into());
    }
    Ok(found)
}

/// Writes a change of a locked endpoint, with the version that follows.
pub fn change(tx: &mut Tx, was: &endpoint::Model, changed: endpoint::ActiveModel) {
    use sea_orm::ActiveValue::Set;
    let changed = endpoint::ActiveModel { version: Set(was.version + 1), updated_at: Set(tx.now()), ..changed };
    tx.put_one(endpoint::Entity::update_many().set(changed).filter(endpoint::Column::Id.eq(was.id)));
}
