//! `fileUploadCreate` (C076): what is going to be uploaded, and where to.

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::shared_file;
use entity::{OrderId, SharedFileId, SharedFileState, SharedFileType};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};

use super::super::doors::upload_link;
use super::super::inputs::FileUploadCreateInput;
use super::super::links::SharedFileById;
use super::super::policy;
use super::super::rules::talk::{MAX_NAME, MAX_UNSENT, is_open};
use super::super::store::{bytes_of, ended_at, opened, unsent};
use super::super::types::SharedFile;
use crate::files::rules::{has_room, named};
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::store::vault::Personal;
use crate::values::text;

/// What came of it.
#[derive(SimpleObject)]
pub struct FileUploadCreatePayload {
    /// The file.
    pub file: Option<SharedFile>,
    /// Where to upload it, once: path and query below the address of this gateway. Whoever has it can, without a token. Null when the file is
    /// there already.
    pub upload_url: Option<String>,
    /// Until when; asked for again with the same key, there is a new one.
    pub upload_expires_at: Option<DateTime<Utc>>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What is announced.
struct Announced {
    order: OrderId,
    name: String,
    size: i64,
    file_type: SharedFileType,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    file: SharedFileId,
}

pub async fn run(ctx: &Context<'_>, input: FileUploadCreateInput) -> Result<FileUploadCreatePayload> {
    let call = ctx.call();
    policy::writes(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(announced) => write(ctx, Some(key), move |tx, call| Box::pin(announce(tx, call, announced))).await?,
        Err(errors) => Err(errors),
    };
    let file = match &written {
        Ok(outcome) => call.link::<SharedFileById>().one(outcome.file).await?,
        Err(_) => None,
    };
    if let Some(file) = &file {
        below(ctx, call, "file", file).await?;
    }
    let waits = file.as_ref().filter(|file| file.0.state == SharedFileState::Pending);
    let link = waits.map(|file| upload_link(&call.app.vault, file.0.id, call.now));
    let (upload_url, upload_expires_at) = link.unzip();
    Ok(FileUploadCreatePayload { file, upload_url, upload_expires_at, user_errors: written.err().unwrap_or_default() })
}

fn read(call: &Call, input: &FileUploadCreateInput) -> Result<Announced, Vec<UserError>> {
    let mut errors = Vec::new();
    let order = UserError::parse_id(call, "orderId", &input.order_id).map_err(|error| errors.push(error)).ok();
    let name = text::line(&input.name, MAX_NAME)
        .map_err(|invalid| errors.push(UserError::refused(call, "name", invalid)))
        .ok();
    let file_type = named(&input.content_type);
    if file_type.is_none() {
        errors.push(UserError::invalid(call, "contentType", "file-type", &[]));
    }
    // Without a type it is at least no longer than any may be.
    let caps = call.app.files.caps;
    let cap = file_type.map_or(caps.file.max(caps.video), |file_type| caps.of(file_type));
    if !u64::try_from(input.size).is_ok_and(|size| (1..=cap).contains(&size)) {
        let args = [("max", i64::try_from(cap).unwrap_or(i64::MAX).into())];
        errors.push(UserError::invalid(call, "size", "file-size", &args));
    }
    match (order, name, file_type) {
        (Some(order), Some(name), Some(file_type)) if errors.is_empty() => {
            Ok(Announced { order, name, size: input.size.into(), file_type })
        }
        _ => Err(errors),
    }
}

async fn announce(tx: &mut Tx, call: &Call, announced: Announced) -> Result<Outcome, Refusal> {
    let rows = policy::writes(&call.viewer).or_nothing();
    let order = opened(tx, rows, announced.order).await?.ok_or_else(|| UserError::not_found(call, "orderId"))?;
    if !is_open(ended_at(tx, &order).await?, tx.now()) {
        return Err(UserError::coded(call, UserErrorCode::NotEligible, "orderId", "conversation-closed", &[]).into());
    }
    let actor = call.viewer.actor();
    if unsent(tx, order.id, &actor).await? >= MAX_UNSENT {
        let args = [("max", (MAX_UNSENT as i64).into())];
        return Err(UserError::coded(call, UserErrorCode::LimitReached, "orderId", "files-unsent", &args).into());
    }
    let caps = call.app.files.caps;
    if !has_room(caps, bytes_of(tx, order.id).await?, announced.size) {
        let args = [("max", i64::try_from(caps.order).unwrap_or(i64::MAX).into())];
        return Err(UserError::coded(call, UserErrorCode::LimitReached, "size", "files-bytes", &args).into());
    }
    let row = shared_file::Model {
        id: SharedFileId::generate(),
        order_id: order.id,
        message_id: None,
        position: 0,
        uploaded_by: actor,
        name: call.app.vault.seal(Personal::Message, &announced.name),
        file_type: announced.file_type,
        size_bytes: announced.size,
        sha256: None,
        object: None,
        state: SharedFileState::Pending,
        created_at: tx.now(),
        uploaded_at: None,
    };
    let outcome = Outcome { file: row.id };
    tx.insert([row.into_active_model().reset_all()]);
    Ok(outcome)
}
