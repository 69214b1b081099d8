//! The one way a mutation writes: key, rules and rows, history and event in one transaction.

use std::fmt::Write as _;

use async_graphql::{Context, InputType};
use aws_lc_rs::digest;
use entity::log::idempotency;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, RuntimeErr, TryInsertResult};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::{Call, CallExt, CallState};
use super::error::{Error, Result};
use super::user_error::{Refusal, UserError, UserErrorCode};
use crate::store::Tx;

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
/// The outcome holds ids, not rows: the payload is read again under the rights of now. With a key, the same input
/// brings back the first outcome; another input is `IDEMPOTENCY_KEY_REUSED`. A refusal rolls everything back, the
/// key included, so that the client can put it right and use the key again.
pub async fn write<O, F>(ctx: &Context<'_>, key: Option<Key>, work: F) -> Result<std::result::Result<O, Vec<UserError>>>
where
    O: Serialize + DeserializeOwned + Send,
    F: for<'t> FnOnce(&'t mut Tx, &'t Call) -> BoxFuture<'t, std::result::Result<O, Refusal>> + Send,
{
    let call = ctx.call();
    match attempt(call, key, work).await {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(Refusal::User(errors)) => Ok(Err(errors)),
        Err(Refusal::Failed(error)) => Err(error),
    }
}

async fn attempt<O, F>(call: &Call, key: Option<Key>, work: F) -> std::result::Result<O, Refusal>
where
    O: Serialize + DeserializeOwned + Send,
    F: for<'t> FnOnce(&'t mut Tx, &'t Call) -> BoxFuture<'t, std::result::Result<O, Refusal>> + Send,
{
    if let Some(key) = &key
        && (key.key.is_empty() || key.key.len() > MAX_KEY)
    {
        return Err(
            UserError::invalid(call, "idempotencyKey", "key-length", &[("max", (MAX_KEY as i64).into())]).into()
        );
    }
    let mut tx = Tx::begin(&call.app.db, call.now).await?;
    if let Some(key) = &key
        && !claim(&tx, call, key).await?
    {
        let earlier = recall(&tx, call, key).await?;
        tx.rollback().await?;
        call.mark_replayed();
        return Ok(earlier);
    }
    match work(&mut tx, call).await {
        Ok(outcome) => {
            if let Some(key) = &key {
                settle(&tx, call, key, &outcome).await?;
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

/// Claims the key; false when it was used before. A use in flight holds the row until it ends.
async fn claim(tx: &Tx, call: &CallState, key: &Key) -> std::result::Result<bool, Refusal> {
    let row = idempotency::ActiveModel {
        caller: Set(key.caller(call)),
        mutation: Set(key.mutation.clone()),
        key: Set(key.key.clone()),
        input_hash: Set(key.input_hash.clone()),
        outcome: Set(None),
        created_at: Set(tx.now()),
    };
    let inserted = idempotency::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.conn())
        .await;
    match inserted {
        Ok(TryInsertResult::Inserted(rows)) => Ok(rows > 0),
        Ok(_) => Ok(false),
        Err(error) if is_lock_timeout(&error) => {
            let code = UserErrorCode::IdempotencyInProgress;
            Err(UserError::coded(call, code, "idempotencyKey", "key-in-progress", &[]).into())
        }
        Err(error) => Err(error.into()),
    }
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

async fn settle(tx: &Tx, call: &CallState, key: &Key, outcome: &impl Serialize) -> Result<()> {
    let row = idempotency::ActiveModel {
        caller: Set(key.caller(call)),
        mutation: Set(key.mutation.clone()),
        key: Set(key.key.clone()),
        outcome: Set(Some(serde_json::to_value(outcome)?)),
        ..Default::default()
    };
    row.update(tx.conn()).await?;
    Ok(())
}

/// PostgreSQL's `lock_not_available`.
fn is_lock_timeout(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) = error else {
        return false;
    };
    source.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "55P03")
}

/// Locks one row for the rest of the transaction, so that rules decide on values that stay. SQLite's writer is
/// alone anyway and has no such clause.
pub fn for_update(query: &mut sea_orm::sea_query::SelectStatement, conn: &impl ConnectionTrait) {
    if conn.get_database_backend() == sea_orm::DbBackend::Postgres {
        query.lock_exclusive();
    }
}
