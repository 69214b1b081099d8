//! Looks after the stock. Cars whose hold has run out are set free (C102). By the rules of alerts (C098), what they find is raised,
//! what is over is closed, what nobody takes up goes higher. Every process does; a rule is looked after by one at a time, and of one
//! thing one alert stands.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use entity::inventory::alert_rule;
use entity::place::store;
use entity::{AgeBand, StockAlertMetric, StockAlertRuleId, StockType, StoreId};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use tokio_util::sync::CancellationToken;

use super::rules::age::age_days;
use super::rules::alert::{days_late, first_level, levels, settle};
use super::store::{alert, hold};
use crate::app::App;
use crate::graph::Result;
use crate::store::{Db, Tx};

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(5);

/// Most alerts that one transaction raises, closes and takes higher, all told: each of them is told of.
pub const MOST: u64 = 1000;

/// Looks until it is told to stop, at each rule's stock after so long.
pub async fn watch(app: App, check_after: TimeDelta, stop: CancellationToken) {
    let db = app.db.aside();
    let pause = check_after.to_std().unwrap_or(LOOK).min(LOOK);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        // Each by itself: what one of them meets does not hold up the other.
        let failed = [holds(&app, &db, &stop).await.err(), alerts(&app, &db, check_after, &stop).await.err()];
        for error in failed.into_iter().flatten() {
            tracing::warn!(?error, "the stock could not be looked after; the next turn tries again");
        }
    }
}

async fn holds(app: &App, db: &Db, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() && free_holds(app, db).await? {}
    Ok(())
}

async fn alerts(app: &App, db: &Db, check_after: TimeDelta, stop: &CancellationToken) -> Result<()> {
    let mut failed = Vec::new();
    while !stop.is_cancelled() && look(app, db, check_after, &mut failed).await? {}
    Ok(())
}

/// Most holds that one transaction ends.
const MOST_HOLDS: u64 = 100;

/// Who ends them, in the histories.
const ACTOR: &str = "system";

/// Sets cars free whose hold has run out (C102), in one transaction; false when there are no more for now.
///
/// # Errors
/// When the store fails; nothing is done then.
pub async fn free_holds(app: &App, db: &Db) -> Result<bool> {
    let now = app.clock.now();
    if hold::expired(now).limit(1).one(db.conn()).await?.is_none() {
        return Ok(false);
    }
    let mut tx = Tx::begin(db, now).await?;
    let (found, freed) = hold::free_expired(&mut tx, ACTOR, MOST_HOLDS).await?;
    tx.commit(&app.hub).await?;
    // Those that somebody is at wait for the next turn.
    Ok(freed > 0 && found as u64 == MOST_HOLDS)
}

/// Looks after the rule that was longest not looked after, in one transaction; false when none is due. One that fails is put to those
/// that have `failed` and are left alone: the others go on.
///
/// # Errors
/// When the store fails before a rule is found; nothing is done then.
pub async fn look(app: &App, db: &Db, check_after: TimeDelta, failed: &mut Vec<StockAlertRuleId>) -> Result<bool> {
    let now = app.clock.now();
    // One that looks no more is due until what it raised is closed: its last change left that open when it was too much.
    let active = Condition::all()
        .add(alert_rule::Column::Active.eq(true))
        .add(alert_rule::Column::CheckedAt.lte(now - check_after));
    let over = Condition::all()
        .add(alert_rule::Column::Active.eq(false))
        .add(alert_rule::Column::CheckedAt.eq(DateTime::UNIX_EPOCH));
    let due = alert_rule::Entity::find()
        .filter(Condition::any().add(active).add(over))
        .filter(alert_rule::Column::Id.is_not_in(failed.iter().copied()))
        .order_by_asc(alert_rule::Column::CheckedAt)
        .limit(1);
    // Mostly there is none, and a look holds up nobody.
    if due.clone().one(db.conn()).await?.is_none() {
        return Ok(false);
    }
    let mut tx = Tx::begin(db, now).await?;
    let Some(rule) = free(db, due).one(tx.conn()).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    match look_after(&mut tx, &rule).await {
        Ok(()) => tx.commit(&app.hub).await?,
        Err(error) => {
            tracing::warn!(?error, rule = %rule.id, "a rule of the stock could not be looked after; the next turn tries again");
            tx.rollback().await?;
            failed.push(rule.id);
        }
    }
    Ok(true)
}

