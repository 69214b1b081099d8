//! The cars that stores have, counted by the database.

use std::collections::HashMap;

use entity::catalog::trim;
use entity::inventory::{quota, vehicle_unit};
use entity::{StockQuotaId, StoreId, TrimId, VehicleModelId, VehicleUnitId};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr};

use super::super::rules::place::covers;
use crate::store::rows::among;

/// What [`super::super::rules::place::place`] says of a car, beside its store. As text: it is never another.
const COUNTS: &str = r#""vehicle_unit"."physical_status" IN
    ('IN_TRANSIT', 'IN_STOCK', 'TRANSFERRING', 'PDI', 'READY', 'QUALITY_HOLD')
    AND "vehicle_unit"."commercial_status" <> 'SOLD'
    AND "vehicle_unit"."stock_type" IN ('FACTORY', 'OEM_HUB', 'IN_TRANSIT', 'STORE_STOCK')"#;

/// Cars that stand in the store and are nobody's: what can go out. As text, as above.
const STANDS: &str = r#""vehicle_unit"."physical_status" = 'IN_STOCK' AND "vehicle_unit"."commercial_status" = 'FREE'"#;

/// Cars on their way. As text, as above.
const ON_ITS_WAY: &str = r#""vehicle_unit"."physical_status" IN ('IN_TRANSIT', 'TRANSFERRING')"#;

/// Cars of a store and a trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    /// The store.
    pub store: StoreId,
    /// The trim.
    pub trim: TrimId,
    /// Its model.
    pub model: VehicleModelId,
    /// How many count.
    pub cars: i64,
    /// How many of them are on their way.
    pub on_the_way: i64,
}

/// The cars that stores have, by trim, in one statement. A trim may stand twice: for cars that are there, and for those that another
/// store sends.
///
/// # Errors
/// When the store fails.
pub async fn stock(conn: &impl ConnectionTrait, stores: &[StoreId]) -> Result<Vec<Stock>, DbErr> {
    use vehicle_unit::Column::{StoreId as Here, TransferToStoreId as Coming};
    let backend = conn.get_database_backend();
    let here = Condition::all().add(among(backend, Here, stores.iter().copied())).add(Coming.is_null());
    let coming = Condition::all().add(among(backend, Coming, stores.iter().copied()));
    let mut select = counted(Here, here);
    select.union(UnionType::All, counted(Coming, coming));
    let rows = conn.query_all(&select).await?;
    let read = |row: &sea_orm::QueryResult| {
        Ok(Stock {
            store: row.try_get_by(0)?,
            trim: row.try_get_by(1)?,
            model: row.try_get_by(2)?,
            cars: row.try_get_by(3)?,
            on_the_way: row.try_get_by(4)?,
        })
    };
    rows.iter().map(read).collect()
}

fn counted(store: vehicle_unit::Column, of: Condition) -> SelectStatement {
    let car = |column| Expr::col((vehicle_unit::Entity, column));
    let way: SimpleExpr = Expr::case(Expr::cust(ON_ITS_WAY), 1_i64).finally(0_i64).into();
    Query::select()
        .expr(car(store))
        .expr(car(vehicle_unit::Column::TrimId))
        .expr(Expr::col((trim::Entity, trim::Column::ModelId)))
        .expr(Func::count(Expr::val(1)))
        .expr(Func::sum(way).cast_as(Alias::new("bigint")))
        .from(vehicle_unit::Entity)
        .inner_join(trim::Entity, car(vehicle_unit::Column::TrimId).equals((trim::Entity, trim::Column::Id)))
        .cond_where(of)
        .and_where(Expr::cust(COUNTS))
        .add_group_by([car(store), car(vehicle_unit::Column::TrimId), Expr::col((trim::Entity, trim::Column::ModelId))])
        .take()
}

impl Stock {
    /// Whether a quota counts these.
    pub fn is_of(&self, quota: &quota::Model) -> bool {
        self.store == quota.store_id && covers(quota, self.trim, Some(self.model))
    }
}

/// The oldest car that stands in the store of each of these quotas, is nobody's, and is not named to go out already: in one statement.
///
/// # Errors
/// When the store fails.
pub async fn oldest(
    conn: &impl ConnectionTrait,
    wanted: &[(&quota::Model, &[Stock], Vec<VehicleUnitId>)],
) -> Result<HashMap<StockQuotaId, VehicleUnitId>, DbErr> {
    let backend = conn.get_database_backend();
    let mut selects = wanted.iter().map(|(quota, stock, named)| one(backend, quota, stock, named));
    let Some(mut select) = selects.next() else { return Ok(HashMap::new()) };
    for more in selects {
        select.union(UnionType::All, more);
    }
    let mut found = HashMap::new();
    for row in conn.query_all(&select).await? {
        found.insert(row.try_get_by(0)?, row.try_get_by(1)?);
    }
    Ok(found)
}

/// The quota's id, and its oldest car.
fn one(backend: DbBackend, quota: &quota::Model, stock: &[Stock], named: &[VehicleUnitId]) -> SelectStatement {
    use vehicle_unit::Column as Car;
    let trims = stock.iter().filter(|stock| stock.is_of(quota)).map(|stock| stock.trim);
    let first = Query::select()
        .column((vehicle_unit::Entity, Car::Id))
        .from(vehicle_unit::Entity)
        .and_where(Car::StoreId.eq(quota.store_id))
        .and_where(Car::TransferToStoreId.is_null())
        .and_where(Expr::cust(COUNTS))
        .and_where(Expr::cust(STANDS))
        .and_where(among(backend, Car::TrimId, trims))
        .cond_where(Condition::all().add(among(backend, Car::Id, named.iter().copied())).not())
        .order_by((vehicle_unit::Entity, Car::StockSince), sea_orm::Order::Asc)
        .order_by((vehicle_unit::Entity, Car::Id), sea_orm::Order::Asc)
        .limit(1)
        .take();
    let car = Alias::new("car");
    Query::select().expr(Expr::val(quota.id)).expr(Expr::col((car.clone(), Car::Id))).from_subquery(first, car).take()
}
