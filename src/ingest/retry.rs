//! Trying recorded events again: by an operator, and from time to time those that wait. What they wait for may have come
//! another way, or at the same moment in another transaction.

use std::time::Duration;

use chrono::TimeDelta;
use entity::upstream::inbound_event;
use entity::{InboundEventId, InboundState};
use sea_orm::sea_query::{Condition, ExprTrait, LockBehavior, LockType};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use tokio_util::sync::CancellationToken;

use super::record;
use super::take::{again, wake};
use crate::app::App;
use crate::graph::Result;
use crate::store::Tx;

/// How often those that wait are looked at.
const EVERY: Duration = Duration::from_secs(30);

/// How many at a time.
const PART: u64 = 100;

/// How long an event rests that has been tried fewer times than this: one that waits for what never comes is not to hold
/// up those whose turn is near.
const RESTS: [(i32, TimeDelta); 3] =
    [(8, TimeDelta::seconds(15)), (40, TimeDelta::minutes(10)), (i32::MAX, TimeDelta::hours(6))];

/// Tries those that wait again, from time to time, until it is told to stop.
pub async fn sweep(app: App, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        loop {
            match held(&app).await {
                Ok(0) => break,
                // What was done may be what others wait for.
                Ok(_) if stop.is_cancelled() => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(?error, "events that wait could not be tried again; the next turn tries");
                    break;
                }
            }
        }
    }
}

/// Tries those that have waited longest since their last try; answers how many were done.
///
/// # Errors
/// When the store fails; nothing is done then.
pub async fn held(app: &App) -> Result<usize> {
    let mut tx = Tx::begin(&app.db, app.clock.now()).await?;
    let due = RESTS.iter().fold(Condition::any(), |due, (tries, rest)| {
        let few = inbound_event::Column::Attempts.lt(*tries);
        due.add(few.and(inbound_event::Column::SettledAt.lt(tx.now() - *rest)))
    });
    let select = inbound_event::Entity::find()
        .filter(inbound_event::Column::State.eq(InboundState::Held))
        .filter(due)
        .order_by_asc(inbound_event::Column::SettledAt)
        .order_by_asc(inbound_event::Column::Id)
        .limit(PART);
    let rows = free(app, select).all(tx.conn()).await?;
    let ids: Vec<InboundEventId> = rows.iter().map(|row| row.id).collect();
    run(&mut tx, app, rows).await?;
    let left = count_held(&tx, &ids).await?;
    tx.commit(&app.hub).await?;
    Ok(ids.len() - left)
}

/// Tries all that wait again, in parts, as often as that brings something.
///
/// # Errors
/// When the store fails; what parts before have done stays.
pub async fn all_held(app: &App) -> Result<()> {
    let mut after = InboundEventId::default();
    loop {
        let mut tx = Tx::begin(&app.db, app.clock.now()).await?;
        let select = inbound_event::Entity::find()
            .filter(inbound_event::Column::State.eq(InboundState::Held))
            .filter(inbound_event::Column::Id.gt(after))
            .order_by_asc(inbound_event::Column::Id)
            .limit(PART * 5);
        let rows = free(app, select).all(tx.conn()).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        run(&mut tx, app, rows).await?;
        tx.commit(&app.hub).await?;
    }
}

/// Tries these again, whether they wait or were refused. Those that are done, or are no more, are passed over.
///
/// # Errors
/// When the store fails; nothing is done then.
pub async fn replay(tx: &mut Tx, app: &App, ids: &[InboundEventId]) -> Result<()> {
    let mut select = inbound_event::Entity::find()
        .filter(inbound_event::Column::Id.is_in(ids.iter().copied()))
        .filter(record::may_be_tried());
    if app.db.backend() == DbBackend::Postgres {
        select = select.lock_exclusive();
    }
    let rows = select.all(tx.conn()).await?;
    run(tx, app, rows).await
}

/// Those that nobody else is trying.
fn free(app: &App, select: Select<inbound_event::Entity>) -> Select<inbound_event::Entity> {
    match app.db.backend() {
        DbBackend::Postgres => select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        _ => select,
    }
}

async fn run(tx: &mut Tx, app: &App, mut rows: Vec<inbound_event::Model>) -> Result<()> {
    record::sort(&mut rows);
    let woken = again(tx, app, rows).await?;
    wake(tx, app, woken).await
}

async fn count_held(tx: &Tx, ids: &[InboundEventId]) -> Result<usize> {
    let left = inbound_event::Entity::find()
        .filter(inbound_event::Column::Id.is_in(ids.iter().copied()))
        .filter(inbound_event::Column::State.eq(InboundState::Held))
        .all(tx.conn())
        .await?;
    Ok(left.len())
}
