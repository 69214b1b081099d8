//! What the stretches took: read from what is finished, kept, and read again by every process.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::catalog::{configuration, trim};
use entity::inventory::{production_slot, transport_leg, vehicle_unit};
use entity::order::{eta_computation, eta_quantile, milestone, order};
use entity::{EtaQuantileId, MilestoneState, OrderId, OrderStatus, TransportLegId};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Order as Way, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

use crate::events::Hub;
use crate::ingest::keys::named_id;
use crate::order::rules::estimate::route;
use crate::order::rules::took::{Driven, Finished, Gathered, LOOK_BACK_DAYS, Measured, Quantiles, Scope};
use crate::store::rows::{ByPlace, among, first};
use crate::store::{Db, Tx};

/// Rows of one statement.
const PART: u64 = 200;

/// The row by which the processes agree.
const ROW: i32 = 1;

/// After so long a process that took the measuring and did not come back has lost it.
const LEASE: TimeDelta = TimeDelta::minutes(10);

/// When what is kept was measured.
///
/// # Errors
/// When the store fails.
pub async fn known_since(conn: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    let row = eta_computation::Entity::find_by_id(ROW).one(conn).await?;
    Ok(row.map(|row| row.computed_at))
}

/// What is kept, in one statement.
///
/// # Errors
/// When the store fails.
pub async fn read(conn: &impl ConnectionTrait) -> Result<Measured, DbErr> {
    let rows = eta_quantile::Entity::find().by_place(conn).await?;
    Ok(rows.iter().map(|row| (scope_of(row), quantiles_of(row))).collect())
}

fn scope_of(row: &eta_quantile::Model) -> Scope {
    Scope { leg: row.leg, plant: row.plant_id, model: row.model_id, route: row.route }
}

fn quantiles_of(row: &eta_quantile::Model) -> Quantiles {
    let [size, p10, p50, p90] = [row.sample_size, row.p10_hours, row.p50_hours, row.p90_hours].map(i32::unsigned_abs);
    Quantiles { size, p10, p50, p90 }
}

/// Measures what was finished lately and keeps it, if nobody has done so for so long and nobody is at it; whether it did. What is read
/// is read in parts beside the transaction, so nobody waits for it.
///
/// # Errors
/// When the store fails; what was kept stays then, and is measured again when the lease is over.
pub async fn measure(db: &Db, after: TimeDelta, now: DateTime<Utc>) -> Result<bool, DbErr> {
    if !claim(db, after, now).await? {
        return Ok(false);
    }
    let since = now - TimeDelta::days(LOOK_BACK_DAYS);
    let mut gathered = Gathered::default();
    gather_orders(db.conn(), since, &mut gathered).await?;
    gather_legs(db.conn(), since, &mut gathered).await?;

    let mut tx = Tx::begin(db, now).await?;
    let rows: Vec<_> = gathered.quantiles().map(|(scope, found)| row_of(scope, found, now)).collect();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    use eta_quantile::Column::{ComputedAt, Id, P10Hours, P50Hours, P90Hours, SampleSize};
    let known =
        OnConflict::column(Id).update_columns([SampleSize, P10Hours, P50Hours, P90Hours, ComputedAt]).to_owned();
    tx.insert_or(known, rows);
    // What is not measured any more goes, by a look at what was just written.
    tx.flush().await?;
    tx.put(eta_quantile::Entity::delete_many().filter(ComputedAt.ne(now)));
    use eta_computation::Column as Computation;
    let done = eta_computation::Entity::update_many()
        .col_expr(Computation::ComputedAt, Expr::val(now))
        .col_expr(Computation::LeasedUntil, Expr::val(now))
        .filter(Computation::Id.eq(ROW));
    tx.put_one(done);
    // Nobody follows this; other processes look for it.
    tx.commit(&Hub::default()).await?;
    Ok(true)
}

