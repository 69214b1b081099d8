//! Where alerts of a stock are kept (C098): statements over all of them that a rule has, since there may be many.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::inventory::{alert, alert_rule, event as vehicle_event, vehicle_unit};
use entity::{
    AgeBand, Columns, PhysicalStatus, StockAlertId, StockAlertLevel, StockAlertMetric, StockAlertRuleId,
    StockAlertState, StoreId, VehicleUnitId,
};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, JoinType, OnConflict, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, Iterable,
    QueryFilter, QuerySelect,
};

use super::super::events::alert_changed;
use super::super::rules::age::stock_since_bounds;
use super::super::rules::alert::{TURNOVER_DAYS, days_over, late_before, turnover};
use crate::store::rows::among;
use crate::store::{Tx, VALUES};

/// Alerts that stand. As text, word for word as their indexes have it.
pub const STANDING: &str = r#""stock_alert"."state" <> 'CLOSED'"#;

/// Cars that are there and that nobody was promised. As text: it is never another.
const UNSOLD: &str = r#""vehicle_unit"."physical_status" NOT IN ('DELIVERED', 'TOTAL_LOSS')
    AND "vehicle_unit"."commercial_status" IN ('FREE', 'RESERVED')"#;

/// Changes alerts, at most so many of those that `which` finds, and tells of each. What has to be true of them when they are
/// written is `guard`: somebody may have been faster since they were found. How many were changed.
async fn change(
    tx: &mut Tx,
    values: Vec<(alert::Column, SimpleExpr)>,
    (guard, which): (Condition, Condition),
    most: u64,
) -> Result<u64, DbErr> {
    let found = Query::select()
        .column((alert::Entity, alert::Column::Id))
        .from(alert::Entity)
        .cond_where(guard.clone())
        .cond_where(which)
        .limit(most)
        .take();
    let version = Expr::col(alert::Column::Version).add(1);
    let update = Query::update()
        .table(alert::Entity)
        .values(values)
        .value(alert::Column::Version, version)
        .and_where(alert::Column::Id.in_subquery(found))
        .cond_where(guard)
        .returning(Query::returning().columns(alert::Column::iter()))
        .take();
    let rows = tx.conn().query_all(&update).await?;
    let changed = rows.len() as u64;
    for row in &rows {
        tx.emit(alert_changed(&alert::Model::read(row, 0)?));
    }
    Ok(changed)
}

/// Closes alerts of a rule, at most so many of those that `which` finds; how many it were.
async fn close(tx: &mut Tx, rule: StockAlertRuleId, which: Condition, most: u64) -> Result<u64, DbErr> {
    let values = vec![
        (alert::Column::State, Expr::val(StockAlertState::Closed.code())),
        (alert::Column::ClosedAt, Expr::val(tx.now())),
    ];
    let guard = Condition::all().add(alert::Column::RuleId.eq(rule)).add(Expr::cust(STANDING));
    change(tx, values, (guard, which), most).await
}

/// Closes alerts of a rule that stand, at most so many; how many it were.
///
/// # Errors
/// When the store fails.
pub async fn close_all(tx: &mut Tx, rule: StockAlertRuleId, most: u64) -> Result<u64, DbErr> {
    close(tx, rule, Condition::all(), most).await
}

/// Closes alerts of a rule that are not of its metric, at most so many: what it told of before it was changed. How many it were.
///
/// # Errors
/// When the store fails.
pub async fn close_strange(tx: &mut Tx, rule: &alert_rule::Model, most: u64) -> Result<u64, DbErr> {
    let strange = match rule.metric {
        StockAlertMetric::AgeOver => alert::Column::Band.is_null(),
        StockAlertMetric::InTransitOverdue | StockAlertMetric::DemoRetireDue => {
            alert::Column::Band.is_not_null().or(alert::Column::VehicleId.is_null())
        }
        StockAlertMetric::LevelOver | StockAlertMetric::LevelUnder | StockAlertMetric::TurnoverLow => {
            alert::Column::VehicleId.is_not_null()
        }
    };
    close(tx, rule.id, Condition::all().add(strange), most).await
}

/// Closes alerts of a rule about the stock of these stores, at most so many; without a store, about the stock that none has.
///
/// # Errors
/// When the store fails.
pub async fn close_of(
    tx: &mut Tx,
    rule: StockAlertRuleId,
    stores: &[Option<StoreId>],
    most: u64,
) -> Result<u64, DbErr> {
    if stores.is_empty() {
        return Ok(0);
    }
    let backend = tx.conn().get_database_backend();
    let named: Vec<StoreId> = stores.iter().copied().flatten().collect();
    let mut of = Condition::any().add(among(backend, alert::Column::StoreId, named));
    if stores.contains(&None) {
        of = of.add(alert::Column::StoreId.is_null());
    }
    close(tx, rule, of, most).await
}

