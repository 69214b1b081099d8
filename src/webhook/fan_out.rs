//! Makes deliveries of what is new on the stream of everything: each event once for each endpoint that wants it, since the
//! place up to where that is done moves in the same transaction.

use chrono::{DateTime, Utc};
use entity::log::event;
use entity::webhook::{cursor, delivery, endpoint};
use entity::{WebhookDeliveryId, WebhookDeliveryState, WebhookState};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::rules::message::{body, is_for};
use crate::events::Hub;
use crate::store::{Db, Tx};

/// Most entries of one pass.
const PART: u64 = 500;

/// Locks the place up to where deliveries are made. Whoever registers an endpoint waits for it; whoever makes deliveries
/// leaves it to the one who has it.
///
/// # Errors
/// When the store fails.
pub async fn lock(tx: &Tx, waits: bool) -> Result<Option<cursor::Model>, DbErr> {
    let select = cursor::Entity::find_by_id(1);
    // Left out on SQLite, whose writer is alone anyway.
    let select = match waits {
        true => select.lock(LockType::Update),
        false => select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
    };
    select.one(tx.conn()).await
}

/// Makes deliveries of a part of what is new; true when there may be more.
///
/// # Errors
/// When the store fails; then none was made.
pub async fn fan_out(db: &Db, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let tx = Tx::begin(db, now).await?;
    let Some(place) = lock(&tx, false).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    let wanting = endpoint::Column::State.ne(WebhookState::Disabled);
    let endpoints = endpoint::Entity::find().filter(wanting).all(tx.conn()).await?;
    // What was there before the first of them is nobody's.
    let Some(first) = endpoints.iter().map(|endpoint| endpoint.begins_after).min() else {
        tx.rollback().await?;
        return Ok(false);
    };
    let events = event::Entity::find()
        .filter(event::Column::OemSequence.gt(first.max(place.sequence)))
        // As the index has it.
        .filter(Expr::cust("oem_sequence > 0"))
        .order_by_asc(event::Column::OemSequence)
        .limit(PART)
        .all(tx.conn())
        .await?;
    let Some(last) = events.last().and_then(|event| event.oem_sequence) else {
        tx.rollback().await?;
        return Ok(false);
    };
    let mut rows = Vec::new();
    for event in &events {
        let number = event.oem_sequence.unwrap_or_default();
        let wanted = endpoints.iter().filter(|endpoint| is_for(endpoint, event.kind, number));
        rows.extend(wanted.map(|endpoint| made(endpoint, event, number, now).into_active_model().reset_all()));
    }
    // As many as one statement of either database has values for.
    for part in rows.chunks(1_000) {
        delivery::Entity::insert_many(part.to_vec()).exec_without_returning(tx.conn()).await?;
    }
    let moved = cursor::ActiveModel { id: Set(1), sequence: Set(last) };
    cursor::Entity::update(moved).exec(tx.conn()).await?;
    tx.commit(&Hub::default()).await?;
    Ok(events.len() as u64 == PART)
}

fn made(endpoint: &endpoint::Model, event: &event::Model, number: i64, now: DateTime<Utc>) -> delivery::Model {
    delivery::Model {
        id: WebhookDeliveryId::generate(),
        endpoint_id: endpoint.id,
        event_id: event.event_id,
        oem_sequence: number,
        stream: event.stream.clone(),
        kind: event.kind,
        body: body(event),
        state: WebhookDeliveryState::Pending,
        attempts: 0,
        first_attempt_at: None,
        next_attempt_at: now,
        lease: 0,
        last_status: None,
        last_failure: None,
        created_at: now,
        updated_at: now,
    }
}
