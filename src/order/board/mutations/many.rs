//! The same done to many, each by what is done to one (C080): with CONTINUE each in a transaction of its own under a part of the key,
//! with ABORT all in one.

use std::sync::Arc;

use async_graphql::{Context, InputType};
use entity::OrderId;
use entity::order::order;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::super::links::OrderById;
use super::super::super::types::Order;
use crate::graph::error::Hidden;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::{Lock, Tx};

/// Most items of a list.
pub const MAX_ITEMS: usize = 100;

/// Longest key: a part for each item is put behind it.
const MAX_KEY: usize = 200;

/// What came of each item, in order: what it left behind, or what the user can put right. Neither, where others undid it.
pub type Outcomes<O> = Vec<std::result::Result<Option<O>, Vec<UserError>>>;

/// What is done to one.
pub type Single<I, O> = Arc<dyn for<'t> Fn(&'t mut Tx, &'t Call, I) -> BoxFuture<'t, Done<O>> + Send + Sync>;

/// What came of one.
pub type Done<O> = std::result::Result<O, Refusal>;

/// What of the whole is wrong, so that nothing is done.
pub fn refused(call: &Call, key: &str, items: usize) -> Vec<UserError> {
    let mut errors = Vec::new();
    if key.is_empty() || key.len() > MAX_KEY {
        let max = [("max", i64::try_from(MAX_KEY).unwrap_or(i64::MAX).into())];
        errors.push(UserError::invalid(call, "idempotencyKey", "key-length", &max));
    }
    if items == 0 || items > MAX_ITEMS {
        let max = [("max", i64::try_from(MAX_ITEMS).unwrap_or(i64::MAX).into())];
        errors.push(UserError::invalid(call, "items", "bulk-items", &max));
    }
    errors
}

/// Errors of an item, with paths that lead to it.
fn at(place: usize, errors: Vec<UserError>) -> Vec<UserError> {
    let steps = ["items".to_owned(), place.to_string()];
    errors.into_iter().map(|error| error.below(&steps)).collect()
}

/// After so many that failed one after another the rest is not tried: the store is gone, and each would wait for it.
const GIVES_UP: usize = 3;

/// Each in its own transaction. A repeated key brings back what was done, and tries again what was not. One at which the store fails
/// is an error of that item, and the others go on.
///
/// # Errors
/// What ends the whole answer, and is no failure of ours.
pub async fn each<G, I, O>(
    ctx: &Context<'_>,
    key: &str,
    items: Vec<G>,
    of: fn(G) -> I,
    single: Single<I, O>,
) -> Result<Outcomes<O>>
where
    G: InputType + 'static,
    I: Send + 'static,
    O: Serialize + DeserializeOwned + Send + 'static,
{
    let mut outcomes = Vec::with_capacity(items.len());
    let mut failed = 0;
    for (place, item) in items.into_iter().enumerate() {
        let part = Key::new(ctx, &format!("{key}/{place}"), &item);
        let (single, item) = (Arc::clone(&single), of(item));
        if failed == GIVES_UP {
            outcomes.push(Err(not_done(ctx.call(), place)));
            continue;
        }
        let written = match write(ctx, Some(part), move |tx, call| single(tx, call, item)).await {
            Ok(written) => {
                failed = 0;
                written.map(Some).map_err(|errors| at(place, errors))
            }
            Err(Error::Hidden(hidden)) => {
                let Hidden { message, at, .. } = &*hidden;
                tracing::error!(request_id = ctx.call().request_id, %at, item = place, "an item of a list failed: {message}");
                failed += 1;
                Err(not_done(ctx.call(), place))
            }
            Err(other) => return Err(other),
        };
        outcomes.push(written);
    }
    Ok(outcomes)
}

/// An item at which the store failed.
fn not_done(call: &Call, place: usize) -> Vec<UserError> {
    at(place, vec![UserError::coded(call, UserErrorCode::Internal, "", "bulk-failed", &[])])
}

/// All in one transaction, which `ahead` begins with the locks that they take, in the one order of all locks. The first that fails
/// undoes those before it.
///
/// # Errors
/// When the store fails. What of the key is wrong is the inner error.
pub async fn all<I, O>(
    ctx: &Context<'_>,
    key: Key,
    items: Vec<I>,
    ahead: impl for<'t> FnOnce(&'t mut Tx, &'t Call) -> BoxFuture<'t, Done<()>> + Send + 'static,
    single: Single<I, O>,
) -> Result<std::result::Result<Outcomes<O>, Vec<UserError>>>
where
    I: Send + 'static,
    O: Serialize + DeserializeOwned + Send + 'static,
{
    let count = items.len();
    let written = write(ctx, Some(key), move |tx, call| {
        Box::pin(async move {
            ahead(tx, call).await?;
            let mut done = Vec::with_capacity(items.len());
            for (place, item) in items.into_iter().enumerate() {
                let one = single(tx, call, item).await.map_err(|refusal| match refusal {
                    Refusal::User(errors) => Refusal::User(at(place, errors)),
                    failed @ Refusal::Failed(_) => failed,
                })?;
                done.push(one);
                // The next one may look at what this one wrote.
                tx.flush().await?;
            }
            Ok(done)
        })
    });
    Ok(match written.await? {
        Ok(done) => Ok(done.into_iter().map(|one| Ok(Some(one))).collect()),
        Err(errors) => {
            let (own, of_all): (Vec<_>, Vec<_>) = errors.into_iter().partition(|error| place_of(error).is_some());
            if !of_all.is_empty() || own.is_empty() {
                return Ok(Err(of_all));
            }
            let failed = own.first().and_then(place_of).unwrap_or_default();
            let mut own = Some(own);
            let outcome = |place| if place == failed { Err(own.take().unwrap_or_default()) } else { Ok(None) };
            Ok((0..count).map(outcome).collect())
        }
    })
}

/// Which item an error is about.
fn place_of(error: &UserError) -> Option<usize> {
    match error.path()? {
        [input, items, place, ..] if input == "input" && items == "items" => place.parse().ok(),
        _ => None,
    }
}

/// Locks the orders of a list that are the caller's to change, the smaller id first, whatever the order of the list.
///
/// # Errors
/// When the store fails.
pub async fn lock_orders(tx: &Tx, rows: Condition, ids: Vec<OrderId>) -> Done<()> {
    let select = order::Entity::find().filter(order::Column::Id.is_in(ids)).filter(rows);
    Lock::row(select.order_by_asc(order::Column::Id)).all(tx.conn()).await?;
    Ok(())
}

/// The orders of outcomes, read under the rights of now.
///
/// # Errors
/// When the store fails.
pub async fn orders<O>(call: &Call, outcomes: &Outcomes<O>, of: fn(&O) -> OrderId) -> Result<Vec<Option<Order>>> {
    let ids: Vec<_> = outcomes.iter().filter_map(|one| one.as_ref().ok()?.as_ref().map(of)).collect();
    let mut found = call.link::<OrderById>().many(ids).await?.into_iter();
    let own = outcomes.iter().map(|one| match one {
        Ok(Some(_)) => found.next().flatten(),
        _ => None,
    });
    Ok(own.collect())
}
