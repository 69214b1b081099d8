//! Requests: how one is kept, and how it comes to nothing.

use entity::order::change_request;
use entity::{ChangeKind, ChangeRequestId, ChangeState, OrderId};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::super::rules::table::waits_in;
use super::{Books, payments_of};
use crate::graph::Error;
use crate::order::store::{Progress, Revision, balance_paid, catch_up};
use crate::store::Tx;

/// How many requests there were for an order.
///
/// # Errors
/// When the store fails.
pub async fn requests_before(tx: &Tx, order: OrderId) -> Result<u64, DbErr> {
    change_request::Entity::find().filter(change_request::Column::OrderId.eq(order)).count(tx.conn()).await
}

/// Puts off the write of a new request.
pub fn insert(tx: &mut Tx, request: change_request::Model) {
    tx.insert([request.into_active_model().reset_all()]);
}

/// Puts off the write of a request that is there already.
pub fn save(tx: &mut Tx, request: &change_request::Model) {
    let change = request.clone().into_active_model().reset_all();
    tx.put_one(change_request::Entity::update_many().set(change).filter(change_request::Column::Id.eq(request.id)));
}

/// Nothing comes of a request: the order is again what it was, as far as it waited, and stands where it would have come to meanwhile. Who
/// was to buy is nobody's any more: their number is gone. Saving both is the caller's.
///
/// # Errors
/// When the store fails.
pub async fn end(
    tx: &mut Tx,
    revision: &mut Revision,
    request: change_request::Model,
    state: ChangeState,
) -> Result<change_request::Model, Error> {
    let now = tx.now();
    let payments = payments_of(tx, request.order_id).await?;
    Books::of(tx, revision.before()).await?.without_request().sum(&mut revision.order, &payments);
    revision.order.has_open_change_request = false;
    let request = change_request::Model { state, done_at: Some(now), buyer_id_number: None, ..request };
    revision.request_changed(&request, now);
    if request.kind == ChangeKind::Cancel {
        revision.order.cancel_reason = None;
    }
    if waits_in(request.kind) == Some(revision.order.status) {
        revision.set_status(request.from_status, now, request.decision_note.clone());
        catch_up(tx, revision).await?;
        balance_paid(tx, revision, now).await?;
        // Read again with what was reached just now.
        tx.flush().await?;
        let mut progress = Progress::of(tx.conn(), &revision.order).await?;
        progress.stand(revision);
        progress.save(tx);
    }
    Ok(request)
}

/// Tells of requests whose last money has gone back.
///
/// # Errors
/// When the store fails.
pub async fn tell_done(tx: &Tx, revision: &mut Revision, over: &[ChangeRequestId]) -> Result<(), DbErr> {
    if over.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let rows = change_request::Entity::find().filter(change_request::Column::Id.is_in(over.iter().copied()));
    for row in rows.all(tx.conn()).await? {
        if row.state == ChangeState::Executing {
            revision.request_changed(&change_request::Model { state: ChangeState::Done, ..row }, now);
        }
    }
    Ok(())
}
