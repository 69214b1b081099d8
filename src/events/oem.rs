//! The stream of everything that happens, in one order, for the car maker (guarantees 1.2).
//!
//! A counter that every change takes would put all of them in one queue. So entries get their numbers on this stream after
//! their commit, from whichever process is first: under the lock of the counter the next numbers go to the entries that can
//! be seen then. Who commits later gets a later number, so nothing is skipped, and the entries of one stream keep their
//! order, since whoever sees one of them sees those before it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Hub;
use super::bus::Heads;
use crate::app::App;
use crate::store::{Db, Tx};

/// The stream's name.
pub const OEM: &str = "oem";

/// How often it is looked for what another process has left without a number.
const LOOK: Duration = Duration::from_secs(1);

/// Least time between two passes, where somebody here waits for what they bring.
const APART: Duration = Duration::from_millis(5);

/// Least time between two where nobody does: each costs five statements, whatever it numbers.
const APART_UNHEARD: Duration = Duration::from_millis(100);

/// Most entries of one pass.
const PART: u64 = 10_000;

/// The counter, unless another has it.
const LOCK: &str = "SELECT head FROM event_stream WHERE stream = 'oem'";

/// The next part, after the head. Whole beginnings of streams are taken, and put in the order of their times as far as
/// each stream's own order lets it.
const NUMBER: &str = "UPDATE event SET oem_sequence = $1 + numbered.place
FROM (
    SELECT stream, sequence, row_number() OVER (ORDER BY at, stream, sequence) AS place
    FROM (
        SELECT stream, sequence, max(occurred_at) OVER (PARTITION BY stream ORDER BY sequence) AS at
        FROM (
            SELECT stream, sequence, occurred_at FROM event WHERE oem_sequence = 0 ORDER BY stream, sequence LIMIT 10000
        ) AS waiting
    ) AS timed
) AS numbered
WHERE event.stream = numbered.stream AND event.sequence = numbered.sequence";

/// What a pass came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// So many entries have their numbers; the head is now there.
    Numbered {
        /// How many.
        entries: u64,
        /// The last number.
        head: i64,
    },
    /// Another is at it. It may have begun before the newest entry was there.
    Busy,
}

/// Numbers what is committed here as it comes, and what others left behind, until it is told to stop.
pub async fn sequence(app: App, stop: CancellationToken) {
    let db = app.db.aside();
    let mut looked = Instant::now();
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return,
            () = app.hub.written() => true,
            () = tokio::time::sleep_until(looked + LOOK) => false,
        };
        let again = match step(&db, &app, told).await {
            Ok(again) => again,
            Err(error) => {
                tracing::warn!(%error, "new entries could not be numbered for the stream of everything");
                false
            }
        };
        looked = Instant::now();
        if again {
            app.hub.note_written();
        }
        let heard = app.hub.has_readers(OEM) || app.webhooks.expected();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(if heard { APART } else { APART_UNHEARD }) => {}
        }
    }
}

/// One turn; true when there may be more to do at once.
async fn step(db: &Db, app: &App, told: bool) -> Result<bool, DbErr> {
    if !told && !is_waiting(db).await? {
        return Ok(false);
    }
    match number(db, &app.hub, app.clock.now()).await? {
        Pass::Busy => Ok(true),
        Pass::Numbered { entries, .. } => {
            if entries > 0 {
                app.webhooks.wake();
            }
            Ok(entries == PART)
        }
    }
}

/// Whether an entry waits for its number.
async fn is_waiting(db: &Db) -> Result<bool, DbErr> {
    let sql = "SELECT 1 FROM event WHERE oem_sequence = 0 LIMIT 1";
    Ok(db.conn().query_one_raw(Statement::from_string(db.backend(), sql)).await?.is_some())
}

/// Gives numbers to a part of the entries that wait for one, and wakes the stream's readers.
///
/// # Errors
/// When the store fails; then none has got one.
pub async fn number(db: &Db, hub: &Hub, now: chrono::DateTime<chrono::Utc>) -> Result<Pass, DbErr> {
    let tx = Tx::begin(db, now).await?;
    let Some(before) = lock(&tx, false).await? else {
        tx.rollback().await?;
        return Ok(Pass::Busy);
    };
    // A statement of its own: what it sees is younger than the lock, so it sees all numbers that were given before.
    let backend = db.backend();
    let numbering = Statement::from_sql_and_values(backend, NUMBER, [before.into()]);
    let entries = tx.conn().execute_raw(numbering).await?.rows_affected();
    let head = before + i64::try_from(entries).unwrap_or(i64::MAX);
    if entries > 0 {
        let sql = "UPDATE event_stream SET head = $1 WHERE stream = 'oem'";
        tx.conn().execute_raw(Statement::from_sql_and_values(backend, sql, [head.into()])).await?;
    }
    tx.commit(&Hub::default()).await?;
    if entries > 0 {
        hub.announce(Heads::from([(OEM.to_owned(), head)]));
    }
    Ok(Pass::Numbered { entries, head })
}

/// Numbers all that waits.
///
/// # Errors
/// When the store fails.
pub async fn number_all(db: &Db, hub: &Hub, now: chrono::DateTime<chrono::Utc>) -> Result<(), DbErr> {
    while let Pass::Numbered { entries: PART, .. } | Pass::Busy = number(db, hub, now).await? {
        tokio::time::sleep(APART).await;
    }
    Ok(())
}

/// Locks the counter, which is made when there is none, and answers the head; none when another has it and this one does
/// not wait.
pub(super) async fn lock(tx: &Tx, waits: bool) -> Result<Option<i64>, DbErr> {
    let backend = tx.conn().get_database_backend();
    let how = match backend {
        // Its writer is alone anyway.
        DbBackend::Sqlite => "",
        _ if waits => " FOR UPDATE",
        _ => " FOR UPDATE SKIP LOCKED",
    };
    let statement = Statement::from_string(backend, format!("{LOCK}{how}"));
    if let Some(row) = tx.conn().query_one_raw(statement.clone()).await? {
        return row.try_get_by(0).map(Some);
    }
    let sql = "INSERT INTO event_stream (stream, head) VALUES ('oem', 0) ON CONFLICT DO NOTHING";
    let made = tx.conn().execute_raw(Statement::from_string(backend, sql)).await?.rows_affected();
    if made == 1 || !waits {
        return Ok((made == 1).then_some(0));
    }
    tx.conn().query_one_raw(statement).await?.map(|row| row.try_get_by(0)).transpose()
}
