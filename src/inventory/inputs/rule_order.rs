//! The order of a sort rule, as keys of a statement (C096).

use chrono::{DateTime, Utc};
use entity::inventory::{sort_rule, vehicle_unit};
use entity::{CommercialStatus, PhysicalStatus, SortCriterion, StockSortKey, StoreId};
use sea_orm::sea_query::{CaseStatement, Expr, Order, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend};

use super::super::rules::sort::{place_rank, promise_rank, status_rank};
use super::super::types::CarRow;
use super::nearness;
use crate::store::page::{SortKey, Sorting, VERSIONED};
use crate::values::geo::Point;

/// Where cars are looked at from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Viewpoint {
    /// The point to measure from.
    pub point: Option<Point>,
    /// The caller's store.
    pub store: Option<StoreId>,
}

/// The order of the rule in force; oldest stock first without one. The rule and its version are part of the order's name, so
/// that a cursor of another is stale.
pub fn sorting_by_rule(rule: Option<&sort_rule::Model>, backend: DbBackend, from: Viewpoint) -> Sorting<CarRow> {
    let oldest = [SortCriterion { key: StockSortKey::AgeDays, descending: true }];
    let criteria = rule.map_or(&oldest[..], |rule| &rule.criteria.0);
    let point = from.point.map_or_else(String::new, |point| format!("{},{}", point.lat(), point.lng()));
    let store = from.store.map_or_else(String::new, |store| store.to_string());
    let version = rule.map_or_else(|| "none".to_owned(), |rule| format!("{}:{}", rule.id, rule.version));
    Sorting {
        name: format!("inventory.rule:{point}:{store}{VERSIONED}{version}"),
        keys: criteria.iter().map(|criterion| key(*criterion, backend, from)).collect(),
        id: Expr::col((vehicle_unit::Entity, vehicle_unit::Column::Id)),
        id_of: |row| entity::PrefixedId::uuid(row.car.id),
    }
}

fn key(criterion: SortCriterion, backend: DbBackend, from: Viewpoint) -> SortKey<CarRow> {
    let (given, turned) = if criterion.descending { (Order::Desc, Order::Asc) } else { (Order::Asc, Order::Desc) };
    let column = |column| Expr::col((vehicle_unit::Entity, column));
    match criterion.key {
        StockSortKey::StatusRank => SortKey::new(Expr::cust(ranks()), given, |row: &CarRow| {
            status_rank(row.car.physical_status, row.car.commercial_status).into()
        }),
        // Old stock is that with an early date.
        StockSortKey::AgeDays => {
            SortKey::new(column(vehicle_unit::Column::StockSince), turned, |row: &CarRow| row.car.stock_since.into())
        }
        StockSortKey::Distance => {
            SortKey::new(nearness(backend, from.point), given, |row: &CarRow| row.nearness.into())
        }
        StockSortKey::Eta => {
            SortKey::new(due_expr(), given, |row: &CarRow| due(row.car.physical_status, row.car.expected_at).into())
        }
        StockSortKey::OwnFirst => {
            let foreign = match from.store {
                Some(store) => {
                    CaseStatement::new().case(vehicle_unit::Column::StoreId.eq(store), 0_i64).finally(1_i64).into()
                }
                None => Expr::val(1_i64),
            };
            SortKey::new(foreign, given, move |row: &CarRow| {
                i64::from(from.store.is_none() || row.car.store_id != from.store).into()
            })
        }
        StockSortKey::Price => {
            SortKey::new(column(vehicle_unit::Column::PriceMinor), given, |row: &CarRow| row.car.price_minor.into())
        }
    }
}

/// [`status_rank`] as text: it is never another, and values of a statement are costly.
fn ranks() -> String {
    let physical = PhysicalStatus::ALL.iter().map(|state| format!("WHEN '{state}' THEN {}", place_rank(*state)));
    let commercial = CommercialStatus::ALL.iter().map(|state| format!("WHEN '{state}' THEN {}", promise_rank(*state)));
    let case = |column: &str, whens: Vec<String>| format!(r#"CASE "vehicle_unit"."{column}" {} END"#, whens.join(" "));
    let (physical, commercial) = (physical.collect(), commercial.collect());
    format!("({} + {})", case("physical_status", physical), case("commercial_status", commercial))
}

/// Cars that stand in a store, or at a hub.
const STANDING: [PhysicalStatus; 3] = [PhysicalStatus::InStock, PhysicalStatus::Pdi, PhysicalStatus::Ready];

/// When a car can be had: long since where it stands, and last where nobody knows.
fn due(physical: PhysicalStatus, expected_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    if STANDING.contains(&physical) { DateTime::UNIX_EPOCH } else { expected_at.unwrap_or_else(never) }
}

/// [`due`] in a statement.
fn due_expr() -> SimpleExpr {
    let expected = Expr::col((vehicle_unit::Entity, vehicle_unit::Column::ExpectedAt));
    CaseStatement::new()
        .case(vehicle_unit::Column::PhysicalStatus.is_in(STANDING), DateTime::UNIX_EPOCH)
        .case(vehicle_unit::Column::ExpectedAt.is_null(), never())
        .finally(expected)
        .into()
}

/// The first moment of the year 9999.
fn never() -> DateTime<Utc> {
    DateTime::from_timestamp(253_370_764_800, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
