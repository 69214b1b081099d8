//! Tokens that no longer count, though their time is not over: an operator has withdrawn all that one person had.
//!
//! Each process keeps the list at hand and reads it again a few times a second, so that a token is refused, and what is open
//! with it ends, within one.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::identity::withdrawal;
use sea_orm::{DbErr, EntityTrait};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::access::Viewer;
use crate::store::Db;

type Moments = HashMap<String, DateTime<Utc>>;

/// The withdrawals as this process knows them. Cheap to clone.
#[derive(Clone)]
pub struct Withdrawn {
    up_to: Arc<RwLock<Moments>>,
    changed: watch::Sender<u64>,
}

impl Default for Withdrawn {
    fn default() -> Self {
        Self { up_to: Arc::default(), changed: watch::Sender::new(0) }
    }
}

impl Withdrawn {
    /// Whether a token of this subject counts, by when it was made. One that does not say is as old as can be.
    pub fn counts(&self, subject: &str, made: Option<DateTime<Utc>>) -> bool {
        let up_to = self.up_to.read().expect("no panic while held");
        up_to.is_empty() || up_to.get(subject).is_none_or(|up_to| made.is_some_and(|made| made > *up_to))
    }

    /// Whether what a caller has open may go on.
    pub fn may_go_on(&self, viewer: &Viewer) -> bool {
        viewer.expires_at.is_none() || self.counts(&viewer.actor(), viewer.issued_at)
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Reads the list.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(&self, db: &Db) -> Result<(), DbErr> {
        let rows = withdrawal::Entity::find().all(db.conn()).await?;
        let moments: Moments = rows.into_iter().map(|row| (row.subject, row.up_to)).collect();
        let mut up_to = self.up_to.write().expect("no panic while held");
        if *up_to != moments {
            *up_to = moments;
            drop(up_to);
            self.changed.send_modify(|changes| *changes += 1);
        }
        Ok(())
    }

    /// Reads it again and again.
    pub async fn keep_fresh(self, db: Db, every: Duration, stop: CancellationToken) {
        loop {
            if let Err(error) = self.read(&db).await {
                tracing::warn!(%error, "which tokens are withdrawn could not be read");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
        }
    }
}