/// The stock that a rule looks at.
fn stock(rule: &alert_rule::Model, tx: &Tx) -> Condition {
    let mut stock = Condition::all().add(vehicle_unit::Column::StockType.eq(rule.stock_type)).add(Expr::cust(UNSOLD));
    if !rule.store_ids.0.is_empty() {
        stock = stock.add(among(tx.conn().get_database_backend(), vehicle_unit::Column::StoreId, named(rule)));
    }
    stock
}

/// The stores that a rule names.
pub fn named(rule: &alert_rule::Model) -> Vec<StoreId> {
    rule.store_ids.0.iter().filter_map(|id| id.parse().ok()).collect()
}

/// The cars that a rule tells of in a band, or in none where it does not look at ages; none when it has none.
pub fn found(rule: &alert_rule::Model, band: Option<AgeBand>, tx: &Tx) -> Option<Condition> {
    let stock = stock(rule, tx);
    match (rule.metric, band) {
        (StockAlertMetric::AgeOver, Some(band)) => {
            let (first, last) = days_over(rule.threshold, band)?;
            let bounds = stock_since_bounds(tx.now(), Some(first), last);
            let since = |at| vehicle_unit::Column::StockSince.gt(at);
            let until = |at| vehicle_unit::Column::StockSince.lte(at);
            Some(stock.add_option(bounds.after.map(since)).add_option(bounds.until.map(until)))
        }
        (StockAlertMetric::InTransitOverdue, None) => {
            let on_its_way = [PhysicalStatus::InTransit, PhysicalStatus::Transferring];
            let late = vehicle_unit::Column::ExpectedAt.lt(late_before(tx.now(), rule.threshold));
            Some(stock.add(vehicle_unit::Column::PhysicalStatus.is_in(on_its_way)).add(late))
        }
        (StockAlertMetric::DemoRetireDue, None) => {
            let old = stock_since_bounds(tx.now(), Some(i64::from(rule.threshold) + 1), None).until;
            let due = Condition::any()
                .add_option(old.map(|until| vehicle_unit::Column::StockSince.lte(until)))
                .add_option(rule.mileage_km.map(|most| vehicle_unit::Column::OdometerKm.gt(most)));
            Some(stock.add(due))
        }
        _ => None,
    }
}

fn of_band(band: Option<AgeBand>) -> SimpleExpr {
    match band {
        Some(band) => alert::Column::Band.eq(band),
        None => alert::Column::Band.is_null(),
    }
}

/// Closes a rule's alerts of a band about cars that it does not tell of any more, or that another store has now, at most so many;
/// how many it were.
///
/// # Errors
/// When the store fails.
pub async fn close_passed(
    tx: &mut Tx,
    rule: &alert_rule::Model,
    band: Option<AgeBand>,
    most: u64,
) -> Result<u64, DbErr> {
    let mut passed = Condition::all().add(of_band(band));
    if let Some(found) = found(rule, band, tx) {
        let of = |column| Expr::col((vehicle_unit::Entity, column));
        let own = |column| Expr::col((alert::Entity, column));
        let same_store = of(vehicle_unit::Column::StoreId)
            .eq(own(alert::Column::StoreId))
            .or(vehicle_unit::Column::StoreId.is_null().and(alert::Column::StoreId.is_null()));
        let cars = Query::select()
            .expr(Expr::val(1))
            .from(vehicle_unit::Entity)
            .and_where(of(vehicle_unit::Column::Id).eq(own(alert::Column::VehicleId)))
            .and_where(same_store)
            .cond_where(found)
            .take();
        passed = passed.add(Expr::exists(cars).not());
    }
    close(tx, rule.id, passed, most).await
}

/// A car that a rule tells of.
pub struct Found {
    /// The car.
    pub id: VehicleUnitId,
    /// The store that has it.
    pub store_id: Option<StoreId>,
    /// From when its age counts.
    pub stock_since: DateTime<Utc>,
    /// When it is expected.
    pub expected_at: Option<DateTime<Utc>>,
}