async fn look_after(tx: &mut Tx, rule: &alert_rule::Model) -> Result<()> {
    if after(tx, rule).await? {
        let checked = alert_rule::ActiveModel { checked_at: sea_orm::ActiveValue::Set(tx.now()), ..Default::default() };
        let row = alert_rule::Entity::update_many().set(checked).filter(alert_rule::Column::Id.eq(rule.id));
        row.exec(tx.conn()).await?;
    }
    Ok(())
}

/// Those that nobody else is at.
fn free(db: &Db, select: Select<alert_rule::Entity>) -> Select<alert_rule::Entity> {
    match db.backend() {
        DbBackend::Postgres => select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        _ => select,
    }
}

/// Does what a rule wants; false when there is more of it than one transaction takes.
async fn after(tx: &mut Tx, rule: &alert_rule::Model) -> Result<bool> {
    let mut left = MOST;
    if !rule.active {
        left -= alert::close_all(tx, rule.id, left).await?;
        return Ok(left > 0);
    }
    left -= alert::close_strange(tx, rule, left).await?;
    match rule.metric {
        StockAlertMetric::AgeOver => {
            for band in AgeBand::ALL {
                cars(tx, rule, Some(*band), &mut left).await?;
            }
        }
        StockAlertMetric::InTransitOverdue | StockAlertMetric::DemoRetireDue => {
            cars(tx, rule, None, &mut left).await?;
        }
        StockAlertMetric::LevelOver | StockAlertMetric::LevelUnder => {
            let cars = cars_of(tx, rule).await?;
            stores(tx, rule, &cars, &mut left).await?;
        }
        StockAlertMetric::TurnoverLow => {
            let per_cent = alert::turnovers(tx, rule).await?;
            stores(tx, rule, &per_cent, &mut left).await?;
        }
    }
    for step in levels(rule, tx.now()) {
        if left > 0 {
            left -= alert::escalate(tx, rule.id, step, left).await?;
        }
    }
    Ok(left > 0)
}

async fn cars(tx: &mut Tx, rule: &alert_rule::Model, band: Option<AgeBand>, left: &mut u64) -> Result<()> {
    if *left > 0 {
        *left -= alert::close_passed(tx, rule, band, *left).await?;
    }
    if *left == 0 {
        return Ok(());
    }
    let untold = alert::untold(tx, rule, band, *left).await?;
    *left -= untold.len() as u64;
    let now = tx.now();
    let raised = untold.into_iter().map(|car| {
        let days = match car.expected_at {
            Some(expected) if rule.metric == StockAlertMetric::InTransitOverdue => days_late(expected, now),
            _ => age_days(car.stock_since, now),
        };
        alert::alert(rule, (Some(car.id), car.store_id), band, days, (first_level(car.store_id), now))
    });
    let raised = raised.collect();
    alert::raise(tx, raised).await?;
    Ok(())
}

/// How many cars each store has of a rule's stock: none counts too where a rule looks for few.
async fn cars_of(tx: &Tx, rule: &alert_rule::Model) -> Result<Vec<(Option<StoreId>, i64)>> {
    let mut cars = alert::levels(tx, rule).await?;
    if rule.metric == StockAlertMetric::LevelUnder {
        let mut every: Vec<Option<StoreId>> = expected(tx, rule).await?;
        every.retain(|store| cars.iter().all(|(found, _)| found != store));
        cars.extend(every.into_iter().map(|store| (store, 0)));
    }
    Ok(cars)
}

/// Raises and closes alerts about stores, by what was measured of each.
async fn stores(
    tx: &mut Tx,
    rule: &alert_rule::Model,
    measured: &[(Option<StoreId>, i64)],
    left: &mut u64,
) -> Result<()> {
    let (raise, close) = settle(rule, measured, &alert::standing(tx, rule.id).await?);
    *left -= alert::close_of(tx, rule.id, &close, *left).await?;
    let now = tx.now();
    let raised: Vec<_> = raise
        .into_iter()
        .take(usize::try_from(*left).unwrap_or(usize::MAX))
        .map(|(store, value)| alert::alert(rule, (None, store), None, value, (first_level(store), now)))
        .collect();
    *left -= raised.len() as u64;
    alert::raise(tx, raised).await?;
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
