//! The order of a sort rule, as keys of a statement (C096).

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use entity::inventory::{sort_rule, vehicle_unit};
use entity::{CommercialStatus, PhysicalStatus, SortCriterion, StockSortKey, StockSortMode, StoreId};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Order, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend};

use super::super::rules::sort::{
    Fact, STANDING, Steps, count, due, never, place_rank, points, promise_rank, status_rank, steps, weigh,
};
use super::super::types::CarRow;
use super::nearness;
use crate::store::page::{SortKey, Sorting, VERSIONED};
use crate::values::calendar;
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
/// that a cursor of another is stale; and where criteria are weighed, the day for which they are.
pub fn sorting_by_rule(
    rule: Option<&sort_rule::Model>,
    backend: DbBackend,
    from: Viewpoint,
    now: DateTime<Utc>,
) -> Sorting<CarRow> {
    let oldest = [SortCriterion { key: StockSortKey::AgeDays, descending: true, weight: None }];
    let criteria = rule.map_or(&oldest[..], |rule| &rule.criteria.0);
    let point = from.point.map_or_else(String::new, |point| format!("{},{}", point.lat(), point.lng()));
    let store = from.store.map_or_else(String::new, |store| store.to_string());
    let mut version = rule.map_or_else(|| "none".to_owned(), |rule| format!("{}:{}", rule.id, rule.version));
    let mut keys = Vec::with_capacity(criteria.len() + 1);
    if rule.is_some_and(|rule| rule.mode == StockSortMode::Weighted) {
        let day = calendar::day(now);
        let _ = write!(version, ":{day}");
        keys.push(weighed(criteria, backend, from, calendar::start_of_day(day)));
    }
    keys.extend(criteria.iter().map(|criterion| key(*criterion, backend, from)));
    Sorting {
        name: format!("inventory.rule:{point}:{store}{VERSIONED}{version}"),
        keys,
        id: Expr::col((vehicle_unit::Entity, vehicle_unit::Column::Id)),
        id_of: |row| entity::PrefixedId::uuid(row.car.id),
    }
}

/// [`weigh`] as one expression of a statement.
fn weighed(criteria: &[SortCriterion], backend: DbBackend, from: Viewpoint, today: DateTime<Utc>) -> SortKey<CarRow> {
    let each = criteria.iter().map(|criterion| points_expr(*criterion, key(*criterion, backend, from).expr, today));
    let sum = each.reduce(|sum, one| sum.add(one)).unwrap_or_else(|| Expr::val(0_i64));
    let criteria = criteria.to_vec();
    SortKey::new(sum, Order::Asc, move |row: &CarRow| weigh(&criteria, |key| fact(key, row, from), today).into())
}

/// Points of a criterion by what its key looks at.
fn points_expr(criterion: SortCriterion, looked_at: SimpleExpr, today: DateTime<Utc>) -> SimpleExpr {
    let steps = steps(criterion.key, today);
    let of = count(&steps);
    let here = || looked_at.clone();
    let conditions: Vec<SimpleExpr> = match &steps {
        // As text: values of a statement are costly.
        Steps::Over(all) => all.iter().map(|step| here().gte(Expr::cust(step.to_string()))).collect(),
        Steps::After(all) => all.iter().map(|step| here().gte(*step)).collect(),
        Steps::Before(all) => all.iter().map(|step| here().lte(*step)).collect(),
    };
    let text = |passed| Expr::cust(points(criterion, passed, of).to_string());
    let mut case = CaseStatement::new();
    // Who has passed a step has passed those before it.
    for (passed, condition) in (1..=of).rev().zip(conditions.into_iter().rev()) {
        case = case.case(condition, text(passed));
    }
    case.finally(text(0)).into()
}

/// What a key looks at in a car.
fn fact(key: StockSortKey, row: &CarRow, from: Viewpoint) -> Fact {
    let car = &row.car;
    match key {
        StockSortKey::StatusRank => Fact::Number(status_rank(car.physical_status, car.commercial_status)),
        StockSortKey::AgeDays => Fact::Moment(car.stock_since),
        StockSortKey::Distance => Fact::Number(row.nearness),
        StockSortKey::Eta => Fact::Moment(due(car.physical_status, car.expected_at)),
        StockSortKey::OwnFirst => Fact::Number(i64::from(from.store.is_none() || car.store_id != from.store)),
        StockSortKey::Price => Fact::Number(car.price_minor),
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

/// [`due`] in a statement.
fn due_expr() -> SimpleExpr {
    let expected = Expr::col((vehicle_unit::Entity, vehicle_unit::Column::ExpectedAt));
    CaseStatement::new()
        .case(vehicle_unit::Column::PhysicalStatus.is_in(STANDING), DateTime::UNIX_EPOCH)
        .case(vehicle_unit::Column::ExpectedAt.is_null(), never())
        .finally(expected)
        .into()
}
