//! What one says to the inventory room.

mod rule_order;
mod rules;

use async_graphql::{Enum, ID, InputObject};
use entity::inventory::vehicle_unit;
use entity::place::city;
use entity::{
    AgeBand, CommercialStatus, HolderDisclosure, PhysicalStatus, PrefixedId, Region, SalesModel, StockType, StoreId,
    TrimId, VehicleModelId, VehicleStatus,
};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, DbBackend};

use super::rules::age::{band_days, stock_since_bounds};
use super::rules::status;
use super::types::CarRow;
use crate::graph::connection::Direction;
use crate::graph::node::{parse_id, parse_ids};
use crate::graph::scalars::CityCode;
use crate::graph::{Call, Error, Result};
use crate::store::page::{SortKey, Sorting};
use crate::values::geo::Point;

pub use rule_order::{Viewpoint, sorting_by_rule};
pub use rules::*;

/// Which cars.
#[derive(InputObject, Default, Clone)]
pub struct InventoryWhereInput {
    /// Only these trims.
    pub trim_ids: Option<Vec<ID>>,
    /// Only trims of this model.
    pub model_id: Option<ID>,
    /// Only these states. Without this and `physicalStatus`, cars that were handed over or written off are left out.
    pub status: Option<Vec<VehicleStatus>>,
    /// Only these physical states.
    pub physical_status: Option<Vec<PhysicalStatus>>,
    /// Only these commercial states.
    pub commercial_status: Option<Vec<CommercialStatus>>,
    /// Only these stocks.
    pub stock_type: Option<Vec<StockType>>,
    /// Only this sales model.
    pub sales_model: Option<SalesModel>,
    /// Only in this city; finds cars whose city the caller may know.
    pub city_code: Option<CityCode>,
    /// Only in this part of the country; as `cityCode`.
    pub region: Option<Region>,
    /// Only at this store; finds cars whose holder the caller may know.
    pub store_id: Option<ID>,
    /// Only of these ages; finds cars whose age the caller may know.
    pub age_band: Option<Vec<AgeBand>>,
    /// List price with options at most, fen.
    pub max_price_minor: Option<crate::graph::scalars::Int64>,
}

/// Cars that were neither handed over nor written off. As text, word for word as the indexes of these cars have it: a
/// database does not look into parameters to see whether an index serves.
const PRESENT: &str = r#""vehicle_unit"."physical_status" NOT IN ('DELIVERED', 'TOTAL_LOSS')"#;

impl InventoryWhereInput {
    /// How much of a car's holder the viewer has to know to ask by it: its store, or the city or region that it is in.
    pub fn by_holder(&self) -> HolderDisclosure {
        let place = self.city_code.is_some() || self.region.is_some();
        match (self.store_id.is_some(), place) {
            (true, _) => HolderDisclosure::Name,
            (false, true) => HolderDisclosure::City,
            (false, false) => HolderDisclosure::Hidden,
        }
    }

    /// Whether it asks by age, which a policy may hide.
    pub fn by_age(&self) -> bool {
        self.age_band.is_some()
    }

    /// Whether it asks only by what customers may know.
    pub fn is_public(&self) -> bool {
        self.status.is_none()
            && self.physical_status.is_none()
            && self.commercial_status.is_none()
            && self.stock_type.is_none()
            && self.sales_model.is_none()
            && self.store_id.is_none()
            && self.age_band.is_none()
            && self.max_price_minor.is_none()
    }

    /// As a condition of the statement.
    pub fn condition(self, call: &Call) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(ids) = self.trim_ids {
            let ids: Vec<TrimId> = parse_ids("where.trimIds", &ids)?;
            all = all.add(vehicle_unit::Column::TrimId.is_in(ids));
        }
        if let Some(id) = self.model_id {
            let model: VehicleModelId = parse_id("where.modelId", &id)?;
            let trims = Query::select()
                .column((entity::catalog::trim::Entity, entity::catalog::trim::Column::Id))
                .from(entity::catalog::trim::Entity)
                .and_where(entity::catalog::trim::Column::ModelId.eq(model))
                .take();
            all = all.add(vehicle_unit::Column::TrimId.in_subquery(trims));
        }
        if self.status.is_none() && self.physical_status.is_none() {
            all = all.add(Expr::cust(PRESENT));
        }
        if let Some(statuses) = self.status {
            all = all.add(statuses.into_iter().fold(Condition::any(), |any, shown| {
                let (physical, commercial) = status::columns(shown);
                any.add(
                    Condition::all()
                        .add(vehicle_unit::Column::PhysicalStatus.eq(physical))
                        .add(vehicle_unit::Column::CommercialStatus.is_in(commercial.iter().copied())),
                )
            }));
        }
        if let Some(states) = self.physical_status {
            all = all.add(vehicle_unit::Column::PhysicalStatus.is_in(states));
        }
        if let Some(states) = self.commercial_status {
            all = all.add(vehicle_unit::Column::CommercialStatus.is_in(states));
        }
        if let Some(types) = self.stock_type {
            all = all.add(vehicle_unit::Column::StockType.is_in(types));
        }
        if let Some(model) = self.sales_model {
            all = all.add(vehicle_unit::Column::SalesModel.eq(model));
        }
        if let Some(code) = self.city_code {
            let code = crate::values::city_code::CityCode::parse(&code.0)
                .map_err(|broken| Error::argument("where.cityCode", broken.rule))?;
            all = all.add(vehicle_unit::Column::CityCode.eq(code.as_str()));
        }
        if let Some(region) = self.region {
            let cities = Query::select()
                .column((city::Entity, city::Column::Code))
                .from(city::Entity)
                .and_where(city::Column::Region.eq(region))
                .take();
            all = all.add(vehicle_unit::Column::CityCode.in_subquery(cities));
        }
        if let Some(id) = self.store_id {
            all = all.add(vehicle_unit::Column::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        if let Some(bands) = self.age_band {
            all = all.add(bands.into_iter().fold(Condition::any(), |any, band| {
                let (min, max) = band_days(band);
                let bounds = stock_since_bounds(call.now, Some(min), max);
                let mut within = Condition::all();
                if let Some(after) = bounds.after {
                    within = within.add(vehicle_unit::Column::StockSince.gt(after));
                }
                if let Some(until) = bounds.until {
                    within = within.add(vehicle_unit::Column::StockSince.lte(until));
                }
                any.add(within)
            }));
        }
        if let Some(max) = self.max_price_minor {
            all = all.add(vehicle_unit::Column::PriceMinor.lte(max.0));
        }
        Ok(all)
    }
}

/// What to sort cars by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum InventorySortField {
    /// Days in stock.
    Age,
    /// List price with options.
    Price,
    /// Distance from `near`, which must be given.
    Distance,
    /// The sort rule in force for the caller, which has its own directions; oldest stock first where there is none. `CURSOR_STALE`
    /// once the rule has changed.
    Rule,
}

