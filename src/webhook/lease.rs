//! Taking deliveries to make, and writing down what came of them. A lease ends by time, so that what a process that died
//! has taken is done by another; a process that was only slow has an older number by then, and nothing to say any more.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::webhook::{attempt, delivery, endpoint};
use entity::{WebhookAttemptId, WebhookDeliveryState, WebhookEndpointId, WebhookState};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, Statement,
};

use super::rules::outcome::{Heard, Next, Timing, after_failure, next};
use crate::events::Hub;
use crate::store::{Db, Lock, Tx};

/// How long a lease lasts beyond the longest attempt.
const SPARE: TimeDelta = TimeDelta::seconds(30);

/// Takes what is due at an endpoint. Of a stream only the first that is not settled: so the next one waits until it is.
const LEASE: &str = "WITH due AS MATERIALIZED (
    SELECT d.id FROM webhook_delivery AS d JOIN webhook_endpoint AS e ON e.id = d.endpoint_id
    WHERE d.endpoint_id = $1 AND e.state = 'ACTIVE' AND (e.not_before IS NULL OR e.not_before <= $2)
        AND d.state = 'PENDING' AND d.next_attempt_at <= $2
        AND NOT EXISTS (
            SELECT 1 FROM webhook_delivery AS before
            WHERE before.endpoint_id = d.endpoint_id AND before.stream = d.stream AND before.state = 'PENDING'
                AND before.oem_sequence < d.oem_sequence
        )
    ORDER BY d.next_attempt_at, d.oem_sequence LIMIT $3";
const LOCKED: &str = " FOR UPDATE OF d SKIP LOCKED";
const TAKE: &str = ")
UPDATE webhook_delivery SET lease = lease + 1, next_attempt_at = $4 WHERE id IN (SELECT id FROM due) RETURNING *";

/// A delivery to make, and where to.
#[derive(Clone, Debug)]
pub struct Leased {
    /// As it is under the lease.
    pub delivery: delivery::Model,
    /// As it was when it was taken.
    pub endpoint: endpoint::Model,
}

/// Takes at most so many deliveries to one endpoint.
///
/// # Errors
/// When the store fails.
pub async fn lease(
    db: &Db,
    endpoint: WebhookEndpointId,
    most: usize,
    timeout: Duration,
    now: DateTime<Utc>,
) -> Result<Vec<Leased>, DbErr> {
    let tx = Tx::begin(db, now).await?;
    let backend = db.backend();
    let locked = if backend == DbBackend::Postgres { LOCKED } else { "" };
    let until = now + TimeDelta::from_std(timeout).unwrap_or_default() + SPARE;
    let values = [endpoint.into(), now.into(), i64::try_from(most).unwrap_or(i64::MAX).into(), until.into()];
    let statement = Statement::from_sql_and_values(backend, format!("{LEASE}{locked}{TAKE}"), values);
    let rows = tx.conn().query_all_raw(statement).await?;
    let taken = rows.iter().map(|row| delivery::Model::from_query_result(row, "")).collect::<Result<Vec<_>, _>>()?;
    let found = match taken.is_empty() {
        true => None,
        false => endpoint::Entity::find_by_id(endpoint).one(tx.conn()).await?,
    };
    tx.commit(&Hub::default()).await?;
    let Some(endpoint) = found else { return Ok(Vec::new()) };
    Ok(taken.into_iter().map(|delivery| Leased { delivery, endpoint: endpoint.clone() }).collect())
}

/// What there is to write down of an attempt.
#[derive(Clone, Debug)]
pub struct Report {
    /// What came of it.
    pub heard: Heard,
    /// The beginning of a failure's answer.
    pub answer: Option<String>,
    /// How long it took.
    pub duration: Duration,
    /// Drawn from 0 to 1.
    pub jitter: f64,
}

