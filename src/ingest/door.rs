//! Who may come in: a system with its token, or with a signature of the body.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::upstream::system;
use entity::{Sealed, UpstreamSystemId};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::sender::Sender;
use super::take::{Outcome, take};
use crate::app::App;
use crate::graph::{Error, Result};
use crate::identity::signature::{SignatureError, Signed, timely, verify};
use crate::settings::IngestSettings;
use crate::store::Vault;

/// Requests that are worked on at once; more would keep connections from those who read.
const AT_ONCE: usize = 2;

/// Bodies that are held at a time, of each kind; a few megabytes each.
const PLACES: usize = 16;

/// Longest wait for a turn.
const TURN: Duration = Duration::from_secs(10);

/// Label of sealed secrets.
const SECRET: &[u8] = b"upstream-system.secret";

/// The door for events. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    app: App,
    /// Bounds.
    pub settings: IngestSettings,
    turns: Arc<Semaphore>,
    /// Bodies that are held at a time: of those with a token, and of those whose signature is not looked at yet, who are
    /// not to keep the others out.
    places: [Arc<Semaphore>; 2],
}

/// Why nobody comes in. What is wrong with a signature is told only as far as its sender can tell by itself.
#[derive(Debug)]
pub enum Closed {
    /// No such system, or it is switched off.
    Unknown,
    /// The signature does not count.
    Signature(SignatureError),
    /// The store does not answer.
    Failed(Error),
}

impl From<DbErr> for Closed {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

impl Door {
    /// The door of a process.
    pub fn new(app: App, settings: IngestSettings) -> Self {
        let places = || Arc::new(Semaphore::new(PLACES));
        Self { app, settings, turns: Arc::new(Semaphore::new(AT_ONCE)), places: [places(), places()] }
    }

    /// A place for the body of one whose token counts, or who has signed it; none when all are taken for too long.
    pub async fn place(&self, has_token: bool) -> Option<OwnedSemaphorePermit> {
        let places = self.places[usize::from(has_token)].clone();
        tokio::time::timeout(TURN, places.acquire_owned()).await.ok()?.ok()
    }

    /// Checks what is seen of a signature without the body.
    ///
    /// # Errors
    /// When the id or the time is wrong.
    pub fn timely(&self, signed: Signed<'_>) -> Result<(), SignatureError> {
        timely(signed, self.app.clock.now(), self.window())
    }

    fn window(&self) -> TimeDelta {
        TimeDelta::from_std(self.settings.window).unwrap_or_default()
    }

    /// The sender that a token names.
    ///
    /// # Errors
    /// When it is not registered or switched off, or the store fails.
    pub async fn by_token(&self, id: UpstreamSystemId) -> Result<Sender, Closed> {
        Sender::of(self.app.db.conn(), id).await?.ok_or(Closed::Unknown)
    }

    /// The sender of a signed body, by its code.
    ///
    /// # Errors
    /// When the signature does not count, or the store fails. An unknown system is as a wrong signature.
    pub async fn by_signature(&self, code: &str, signed: Signed<'_>, body: &[u8]) -> Result<Sender, Closed> {
        let conn = self.app.db.conn();
        let row = system::Entity::find().filter(system::Column::Code.eq(code)).one(conn).await?;
        let row = row.filter(|row| row.active);
        let now = self.app.clock.now();
        // Without a system the work is the same, so that nobody learns which codes there are.
        let secrets = match &row {
            Some(row) => secrets(&self.app.vault, row, now),
            None => vec![vec![0; 32]],
        };
        verify(&secrets, signed, body, now, self.window()).map_err(Closed::Signature)?;
        let row = row.ok_or(Closed::Signature(SignatureError::Signature))?;
        Ok(Sender::of_row(conn, row).await?)
    }

    /// Takes events in, in parts, so that others write in between. Goes on to its end when the caller leaves. None when
    /// too much is going on.
    ///
    /// # Errors
    /// When the store fails; what was done stays done, and sending all again is safe.
    pub async fn take(&self, sender: Sender, events: Vec<Value>) -> Result<Option<Vec<Outcome>>> {
        let waiting = tokio::time::timeout(TURN, self.turns.clone().acquire_owned());
        let Ok(Ok(turn)) = waiting.await else { return Ok(None) };
        let (app, part) = (self.app.clone(), self.settings.part);
        let work = tokio::spawn(async move {
            let done = take(&app, &sender, &events, part).await;
            drop(turn);
            done
        });
        work.await.map_err(|error| Error::hidden(format!("taking events in broke down: {error}")))?.map(Some)
    }
}

/// The secrets that count now.
fn secrets(vault: &Vault, row: &system::Model, now: DateTime<Utc>) -> Vec<Vec<u8>> {
    let previous = row.previous_secret.as_ref().filter(|_| row.previous_until.is_some_and(|until| now < until));
    [Some(&row.secret), previous].into_iter().flatten().filter_map(|sealed| open_secret(vault, sealed)).collect()
}

fn open_secret(vault: &Vault, sealed: &Sealed) -> Option<Vec<u8>> {
    let opened = vault.open_bytes(SECRET, &sealed.0);
    opened.inspect_err(|error| tracing::error!(%error, "the secret of a system does not open")).ok()
}

/// A secret as it is kept.
pub fn seal_secret(vault: &Vault, secret: &[u8]) -> Sealed {
    Sealed(vault.seal_bytes(SECRET, secret))
}