/// Takes the measuring for a while; mostly it is not due, and a look holds up nobody.
async fn claim(db: &Db, after: TimeDelta, now: DateTime<Utc>) -> Result<bool, DbErr> {
    use eta_computation::Column as Computation;
    let due =
        || Computation::Id.eq(ROW).and(Computation::ComputedAt.lte(now - after)).and(Computation::LeasedUntil.lte(now));
    if eta_computation::Entity::find().filter(due()).one(db.conn()).await?.is_none() {
        return Ok(false);
    }
    let tx = Tx::begin(db, now).await?;
    let mut claim = Query::update();
    claim
        .table(eta_computation::Entity)
        .value(Computation::LeasedUntil, now + LEASE)
        .and_where(due())
        .returning_col(Computation::Id);
    let taken = tx.conn().query_one(&claim).await?.is_some();
    tx.commit(&Hub::default()).await?;
    Ok(taken)
}

fn row_of(scope: Scope, found: Quantiles, computed_at: DateTime<Utc>) -> eta_quantile::Model {
    let text = |part: Option<String>| part.unwrap_or_default();
    let name = format!(
        "{}/{}/{}/{}",
        scope.leg,
        text(scope.plant.map(|id| id.to_string())),
        text(scope.model.map(|id| id.to_string())),
        text(scope.route.map(|route| route.to_string())),
    );
    let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    eta_quantile::Model {
        id: named_id::<EtaQuantileId>(&name),
        leg: scope.leg,
        plant_id: scope.plant,
        model_id: scope.model,
        route: scope.route,
        sample_size: whole(found.size),
        p10_hours: whole(found.p10),
        p50_hours: whole(found.p50),
        p90_hours: whole(found.p90),
        computed_at,
    }
}

/// Reads the orders that were handed over since then, a part at a time in order of that.
async fn gather_orders(
    conn: &impl ConnectionTrait,
    since: DateTime<Utc>,
    gathered: &mut Gathered,
) -> Result<(), DbErr> {
    let mut after: Option<(DateTime<Utc>, OrderId)> = None;
    loop {
        let rows = first(conn, &finished(since, after), PART).await?;
        let mut orders: Vec<(OrderId, Finished)> = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: OrderId = row.try_get_by_index(0)?;
            after = Some((row.try_get_by_index(1)?, id));
            let order = Finished {
                plant: row.try_get_by_index(2)?,
                model: row.try_get_by_index(3)?,
                lead_time_days: row.try_get_by_index(4)?,
                reached: Vec::new(),
            };
            orders.push((id, order));
        }
        let mut reached = reached(conn, orders.iter().map(|(id, _)| *id).collect()).await?;
        for (id, mut order) in orders {
            order.reached = reached.remove(&id).unwrap_or_default();
            gathered.add_order(&order);
        }
        if (rows.len() as u64) < PART {
            return Ok(());
        }
    }
}

type Reached = HashMap<OrderId, Vec<(entity::MilestoneCode, DateTime<Utc>)>>;

/// What these orders reached, and when.
async fn reached(conn: &impl ConnectionTrait, orders: Vec<OrderId>) -> Result<Reached, DbErr> {
    let mut reached = Reached::new();
    if orders.is_empty() {
        return Ok(reached);
    }
    let rows: Vec<(OrderId, entity::MilestoneCode, Option<DateTime<Utc>>)> = milestone::Entity::find()
        .select_only()
        .columns([milestone::Column::OrderId, milestone::Column::Code, milestone::Column::ActualAt])
        .filter(among(conn.get_database_backend(), milestone::Column::OrderId, orders))
        .filter(milestone::Column::State.eq(MilestoneState::Done))
        .into_tuple()
        .all(conn)
        .await?;
    for (order, code, at) in rows {
        reached.entry(order).or_default().extend(at.map(|at| (code, at)));
    }
    Ok(reached)
}

/// Rows after a place in the order of a moment and an id.
fn following<T: ColumnTrait, I: ColumnTrait>(
    (at, id): (T, I),
    after: Option<(DateTime<Utc>, impl Into<sea_orm::Value>)>,
) -> Option<SimpleExpr> {
    let (moment, row) = after?;
    let same = at.eq(moment).and(id.gt(row));
    // The first half alone bounds the index.
    Some(at.gte(moment).and(at.gt(moment).or(same)))
}