/// The first cars that a rule tells of in a band and that no alert tells of yet.
///
/// # Errors
/// When the store fails.
pub async fn untold(tx: &Tx, rule: &alert_rule::Model, band: Option<AgeBand>, most: u64) -> Result<Vec<Found>, DbErr> {
    let Some(found) = found(rule, band, tx) else { return Ok(Vec::new()) };
    let told = Query::select()
        .expr(Expr::val(1))
        .from(alert::Entity)
        .and_where(
            Expr::col((alert::Entity, alert::Column::VehicleId))
                .eq(Expr::col((vehicle_unit::Entity, vehicle_unit::Column::Id))),
        )
        .and_where(alert::Column::RuleId.eq(rule.id))
        .and_where(Expr::cust(STANDING))
        .and_where(of_band(band))
        .take();
    let columns = [
        vehicle_unit::Column::Id,
        vehicle_unit::Column::StoreId,
        vehicle_unit::Column::StockSince,
        vehicle_unit::Column::ExpectedAt,
    ];
    let select = Query::select()
        .columns(columns.map(|column| (vehicle_unit::Entity, column)))
        .from(vehicle_unit::Entity)
        .cond_where(found)
        .and_where(Expr::exists(told).not())
        .limit(most)
        .take();
    let rows = tx.conn().query_all(&select).await?;
    rows.iter()
        .map(|row| {
            Ok(Found {
                id: row.try_get_by(0)?,
                store_id: row.try_get_by(1)?,
                stock_since: row.try_get_by(2)?,
                expected_at: row.try_get_by(3)?,
            })
        })
        .collect()
}

/// How many cars each store has of the stock that a rule looks at, and how many none has. Stores without any are not there.
///
/// # Errors
/// When the store fails.
pub async fn levels(tx: &Tx, rule: &alert_rule::Model) -> Result<Vec<(Option<StoreId>, i64)>, DbErr> {
    let select = Query::select()
        .column((vehicle_unit::Entity, vehicle_unit::Column::StoreId))
        .expr(Func::count(Expr::val(1)))
        .from(vehicle_unit::Entity)
        .cond_where(stock(rule, tx))
        .group_by_col((vehicle_unit::Entity, vehicle_unit::Column::StoreId))
        .take();
    let rows = tx.conn().query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by(0)?, row.try_get_by(1)?))).collect()
}

/// How fast the stock of each store sells, per cent by [`turnover`], in one statement. Cars count for the store that has them now, or that
/// has handed them over; those that were taken back count from then on.
///
/// # Errors
/// When the store fails.
pub async fn turnovers(tx: &Tx, rule: &alert_rule::Model) -> Result<Vec<(Option<StoreId>, i64)>, DbErr> {
    use vehicle_unit::Column::{Id, PhysicalStatus as Physical, StockSince, StockType, StoreId as Store};
    let backend = tx.conn().get_database_backend();
    let (now, from) = (tx.now(), tx.now() - TimeDelta::days(TURNOVER_DAYS));
    let out = Alias::new("handed_over");
    let handed_over = Query::select()
        .column(vehicle_event::Column::VehicleId)
        .expr_as(Func::max(Expr::col(vehicle_event::Column::OccurredAt)), Alias::new("at"))
        .from(vehicle_event::Entity)
        .and_where(Expr::cust(DELIVERED))
        .and_where(vehicle_event::Column::OccurredAt.gt(from))
        .and_where(vehicle_event::Column::OccurredAt.lte(now))
        .group_by_col(vehicle_event::Column::VehicleId)
        .take();
    let car = |column| Expr::col((vehicle_unit::Entity, column));
    let at = || Expr::col((out.clone(), Alias::new("at")));
    let is_gone = || Physical.eq(PhysicalStatus::Delivered);
    let until = Expr::case(is_gone(), at()).finally(now);
    let since = Expr::case(StockSince.gt(from), car(StockSince)).finally(from);
    let stay = seconds(backend, until.into()).sub(seconds(backend, since.into()));
    let stay: SimpleExpr = Expr::case(stay.clone().gt(0_i64), stay).finally(0_i64).into();
    let sold: SimpleExpr = Expr::case(is_gone(), 1_i64).finally(0_i64).into();
    let big = |expr: SimpleExpr| Func::sum(expr).cast_as(Alias::new("bigint"));
    let mut select = Query::select();
    select
        .expr(car(Store))
        .expr(big(sold))
        .expr(big(stay))
        .from(vehicle_unit::Entity)
        .join_subquery(
            JoinType::LeftJoin,
            handed_over,
            out.clone(),
            Expr::col((out.clone(), vehicle_event::Column::VehicleId)).equals((vehicle_unit::Entity, Id)),
        )
        .and_where(StockType.eq(rule.stock_type))
        .and_where(Store.is_not_null())
        .and_where(Physical.ne(PhysicalStatus::TotalLoss))
        .cond_where(Condition::any().add(is_gone().not()).add(at().is_not_null()))
        .group_by_col((vehicle_unit::Entity, Store));
    if !rule.store_ids.0.is_empty() {
        select.and_where(among(backend, Store, named(rule)));
    }
    let mut found = Vec::new();
    for row in tx.conn().query_all(&select).await? {
        let store: Option<StoreId> = row.try_get_by(0)?;
        found.extend(turnover(row.try_get_by(1)?, row.try_get_by(2)?).map(|per_cent| (store, per_cent)));
    }
    Ok(found)
}

