//! Cars that an order could have (C079, C082): the database chooses them, the rules say how well each fits.

use chrono::{DateTime, Utc};
use entity::inventory::{allocation, vehicle_unit};
use entity::order::order;
use entity::{AllocationKind, Codes, Columns, CommercialStatus, PhysicalStatus, SalesModel, StockType, TrimId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr};

use super::policy::chord;
use super::quality::store::is_downgraded;
use super::rules::matching::{Known, is_new, part_of};
use super::rules::status::can_be_promised;
use crate::order::rules::estimate::is_built;
use crate::store::rows::{first, rows};
use crate::values::geo::Point;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The trim; no other fits.
    pub trim_id: TrimId,
    /// Codes of the options, sorted.
    pub options: &'a [String],
    /// Where it is to be handed over.
    pub near: Point,
}

/// Cars of which one may have been held for the order, or by one of its stores, or for too long; and free ones.
fn for_order(order: &order::Model, now: DateTime<Utc>) -> Condition {
    use allocation::Column as Held;
    let stores = [order.store_id, order.delivery_store_id];
    let yields = Condition::any()
        .add(Held::ExpiresAt.lte(now))
        .add(Held::OrderId.eq(order.id))
        .add(Condition::all().add(Held::OrderId.is_null()).add(Held::StoreId.is_in(stores)));
    let hold = Query::select()
        .expr(Expr::val(1))
        .from(allocation::Entity)
        .and_where(
            Expr::col((allocation::Entity, Held::VehicleId)).equals((vehicle_unit::Entity, vehicle_unit::Column::Id)),
        )
        .and_where(Held::ReleasedAt.is_null())
        .and_where(Held::Kind.eq(AllocationKind::Soft))
        .cond_where(yields)
        .take();
    let held = Condition::all()
        .add(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Reserved))
        .add(Expr::exists(hold));
    Condition::any().add(free()).add(held)
}

fn free() -> SimpleExpr {
    vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free)
}

/// New cars that can be promised to somebody, without a damage that whoever buys one has to be told of.
fn for_sale() -> Condition {
    let promised = PhysicalStatus::ALL.iter().copied().filter(|status| can_be_promised(*status));
    let new = StockType::ALL.iter().copied().filter(|stock| is_new(*stock));
    Condition::all()
        .add(vehicle_unit::Column::PhysicalStatus.is_in(promised))
        .add(vehicle_unit::Column::StockType.is_in(new))
        .add(is_downgraded().not())
}

/// Whether a car has an option.
fn has(backend: DbBackend, code: &str) -> SimpleExpr {
    let text = Expr::col((vehicle_unit::Entity, vehicle_unit::Column::OptionCodes)).cast_as("text");
    let found = match backend {
        DbBackend::Postgres => Func::cust("strpos"),
        _ => Func::cust("instr"),
    };
    SimpleExpr::from(found.arg(text).arg(format!("\"{code}\""))).gt(0)
}

/// Free cars that an order could have by itself, of the same options: a dealer's own car is for that dealer's orders. Codes are
/// kept sorted on both sides.
pub fn alike_for_order() -> SimpleExpr {
    use order::Column as Of;
    use vehicle_unit::Column as Car;
    let same = |car: Car, of: Of| Expr::col((vehicle_unit::Entity, car)).equals((order::Entity, of));
    let own = Condition::any()
        .add(Car::SalesModel.ne(SalesModel::Wholesale))
        .add(Car::StoreId.is_null())
        .add(same(Car::StoreId, Of::StoreId))
        .add(same(Car::StoreId, Of::DeliveryStoreId));
    let cars = Query::select()
        .expr(Expr::val(1))
        .from(vehicle_unit::Entity)
        .and_where(same(Car::TrimId, Of::TrimId))
        .and_where(same(Car::OptionCodes, Of::OptionCodes))
        .and_where(same(Car::SalesModel, Of::SalesModel))
        .and_where(free())
        .and_where(built())
        .cond_where(for_sale())
        .cond_where(own)
        .take();
    Expr::exists(cars)
}

