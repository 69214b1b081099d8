//! The one way a mutation writes: key, rules and rows, history and event in one transaction.

use std::fmt::Write as _;

use async_graphql::{Context, InputType};
use aws_lc_rs::digest;
use entity::log::idempotency;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, PostgresQueryBuilder, SqlWriterValues};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryTrait, RuntimeErr, Statement};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgDatabaseError;

use super::call::{Call, CallExt, CallState};
use super::error::{Error, Result};
use super::user_error::{Refusal, UserError, UserErrorCode};
use crate::store::{Lock, Tx};

/// An idempotency key with what it covers (domain.md 2.3, choice 7; guarantees 4.1).
pub struct Key {
    mutation: String,
    key: String,
    scope: Option<String>,
    input_hash: Vec<u8>,
}

impl Key {
    /// The key of this field's input. The hash covers every value of the input.
    pub fn new(ctx: &Context<'_>, key: &str, input: &impl InputType) -> Self {
        let mut canonical = String::new();
        // Display of a GraphQL value is complete and, for one input type, in one order.
        let _ = write!(canonical, "{}", input.to_value());
        Self {
            mutation: ctx.field().name().to_owned(),
            key: key.to_owned(),
            scope: None,
            input_hash: digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref().to_vec(),
        }
    }