/// Writes down what came of an attempt; false when the lease was lost meanwhile, and then nothing is written.
///
/// # Errors
/// When the store fails.
pub async fn settle(
    db: &Db,
    timing: &Timing,
    leased: &delivery::Model,
    report: &Report,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let heard = report.heard;
    let failures = u32::try_from(leased.attempts).unwrap_or_default();
    let next = next(timing, failures, leased.first_attempt_at, heard, now, report.jitter);
    let mut tx = Tx::begin(db, now).await?;
    if heard.is_success() {
        let failing = Condition::all()
            .add(endpoint::Column::Id.eq(leased.endpoint_id))
            .add(endpoint::Column::FailingSince.is_not_null());
        let well = endpoint::ActiveModel { failing_since: Set(None), ..Default::default() };
        tx.put(endpoint::Entity::update_many().set(well).filter(failing));
    } else {
        let lock = Lock::row(endpoint::Entity::find_by_id(leased.endpoint_id));
        let Some(was) = lock.take(tx.conn()).await? else { return Ok(false) };
        if let Some(is) = after_failure(timing, &was, heard, now) {
            if is.state != was.state {
                tracing::warn!(endpoint = %is.id, state = %is.state, "a webhook endpoint is not delivered to any more");
            }
            let changed = endpoint::ActiveModel {
                state: Set(is.state),
                reason: Set(is.reason),
                failing_since: Set(is.failing_since),
                not_before: Set(is.not_before),
                version: Set(is.version),
                updated_at: Set(is.updated_at),
                ..Default::default()
            };
            tx.put_one(endpoint::Entity::update_many().set(changed).filter(endpoint::Column::Id.eq(is.id)));
        }
    }
    let (state, at) = match next {
        Next::Delivered => (WebhookDeliveryState::Delivered, now),
        Next::Dead => (WebhookDeliveryState::Dead, now),
        Next::Again(at) => (WebhookDeliveryState::Pending, at),
    };
    let settled = delivery::ActiveModel {
        state: Set(state),
        attempts: Set(leased.attempts + 1),
        first_attempt_at: Set(leased.first_attempt_at.or(Some(now))),
        next_attempt_at: Set(at),
        last_status: Set(heard.status()),
        last_failure: Set(heard.failure()),
        updated_at: Set(now),
        ..Default::default()
    };
    let own = delivery::Entity::update_many()
        .set(settled)
        .filter(delivery::Column::Id.eq(leased.id))
        .filter(delivery::Column::Lease.eq(leased.lease))
        .filter(delivery::Column::State.eq(WebhookDeliveryState::Pending));
    tx.put_one(own);
    if let Next::Again(at) = next {
        // What waits behind it is not looked at before.
        let behind = delivery::Entity::update_many()
            .col_expr(delivery::Column::NextAttemptAt, Expr::value(at))
            .filter(delivery::Column::EndpointId.eq(leased.endpoint_id))
            .filter(delivery::Column::Stream.eq(&leased.stream))
            .filter(delivery::Column::State.eq(WebhookDeliveryState::Pending))
            .filter(delivery::Column::OemSequence.gt(leased.oem_sequence))
            .filter(delivery::Column::NextAttemptAt.lt(at));
        tx.put(behind);
    }
    let row = attempt::Model {
        id: WebhookAttemptId::generate(),
        delivery_id: leased.id,
        status: heard.status(),
        failure: heard.failure(),
        duration_ms: i32::try_from(report.duration.as_millis()).unwrap_or(i32::MAX),
        answer: report.answer.clone(),
        attempted_at: now,
    };
    tx.insert([row.into_active_model().reset_all()]);
    match tx.commit(&Hub::default()).await {
        Ok(()) => Ok(true),
        Err(DbErr::RecordNotUpdated) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where there is something to do.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Due {
    /// The endpoint.
    pub id: WebhookEndpointId,
    /// Whether it is delivered to.
    pub state: WebhookState,
    /// Its deliveries begin after this.
    pub begins_after: i64,
    /// Not before.
    pub not_before: Option<DateTime<Utc>>,
    /// When its next delivery is due.
    pub due: Option<DateTime<Utc>>,
    /// Up to where deliveries were made.
    pub made: i64,
    /// Up to where there are events.
    pub head: Option<i64>,
}

const LOOK: &str = "SELECT e.id, e.state, e.begins_after, e.not_before,
    (SELECT min(d.next_attempt_at) FROM webhook_delivery AS d WHERE d.endpoint_id = e.id AND d.state = 'PENDING') AS due,
    (SELECT sequence FROM webhook_cursor) AS made, (SELECT head FROM event_stream WHERE stream = 'oem') AS head
FROM webhook_endpoint AS e WHERE e.state <> 'DISABLED'";

/// What there is to do, in one statement.
///
/// # Errors
/// When the store fails.
pub async fn look(db: &Db) -> Result<Vec<Due>, DbErr> {
    let rows = db.conn().query_all_raw(Statement::from_string(db.backend(), LOOK)).await?;
    rows.iter().map(|row| Due::from_query_result(row, "")).collect()
}