/// How to sort cars; the id decides between equals.
#[derive(InputObject, Clone, Copy)]
pub struct InventorySort {
    /// By what.
    pub field: InventorySortField,
    /// Which way; needed unless it is by `RULE`.
    pub direction: Option<Direction>,
}

/// In which order cars are wanted.
pub enum Wanted {
    /// That of the sort rule in force.
    ByRule,
    /// By what, and which way.
    By(InventorySortField, Direction),
}

/// The order when none is given (C097).
pub const OLDEST_FIRST: (InventorySortField, Direction) = (InventorySortField::Age, Direction::Desc);

impl Wanted {
    /// Of an argument.
    pub fn of(order_by: Option<InventorySort>) -> Result<Self> {
        match order_by {
            None => Ok(Self::By(OLDEST_FIRST.0, OLDEST_FIRST.1)),
            Some(InventorySort { field: InventorySortField::Rule, direction: None }) => Ok(Self::ByRule),
            Some(InventorySort { field: InventorySortField::Rule, direction: Some(_) }) => {
                Err(Error::argument("orderBy.direction", "inventory-rule-direction"))
            }
            Some(InventorySort { field, direction: Some(direction) }) => Ok(Self::By(field, direction)),
            Some(InventorySort { direction: None, .. }) => Err(Error::argument("orderBy.direction", "required")),
        }
    }
}

/// The squared chord as a whole number, so that a cursor holds it exactly; one step is some metres.
pub fn nearness(backend: DbBackend, near: Option<Point>) -> sea_orm::sea_query::SimpleExpr {
    let Some(near) = near else { return Expr::val(0_i64) };
    let steps = super::policy::chord(near).mul(1e12);
    match backend {
        DbBackend::Postgres => steps.cast_as("bigint"),
        _ => steps.cast_as("integer"),
    }
}

/// The order of a list of cars by one of their columns.
pub fn sorting(
    (field, direction): (InventorySortField, Direction),
    backend: DbBackend,
    near: Option<Point>,
) -> Result<Sorting<CarRow>> {
    let order: Order = direction.into();
    let column = |column| Expr::col((vehicle_unit::Entity, column));
    let (name, key) = match field {
        // A rule without criteria of its own is this one.
        InventorySortField::Age | InventorySortField::Rule => {
            // Old stock is that with an early date.
            let order = if order == Order::Desc { Order::Asc } else { Order::Desc };
            let key = |row: &CarRow| row.car.stock_since.into();
            ("age".to_owned(), SortKey::new(column(vehicle_unit::Column::StockSince), order, key))
        }
        InventorySortField::Price => {
            let key = |row: &CarRow| row.car.price_minor.into();
            ("price".to_owned(), SortKey::new(column(vehicle_unit::Column::PriceMinor), order, key))
        }
        InventorySortField::Distance => {
            let from = near.ok_or_else(|| Error::argument("near", "near-missing"))?;
            // The point is part of the name: a cursor measured from elsewhere is refused.
            let name = format!("distance:{},{}", from.lat(), from.lng());
            (name, SortKey::new(nearness(backend, near), order, |row: &CarRow| row.nearness.into()))
        }
    };
    Ok(Sorting::new("inventory", &name, key, column(vehicle_unit::Column::Id), |row| row.car.id.uuid()))
}

/// What to hold.
#[derive(InputObject)]
pub struct VehicleReserveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The car.
    pub vehicle_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
    /// For how long, minutes, 10 to 4,320; a day when left out.
    pub ttl_minutes: Option<i32>,
    /// The order it is held for.
    pub order_id: Option<ID>,
}

/// What to set free.
#[derive(InputObject)]
pub struct VehicleReleaseInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The car.
    pub vehicle_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}