/// Events by which cars were handed over. As text, word for word as their index has it.
const DELIVERED: &str = r#""vehicle_event"."to_status" = 'DELIVERED'"#;

/// Full seconds since 1970 of a moment.
fn seconds(backend: DbBackend, moment: SimpleExpr) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => {
            let epoch = Func::cust(Alias::new("date_part")).arg("epoch").arg(moment);
            Func::cust(Alias::new("floor")).arg(epoch).cast_as(Alias::new("bigint"))
        }
        _ => Func::cust(Alias::new("unixepoch")).arg(moment).into(),
    }
}

/// The stores about whose stock an alert of a rule stands.
///
/// # Errors
/// When the store fails.
pub async fn standing(tx: &Tx, rule: StockAlertRuleId) -> Result<Vec<Option<StoreId>>, DbErr> {
    let select = alert::Entity::find()
        .select_only()
        .column(alert::Column::StoreId)
        .filter(alert::Column::RuleId.eq(rule))
        .filter(Expr::cust(STANDING));
    select.into_tuple().all(tx.conn()).await
}

/// Writes new alerts, and tells of each. One about a thing that another tells of already is left out.
///
/// # Errors
/// When the store fails.
pub async fn raise(tx: &mut Tx, alerts: Vec<alert::Model>) -> Result<(), DbErr> {
    for part in alerts.chunks(VALUES / 16) {
        let rows = part.iter().map(|row| row.clone().into_active_model().reset_all());
        let insert = alert::Entity::insert_many(rows).on_conflict(OnConflict::new().do_nothing().to_owned());
        let mut insert = sea_orm::QueryTrait::into_query(insert);
        insert.returning(Query::returning().column(alert::Column::Id));
        let mut written = HashSet::new();
        for row in tx.conn().query_all(&insert).await? {
            written.insert(row.try_get_by::<StockAlertId, usize>(0)?);
        }
        for row in part.iter().filter(|row| written.contains(&row.id)) {
            tx.emit(alert_changed(row));
        }
    }
    Ok(())
}

/// A new alert of a rule, about a car or the stock of a store.
pub fn alert(
    rule: &alert_rule::Model,
    (vehicle_id, store_id): (Option<VehicleUnitId>, Option<StoreId>),
    band: Option<AgeBand>,
    value: i64,
    (level, now): (StockAlertLevel, DateTime<Utc>),
) -> alert::Model {
    let thing = match (vehicle_id, store_id) {
        (Some(car), _) => car.to_string(),
        (None, Some(store)) => store.to_string(),
        (None, None) => "nobody's".to_owned(),
    };
    alert::Model {
        id: StockAlertId::generate(),
        rule_id: rule.id,
        vehicle_id,
        store_id,
        band,
        subject: band.map_or_else(|| thing.clone(), |band| format!("{thing}:{band}")),
        value: i32::try_from(value).unwrap_or(i32::MAX),
        level,
        state: StockAlertState::Open,
        raised_at: now,
        escalated_at: None,
        acknowledged_by: None,
        acknowledged_at: None,
        note: None,
        closed_at: None,
        version: 1,
    }
}

/// Takes alerts of a rule that nobody took up, and that were raised before then, to a level, at most so many; how many it were.
///
/// # Errors
/// When the store fails.
pub async fn escalate(
    tx: &mut Tx,
    rule: StockAlertRuleId,
    (level, raised_before): (StockAlertLevel, DateTime<Utc>),
    most: u64,
) -> Result<u64, DbErr> {
    let lower = StockAlertLevel::ALL.iter().copied().filter(|other| *other < level);
    let values =
        vec![(alert::Column::Level, Expr::val(level.code())), (alert::Column::EscalatedAt, Expr::val(tx.now()))];
    let guard = Condition::all()
        .add(alert::Column::RuleId.eq(rule))
        .add(alert::Column::State.eq(StockAlertState::Open))
        .add(Expr::cust(STANDING))
        .add(alert::Column::Level.is_in(lower));
    let which = Condition::all().add(alert::Column::RaisedAt.lte(raised_before));
    change(tx, values, (guard, which), most).await
}
