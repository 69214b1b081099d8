//! How many cars there are: bands and dates for customers, numbers for staff (C094; domain.md 3.7).

use std::collections::BTreeMap;

use async_graphql::Description;
use chrono::{DateTime, Utc};
use entity::inventory::vehicle_unit;
use entity::{AvailabilityBand, CommercialStatus, PhysicalStatus, StockType, TrimId};
use sea_orm::sea_query::{Condition, Expr, Func};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QuerySelect, QueryTrait};

use super::inputs::InventoryWhereInput;
use super::policy;
use super::rules::availability::availability_band;
use super::rules::status::can_be_promised;
use crate::access::ViewerKind;
use crate::catalog::TrimById;
use crate::graph::answer::To;
use crate::graph::scalars::Date;
use crate::graph::{Call, Error, Result, fields};
use crate::place::CityByCode;
use crate::values::calendar;

/// How many cars of a kind there are.
#[derive(Clone, Default, Description)]
pub struct Tally {
    cars: i64,
    free: i64,
    in_stock: bool,
    expected: Option<DateTime<Utc>>,
}

impl Tally {
    fn add(&mut self, row: &Facet) {
        self.cars += row.cars;
        self.free += row.free;
        self.in_stock |= row.standing > 0;
        self.expected = [self.expected, row.expected].into_iter().flatten().min();
    }
}

#[fields]
impl Tally {
    /// How many can be had.
    fn availability(&self) -> AvailabilityBand {
        availability_band(self.free.unsigned_abs())
    }

    /// First day on which one can be in a store: today when one stands in stock; null when none is free or dated.
    fn earliest_arrival(&self, call: &Call) -> Option<Date> {
        let today = calendar::day(call.now);
        let expected = self.expected.map(calendar::day).map(|day| Ord::max(day, today));
        if self.in_stock { Some(today) } else { expected }.map(Date)
    }

    /// Cars that can be had; for staff.
    fn free_count(&self, call: &Call) -> Option<i64> {
        call.viewer.staff().map(|_| self.free)
    }

    /// Cars in all; for staff.
    fn count(&self, call: &Call) -> Option<i64> {
        call.viewer.staff().map(|_| self.cars)
    }
}

/// Cars of one trim.
#[derive(Description)]
pub struct TrimTally {
    trim: TrimId,
    tally: Tally,
}

#[fields]
impl TrimTally {
    /// The trim.
    #[link(self.trim)]
    fn trim(&self) -> To<TrimById>;

    /// How many.
    fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// Cars in one city.
#[derive(Description)]
pub struct CityTally {
    city: String,
    tally: Tally,
}

#[fields]
impl CityTally {
    /// The city; null for a hub outside the list of cities.
    #[link(self.city)]
    fn city(&self) -> To<CityByCode>;

    /// How many.
    fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// Cars of one stock.
#[derive(Description)]
pub struct StockTally {
    stock_type: StockType,
    tally: Tally,
}

#[fields]
impl StockTally {
    /// The stock.
    fn stock_type(&self) -> StockType {
        self.stock_type
    }

    /// How many.
    fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// How many cars there are.
#[derive(Description)]
pub struct InventorySummary {
    facets: Vec<Facet>,
}

impl InventorySummary {
    fn by<K: Ord>(&self, key: impl Fn(&Facet) -> K) -> BTreeMap<K, Tally> {
        let mut groups: BTreeMap<K, Tally> = BTreeMap::new();
        for facet in &self.facets {
            groups.entry(key(facet)).or_default().add(facet);
        }
        groups
    }
}

#[fields]
impl InventorySummary {
    /// All cars.
    fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.facets.iter().for_each(|facet| total.add(facet));
        total
    }

    /// By trim, in the order of their making.
    fn by_trim(&self) -> Vec<TrimTally> {
        let groups = self.by(|facet| facet.trim_id);
        groups.into_iter().map(|(trim, tally)| TrimTally { trim, tally }).collect()
    }

    /// By city, in the order of their codes.
    fn by_city(&self) -> Vec<CityTally> {
        let groups = self.by(|facet| facet.city_code.clone());
        groups.into_iter().map(|(city, tally)| CityTally { city, tally }).collect()
    }

    /// By stock; for staff.
    fn by_stock_type(&self, call: &Call) -> Option<Vec<StockTally>> {
        call.viewer.staff()?;
        let groups = self.by(|facet| facet.stock_type);
        Some(groups.into_iter().map(|(stock_type, tally)| StockTally { stock_type, tally }).collect())
    }
}

/// One cell of the count.
#[derive(FromQueryResult)]
struct Facet {
    trim_id: TrimId,
    city_code: String,
    stock_type: StockType,
    cars: i64,
    free: i64,
    standing: i64,
    expected: Option<DateTime<Utc>>,
}

/// Counts in one statement, however many cars there are.
pub async fn summary(call: &Call, filter: InventoryWhereInput) -> Result<InventorySummary> {
    let sight = policy::sight(call).await?;
    let free = free();
    let rows = match call.viewer.kind {
        ViewerKind::Customer(_) => {
            if !filter.is_public() {
                return Err(Error::argument("where", "summary-filter"));
            }
            free.clone()
        }
        ViewerKind::Anonymous | ViewerKind::Staff { .. } | ViewerKind::Operator(_) | ViewerKind::System(_) => {
            policy::listed_for(call, &sight, &filter, false).or_refuse(&call.viewer)?
        }
    };
    let standing = standing();
    let expected = Expr::case(free.clone(), Expr::col((vehicle_unit::Entity, vehicle_unit::Column::ExpectedAt)));
    let select = vehicle_unit::Entity::find()
        .select_only()
        .columns([vehicle_unit::Column::TrimId, vehicle_unit::Column::CityCode, vehicle_unit::Column::StockType])
        .expr_as(Func::count(Expr::val(1)), "cars")
        .expr_as(counted(free), "free")
        .expr_as(counted(standing), "standing")
        .expr_as(Func::min(expected), "expected")
        .group_by(vehicle_unit::Column::TrimId)
        .group_by(vehicle_unit::Column::CityCode)
        .group_by(vehicle_unit::Column::StockType)
        .into_query()
        .cond_where(rows)
        .cond_where(filter.condition(call)?)
        .take();
    let rows = call.db().query_all(&select).await?;
    let facets = rows.iter().map(|row| Facet::from_query_result(row, "")).collect::<Result<_, _>>()?;
    Ok(InventorySummary { facets })
}

/// Cars that can be had.
pub fn free() -> Condition {
    let promised = PhysicalStatus::ALL.iter().copied().filter(|status| can_be_promised(*status));
    Condition::all()
        .add(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
        .add(vehicle_unit::Column::PhysicalStatus.is_in(promised))
}

/// Of these, those that stand in a store.
pub fn standing() -> Condition {
    let here = [PhysicalStatus::InStock, PhysicalStatus::Pdi, PhysicalStatus::Ready];
    free().add(vehicle_unit::Column::PhysicalStatus.is_in(here))
}

pub fn counted(rows: Condition) -> sea_orm::sea_query::SimpleExpr {
    Func::count(Expr::case(rows, 1)).into()
}
