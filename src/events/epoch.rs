//! Which history the log has. A restored or rebuilt database has another one, in which the numbers that clients keep name
//! other entries (guarantees 2.1).

use chrono::{DateTime, Utc};
use entity::log::epoch;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, Statement};

use super::Hub;
use super::position::Epoch;
use crate::store::fault::Fault;
use crate::store::{Db, Tx};

/// The id of the one row.
const ROW: i32 = 1;

/// What tells one PostgreSQL database from another: the cluster, its timeline (which a recovery or a promotion begins), the
/// database and the log's table (which a restored dump makes anew).
const ORIGIN: &str = "SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
    left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'event'::regclass::oid)";

/// The same where an operator of databases lets nobody see the cluster.
const ORIGIN_OF_MANAGED: &str =
    "SELECT concat_ws('/', (SELECT oid FROM pg_database WHERE datname = current_database()), 'event'::regclass::oid)";

/// The log's epoch; a new one where the database is not the one that the epoch of record was given to. One statement or
/// two, as long as nothing has changed.
///
/// # Errors
/// When the store fails.
pub async fn settle(db: &Db, now: DateTime<Utc>) -> Result<Epoch, DbErr> {
    let origin = origin(db).await?;
    if let Some(epoch) = known(db.conn(), Some(&origin)).await? {
        return Ok(epoch);
    }
    let row = |epoch: Epoch| epoch::ActiveModel {
        id: Set(ROW),
        epoch: Set(epoch.number()),
        origin: Set(origin.clone()),
        renewed_at: Set(now),
    };
    let tx = Tx::begin(db, now).await?;
    // Of several processes that see it at once, the first one gives the epoch.
    epoch::Entity::insert(row(Epoch::draw()))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx.conn())
        .await?;
    epoch::Entity::update_many()
        .set(row(Epoch::draw()))
        .filter(epoch::Column::Origin.ne(&origin))
        .exec(tx.conn())
        .await?;
    let settled = known(tx.conn(), None).await?;
    tx.commit(&Hub::default()).await?;
    let settled = settled.ok_or_else(|| DbErr::RecordNotFound("the log's epoch".into()))?;
    tracing::warn!(
        epoch = settled.number(),
        "the log has a new epoch: positions of another history are answered by a gap"
    );
    Ok(settled)
}

/// Begins a new epoch: for an operator who has put back an older state in a way that [`settle`] cannot see.
///
/// # Errors
/// When the store fails.
pub async fn renew(db: &Db, now: DateTime<Utc>) -> Result<Epoch, DbErr> {
    settle(db, now).await?;
    let epoch = Epoch::draw();
    let mut tx = Tx::begin(db, now).await?;
    tx.put_one(
        epoch::Entity::update_many()
            .col_expr(epoch::Column::Epoch, Expr::val(epoch.number()))
            .col_expr(epoch::Column::RenewedAt, Expr::val(now))
            .filter(epoch::Column::Id.eq(ROW)),
    );
    tx.commit(&Hub::default()).await?;
    Ok(epoch)
}

/// The epoch of record, if it was given to this database.
async fn known(conn: &impl ConnectionTrait, origin: Option<&str>) -> Result<Option<Epoch>, DbErr> {
    let row = epoch::Entity::find_by_id(ROW).one(conn).await?;
    let row = row.filter(|row| origin.is_none_or(|origin| row.origin == origin));
    Ok(row.and_then(|row| Epoch::of_number(row.epoch)))
}

async fn origin(db: &Db) -> Result<String, DbErr> {
    let backend = db.backend();
    if backend == DbBackend::Sqlite {
        return file(db).await;
    }
    let ask = |sql| db.conn().query_one_raw(Statement::from_string(backend, sql));
    let row = match ask(ORIGIN).await {
        Ok(row) => row,
        // Any other failure says nothing of where the log is, and a wrong origin would be another history.
        Err(error) if Fault::of(&error) == Fault::Withheld => ask(ORIGIN_OF_MANAGED).await?,
        Err(error) => return Err(error),
    };
    row.map_or_else(|| Ok(String::new()), |row| row.try_get_by(0))
}

/// SQLite's file: a copy that is put in its place is another one.
async fn file(db: &Db) -> Result<String, DbErr> {
    let list = Statement::from_string(DbBackend::Sqlite, "SELECT file FROM pragma_database_list WHERE name = 'main'");
    let row = db.conn().query_one_raw(list).await?;
    let path: String = row.map_or_else(|| Ok(String::new()), |row| row.try_get_by(0))?;
    Ok(identity(&path))
}

#[cfg(unix)]
fn identity(path: &str) -> String {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map_or_else(|_| String::new(), |found| format!("{}/{}", found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn identity(_path: &str) -> String {
    String::new()
}