    /// Parts the callers that have one name between them, as all anonymous ones have: a key is known only within
    /// its scope, so that no stranger meets another's outcome. Nothing personal; it is stored.
    #[must_use]
    pub fn scoped(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    fn caller(&self, call: &CallState) -> String {
        let actor = call.viewer.actor();
        match &self.scope {
            Some(scope) => format!("{actor}:{scope}"),
            None => actor,
        }
    }
}

/// Longest idempotency key.
const MAX_KEY: usize = 255;

/// Runs `work` in a write transaction and commits what it did.
///
/// The outcome holds ids: what is stored of it is no row, and a payload is read again under the rights of now. A change
/// that writes one whole row may hand that on beside them, not stored. With a key, the same input
/// brings back the first outcome; another input is `IDEMPOTENCY_KEY_REUSED`. A refusal rolls everything back, the
/// key included, so that the client can put it right and use the key again.
pub async fn write<O, F>(ctx: &Context<'_>, key: Option<Key>, work: F) -> Result<std::result::Result<O, Vec<UserError>>>
where
    O: Serialize + DeserializeOwned + Send,
    F: for<'t> FnOnce(&'t mut Tx, &'t Call) -> BoxFuture<'t, std::result::Result<O, Refusal>> + Send,
{
    let none = None::<Lock<()>>;
    outcome(attempt(ctx.call(), key, none, move |tx, call, _| work(tx, call)).await)
}

/// As [`write`], for a change that begins with the lock of one row, which is taken together with the key. `work` gets
/// the row, if there is one.
pub async fn write_on<T, O, F>(
    ctx: &Context<'_>,
    key: Key,
    lock: Lock<T>,
    work: F,
) -> Result<std::result::Result<O, Vec<UserError>>>
where
    T: Send,
    O: Serialize + DeserializeOwned + Send,
    F: for<'t> FnOnce(&'t mut Tx, &'t Call, Option<T>) -> BoxFuture<'t, std::result::Result<O, Refusal>> + Send,
{
    outcome(attempt(ctx.call(), Some(key), Some(lock), work).await)
}

fn outcome<O>(attempt: std::result::Result<O, Refusal>) -> Result<std::result::Result<O, Vec<UserError>>> {
    match attempt {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(Refusal::User(errors)) => Ok(Err(errors)),
        Err(Refusal::Failed(error)) => Err(error),
    }
}

async fn attempt<T, O, F>(
    call: &Call,
    key: Option<Key>,
    lock: Option<Lock<T>>,
    work: F,
) -> std::result::Result<O, Refusal>
where
    O: Serialize + DeserializeOwned + Send,
    F: for<'t> FnOnce(&'t mut Tx, &'t Call, Option<T>) -> BoxFuture<'t, std::result::Result<O, Refusal>> + Send,
{
    if let Some(key) = &key
        && (key.key.is_empty() || key.key.len() > MAX_KEY)
    {
        return Err(
            UserError::invalid(call, "idempotencyKey", "key-length", &[("max", (MAX_KEY as i64).into())]).into()
        );
    }
    let mut tx = Tx::begin(&call.app.db, call.now).await?;
    let mut row = None;
    if let Some(key) = &key {
        match claim(&tx, call, key, lock.as_ref()).await {
            Ok(Claim::Fresh(locked)) => row = locked,
            Ok(Claim::Used) => {
                let earlier = recall(&tx, call, key).await?;
                tx.rollback().await?;
                call.mark_replayed();
                return Ok(earlier);
            }
            Err(error) if waited_for_key(&error) => {
                let code = UserErrorCode::IdempotencyInProgress;
                return Err(UserError::coded(call, code, "idempotencyKey", "key-in-progress", &[]).into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    match work(&mut tx, call, row).await {
        Ok(outcome) => {
            if let Some(key) = &key {
                settle(&mut tx, call, key, &outcome)?;
            }
            tx.commit(&call.app.hub).await?;
            call.forget();
            Ok(outcome)
        }
        Err(refusal) => {
            tx.rollback().await?;
            Err(refusal)
        }
    }
}

/// What became of the claim of a key.
enum Claim<T> {
    /// It is this change's, and the row is locked, if one was asked for and there is one.
    Fresh(Option<T>),
    /// It was used before.
    Used,
}

/// The key, and then the row: `c`, the outer side of the join, has its row once the key is claimed, and only then `r` is
/// looked for.
const BEFORE_CLAIM: &str = "WITH claim AS (";
const BEFORE_LOCK: &str = " RETURNING 1) SELECT c.claimed, r.* FROM (SELECT count(*) AS claimed FROM claim) AS c
    LEFT JOIN (SELECT TRUE AS found, q.* FROM (";
const AFTER_LOCK: &str = ") AS q) AS r ON TRUE";

/// Claims the key and locks the row: on PostgreSQL in one statement. A use of the key in flight holds it until it ends.
async fn claim<T>(
    tx: &Tx,
    call: &CallState,
    key: &Key,
    lock: Option<&Lock<T>>,
) -> std::result::Result<Claim<T>, DbErr> {
    let row = record(tx, call, key, None);
    let insert = idempotency::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned()).into_query();
    let conn = tx.conn();
    let Some(lock) = lock.filter(|_| conn.get_database_backend() == DbBackend::Postgres) else {
        if conn.execute(&insert).await?.rows_affected() == 0 {
            return Ok(Claim::Used);
        }
        return Ok(Claim::Fresh(match lock {
            Some(lock) => lock.take(conn).await?,
            None => None,
        }));
    };
    let mut sql = SqlWriterValues::new("$", true);
    let _ = sql.write_str(BEFORE_CLAIM);
    insert.build_collect_any_into(&PostgresQueryBuilder, &mut sql);
    let _ = sql.write_str(BEFORE_LOCK);
    lock.select().build_collect_any_into(&PostgresQueryBuilder, &mut sql);
    let _ = sql.write_str(AFTER_LOCK);
    let (sql, values) = sql.into_parts();
    let row = conn.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the outcome of a claim".into()))?;
    if row.try_get_by::<i64, _>(0)? == 0 {
        return Ok(Claim::Used);
    }
    let found = row.try_get_by::<Option<bool>, _>(1)?.unwrap_or_default();
    Ok(Claim::Fresh(if found { Some(lock.read(&row, 2)?) } else { None }))
}

async fn recall<O: DeserializeOwned>(tx: &Tx, call: &CallState, key: &Key) -> std::result::Result<O, Refusal> {
    let id = (key.caller(call), key.mutation.clone(), key.key.clone());
    let found = idempotency::Entity::find_by_id(id).one(tx.conn()).await?;
    let record = found.ok_or_else(|| Error::hidden("an idempotency record vanished"))?;
    if record.input_hash != key.input_hash {
        let code = UserErrorCode::IdempotencyKeyReused;
        return Err(UserError::coded(call, code, "idempotencyKey", "key-reused", &[]).into());
    }
    let outcome = record.outcome.ok_or_else(|| Error::hidden("an idempotency record without outcome"))?;
    Ok(serde_json::from_value(outcome).map_err(Error::from)?)
}

fn record(tx: &Tx, call: &CallState, key: &Key, outcome: Option<serde_json::Value>) -> idempotency::ActiveModel {
    idempotency::ActiveModel {
        caller: Set(key.caller(call)),
        mutation: Set(key.mutation.clone()),
        key: Set(key.key.clone()),
        input_hash: Set(key.input_hash.clone()),
        outcome: Set(outcome),
        created_at: Set(tx.now()),
    }
}

/// Notes the outcome with the key, whose row is there. Not as an `UPDATE`, for which PostgreSQL keeps the plan that it
/// made while the table was small, a walk over all of it: a conflict is always looked for in the index.
fn settle(tx: &mut Tx, call: &CallState, key: &Key, outcome: &impl Serialize) -> Result<()> {
    let record = record(tx, call, key, Some(serde_json::to_value(outcome)?));
    let id = [idempotency::Column::Caller, idempotency::Column::Mutation, idempotency::Column::Key];
    let own = Expr::col((idempotency::Entity, idempotency::Column::InputHash)).eq(Expr::cust("excluded.input_hash"));
    let known = OnConflict::columns(id).update_column(idempotency::Column::Outcome).action_and_where(own).to_owned();
    tx.put_one(idempotency::Entity::insert(record).on_conflict(known));
    Ok(())
}

/// Whether a statement waited for the key's row until it gave up: PostgreSQL's `lock_not_available`, and where.
fn waited_for_key(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) = error else {
        return false;
    };
    let error = source.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    error.is_some_and(|error| {
        error.code() == "55P03" && error.r#where().is_some_and(|place| place.contains("idempotency_record"))
    })
}
