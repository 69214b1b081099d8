//! Forgets what is old: entries of the log, and idempotency keys with their outcomes.
//!
//! In small parts, each a transaction of its own, so that no writer waits for long. Of a stream always its beginning goes:
//! what is left has no hole, and who stood before it is told of a gap ([`super::feed::ReplayGap`]).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tokio_util::sync::CancellationToken;

use super::Hub;
use crate::app::App;
use crate::settings::Keep;
use crate::store::{Db, Tx};

/// How often it is looked for what is old.
const EVERY: Duration = Duration::from_secs(600);

/// Rest between two parts, for those who write.
const REST: Duration = Duration::from_millis(20);

/// One part. Times within a stream need not be in the order of its numbers, so all that stands before an old entry goes
/// with it.
const ENTRIES: &str = "DELETE FROM event WHERE (stream, sequence) IN (
    SELECT event.stream, event.sequence
    FROM (
        SELECT stream, max(sequence) AS upto
        FROM (SELECT stream, sequence FROM event WHERE occurred_at < $1 ORDER BY occurred_at LIMIT 500) AS oldest
        GROUP BY stream
    ) AS old
    JOIN event ON event.stream = old.stream AND event.sequence <= old.upto
)";

/// One part.
const KEYS: &str = "DELETE FROM idempotency_record WHERE (caller, mutation, key) IN (
    SELECT caller, mutation, key FROM idempotency_record WHERE created_at < $1 ORDER BY created_at LIMIT 500
)";

/// One part. The place that a subject has reached stays ([`entity::upstream::subject`]).
const INBOUND: &str = "DELETE FROM inbound_event WHERE id IN (
    SELECT id FROM inbound_event WHERE received_at < $1 ORDER BY received_at, id LIMIT 500
)";

/// Forgets, again and again, until it is told to stop.
pub async fn sweep(app: App, keep: Keep, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match forget(&app.db, &keep, app.clock.now(), &stop).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old entries and keys were removed"),
            Err(error) => tracing::warn!(%error, "what is old could not be removed; the next turn tries again"),
        }
    }
}

/// Forgets what is older than it is to be kept; answers how many rows that were.
///
/// # Errors
/// When the store fails; what was removed before stays removed.
pub async fn forget(db: &Db, keep: &Keep, now: DateTime<Utc>, stop: &CancellationToken) -> Result<u64, DbErr> {
    let mut rows = 0;
    for (sql, kept) in [(ENTRIES, keep.events), (KEYS, keep.idempotency), (INBOUND, keep.inbound)] {
        let before = now - TimeDelta::from_std(kept).unwrap_or(TimeDelta::MAX);
        loop {
            let part = part(db, sql, before, now).await?;
            rows += part;
            if part == 0 || stop.is_cancelled() {
                break;
            }
            tokio::time::sleep(REST).await;
        }
    }
    Ok(rows)
}

async fn part(db: &Db, sql: &str, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = Tx::begin(db, now).await?;
    let statement = Statement::from_sql_and_values(db.backend(), sql, [before.into()]);
    let rows = tx.conn().execute_raw(statement).await?.rows_affected();
    tx.commit(&Hub::default()).await?;
    Ok(rows)
}
