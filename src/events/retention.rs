//! Forgets what is old: entries of the log, idempotency keys with their outcomes, and webhook deliveries.
//!
//! In small parts, each a transaction of its own, so that no writer waits for long. Of a stream always its beginning goes:
//! what is left has no hole, and who stood before it is told of a gap ([`super::feed::ReplayGap`]).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::InboundState;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tokio_util::sync::CancellationToken;

use super::{Hub, oem};
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
) RETURNING oem_sequence";

/// Of the stream of everything: of what lies up to the last number that is gone something is missing.
const FORGOTTEN: &str = "UPDATE event_stream SET forgotten = $1 WHERE stream = 'oem' AND forgotten < $1";

/// One part.
const KEYS: &str = "DELETE FROM idempotency_record WHERE (caller, mutation, key) IN (
    SELECT caller, mutation, key FROM idempotency_record WHERE created_at < $1 ORDER BY created_at LIMIT 500
)";

/// One part. The place that a subject has reached stays ([`entity::upstream::subject`]).
const INBOUND: &str = "DELETE FROM inbound_event WHERE id IN (
    SELECT id FROM inbound_event WHERE received_at < $1 ORDER BY received_at, id LIMIT 500
) RETURNING state";

/// One part: uses of the apps' documents.
const USES: &str = "DELETE FROM document_use WHERE (client, document, version, day) IN (
    SELECT client, document, version, day FROM document_use WHERE day < $1 ORDER BY day LIMIT 500
)";

/// How long uses are kept, days: `milepost operations retire` asks for no longer.
pub const USES_DAYS: u32 = 400;

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
    let all = [
        (Old::Entries, keep.events),
        (Old::Plain(KEYS), keep.idempotency),
        (Old::Inbound, keep.inbound),
        (Old::Settled(GIVEN_UP), keep.webhooks),
        (Old::Settled(DEAD), keep.webhooks),
        (Old::Plain(DELIVERIES), keep.webhooks),
        (Old::Plain(USES), Duration::from_hours(24 * u64::from(USES_DAYS))),
    ];
    for (what, kept) in all {
        let before = now - TimeDelta::from_std(kept).unwrap_or(TimeDelta::MAX);
        loop {
            let part = part(db, what, before, now).await?;
            rows += part;
            if part == 0 || stop.is_cancelled() {
                break;
            }
            tokio::time::sleep(REST).await;
        }
    }
    Ok(rows)
}

/// One part; attempts go with their deliveries.
const DELIVERIES: &str = "DELETE FROM webhook_delivery WHERE id IN (
    SELECT id FROM webhook_delivery WHERE state <> 'PENDING' AND updated_at < $1 ORDER BY updated_at LIMIT 500
)";

/// An endpoint that has rested for as long as deliveries are kept is given up: nothing more is made for it.
const GIVEN_UP: &str = "UPDATE webhook_endpoint SET state = 'DISABLED', version = version + 1, updated_at = $2
    WHERE state = 'PAUSED' AND updated_at < $1";

/// One part. What waits for an endpoint that is not delivered to waits no longer than that either: it is a dead letter, to
/// be seen and delivered after all, and forgotten like the others.
const DEAD: &str = "UPDATE webhook_delivery SET state = 'DEAD', updated_at = $2 WHERE id IN (
    SELECT d.id FROM webhook_delivery AS d JOIN webhook_endpoint AS e ON e.id = d.endpoint_id
    WHERE d.state = 'PENDING' AND e.state <> 'ACTIVE' AND d.created_at < $1 LIMIT 500
)";

/// What is forgotten.
#[derive(Clone, Copy)]
enum Old {
    Entries,
    Inbound,
    Plain(&'static str),
    /// Not removed, but ended now.
    Settled(&'static str),
}

async fn part(db: &Db, what: Old, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = Tx::begin(db, now).await?;
    let rows = match what {
        Old::Entries => entries(&tx, before).await?,
        Old::Inbound => inbound(&tx, before).await?,
        Old::Settled(sql) => {
            let statement = Statement::from_sql_and_values(db.backend(), sql, [before.into(), now.into()]);
            tx.conn().execute_raw(statement).await?.rows_affected()
        }
        Old::Plain(sql) => {
            let statement = Statement::from_sql_and_values(db.backend(), sql, [before.into()]);
            tx.conn().execute_raw(statement).await?.rows_affected()
        }
    };
    tx.commit(&Hub::default()).await?;
    Ok(rows)
}

/// Removes a part of the record of what came in; says so of what was still waiting.
async fn inbound(tx: &Tx, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(tx.conn().get_database_backend(), INBOUND, [before.into()]);
    let removed = tx.conn().query_all_raw(statement).await?;
    let states = removed.iter().map(|row| row.try_get_by::<InboundState, _>(0)).collect::<Result<Vec<_>, _>>()?;
    let waited = states.iter().filter(|state| **state == InboundState::Held).count();
    if waited > 0 {
        tracing::warn!(events = waited, "events that never got what they waited for were removed");
    }
    Ok(removed.len() as u64)
}

/// Removes a part of the entries. None of them is given a number meanwhile, which would be a hole then.
async fn entries(tx: &Tx, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let backend = tx.conn().get_database_backend();
    oem::lock(tx, true).await?;
    let statement = Statement::from_sql_and_values(backend, ENTRIES, [before.into()]);
    let removed = tx.conn().query_all_raw(statement).await?;
    let numbers = removed.iter().map(|row| row.try_get_by::<Option<i64>, _>(0));
    let last = numbers.collect::<Result<Vec<_>, DbErr>>()?.into_iter().flatten().max();
    if let Some(last) = last {
        tx.conn().execute_raw(Statement::from_sql_and_values(backend, FORGOTTEN, [last.into()])).await?;
    }
    Ok(removed.len() as u64)
}
