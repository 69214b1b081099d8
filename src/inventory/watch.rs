//! Looks after the stock by the rules of alerts (C098): what they find is raised, what is over is closed, what nobody takes up goes
//! higher. Every process does; a rule is looked after by one at a time, and of one thing one alert stands.

use std::time::Duration;

use chrono::TimeDelta;
use entity::inventory::alert_rule;
use entity::place::store;
use entity::{AgeBand, StockAlertMetric, StockType, StoreId};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use tokio_util::sync::CancellationToken;

use super::rules::age::age_days;
use super::rules::alert::{days_late, first_level, levels, settle};
use super::store::alert;
use crate::app::App;
use crate::graph::Result;
use crate::store::{Db, Tx};

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(5);

/// Most alerts of one transaction.
const MOST: u64 = 500;

/// Looks until it is told to stop, at each rule's stock after so long.
pub async fn watch(app: App, check_after: TimeDelta, stop: CancellationToken) {
    let db = app.db.aside();
    let pause = check_after.to_std().unwrap_or(LOOK).min(LOOK);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        loop {
            match look(&app, &db, check_after).await {
                Ok(true) if !stop.is_cancelled() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(?error, "the stock could not be looked after; the next turn tries again");
                    break;
                }
            }
        }
    }
}

/// Looks after the rule that was longest not looked after, in one transaction; false when none is due.
///
/// # Errors
/// When the store fails; nothing is done then.
pub async fn look(app: &App, db: &Db, check_after: TimeDelta) -> Result<bool> {
    let now = app.clock.now();
    let due = alert_rule::Entity::find()
        .filter(alert_rule::Column::Active.eq(true))
        .filter(alert_rule::Column::CheckedAt.lte(now - check_after))
        .order_by_asc(alert_rule::Column::CheckedAt)
        .limit(1);
    // Mostly there is none, and a look holds up nobody.
    if due.clone().one(db.conn()).await?.is_none() {
        return Ok(false);
    }
    let tx = Tx::begin(db, now).await?;
    let Some(rule) = free(db, due).one(tx.conn()).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    let all = after(&tx, &rule).await?;
    if all {
        let checked = alert_rule::ActiveModel { checked_at: sea_orm::ActiveValue::Set(now), ..Default::default() };
        let row = alert_rule::Entity::update_many().set(checked).filter(alert_rule::Column::Id.eq(rule.id));
        row.exec(tx.conn()).await?;
    }
    tx.commit(&app.hub).await?;
    Ok(true)
}

/// Those that nobody else is at.
fn free(db: &Db, select: Select<alert_rule::Entity>) -> Select<alert_rule::Entity> {
    match db.backend() {
        DbBackend::Postgres => select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        _ => select,
    }
}

/// Does what a rule wants; false when there is more of it than one transaction takes.
async fn after(tx: &Tx, rule: &alert_rule::Model) -> Result<bool> {
    let mut all = true;
    match rule.metric {
        StockAlertMetric::AgeOver => {
            for band in AgeBand::ALL {
                all &= cars(tx, rule, Some(*band)).await?;
            }
        }
        StockAlertMetric::InTransitOverdue => all = cars(tx, rule, None).await?,
        StockAlertMetric::LevelOver | StockAlertMetric::LevelUnder => stores(tx, rule).await?,
    }
    for step in levels(rule, tx.now()) {
        alert::escalate(tx, rule.id, step).await?;
    }
    Ok(all)
}

async fn cars(tx: &Tx, rule: &alert_rule::Model, band: Option<AgeBand>) -> Result<bool> {
    alert::close_passed(tx, rule, band).await?;
    let untold = alert::untold(tx, rule, band, MOST).await?;
    let all = (untold.len() as u64) < MOST;
    let now = tx.now();
    let raised = untold.into_iter().map(|car| {
        let days = match car.expected_at {
            Some(expected) if rule.metric == StockAlertMetric::InTransitOverdue => days_late(expected, now),
            _ => age_days(car.stock_since, now),
        };
        alert::alert(rule, (Some(car.id), car.store_id), band, days, (first_level(car.store_id), now))
    });
    alert::raise(tx, raised.collect()).await?;
    Ok(all)
}

async fn stores(tx: &Tx, rule: &alert_rule::Model) -> Result<()> {
    let mut cars = alert::levels(tx, rule).await?;
    if rule.metric == StockAlertMetric::LevelUnder {
        let mut every: Vec<Option<StoreId>> = expected(tx, rule).await?;
        every.retain(|store| cars.iter().all(|(found, _)| found != store));
        cars.extend(every.into_iter().map(|store| (store, 0)));
    }
    let (raise, close) = settle(rule, &cars, &alert::standing(tx, rule.id).await?);
    alert::close_of(tx, rule.id, &close).await?;
    let now = tx.now();
    let raised =
        raise.into_iter().map(|(store, cars)| alert::alert(rule, (None, store), None, cars, (first_level(store), now)));
    alert::raise(tx, raised.collect()).await?;
    Ok(())
}

/// Who is to have cars of a rule's stock: the stores that it names, or, where it names none, whoever has such a stock: the plants
/// and hubs, or each store.
async fn expected(tx: &Tx, rule: &alert_rule::Model) -> Result<Vec<Option<StoreId>>> {
    let named = alert::named(rule);
    if !named.is_empty() {
        return Ok(named.into_iter().map(Some).collect());
    }
    if matches!(rule.stock_type, StockType::Factory | StockType::OemHub) {
        return Ok(vec![None]);
    }
    let stores = store::Entity::find().select_only().column(store::Column::Id).into_tuple().all(tx.conn()).await?;
    Ok(stores.into_iter().map(Some).collect())
}