fn finished(since: DateTime<Utc>, after: Option<(DateTime<Utc>, OrderId)>) -> SelectStatement {
    use order::Column::{ConfigurationId, DeliveredAt, Id, Status, TrimId, VehicleId};
    let of = |column| Expr::col((order::Entity, column));
    let mut select = Query::select();
    select
        .column((order::Entity, Id))
        .column((order::Entity, DeliveredAt))
        .column((production_slot::Entity, production_slot::Column::PlantId))
        .column((trim::Entity, trim::Column::ModelId))
        .column((configuration::Entity, configuration::Column::LeadTimeDays))
        .from(order::Entity)
        .inner_join(trim::Entity, Expr::col((trim::Entity, trim::Column::Id)).equals((order::Entity, TrimId)))
        .inner_join(
            configuration::Entity,
            Expr::col((configuration::Entity, configuration::Column::Id)).equals((order::Entity, ConfigurationId)),
        )
        .left_join(
            vehicle_unit::Entity,
            Expr::col((vehicle_unit::Entity, vehicle_unit::Column::Id)).equals((order::Entity, VehicleId)),
        )
        .left_join(production_slot::Entity, slot_of_car())
        .and_where(of(DeliveredAt).gte(since))
        .and_where(of(Status).is_in([OrderStatus::Delivered, OrderStatus::Completed]))
        .order_by((order::Entity, DeliveredAt), Way::Asc)
        .order_by((order::Entity, Id), Way::Asc);
    select.and_where_option(following((DeliveredAt, Id), after));
    select
}

fn slot_of_car() -> SimpleExpr {
    Expr::col((production_slot::Entity, production_slot::Column::Id))
        .equals((vehicle_unit::Entity, vehicle_unit::Column::ProductionSlotId))
}

/// Reads the legs of transport that ended since then, whosoever's the car, a part at a time in order of that.
async fn gather_legs(conn: &impl ConnectionTrait, since: DateTime<Utc>, gathered: &mut Gathered) -> Result<(), DbErr> {
    let mut after: Option<(DateTime<Utc>, TransportLegId)> = None;
    loop {
        let rows = first(conn, &driven(since, after), PART).await?;
        for row in &rows {
            let arrived_at = row.try_get_by_index(1)?;
            after = Some((arrived_at, row.try_get_by_index(0)?));
            let departed_at: Option<DateTime<Utc>> = row.try_get_by_index(2)?;
            let (from, to): (String, String) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            let goes_on: bool = row.try_get_by_index(7)?;
            let (plant, model) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
            let kind = (!goes_on).then(|| route(&from, &to));
            if let Some(departed_at) = departed_at {
                gathered.add_leg(&Driven { plant, model, route: kind, departed_at, arrived_at });
            }
        }
        if (rows.len() as u64) < PART {
            return Ok(());
        }
    }
}

fn driven(since: DateTime<Utc>, after: Option<(DateTime<Utc>, TransportLegId)>) -> SelectStatement {
    use transport_leg::Column::{ArrivedAt, DepartedAt, FromCityCode, Id, Position, ToCityCode, VehicleId};
    let later = Alias::new("later");
    let goes_on = Query::select()
        .expr(Expr::val(1))
        .from_as(transport_leg::Entity, later.clone())
        .and_where(Expr::col((later.clone(), VehicleId)).equals((transport_leg::Entity, VehicleId)))
        .and_where(Expr::col((later, Position)).gt(Expr::col((transport_leg::Entity, Position))))
        .to_owned();
    let mut select = Query::select();
    select
        .columns([Id, ArrivedAt, DepartedAt, FromCityCode, ToCityCode].map(|column| (transport_leg::Entity, column)))
        .column((production_slot::Entity, production_slot::Column::PlantId))
        .column((trim::Entity, trim::Column::ModelId))
        .expr(Expr::exists(goes_on))
        .from(transport_leg::Entity)
        .inner_join(
            vehicle_unit::Entity,
            Expr::col((vehicle_unit::Entity, vehicle_unit::Column::Id)).equals((transport_leg::Entity, VehicleId)),
        )
        .inner_join(
            trim::Entity,
            Expr::col((trim::Entity, trim::Column::Id)).equals((vehicle_unit::Entity, vehicle_unit::Column::TrimId)),
        )
        .left_join(production_slot::Entity, slot_of_car())
        .and_where(Expr::col((transport_leg::Entity, ArrivedAt)).gte(since))
        .order_by((transport_leg::Entity, ArrivedAt), Way::Asc)
        .order_by((transport_leg::Entity, Id), Way::Asc);
    select.and_where_option(following((ArrivedAt, Id), after));
    select
}
