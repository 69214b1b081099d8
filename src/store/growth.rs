//! Tables that grow fast.
//!
//! PostgreSQL plans a statement once for each connection (see `db.rs`), and what it planned while a table was empty walks
//! over all of it. It plans anew once it has looked at the table again, which autovacuum has it do within a minute; a
//! load writes a hundred thousand rows in that time.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio_util::task::AbortOnDropHandle;

use super::Db;

/// How often tables are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Tables that are more than twice as large as when PostgreSQL last looked at them, and no longer small.
const GROWN: &str = "SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    AND pg_relation_size(c.oid) / current_setting('block_size')::bigint > 4 + 2 * c.relpages";

/// Has PostgreSQL look at tables that have grown, again and again until this is dropped. Nothing on SQLite, whose plans take
/// an index where there is one.
pub fn watch(db: &Db) -> AbortOnDropHandle<()> {
    let db = db.aside();
    AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = look(&db).await {
                tracing::debug!(%error, "tables that have grown were not looked at");
            }
        }
    }))
}

/// Has PostgreSQL look at the tables that have grown; answers which. None on SQLite.
///
/// # Errors
/// When the store fails.
pub async fn look(db: &Db) -> Result<Vec<String>, DbErr> {
    if db.backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let conn = db.conn();
    let rows = conn.query_all_raw(Statement::from_string(DbBackend::Postgres, GROWN)).await?;
    let grown = rows.iter().map(|row| row.try_get_by(0)).collect::<Result<Vec<String>, _>>()?;
    for table in &grown {
        // Quoted where it has to be, by `regclass`.
        conn.execute_unprepared(&format!("ANALYZE (SKIP_LOCKED) {table}")).await?;
    }
    Ok(grown)
}