/// The cars of [`alike_for_order`], of one order; for [`nearest_alike`].
pub fn of_its_own(order: &order::Model) -> Condition {
    use vehicle_unit::Column as Car;
    let own = Condition::any()
        .add(Car::SalesModel.ne(SalesModel::Wholesale))
        .add(Car::StoreId.is_null())
        .add(Car::StoreId.is_in([order.store_id, order.delivery_store_id]));
    Condition::all().add(Car::SalesModel.eq(order.sales_model)).add(built()).add(own)
}

/// Cars that exist: an order from stock or pipeline has no production to wait for.
fn built() -> SimpleExpr {
    let there = PhysicalStatus::ALL.iter().copied().filter(|status| is_built(*status));
    vehicle_unit::Column::PhysicalStatus.is_in(there)
}

/// Points of a car's options as far as a statement reckons them: for each part what it has of what is wanted.
fn points(backend: DbBackend, catalog: &[Known<'_>], options: &[String]) -> SimpleExpr {
    let of_part = |code: &String| {
        let part = part_of(catalog, code);
        let shares = options.iter().filter(|other| part_of(catalog, other) == part).count();
        part.weight() * 100 / Ord::max(i64::try_from(shares).unwrap_or(1), 1)
    };
    options.iter().fold(Expr::val(0_i64), |sum, code| {
        sum.add(Expr::case(has(backend, code), Expr::val(of_part(code))).finally(0_i64))
    })
}

/// The first cars of a select: those with the most of the options that are wanted, of equals the nearest, then the oldest.
fn best(backend: DbBackend, wish: &Wish<'_>, catalog: &[Known<'_>], which: Condition) -> SelectStatement {
    let mut select = rows::<vehicle_unit::Model>();
    select
        .and_where(vehicle_unit::Column::TrimId.eq(wish.trim_id))
        .cond_where(for_sale())
        .cond_where(which)
        .order_by_expr(points(backend, catalog, wish.options), Order::Desc)
        .order_by_expr(chord(wish.near), Order::Asc)
        .order_by((vehicle_unit::Entity, vehicle_unit::Column::StockSince), Order::Asc)
        .order_by((vehicle_unit::Entity, vehicle_unit::Column::Id), Order::Asc);
    select
}

/// Cars of the order's trim that it could have, among those that `seen` lets the viewer see: at most so many, those with the most
/// of its options first, nearest first. One statement.
///
/// # Errors
/// When the store fails.
pub async fn cars_for(
    conn: &impl ConnectionTrait,
    (order, near): (&order::Model, Point),
    catalog: &[Known<'_>],
    seen: Condition,
    (most, now): (u64, DateTime<Utc>),
) -> Result<Vec<vehicle_unit::Model>, DbErr> {
    let wish = Wish { trim_id: order.trim_id, options: &order.option_codes.0, near };
    let which = Condition::all().add(for_order(order, now)).add(seen);
    let select = best(conn.get_database_backend(), &wish, catalog, which);
    first(conn, &select, most).await?.iter().map(|row| vehicle_unit::Model::read(row, 0)).collect()
}

/// Free cars with exactly these options, which are sorted, nearest first; at most so many. One statement.
///
/// # Errors
/// When the store fails.
pub async fn nearest_alike(
    conn: &impl ConnectionTrait,
    wish: &Wish<'_>,
    which: Condition,
    most: u64,
) -> Result<Vec<vehicle_unit::Model>, DbErr> {
    let same = vehicle_unit::Column::OptionCodes.eq(Codes(wish.options.to_vec()));
    let alike = Condition::all().add(free()).add(same).add(which);
    let mut select = rows::<vehicle_unit::Model>();
    select
        .and_where(vehicle_unit::Column::TrimId.eq(wish.trim_id))
        .cond_where(for_sale())
        .cond_where(alike)
        .order_by_expr(chord(wish.near), Order::Asc)
        .order_by((vehicle_unit::Entity, vehicle_unit::Column::StockSince), Order::Asc)
        .order_by((vehicle_unit::Entity, vehicle_unit::Column::Id), Order::Asc);
    first(conn, &select, most).await?.iter().map(|row| vehicle_unit::Model::read(row, 0)).collect()
}
