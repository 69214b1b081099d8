//! Files on their way in and out: the addresses that the schema gives, and what is behind them. Who may have one was asked there.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use entity::order::shared_file;
use entity::{SharedFileId, SharedFileState, SharedFileType};
use futures_util::Stream;
use futures_util::stream::BoxStream;
use sea_orm::EntityTrait;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::policy;
use super::store::{finished, object_name};
use crate::app::App;
use crate::files::link::Door;
use crate::files::rules::content_type;
use crate::files::{Announced, Refused};
use crate::graph::{Code, Error, Result};
use crate::store::Vault;
use crate::store::vault::Personal;

/// Where files are uploaded to.
pub const UPLOADS: &str = "/files/upload";

/// Where they are had.
pub const DOWNLOADS: &str = "/files/download";

const IN: Door = Door { path: UPLOADS, label: b"file-upload" };

const OUT: Door = Door { path: DOWNLOADS, label: b"file-download" };

/// How many one process takes in at once: each holds parts in memory.
static TURNS: Semaphore = Semaphore::const_new(32);

/// How many of these one caller has; the others of theirs wait without taking a turn, so that nobody keeps all of them.
const TURNS_OF_ONE: usize = 4;

/// The turns of those who have one, or wait.
static OWN_TURNS: LazyLock<Mutex<HashMap<String, Weak<Semaphore>>>> = LazyLock::new(Mutex::default);

fn turns_of(caller: &str) -> Arc<Semaphore> {
    let mut all = OWN_TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(turns) = all.get(caller).and_then(Weak::upgrade) {
        return turns;
    }
    all.retain(|_, turns| turns.strong_count() > 0);
    let turns = Arc::new(Semaphore::new(TURNS_OF_ONE));
    all.insert(caller.to_owned(), Arc::downgrade(&turns));
    turns
}

/// Longest time of one upload.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where a file is uploaded to, and until when.
pub fn upload_link(vault: &Vault, id: SharedFileId, now: DateTime<Utc>) -> (String, DateTime<Utc>) {
    IN.link(vault, id, now)
}

/// Where a file is had, and until when; for those who see all of it.
pub fn download_link(vault: &Vault, id: SharedFileId, now: DateTime<Utc>) -> (String, DateTime<Utc>) {
    OUT.link(vault, id, now)
}

/// A file that came in, as its sender is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    id: SharedFileId,
    content_type: &'static str,
    size: i64,
    sha256: String,
}

/// Takes a file in by the key of an upload's address.
///
/// # Errors
/// `NOT_FOUND` for what is no address of this gateway, or no longer; `BAD_USER_INPUT` for another file than was announced, and where
/// there is one already; `LIMIT_EXCEEDED` for one that is too long. Then nothing of it is kept.
pub async fn receive<E>(app: &App, key: &str, bytes: impl Stream<Item = Result<Bytes, E>> + Send) -> Result<Received> {
    let id = IN.open::<SharedFileId>(&app.vault, key, app.clock.now()).ok_or_else(absent)?;
    let row = shared_file::Entity::find_by_id(id).one(app.db.conn()).await?.ok_or_else(absent)?;
    match row.state {
        SharedFileState::Pending => {}
        SharedFileState::Uploaded => return Err(Error::shown(Code::BadUserInput, "file-there")),
        SharedFileState::Removed => return Err(absent()),
    }
    let name = object_name(row.order_id, id);
    let announced = Announced { file_type: row.file_type, size: u64::try_from(row.size_bytes).unwrap_or_default() };
    let own = turns_of(&row.uploaded_by);
    let ended = |error: tokio::sync::AcquireError| Error::hidden(error.to_string());
    let _own = own.acquire().await.map_err(ended)?;
    let _turn = TURNS.acquire().await.map_err(ended)?;
    let writing = tokio::time::timeout(PATIENCE, app.files.write(&app.vault, &name, announced, bytes)).await;
    let written = writing.unwrap_or(Err(Refused::BrokeOff)).map_err(refused)?;
    // Whoever was faster with another upload has the file.
    if !finished(app, &row, &name, &written.sha256).await? {
        if let Err(error) = app.files.remove(&name).await {
            tracing::warn!(%error, "a file that is not wanted could not be removed; it goes with its order's files");
        }
        return Err(Error::shown(Code::BadUserInput, "file-there"));
    }
    Ok(Received { id, content_type: content_type(row.file_type), size: row.size_bytes, sha256: written.sha256 })
}

fn absent() -> Error {
    Error::shown(Code::NotFound, "file-not-found")
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::TooLong => Error::shown(Code::LimitExceeded, "file-too-long"),
        Refused::TooShort => Error::shown(Code::BadUserInput, "file-too-short"),
        Refused::OtherType => Error::shown(Code::BadUserInput, "file-other-type"),
        Refused::BrokeOff => Error::shown(Code::BadUserInput, "file-broke-off"),
        error @ (Refused::Store(_) | Refused::Sealed(_)) => {
            tracing::error!(%error, "the store of files did not take one");
            Error::shown(Code::Unavailable, "file-store")
        }
    }
}

/// A file on its way out.
pub struct Opened {
    /// What its sender calls it.
    pub name: String,
    /// What it is.
    pub file_type: SharedFileType,
    /// Bytes.
    pub size: i64,
    /// The bytes.
    pub bytes: BoxStream<'static, object_store::Result<Bytes>>,
}

/// The file behind a link's key; none when it is not one of ours, its time is over, or the file was taken back.
///
/// # Errors
/// When the stores fail.
pub async fn opened(app: &App, key: &str) -> Result<Option<Opened>> {
    let Some(id) = OUT.open::<SharedFileId>(&app.vault, key, app.clock.now()) else { return Ok(None) };
    let row = shared_file::Entity::find_by_id(id).one(app.db.conn()).await?;
    let Some(row) = row.filter(|row| row.state == SharedFileState::Uploaded) else { return Ok(None) };
    let Some(object) = &row.object else { return Ok(None) };
    let name = app.vault.show(Personal::Message, &row.name, policy::words_by_link())?;
    let bytes = app.files.read(&app.vault, object).await.map_err(|error| {
        tracing::error!(%error, "the store of files did not give one");
        Error::shown(Code::Unavailable, "file-store")
    })?;
    Ok(bytes.map(|bytes| Opened { name, file_type: row.file_type, size: row.size_bytes, bytes }))
}
